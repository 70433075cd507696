package book

import (
	"time"

	"sandbank/broker/wire"
	"sandbank/ledger"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/sim"
)

// authorization is a payment in the bank's view.
type authorization struct {
	Answer
	account     *drawer
	plan        Plan
	held        money.Amount // reserved and not captured
	captured    money.Amount
	refunded    money.Amount
	chargedBack money.Amount
	disputed    money.Amount // part of open disputes
	until       time.Time
	released    bool
	reversed    bool
	automatic   bool
	asked       money.Amount
	item        *item // of an automatic capture
	order       *sim.Order
	ordered     Plan // the plan that the payment's order asks for
	tries       int
	choice      payment.Outcome // the customer's choice
	ops         []string
	disputes    []string
	unsettled   int
}

// stands reports whether the bank approved, at once or after asking the
// customer.
func (a *authorization) stands() bool {
	return a.Outcome == payment.OutcomeApproved || a.choice == payment.OutcomeApproved
}

func (a *authorization) currency() money.Currency { return a.asked.Currency() }

// left returns the captured amount that can still be given back.
func (a *authorization) left() money.Amount {
	return a.captured.Sub(a.refunded).Sub(a.chargedBack).Sub(a.disputed)
}

// operation is a capture, void or refund of an authorization.
type operation struct {
	Answer
	auth     *authorization
	asked    money.Amount
	released money.Amount // by a void, or by a final capture
	item     *item
	reversed bool
}

// Apply is the only way to change a book.
func (b *Book) Apply(r Record) {
	if r.At.After(b.last) {
		b.last = r.At
	}
	switch r.Kind {
	case Decided:
		b.decided(r)
	case Answered:
		b.answered(r)
	case Tried:
		if a := b.auths[r.Request.ID]; a != nil {
			a.tries++
		}
	case Confirmed:
		b.confirmed(r)
	case Opened:
		b.opened(r)
	case Closed:
		b.closed(r)
	case Released:
		if a := b.auths[r.Released]; a != nil {
			b.release(a, "expire", r.Released, r.At)
		}
	case CutOff:
		b.cut(r)
	}
}

func (b *Book) decided(r Record) {
	switch r.Request.Type {
	case wire.Authorize:
		b.authorized(r)
	case wire.Capture, wire.Void, wire.Refund:
		b.operated(r)
	case wire.Reverse:
		b.reversed(r)
	case wire.Evidence:
		b.evidence(r)
	case wire.Control:
		b.controlled(r)
	}
}

func (b *Book) remember(a *Answer) {
	if !a.Sent {
		b.unsent[a.Request] = a
	}
}

func (b *Book) authorized(r Record) {
	q := r.Request
	old := b.auths[q.ID]
	if old != nil && !old.overrules(r) {
		return
	}
	zero := money.Zero(q.Amount.Currency())
	a := &authorization{
		Answer: answerOf(r), account: b.accounts.of(q.Instrument), plan: r.Plan, asked: q.Amount,
		held: zero, captured: zero, refunded: zero, chargedBack: zero, disputed: zero,
		automatic: q.Capture != payment.CaptureManual, reversed: b.tomb.has(q.ID),
	}
	if a.order, a.ordered = q.Simulate, r.Plan; old == nil {
		b.order = append(b.order, q.ID)
	} else {
		a.reversed = old.reversed || a.reversed
	}
	b.auths[q.ID] = a
	b.remember(&a.Answer)
	b.approved(a, r.At)
	b.expectEnd(a, q)
	b.collapse()
}

// approved books an approval. If it was reversed before it arrived, it moves
// nothing.
func (b *Book) approved(a *authorization, at time.Time) {
	if !a.stands() || a.reversed {
		a.released = true
		return
	}
	a.account.spend(a.asked, at)
	a.until = at.Add(payment.AuthorizationLife)
	if !a.automatic {
		a.held, a.released = a.asked, false
		b.post("authorize", a.Request, a.Payment, at, a.account.name, a.account.held, a.asked)
		b.remind(a.until, toRelease, a.Request)
		return
	}
	a.released = true
	a.item = b.take(a, a.Request, a.asked, at, a.account.name)
}

