package book

import (
	"time"

	"sandbank/broker/wire"
	"sandbank/payment"
	"sandbank/payment/reason"
	"sandbank/sim"
)

// overrules reports whether a record may replace an earlier decision: only one
// to stay silent, since it was never published.
func (a *Answer) overrules(r Record) bool { return a.Outcome == "" && r.Outcome != "" }

// expectEnd adds an appointment to end a challenge, if the payment's order asks
// for it.
func (b *Book) expectEnd(a *authorization, q *wire.Request) {
	if a.Outcome != payment.OutcomeChallenge || a.order == nil || a.order.Challenge == nil || a.order.Challenge.Ends == sim.EndWalkAway {
		return
	}
	deadline := a.At
	if q.Deadline != nil {
		deadline = *q.Deadline
	}
	at, ok := a.order.Challenge.After.At(a.At, deadline)
	if !ok {
		at = a.At
	}
	b.remind(at, toChoose, a.Request)
}

// choose makes the record of the end of a challenge that the order asks for.
func (b *Book) choose(a *authorization, now time.Time) (Record, bool) {
	if b.rules.Chosen == nil {
		return Record{}, false
	}
	r := wire.Request{Type: wire.Authorize, ID: a.Request, Payment: a.Payment, Attempt: a.Attempt, Bank: b.rules.Bank, Amount: a.asked}
	return b.Challenged(now, r, b.rules.EndOf(*a.order), b.rules.Chosen)
}

// disputeAfter returns the time from a capture to the customer's dispute.
func (b *Book) disputeAfter(a *authorization) time.Duration {
	if a.order != nil && a.order.Dispute != nil {
		if after, ok := a.order.Dispute.After.Duration(); ok {
			return after
		}
	}
	return b.rules.DisputeAfter
}

// expectDispute records a dispute that was ordered for later.
func (b *Book) expectDispute(r Record) {
	d, a := r.Request.Controls.Disputes, b.find(*r.Request)
	if d == nil || a == nil {
		return
	}
	o := sim.Order{Source: reason.ByRequest}
	if a.order != nil {
		o = *a.order
	}
	o.Dispute = d
	a.order, a.plan, a.ordered = &o, PlanOf(*d), PlanOf(*d)
	if after, _ := d.After.Duration(); after > 0 {
		b.remind(r.At.Add(after), toDispute, a.Request)
	}
}

// wish is what the payment's order asks of its dispute; the zero value where it asks for none.
func (a *authorization) wish() sim.Dispute {
	if a.order == nil || a.order.Dispute == nil {
		return sim.Dispute{}
	}
	return *a.order.Dispute
}

// endOf is when a dispute that opened is decided without evidence, and why; false for never.
func (b *Book) endOf(d *dispute) (at time.Time, ok bool) {
	if d.plan == PlanSilent {
		return time.Time{}, false
	}
	if after, ordered := d.wish.EndsAfter.Duration(); ordered {
		return d.DecidedAt.Add(after), true
	}
	return *d.RespondBy, true
}

// say publishes a message about a dispute in the way that its order asks for.
func (b *Book) say(d *dispute, m wire.Dispute) {
	if opening := m.Status == payment.DisputeNeedsResponse; d.wish.Travel == sim.OutOfOrder && opening {
		return // the end goes first
	}
	b.said.add(m.ID, m)
	switch d.wish.Travel {
	case sim.Twice:
		second := m
		second.ID += "-again"
		b.said.add(second.ID, second)
	case sim.OutOfOrder:
		b.said.add(d.Dispute.ID, d.Dispute)
	}
}

// PlanOf returns the plan of an ordered dispute.
func PlanOf(d sim.Dispute) Plan {
	switch {
	case d.After == sim.Never:
		return PlanNoDispute
	case d.Outcome == sim.DisputeWon:
		return PlanWins
	case d.Outcome == sim.DisputeSilent:
		return PlanSilent
	}
	return PlanLoses
}
