package dashboard

import (
	"sandbank/ledger"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
)

// Stop is one stop of a payment's money on its way from the customer to the merchant's account.
type Stop struct {
	Label, Amount string // Amount may be empty
	Tone          string // "good" once the money has been there, "wait" before, "bad" where it went back, "quiet" for what did not move
}

// moneyWay is how far the money of a payment has come.
func moneyWay(s processor.Story) []Stop {
	p := s.Payment
	taken := p.Captured()
	switch {
	case !taken.IsPositive() && p.Status == payment.Authorized:
		return []Stop{{"Reserved", inWords(p.Amount), "good"}, {"Captured", "", "wait"}, {"Settled", "", "wait"}, {"Paid out", "", "wait"}}
	case !taken.IsPositive() && p.Status.Final():
		return []Stop{{"No money has moved", "", "quiet"}}
	case !taken.IsPositive():
		return []Stop{{"Captured", "", "wait"}, {"Settled", "", "wait"}, {"Paid out", "", "wait"}}
	}
	way := []Stop{{"Captured", inWords(taken), "good"}}
	if back := p.Refunded(); back.IsPositive() {
		way = append(way, Stop{"Refunded", inWords(back), "bad"})
	}
	for _, x := range p.Disputes {
		switch x.Status {
		case payment.DisputeNeedsResponse, payment.DisputeUnderReview:
			way = append(way, Stop{"Held for a dispute", inWords(x.Amount), "bad"})
		case payment.DisputeLost:
			way = append(way, Stop{"Charged back", inWords(x.Amount), "bad"})
		case payment.DisputeWon:
		}
	}
	way = append(way, Stop{Label: "Settled by the bank", Tone: reached(settled(s))})
	_, due := booked(s)
	switch some, whole := paidOut(s); {
	case some && whole:
		return append(way, Stop{"Paid out to the merchant", "", "good"})
	case some:
		return append(way, Stop{"Paid out in part", "", "wait"})
	}
	return append(way, Stop{"To be paid out", inWords(due), "wait"})
}

func reached(yes bool) string {
	if yes {
		return "good"
	}
	return "wait"
}

// booked is what a payment comes to in the book: what its bank owes, and what its merchant is due.
func booked(s processor.Story) (owed, due money.Amount) {
	owed, due = money.Zero(s.Payment.Amount.Currency()), money.Zero(s.Payment.Amount.Currency())
	for _, e := range s.Entries {
		for _, p := range e.Postings {
			amount := p.Amount
			if p.Side == ledger.Credit {
				amount = amount.Neg()
			}
			switch kind, _ := p.Account.Owner(); kind {
			case "bank":
				owed = owed.Add(amount)
			case "merchant":
				due = due.Sub(amount)
			}
		}
	}
	return owed, due
}