// take books a capture, from the customer's balance or from the reserved amount.
func (b *Book) take(a *authorization, reference string, amount money.Amount, at time.Time, from ledger.Account) *item {
	a.captured = a.captured.Add(amount)
	b.post("capture", reference, a.Payment, at, from, processorAccount, amount)
	if a.plan != PlanNoDispute && len(a.disputes) == 0 {
		b.remind(at.Add(b.disputeAfter(a)), toDispute, a.Request)
	}
	return b.owe(a, wire.Line{
		Reference: reference, Payment: a.Payment, Kind: wire.LineCapture, Direction: wire.LineCredit,
		Amount: amount, Fee: wire.BankFee(amount), BookedAt: at,
	})
}

func (b *Book) answered(r Record) {
	a := b.auths[r.Request.ID]
	if a == nil || a.choice != "" {
		return
	}
	// A repeated request is still answered with the question; the customer's
	// choice is a message of its own.
	b.said.add(r.Result.ID, *r.Result)
	if a.order != nil && a.order.Travel == sim.Twice {
		second := *r.Result
		second.ID += "-again"
		b.said.add(second.ID, second)
	}
	a.choice = r.Outcome
	if r.Outcome != payment.OutcomeApproved {
		return
	}
	if a.plan, a.Rule = r.Plan, r.Rule; a.plan == PlanNoDispute && a.order != nil {
		a.plan = a.ordered
	}
	b.approved(a, r.At)
}

func (b *Book) operated(r Record) {
	q := r.Request
	old := b.ops[q.ID]
	if old != nil && !old.overrules(r) {
		return
	}
	a := b.auths[q.Authorization]
	o := &operation{Answer: answerOf(r), auth: a, asked: q.Amount, reversed: b.tomb.has(q.ID)}
	b.ops[q.ID] = o
	b.remember(&o.Answer)
	if old != nil {
		o.reversed = o.reversed || old.reversed
	}
	if q.Type == wire.Refund && r.Outcome == payment.OutcomeDeclined && b.failing > 0 {
		b.failing--
	}
	if a == nil {
		b.stray(q.ID)
		return
	}
	if old == nil {
		a.ops = append(a.ops, q.ID)
	}
	if r.Outcome != payment.OutcomeApproved || o.reversed {
		return
	}
	o.released = money.Zero(a.currency())
	switch q.Type {
	case wire.Capture:
		a.held = a.held.Sub(q.Amount)
		o.item = b.take(a, q.ID, q.Amount, r.At, a.account.held)
		if q.Final || a.held.IsZero() {
			o.released = b.release(a, "release", q.ID, r.At)
		}
	case wire.Void:
		o.released = b.release(a, "void", q.ID, r.At)
	case wire.Refund:
		a.refunded = a.refunded.Add(q.Amount)
		b.post("refund", q.ID, a.Payment, r.At, processorAccount, a.account.name, q.Amount)
		o.item = b.owe(a, wire.Line{
			Reference: q.ID, Payment: a.Payment, Kind: wire.LineRefund, Direction: wire.LineDebit,
			Amount: q.Amount, Fee: money.Zero(a.currency()), BookedAt: r.At,
		})
	case wire.Authorize, wire.Reverse, wire.Evidence, wire.Control:
	}
}

// stray keeps the answers about unknown authorizations, up to a number.
func (b *Book) stray(id string) {
	if b.strays = append(b.strays, id); len(b.strays) > 1000 {
		delete(b.ops, b.strays[0])
		b.strays = b.strays[1:]
	}
}

// release returns a reserved amount to the customer.
func (b *Book) release(a *authorization, kind, key string, at time.Time) money.Amount {
	rest := a.held
	b.post(kind, key, a.Payment, at, a.account.held, a.account.name, rest)
	a.held, a.released = money.Zero(a.currency()), true
	return rest
}

func (b *Book) confirmed(r Record) {
	for _, id := range r.Answers {
		if a := b.unsent[id]; a != nil {
			a.Sent = true
			delete(b.unsent, id)
		}
	}
	for _, id := range r.Messages {
		b.said.remove(id)
	}
}

// collapse forgets the oldest authorizations when there are too many. One that
// must stay moves to the end of the order.
func (b *Book) collapse() {
	for range 4 {
		if len(b.auths) <= b.rules.Authorizations {
			return
		}
		id := b.order[0]
		b.order = b.order[1:]
		a := b.auths[id]
		if a.unsettled > 0 || !a.held.IsZero() || !a.disputed.IsZero() || !a.Sent {
			b.order = append(b.order, id)
			continue
		}
		delete(b.auths, id)
		for _, op := range a.ops {
			delete(b.ops, op)
		}
		for _, d := range a.disputes {
			delete(b.disputes, d)
		}
	}
}
