package invariant

import (
	"strings"

	"sandbank/broker/wire"
	"sandbank/event"
	"sandbank/ledger"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
)

// message notes requests to banks and their approvals.
func (c *checker) message(m processor.Message) {
	c.Messages++
	if m.Payment == "" { // a settlement, or a command to a bank
		return
	}
	p, known := c.payments[m.Payment]
	if !known {
		c.violate("message %s is about payment %s, which does not exist", m.ID, m.Payment)
		return
	}
	if m.Direction == processor.Out || m.Verdict != payment.VerdictApplied || m.Kind != wire.ResultType {
		return
	}
	r, err := wire.ReadResult(m.Body)
	if err != nil {
		c.violate("message %s was applied and cannot be read: %v", m.ID, err)
		return
	}
	if r.Outcome != payment.OutcomeApproved {
		return
	}
	want := p.Amount
	if o, ok := p.ByRequest(r.RequestID); ok && !p.Implied(o) {
		want = o.Amount
	} else if r.Attempt < 1 || r.Attempt > len(p.Attempts) || p.Attempts[r.Attempt-1].RequestID != r.RequestID {
		c.violate("payment %s: the applied approval %s answers nothing that was asked", p.ID, m.ID)
		return
	}
	if !r.Amount.Equal(want) {
		c.violate("payment %s: the applied approval %s is of %s, asked was %s", p.ID, m.ID, r.Amount, want)
		return
	}
	c.approved[r.RequestID]++
}

// entry walks the chain and folds the postings.
func (c *checker) entry(e processor.SealedEntry) {
	c.Entries++
	if err := e.Check(); err != nil {
		c.violate("%v", err)
	}
	if e.Seal.Number == 0 {
		c.Unsealed++
	} else if err := c.chain.Step(e.Seal, e.Entry); err != nil {
		c.violate("%v", err)
	}
	if c.keys[e.Key] {
		c.violate("two entries have the key %s", e.Key)
	}
	c.keys[e.Key] = true
	if e.Payment != "" {
		c.booked[e.Key] = e.Entry
	}
	c.fold.Add(e.Entry)
}

// captures holds payments, approvals and bookings against each other: captured
// if and only if approved, and every operation and dispute booked once, with its
// amount, at its bank.
func (c *checker) captures() {
	for id, p := range c.payments {
		taken := p.Captured()
		if captured := p.Status == payment.Captured; captured != (taken.IsPositive() && p.Status != payment.Authorized) {
			c.violate("payment %s is %s with %s captured", id, p.Status, taken)
		}
		if a := p.Approved(); a != nil && c.approved[a.RequestID] != 1 {
			c.violate("payment %s is %s, with %d approvals applied", id, p.Status, c.approved[a.RequestID])
		}
		if out := p.Refunded().Add(p.ChargedBack()); out.Decimal().GreaterThan(taken.Decimal()) || taken.Decimal().GreaterThan(p.Amount.Decimal()) {
			c.violate("payment %s of %s: %s captured, %s refunded or charged back", id, p.Amount, taken, out)
		}
		for _, o := range p.Operations {
			c.operation(p, o)
		}
		for _, d := range p.Disputes {
			c.dispute(p, d)
		}
	}
	for key, e := range c.booked {
		c.violate("entry %s (%s) is about payment %s, which knows nothing of it", e.ID, key, e.Payment)
	}
}

// operation compares an operation with its approval and its entry.
func (c *checker) operation(p payment.Payment, o payment.Operation) {
	if done := o.Status == payment.OpSucceeded; done != (c.approved[o.RequestID] == 1) {
		c.violate("payment %s: the %s %s has %s, with %d approvals applied", p.ID, o.Kind, o.ID, o.Status, c.approved[o.RequestID])
	}
	bank := p.Approved().Bank
	if o.Kind == payment.OpCapture && o.Status == payment.OpSucceeded {
		c.entered(p, ledger.CaptureKind, o.ID, o.Amount, ledger.BankReceivable(bank))
	}
	if o.Kind != payment.OpRefund {
		return
	}
	c.entered(p, ledger.RefundReservedKind, o.ID, o.Amount, ledger.RefundsInFlight)
	switch o.Status {
	case payment.OpPending:
		c.sums.inFlight(o.Amount)
	case payment.OpSucceeded:
		c.entered(p, ledger.RefundKind, o.ID, o.Amount, ledger.BankReceivable(bank))
	case payment.OpFailed:
		c.entered(p, ledger.RefundReleasedKind, o.ID, o.Amount, ledger.RefundsInFlight)
	}
}

