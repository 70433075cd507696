package book

import (
	"testing"
	"time"

	"sandbank/broker/wire"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
)

// desk is a book and a request counter for tests that tell a story.
type desk struct {
	*Book
	t   *testing.T
	now time.Time
}

func (d *desk) ask(r wire.Request, plan Plan) {
	d.t.Helper()
	r.Payment, r.Attempt, r.Bank, r.CreatedAt = "pay_1", 1, "SANDNL2A", d.now
	d.Apply(d.Decide(d.now, r, Wish{Outcome: payment.OutcomeApproved, Plan: plan}))
}

// captured is a book with an authorization of 20.00 of which one part of 8.00 was
// captured, that will be disputed.
func captured(t *testing.T) *desk {
	d := &desk{New(rules(0)), t, noon}
	d.ask(wire.Request{
		Type: wire.Authorize, ID: "req_1", Amount: money.Must("20.00", "EUR"), Capture: payment.CaptureManual,
		Instrument: &instrument.Instrument{Brand: "visa", Last4: "4242"},
	}, PlanLoses)
	d.ask(wire.Request{Type: wire.Capture, ID: "req_2", Authorization: "req_1", Amount: money.Must("8.00", "EUR")}, PlanNoDispute)
	return d
}

func (d *desk) wait(after time.Duration) {
	d.now = d.now.Add(after)
	for r, ok := d.Tick(d.now); ok; r, ok = d.Tick(d.now) {
		d.Apply(r)
	}
}

// The processor reverses an expired authorization; captures of it are disputed
// as before, and the dispute decided.
func TestReverse_OfAnAuthorizationLeavesItsCaptures(t *testing.T) {
	for name, wait := range map[string][2]time.Duration{
		"disputed before": {6 * time.Second, 0}, "disputed after": {time.Second, 6 * time.Second},
	} {
		d := captured(t)
		d.wait(wait[0])
		d.ask(wire.Request{Type: wire.Reverse, ID: "req_3", Reverses: "req_1", Amount: money.Must("20.00", "EUR")}, PlanNoDispute)
		d.wait(wait[1])
		if len(d.disputes) != 1 {
			t.Fatalf("%s: there are %d disputes", name, len(d.disputes))
		}
		d.wait(2 * time.Hour)
		if a := d.auths["req_1"]; !a.chargedBack.Equal(money.Must("8.00", "EUR")) || !a.held.IsZero() || !d.Owed("EUR").IsZero() {
			t.Errorf("%s: charged back %s, held %s, owed %s", name, a.chargedBack, a.held, d.Owed("EUR"))
		}
	}
}

// A capture that is undone takes the dispute over it along: it was never the
// merchant's to lose.
func TestReverse_OfACaptureEndsItsDispute(t *testing.T) {
	d := captured(t)
	d.wait(6 * time.Second)
	d.ask(wire.Request{Type: wire.Reverse, ID: "req_3", Reverses: "req_2", Amount: money.Must("8.00", "EUR")}, PlanNoDispute)
	d.wait(2 * time.Hour)
	if a := d.auths["req_1"]; !a.captured.IsZero() || !a.chargedBack.IsZero() || !a.held.Equal(money.Must("20.00", "EUR")) || !d.Owed("EUR").IsZero() {
		t.Errorf("captured %s, charged back %s, held %s, owed %s", a.captured, a.chargedBack, a.held, d.Owed("EUR"))
	}
}
