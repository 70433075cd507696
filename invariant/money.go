package invariant

import (
	"strings"

	"sandbank/event"
	"sandbank/ledger"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/wire"
)

// message notes what was asked of banks and what they approved.
func (c *checker) message(m processor.Message) {
	c.Messages++
	p, known := c.payments[m.Payment]
	if !known {
		c.violate("message %s is about payment %s, which does not exist", m.ID, m.Payment)
		return
	}
	if m.Direction == processor.Out || m.Verdict != payment.Applied {
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
	if r.Attempt > len(p.Attempts) || p.Attempts[r.Attempt-1].RequestID != r.RequestID || !r.Amount.Equal(p.Amount) {
		c.violate("payment %s: the applied approval %s does not fit its attempt or amount", p.ID, m.ID)
		return
	}
	c.approved[p.ID]++
}

// entry walks the chain and folds the postings.
func (c *checker) entry(e processor.SealedEntry) {
	c.Entries++
	if c.fold == nil {
		c.fold = ledger.Fold{}
	}
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
	if e.Kind == ledger.CaptureKind {
		if _, twice := c.booked[e.Payment]; twice {
			c.violate("payment %s is booked twice", e.Payment)
		}
		c.booked[e.Payment] = e.Entry
	}
	c.fold.Add(e.Entry)
}

// captures holds payments, approvals and bookings against each other: captured
// if and only if approved, and booked once with that amount.
func (c *checker) captures() {
	for id, p := range c.payments {
		entry, booked := c.booked[id]
		captured := p.Status == payment.Captured
		if captured != booked || captured != (c.approved[id] == 1) {
			c.violate("payment %s is %s, with %d approvals applied, booked: %t", id, p.Status, c.approved[id], booked)
		}
		if booked && (entry.Postings[0].Account != ledger.BankReceivable(p.Bank) || !entry.Postings[0].Amount.Equal(p.Amount)) {
			c.violate("payment %s of %s at %s is booked as %s at %s", id, p.Amount, p.Bank, entry.Postings[0].Amount, entry.Postings[0].Account)
		}
	}
	for id := range c.booked {
		if _, known := c.payments[id]; !known {
			c.violate("an entry is about payment %s, which does not exist", id)
		}
	}
}

// event checks that sequences have no gap and notes what was told.
func (c *checker) event(e event.Event) {
	c.Events++
	if e.Merchant != c.last.merchant {
		c.last.merchant, c.last.sequence = e.Merchant, 0
	}
	if c.last.sequence++; e.Sequence != c.last.sequence {
		c.violate("merchant %s: event %s has sequence %d, expected %d", e.Merchant, e.ID, e.Sequence, c.last.sequence)
		c.last.sequence = e.Sequence
	}
	p, known := c.payments[e.Payment]
	switch {
	case !known:
		c.violate("event %s is about payment %s, which does not exist", e.ID, e.Payment)
	case p.Merchant != e.Merchant:
		c.violate("event %s of merchant %s is about a payment of %s", e.ID, e.Merchant, p.Merchant)
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
		} else if want == 1 && types[len(types)-1] != event.PaymentPrefix+string(p.Status) {
			c.violate("payment %s is %s, but its last event is %s", id, p.Status, types[len(types)-1])
		}
	}
}
