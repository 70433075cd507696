package naive

import (
	"sandbank/merchant/client"
	"sandbank/merchant/rule"
)

// pay makes an order paid, and ships it.
func (o *order) pay() {
	o.state = "paid"
	o.shipments++
}

// asked takes the answer to a poll.
func (s *Shop) asked(reference string, p client.Payment, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.orders[reference]
	switch {
	case o.state != "pending": // a webhook was faster
	case err != nil:
		if s.breaks[rule.Outage] {
			o.state = "expired" // and nothing that comes later counts
		}
	case p.Status == client.Abandoned && s.breaks[rule.Abandoned]:
	case p.Status == client.Captured && s.breaks[rule.Missed]:
	default:
		s.conclude(o, p)
	}
}

// told takes a webhook about a payment.
func (s *Shop) told(e client.Event, p client.Payment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.orders[p.Reference]
	if !ok || s.seen[e.ID] && !s.breaks[rule.Duplicates] || o.state == "expired" {
		return
	}
	s.seen[e.ID] = true
	if e.Sequence < o.newest && !s.breaks[rule.Reordering] {
		return
	}
	o.newest = max(o.newest, e.Sequence)
	if o.payment == "" {
		o.payment, o.expires = p.ID, p.ExpiresAt
	}
	if e.Type == "attempt.declined" {
		o.state = "declined" // until another card pays
	}
	if s.breaks[rule.Duplicates] && e.Type == "payment.captured" && o.state == "paid" {
		o.shipments++
		return
	}
	s.conclude(o, p)
}

// conclude draws the conclusion from a payment as it was told, or read.
func (s *Shop) conclude(o *order, p client.Payment) {
	moneyBack := p.RefundedAmount.IsPositive() && p.RefundedAmount.Equal(p.CapturedAmount)
	held := p.Dispute != nil && p.Dispute.Status != "won"
	switch {
	case p.Status == client.Captured && moneyBack && !s.breaks[rule.Returned]:
		o.state = "refunded"
	case p.Status == client.Captured && held && !s.breaks[rule.Returned]:
		o.state = "disputed"
	case p.Status == client.Captured && o.state != "paid" && p.Amount.Equal(price()):
		o.pay()
	case p.Status == client.Declined || p.Status == client.Failed || p.Status == client.Canceled:
		o.state = "canceled"
		if s.breaks[rule.Captured] {
			o.pay()
		}
	case o.state == "paid" && s.breaks[rule.Captured]: // what was shipped does not come back when its session expires
	case p.Status == client.Abandoned || p.Status == client.Voided:
		o.state = "canceled"
	}
}
