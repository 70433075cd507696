package book

import (
	"time"

	"sandbank/broker/wire"
	"sandbank/ledger"
	"sandbank/money"
	"sandbank/payment"
)

// reversed undoes the rest of a request. A request that is not known yet is
// undone when it arrives: it is answered as usual, and moves nothing.
func (b *Book) reversed(r Record) {
	id := r.Request.Reverses
	if a := b.auths[id]; a != nil {
		b.reverseAuthorization(a, r.At)
		return
	}
	o := b.ops[id]
	if o == nil {
		b.tomb.add(id)
		return
	}
	if o.reversed || o.Outcome != payment.OutcomeApproved || o.auth == nil {
		return
	}
	o.reversed = true
	switch o.Kind {
	case wire.Capture:
		b.reverseCapture(o, r.At)
	case wire.Void:
		b.reserve(o.auth, "unvoid", id, r.At, o.auth.account.name, o.released)
	case wire.Refund:
		b.reverseRefund(o, r.At)
	case wire.Authorize, wire.Reverse, wire.Evidence, wire.Control:
	}
}

// reverseAuthorization releases the reserved amount, and gives back the rest of
// an automatic capture. A separate capture stays captured, and its disputes go
// on.
func (b *Book) reverseAuthorization(a *authorization, at time.Time) {
	if a.reversed {
		return
	}
	a.reversed = true
	b.release(a, "reverse", a.Request, at)
	if !a.automatic {
		return
	}
	for _, id := range a.disputes {
		b.withdraw(b.disputes[id])
	}
	if left := a.left(); left.IsPositive() {
		a.captured = a.captured.Sub(left)
		b.giveBack(a, a.Request, left, a.item, at, a.account.name)
	}
}

// reverseCapture returns a captured amount to the reserve, with the amount that
// the capture released; if the authorization has ended, it goes to the customer.
func (b *Book) reverseCapture(o *operation, at time.Time) {
	a := o.auth
	amount := o.asked
	// The disputes over an undone capture end as well.
	for _, id := range a.disputes {
		if amount.Decimal().GreaterThan(a.left().Decimal()) {
			b.withdraw(b.disputes[id])
		}
	}
	if left := a.left(); amount.Decimal().GreaterThan(left.Decimal()) {
		amount = left
	}
	if !amount.IsPositive() {
		return
	}
	a.captured = a.captured.Sub(amount)
	b.giveBack(a, o.Request, amount, o.item, at, a.account.name)
	b.reserve(a, "recapture", o.Request, at, a.account.name, amount.Add(o.released))
}

func (b *Book) reverseRefund(o *operation, at time.Time) {
	a := o.auth
	a.refunded = a.refunded.Sub(o.asked)
	b.post("reverse", o.Request, a.Payment, at, a.account.name, processorAccount, o.asked)
	if b.drop(o.item) {
		return
	}
	b.owe(a, wire.Line{
		Reference: o.Request, Payment: a.Payment, Kind: wire.LineReversal, Direction: wire.LineCredit,
		Amount: o.asked, Fee: money.Zero(a.currency()), BookedAt: at,
	})
}

// giveBack takes a captured amount back from the processor. If the capture is
// not settled yet and is undone as a whole, its item is dropped; otherwise a
// reversal is settled.
func (b *Book) giveBack(a *authorization, reference string, amount money.Amount, c *item, at time.Time, to ledger.Account) {
	b.post("reverse", reference, a.Payment, at, processorAccount, to, amount)
	if c != nil && c.line.Amount.Equal(amount) && b.drop(c) {
		return
	}
	b.owe(a, wire.Line{
		Reference: reference, Payment: a.Payment, Kind: wire.LineReversal, Direction: wire.LineDebit,
		Amount: amount, Fee: money.Zero(a.currency()), BookedAt: at,
	})
}

// reserve reserves an amount again, as long as the authorization has not run
// out.
func (b *Book) reserve(a *authorization, kind, key string, at time.Time, from ledger.Account, amount money.Amount) {
	if a.reversed || !at.Before(a.until) || !amount.IsPositive() {
		return
	}
	b.post(kind, key, a.Payment, at, from, a.account.held, amount)
	a.held, a.released = a.held.Add(amount), false
	b.remind(a.until, toRelease, a.Request)
}
