package outage

import (
	"context"
	"errors"
	"fmt"

	"sandbank/clock"
	"sandbank/sim"
)

// Meeting is what may meet a fault: of one of these kinds, at a place.
type Meeting struct {
	Kinds    []sim.FaultKind
	Bank     string // "" for none
	Endpoint string // "" for none
}

func (m Meeting) meets(f sim.Fault) bool {
	for _, k := range m.Kinds {
		if f.Kind == k && (f.Bank == "" || f.Bank == m.Bank) && (f.Endpoint == "" || f.Endpoint == m.Endpoint) {
			return true
		}
	}
	return false
}

// Strike is the strongest fault that strikes now, and counts the strike; false for none.
func (b *Board) Strike(m Meeting) (sim.Fault, bool) {
	f, _, struck := b.strike(m)
	return f, struck
}

// strike is [Board.Strike], with what is closed when the strike is to be let go: the fault has ended,
// but not because it was spent by this strike or one after it.
func (b *Board) strike(m Meeting) (f sim.Fault, undone <-chan struct{}, struck bool) {
	if b == nil || b.count.Load() == 0 {
		return f, nil, false
	}
	for {
		f, undone, ask, struck := b.find(m)
		if !ask {
			return f, undone, struck
		}
		mine, err := b.strikes(f)
		if mine || err != nil { // where nobody can say, it does not strike
			return f, undone, mine
		} // else somebody else's strike was its last: the next strongest may be there
	}
}

// find is the strongest fault that strikes now, which it counts; or ask has the strike counted for all processors.
func (b *Board) find(m Meeting) (f sim.Fault, undone <-chan struct{}, ask, struck bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock.Now()
	for i, f := range b.force {
		if !m.meets(f) || !f.InForce(now) || f.Share > 0 && b.luck[f.ID].Float64() >= f.Share {
			continue
		}
		undone := b.life[f.ID]
		if b.together(f) {
			return f, undone, true, false
		}
		return b.hit(i), undone, false, true
	}
	return f, nil, false, false
}

// together reports whether a fault's strikes are numbered over all processors. The caller need not hold the lock.
func (b *Board) together(f sim.Fault) bool {
	return b.shared != nil && f.Times > 0 && f.Kind.Everywhere()
}

// strikes counts a strike of a fault, and reports whether it is one.
func (b *Board) strikes(f sim.Fault) (bool, error) {
	struck, mine, err := 0, true, error(nil)
	together := b.together(f)
	if together {
		if struck, mine, err = b.claim(f.ID); err != nil {
			return false, err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.force {
		switch {
		case b.force[i].ID != f.ID:
			continue
		case !together:
			b.hit(i)
		case mine:
			b.counted(i, max(struck, b.force[i].Struck))
		default:
			b.counted(i, f.Times)
		}
		return mine, nil
	}
	return mine && together, nil
}

// hit counts a strike of a fault on the board. The caller holds the lock.
func (b *Board) hit(i int) sim.Fault {
	b.force[i].Struck++
	if b.shared != nil {
		b.shared.unsent[b.force[i].ID]++
	}
	if f := b.force[i]; f.Times > 0 && f.Struck >= f.Times { // it ends now, whenever it is undone
		b.force[i].EndsAt = earlier(f.EndsAt, b.clock.Now())
		b.wake()
	}
	return b.force[i]
}

// Pause waits as a slow fault has it, by the computer's clock, or until ctx or the fault ends.
func (b *Board) Pause(ctx context.Context, m Meeting) error {
	f, undone, slow := b.strike(m)
	if !slow {
		return nil
	}
	over := clock.Real{}.NewTimer(f.Slowness())
	defer over.Stop()
	select {
	case <-over.C():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-undone:
		return nil
	}
}

// Await waits until no fault of a kind is in force, or until ctx ends.
func (b *Board) Await(ctx context.Context, kind sim.FaultKind) error {
	for {
		if b == nil || b.count.Load() == 0 {
			return nil
		}
		b.mu.Lock()
		change, there := b.change, false
		for _, f := range b.force {
			there = there || f.Kind == kind
		}
		b.mu.Unlock()
		if !there {
			return nil
		}
		select {
		case <-change:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// ErrOnPurpose is the cause of every error that a fault brings about.
var ErrOnPurpose = errors.New("on purpose")

// Error is what somebody is told who met a fault.
func Error(f sim.Fault) error {
	return fmt.Errorf("%s (fault %s, %w)", f.Kind.Says(), f.ID, ErrOnPurpose)
}
