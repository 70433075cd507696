package bank

import (
	"testing"
	"time"

	"sandbank/bank/book"
	"sandbank/broker/wire"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
	"sandbank/sim"
)

// Each row of the precedence has an outcome, and all later rows, too: the
// strongest decides. Rows are taken away one by one from the top.
func TestDecide_ThePublishedPrecedence(t *testing.T) {
	plan := func(code string) *sim.Plan {
		return &sim.Plan{Bank: &sim.Bank{Answer: sim.Answer{Outcome: sim.Declined, Reason: code}}}
	}
	number := func(card, holder string) instrument.Instrument {
		i, err := instrument.Known(card, "", holder)
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	const declined, neutral = "4000000000000069", "4242424242424242"
	for i, source := range reason.Precedence() {
		layers := sim.Layers{Request: plan(reason.LostCard), Scenario: plan(reason.StolenCard)}
		temper := Temper{Identifier: "SANDNL2A", Name: "B", Declines: 1, AmountRules: true}
		with := number(declined, "NOT_ENOUGH_BALANCE")
		amount := "20.61"
		if i > 0 {
			layers.Request = nil
		}
		if i > 1 {
			layers.Scenario = nil
		}
		if i > 2 {
			temper.Declines = 0
		}
		if i > 3 {
			with = number(neutral, "NOT_ENOUGH_BALANCE")
		}
		if i > 4 {
			with = number(neutral, "J. Doe")
		}
		if i > 5 {
			amount = "20.00"
		}
		r := wire.Request{Type: wire.Authorize, ID: "req_1", Amount: money.Must(amount, "EUR"), Instrument: &with, Simulate: layers.Order(sim.Authorize, 0, sim.Moment{})}
		d := Decide(1, temper, r)
		want := map[reason.Source]string{
			reason.ByRequest: reason.LostCard, reason.ByScenario: reason.StolenCard, reason.ByBank: reason.DoNotHonor, reason.ByNumber: reason.ExpiredCard,
			reason.ByHolder: reason.InsufficientFunds, reason.ByAmount: reason.OverLimit, reason.ByDefault: "",
		}[source]
		got := ""
		if d.Reason != nil {
			got = d.Reason.Code
		}
		if d.Source != source || got != want || d.Rule == "" || (d.Outcome == payment.OutcomeApproved) != (want == "") {
			t.Errorf("row %d, %s: decided by %s for %q (%s): %q", i+1, source, d.Source, got, d.Outcome, d.Rule)
		}
		if w := word(1, "SANDNL2A", mustAnswer(t, temper, r, d)); w.Source != source {
			t.Errorf("row %d, %s: the bank says %s", i+1, source, w.Source)
		}
	}
}

// An order that leaves the outcome open leaves the rest to the bank.
func TestDecide_AnOrderMayLeaveTheOutcomeOpen(t *testing.T) {
	with, _ := instrument.Known("4000000000000002", "", "")
	r := wire.Request{Type: wire.Authorize, ID: "req_1", Amount: money.Must("20.00", "EUR"), Instrument: &with, Simulate: &sim.Order{Source: reason.ByRequest, Travel: sim.Twice}}
	if d := Decide(1, Temper{Name: "B"}, r); d.Source != reason.ByNumber || !d.Twice || d.Reason.Code != reason.DoNotHonor {
		t.Errorf("decided %+v", d)
	}
	r.Simulate = &sim.Order{Source: reason.ByRequest, Outcome: sim.Approved, Travel: sim.Once}
	if d := Decide(1, Temper{Name: "B", Twice: 1, Silent: 1, WrongAmount: 1, Reorders: 1}, r); d.Silent || d.Twice || d.Held || d.WrongAmount || d.Outcome != payment.OutcomeApproved || d.Default {
		t.Errorf("the bank's own ways got through: %+v", d)
	}
}

// mustAnswer is the book's answer to a decision.
func mustAnswer(t *testing.T, temper Temper, r wire.Request, d Decision) book.Answer {
	t.Helper()
	b := book.New(temper.rules())
	b.Apply(b.Decide(time.Time{}.AddDate(2026, 0, 0), r, d.wish(r, false)))
	a, ok := b.Answer(r.ID)
	if !ok {
		t.Fatal("the book has no answer")
	}
	return a
}
