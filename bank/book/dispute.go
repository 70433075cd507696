package book

import (
	"container/heap"
	"fmt"
	"time"

	"sandbank/broker/wire"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/sim"
)

type dispute struct {
	wire.Dispute
	auth     *authorization
	plan     Plan
	wish     sim.Dispute // of the payment's order
	evidence bool
	won      bool // the evidence wins it
	over     bool
}

// Tick makes the record of the first event that is due: a dispute opens or is
// decided, an authorization runs out, a challenge ends. It returns false if
// nothing is due.
func (b *Book) Tick(now time.Time) (Record, bool) {
	for len(b.due) > 0 && !now.Before(b.due[0].at) {
		next := heap.Pop(&b.due).(appointment)
		if r, ok := b.keep(next, now); ok {
			return r, true
		}
	}
	return Record{}, false
}

// keep makes the record for an appointment; false if it has become void.
func (b *Book) keep(next appointment, now time.Time) (Record, bool) {
	switch next.what {
	case toRelease:
		if a := b.auths[next.id]; a != nil && a.held.IsPositive() && !now.Before(a.until) {
			return Record{Kind: Released, Bank: b.rules.Bank, At: b.Stamp(now), Released: next.id}, true
		}
	case toDispute:
		if a := b.auths[next.id]; a != nil && len(a.disputes) == 0 {
			why, rule := "", ""
			if a.order != nil && a.order.Dispute != nil {
				why, rule = a.order.Dispute.Reason, a.order.Dispute.Says()
			}
			return b.open(a, now, a.left(), why, rule, a.plan)
		}
	case toReturn: // the time alone brings it back
	case toChoose:
		if a := b.auths[next.id]; a != nil {
			return b.choose(a, now)
		}
	case toDecide:
		d := b.disputes[next.id]
		switch {
		case d == nil || d.over:
		case d.wish.EndsAfter != "":
			return b.close(d, now, d.won || d.plan == PlanWins, d.wish.Says()), true
		case d.evidence:
			return b.close(d, now, d.won, "the evidence was read"), true
		case d.RespondBy != nil && !now.Before(*d.RespondBy):
			return b.close(d, now, d.plan == PlanWins, "no evidence came in time"), true
		}
	}
	return Record{}, false
}

// open makes the record of a new dispute.
func (b *Book) open(a *authorization, now time.Time, amount money.Amount, why, rule string, plan Plan) (Record, bool) {
	if !amount.IsPositive() || amount.Currency() != a.currency() || amount.Decimal().GreaterThan(a.left().Decimal()) {
		return Record{}, false
	}
	at := b.Stamp(now)
	by := at.Add(b.rules.RespondWithin)
	id := suffix("dsp", a.Request)
	if n := len(a.disputes); n > 0 {
		id = fmt.Sprintf("%s-%d", id, n+1)
	}
	if why == "" {
		why = "fraudulent"
	}
	if rule == "" {
		rule = "the card is one whose payments are disputed"
	}
	return Record{Kind: Opened, Bank: b.rules.Bank, At: at, Plan: plan, Request: &wire.Request{ID: a.Request}, Dispute: &wire.Dispute{
		Type: wire.DisputeType, ID: id + "-opened", Dispute: id, Payment: a.Payment, Attempt: a.Attempt, Bank: b.rules.Bank,
		Status: payment.DisputeNeedsResponse, Amount: amount, Reason: why, Rule: rule, RespondBy: &by, DecidedAt: at,
	}}, true
}

// suffix gives an id another prefix: req_1 is dsp_1.
func suffix(prefix, id string) string { return prefix + id[min(3, len(id)):] }

// close makes the record of a dispute's end.
func (b *Book) close(d *dispute, now time.Time, won bool, rule string) Record {
	end := d.Dispute
	end.Status, end.Rule, end.RespondBy = payment.DisputeLost, rule, nil
	if won {
		end.Status = payment.DisputeWon
	}
	end.DecidedAt = b.Stamp(now)
	end.ID = end.Dispute + "-" + string(end.Status)
	return Record{Kind: Closed, Bank: b.rules.Bank, At: end.DecidedAt, Dispute: &end}
}

func (b *Book) opened(r Record) {
	a := b.auths[r.Request.ID]
	if a == nil || b.disputes[r.Dispute.Dispute] != nil {
		return
	}
	d := &dispute{Dispute: *r.Dispute, auth: a, plan: r.Plan, wish: a.wish()}
	b.disputes[d.Dispute.Dispute] = d
	a.disputes = append(a.disputes, d.Dispute.Dispute)
	a.disputed = a.disputed.Add(d.Amount)
	b.say(d, d.Dispute)
	if at, ok := b.endOf(d); ok {
		b.remind(at, toDecide, d.Dispute.Dispute)
	}
}

func (b *Book) evidence(r Record) {
	d := b.disputes[r.Request.Dispute]
	if d == nil || d.over || d.evidence || d.auth.Payment != r.Request.Payment {
		return
	}
	d.evidence, d.won = true, wins(d.plan, r.Request.Evidence)
	if d.plan != PlanSilent && d.wish.EndsAfter == "" {
		b.remind(r.At.Add(b.rules.DecideAfter), toDecide, d.Dispute.Dispute)
	}
}

func (b *Book) closed(r Record) {
	d := b.disputes[r.Dispute.Dispute]
	if d == nil || d.over {
		return
	}
	b.withdraw(d)
	b.say(d, *r.Dispute)
	if r.Dispute.Status == payment.DisputeWon {
		return
	}
	a, id := d.auth, d.Dispute.Dispute
	a.chargedBack = a.chargedBack.Add(d.Amount)
	b.post("chargeback", id, a.Payment, r.At, processorAccount, a.account.name, d.Amount)
	b.owe(a, wire.Line{
		Reference: id, Payment: a.Payment, Kind: wire.LineChargeback, Direction: wire.LineDebit,
		Amount: d.Amount, Fee: money.Zero(a.currency()), BookedAt: r.At,
	})
}

// withdraw ends a dispute's hold on the captured amount.
func (b *Book) withdraw(d *dispute) {
	if !d.over {
		d.over = true
		d.auth.disputed = d.auth.disputed.Sub(d.Amount)
	}
}