// dispute compares a dispute with its entries.
func (c *checker) dispute(p payment.Payment, d payment.Dispute) {
	c.entered(p, ledger.DisputeOpenedKind, d.ID, d.Amount, ledger.Disputes)
	switch d.Status {
	case payment.DisputeNeedsResponse, payment.DisputeUnderReview:
		c.sums.held(d.Amount)
	case payment.DisputeWon:
		c.entered(p, ledger.DisputeWonKind, d.ID, d.Amount, ledger.Disputes)
	case payment.DisputeLost:
		c.entered(p, ledger.DisputeLostKind, d.ID, d.Amount, ledger.BankReceivable(p.Approved().Bank))
	}
}

// entered checks that an entry exists once, with its amount on an account, and
// takes it off the list of unexplained entries.
func (c *checker) entered(p payment.Payment, kind, of string, amount money.Amount, on ledger.Account) {
	key := kind + ":" + of
	e, booked := c.booked[key]
	if !booked || e.Payment != p.ID {
		c.violate("payment %s: %s is not booked", p.ID, key)
		return
	}
	delete(c.booked, key)
	for _, line := range e.Postings {
		if line.Account == on && line.Amount.Equal(amount) {
			return
		}
	}
	c.violate("payment %s: %s is not booked as %s on %s: %+v", p.ID, key, amount, on, e.Postings)
}

// event checks that sequences have no gap above their floor and notes the event.
func (c *checker) event(e event.Event) {
	c.Events++
	if e.Merchant != c.last.merchant {
		c.last.merchant, c.last.sequence = e.Merchant, 0
	}
	want := c.last.sequence + 1
	gone := e.Sequence > want && e.Sequence-1 <= c.floors[e.Merchant]
	if e.Sequence != want && !gone {
		c.violate("merchant %s: event %s has sequence %d, expected %d", e.Merchant, e.ID, e.Sequence, want)
	}
	c.last.sequence = e.Sequence
	if e.Payment == "" { // of a payout
		return
	}
	p, known := c.payments[e.Payment]
	merchant, dialect := e.Owner()
	switch {
	case !known:
		c.violate("event %s is about payment %s, which does not exist", e.ID, e.Payment)
	case p.Merchant != merchant:
		c.violate("event %s of merchant %s is about a payment of %s", e.ID, merchant, p.Merchant)
	}
	if dialect != "" { // which has words of its own, also for what is silent here
		return
	}
	c.told[e.Payment] = append(c.told[e.Payment], e.Type)
}

// notifications checks that each final status was told once, as the last word,
// and that nobody was ever told of an abandonment.
func (c *checker) notifications() {
	for id, p := range c.payments {
		finals := 0
		types := c.told[id]
		for _, t := range types {
			status := payment.Status(strings.TrimPrefix(t, event.PaymentPrefix))
			if status.Valid() && status.Final() {
				finals++
			}
			if status == payment.Abandoned {
				c.violate("payment %s: its abandonment was told", id)
			}
		}
		want := 0
		if p.Status.Final() && p.Status.Notified() {
			want = 1
		}
		if finals != want {
			c.violate("payment %s is %s and has %d final events: %v", id, p.Status, finals, types)
		} else if last := lastStatus(types); want == 1 && last != event.PaymentPrefix+string(p.Status) {
			c.violate("payment %s is %s, but the last that was told of its status is %s", id, p.Status, last)
		}
	}
}

// lastStatus is the last of the types that is about the payment's own status.
func lastStatus(types []string) (last string) {
	for _, t := range types {
		if strings.HasPrefix(t, event.PaymentPrefix) {
			last = t
		}
	}
	return last
}
