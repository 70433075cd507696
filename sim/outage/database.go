package outage

import (
	"context"

	"sandbank/fault"
	"sandbank/sim"
)

// Seam is where a database's driver meets faults. The zero value meets none.
type Seam struct {
	// Ask is to be called before something is asked: it takes the time that a slow database takes, and
	// returns the error of one that refuses.
	Ask func(context.Context) error
	// Line makes the connections of a database that has sockets.
	Line *Line
}

// What a database meets. Where there is no socket to cut, what is asked meets the cut.
var (
	databaseCut     = Meeting{Kinds: []sim.FaultKind{sim.DatabaseCut}}
	databaseRefuses = Meeting{Kinds: []sim.FaultKind{sim.DatabaseCut, sim.DatabaseRefusing}}
	databaseSlow    = Meeting{Kinds: []sim.FaultKind{sim.DatabaseSlow}}
)

// Database is the seam of the database.
func (b *Board) Database() Seam {
	return Seam{Line: b.Line(databaseCut, Meeting{}), Ask: b.askDatabase}
}

func (b *Board) askDatabase(ctx context.Context) error {
	if b.count.Load() == 0 {
		return nil
	}
	if f, struck := b.Strike(databaseRefuses); struck {
		return fault.New(fault.Unavailable, "store_unavailable", "The database cannot take this right now.").
			Hinting("Try again in a moment.").Because(Error(f))
	}
	return b.Pause(ctx, databaseSlow)
}
