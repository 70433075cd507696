package processor

import (
	"sandbank/money"
	"sandbank/payment"
)

// Narration is one step of one payment, told after its commit, for a log line
// that a person reads.
type Narration struct {
	Payment   string
	Reference string
	Merchant  string
	Amount    money.Amount
	Bank      string
	Status    payment.Status
	Why       string // reason and rule, where there is one
	Method    string // "visa •••• 4242", once the customer paid
}

func narrate(w *Work, to func(Narration)) {
	for _, list := range [][]payment.Payment{w.Created, w.Updated} {
		for _, p := range list {
			n := Narration{
				Payment: p.ID, Reference: p.Reference, Merchant: p.Merchant,
				Amount: p.Amount, Bank: p.Bank, Status: p.Status,
			}
			if p.Reason != nil {
				n.Why = p.Reason.Code
				if p.Reason.Rule != "" {
					n.Why += ": " + p.Reason.Rule
				}
			}
			if a := p.Last(); a != nil {
				n.Method = a.Instrument.Brand + " •••• " + a.Instrument.Last4
			}
			to(n)
		}
	}
}
