package processor

import (
	"time"

	"sandbank/money"
	"sandbank/payment"
	"sandbank/settlement"
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
	Trace     string   // its id; "" where the payment is not traced
	Asked     string   // the latest operation, while the bank has it: "refund"; else ""
	// Settled is a bank's batch that was matched, with At and Bank, and nothing of a payment; else nil.
	Settled *settlement.Settlement
	// PaidOut is a payout that left, or arrived, with At and Merchant, and nothing of a payment; else nil.
	PaidOut *settlement.Payout
}

func narrate(w *Work, to func(Narration)) {
	told := map[string][]string{}
	for _, e := range w.Events {
		if !e.Own() {
			continue
		}
		told[e.Payment] = append(told[e.Payment], e.Type)
	}
	for _, list := range [][]payment.Payment{w.Created, w.Updated} {
		for _, p := range list {
			n := Narration{
				At: p.UpdatedAt, Payment: p.ID, Reference: p.Reference, Merchant: p.Merchant,
				Amount: p.Amount, Bank: p.Bank, Status: p.Status, Told: told[p.ID], Trace: p.Trace.Trace(),
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
	for _, r := range w.Records {
		narrateRecord(r, to)
	}
}

func narrateRecord(r Record, to func(Narration)) {
	switch {
	case r.Kind == SettlementRecord && r.Status != string(settlement.Received):
		if s, err := Decode[settlement.Settlement](r); err == nil {
			to(Narration{At: s.MatchedAt, Bank: s.Bank, Settled: &s})
		}
	case r.Kind == PayoutRecord:
		if o, err := Decode[settlement.Payout](r); err == nil && o.Gone == 0 { // one whose items are let go arrived before
			at := o.CreatedAt
			if o.Status == settlement.PayoutPaid {
				at = o.PaidAt
			}
			to(Narration{At: at, Merchant: o.Merchant, PaidOut: &o})
		}
	}
}
