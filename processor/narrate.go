package processor

import (
	"time"

	"sandbank/money"
	"sandbank/payment"
)

// Narration is what one commit changed of one payment, for a log line that a
// person reads.
type Narration struct {
	At        time.Time // of the step, in simulated time
	Payment   string
	Reference string
	Merchant  string
	Amount    money.Amount
	Bank      string
	Status    payment.Status
	Why       string   // reason and rule, where there is one
	Method    string   // "visa •••• 4242", once the customer paid
	Told      []string // the types of the events that the merchant gets for it, in order
	Asked     string   // the latest operation, while the bank has it: "refund"; else ""
}

func narrate(w *Work, to func(Narration)) {
	told := map[string][]string{}
	for _, e := range w.Events {
		told[e.Payment] = append(told[e.Payment], e.Type)
	}
	for _, list := range [][]payment.Payment{w.Created, w.Updated} {
		for _, p := range list {
			n := Narration{
				At: p.UpdatedAt, Payment: p.ID, Reference: p.Reference, Merchant: p.Merchant,
				Amount: p.Amount, Bank: p.Bank, Status: p.Status, Told: told[p.ID],
			}
			if last := len(p.Operations) - 1; last >= 0 && p.Operations[last].Status == payment.OpPending {
				n.Asked = string(p.Operations[last].Kind)
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
