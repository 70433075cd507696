package processortest

import (
	"fmt"

	"github.com/shopspring/decimal"

	"sandbank/bank"
	"sandbank/bank/book"
	"sandbank/ledger"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
)

// Step is a merchant's operation on a payment once it is authorized or captured.
type Step string

// The steps.
const (
	Leave        Step = ""
	Void         Step = "void"
	CapturePart  Step = "capture half, and no more"
	CaptureTwice Step = "capture half, then the rest"
	Capture      Step = "capture"
	RefundPart   Step = "refund half"
	Refund       Step = "refund"
	Respond      Step = "respond to the dispute"
)

// Planned is what is to become of one payment of a day.
type Planned struct {
	Number    int
	Bank      string
	Merchant  string
	Reference string
	Amount    money.Amount
	Half      money.Amount
	Manual    bool // capture
	Card      instrument.TestNumber
	Then      Step
	Evidence  string // of [Respond]
}

// PlanOf is the n-th payment of a day at the banks. It depends on nothing else:
// the same day can be had again, with or without mishaps.
func PlanOf(n int, banks []bank.Temper) Planned {
	at := banks[n%len(banks)]
	c := at.Currencies[n/7%len(at.Currencies)]
	p := Planned{
		Number: n, Bank: at.Identifier, Merchant: []string{"demo-shop", "other-shop"}[n%3%2], Reference: fmt.Sprintf("order-%d", n),
		Amount: money.Of(decimal.New(int64(1000+n*37%90_000), -c.Decimals()), c), Manual: n%4 == 0, Card: cardOf(instrument.Neutral),
	}
	p.Half = money.Of(p.Amount.Decimal().Div(decimal.NewFromInt(2)).Floor(), c)
	switch {
	case p.Manual:
		p.Then = []Step{Void, CapturePart, CaptureTwice, Capture}[n/4%4]
	case n%40 == 11:
		p.Then, p.Card = Respond, cardOf(instrument.DisputeLost)
	case n%40 == 23:
		p.Then, p.Card = Respond, cardOf(instrument.DisputeWon)
	case n%10 == 1:
		p.Then = RefundPart
	case n%10 == 5:
		p.Then = Refund
	}
	if p.Then == Respond {
		p.Evidence = []string{"losing evidence", "with " + book.WinningEvidence + " in it"}[n/40%2]
	}
	return p
}

// cardOf is the first published card of a behavior.
func cardOf(b instrument.Behavior) instrument.TestNumber {
	for _, n := range instrument.Cards() {
		if n.Behavior == b {
			return n
		}
	}
	panic("no card is " + string(b))
}

// Earned is what each merchant is to be paid in each currency, counted from the
// payments alone, as "merchant currency" and an amount. Left out is the request
// of a capture that its bank did not list.
func Earned(payments []payment.Payment, leftOut string) map[string]string {
	sums := map[string]decimal.Decimal{}
	for _, p := range payments {
		key := p.Merchant + " " + string(p.Amount.Currency())
		for _, o := range p.Operations {
			switch {
			case o.Status != payment.OpSucceeded || o.RequestID == leftOut && o.Kind == payment.OpCapture:
			case o.Kind == payment.OpCapture:
				fee := o.Amount.Decimal().Mul(decimal.RequireFromString("0.014")).Add(decimal.RequireFromString("0.25")).Round(o.Amount.Currency().Decimals())
				sums[key] = sums[key].Add(o.Amount.Decimal()).Sub(decimal.Min(fee, o.Amount.Decimal()))
			case o.Kind == payment.OpRefund:
				sums[key] = sums[key].Sub(o.Amount.Decimal())
			}
		}
		for _, d := range p.Disputes {
			if sums[key] = sums[key].Sub(ledger.StandardSchedule.Dispute); d.Status == payment.DisputeLost {
				sums[key] = sums[key].Sub(d.Amount.Decimal())
			}
		}
	}
	out := map[string]string{}
	for key, sum := range sums {
		if sum.IsPositive() {
			out[key] = sum.String()
		}
	}
	return out
}
