package book

import (
	"slices"
	"time"

	"sandbank/broker/wire"
	"sandbank/payment"
	"sandbank/sim"
)

// controlled carries out a command, once.
func (b *Book) controlled(r Record) {
	if b.seen.has(r.Request.ID) {
		return
	}
	b.seen.add(r.Request.ID)
	c := r.Request.Controls
	switch c.Command {
	case wire.CommandTemper:
		if c.Temper != nil {
			b.Control = c.Temper.Over(b.Control)
		}
	case wire.CommandReset:
		b.Control, b.offline, b.failing, b.plants = wire.Temper{}, false, 0, nil
	case wire.CommandOffline:
		b.offline, b.until = true, time.Time{}
		if c.Until != nil {
			b.until = *c.Until
			b.remind(b.until, toReturn, r.Request.ID)
		}
	case wire.CommandOnline:
		b.offline = false
	case wire.CommandPlant:
		b.plants = append(b.plants, c.Breaks...)
	case wire.CommandFailNext:
		b.failing = max(c.Count, 1)
	case wire.CommandCorrect:
		b.correct(c.Settlement, c.Reference)
	case wire.CommandDispute:
		b.expectDispute(r)
	case wire.CommandSettle, wire.CommandDecide, wire.CommandAnswer, wire.CommandClock:
	}
}

// Obeyed reports whether a control request has been carried out.
func (b *Book) Obeyed(id string) bool { return b.seen.has(id) }

// Follow makes the record of a command's further consequence: a dispute that
// opens or is decided. It returns false if the command has none, or names
// something unknown.
func (b *Book) Follow(now time.Time, r wire.Request) (Record, bool) {
	switch c := r.Controls; c.Command {
	case wire.CommandDispute:
		a := b.find(r)
		if a == nil {
			return Record{}, false
		}
		amount := r.Amount
		if !amount.IsPositive() {
			amount = a.left()
		}
		plan, why := a.plan, c.Reason
		if d := c.Disputes; d != nil {
			if after, _ := d.After.Duration(); after > 0 || d.After == sim.Never {
				return Record{}, false // the book's agenda opens it later
			}
			plan, why = PlanOf(*d), d.Reason
		} else if plan == PlanNoDispute {
			plan = PlanLoses
		}
		return b.open(a, now, amount, why, "told to dispute it", plan)
	case wire.CommandDecide:
		d := b.disputes[c.Dispute]
		if d == nil || d.over || c.Outcome != string(payment.DisputeWon) && c.Outcome != string(payment.DisputeLost) {
			return Record{}, false
		}
		return b.close(d, now, c.Outcome == string(payment.DisputeWon), "told to decide so"), true
	case wire.CommandTemper, wire.CommandReset, wire.CommandOffline, wire.CommandOnline, wire.CommandSettle,
		wire.CommandPlant, wire.CommandFailNext, wire.CommandCorrect, wire.CommandAnswer, wire.CommandClock:
	}
	return Record{}, false
}

// find returns the approved authorization that a command names, by its id or by
// the payment. The latter searches all authorizations; commands are rare.
func (b *Book) find(r wire.Request) *authorization {
	if a := b.auths[r.Authorization]; a != nil {
		return a
	}
	for _, a := range b.auths {
		if a.Payment == r.Payment && a.stands() && !a.reversed {
			return a
		}
	}
	return nil
}

// correct marks breaks of an earlier batch for correction in the next one: the
// break of one line, or all of them.
func (b *Book) correct(settlement, reference string) {
	for at := range b.breaks {
		if at.settlement == settlement && (reference == "" || at.reference == reference) && !slices.Contains(b.corrected, at) {
			b.corrected = append(b.corrected, at)
		}
	}
	slices.SortFunc(b.corrected, place.compare)
}
