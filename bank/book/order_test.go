package book

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sandbank/broker/wire"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
	"sandbank/sim"
)

// claimed is a book with a captured payment whose dispute goes as it is asked to.
func claimed(t *testing.T, d sim.Dispute) *desk {
	c := &desk{New(rules(0)), t, noon}
	d.After = "0s"
	c.ask(wire.Request{
		Type: wire.Authorize, ID: "req_1", Amount: money.Must("20.00", "EUR"), Instrument: &instrument.Instrument{Brand: "visa", Last4: "4242"},
		Simulate: &sim.Order{Source: reason.ByRequest, Dispute: &d},
	}, PlanOf(d))
	return c
}

// says are the ends of the messages' ids that wait for the broker.
func (d *desk) says() string {
	var list []string
	for _, m := range d.ToSay() {
		list = append(list, strings.TrimPrefix(m.(wire.Dispute).ID, "dsp_1-"))
	}
	return strings.Join(list, " ")
}

func TestDispute_ItsMessagesTravelAsOrdered(t *testing.T) {
	for travel, want := range map[sim.Travel][2]string{
		sim.Once: {"opened", "opened lost"}, sim.Twice: {"opened opened-again", "opened opened-again lost lost-again"}, sim.OutOfOrder: {"", "lost opened"},
	} {
		d := claimed(t, sim.Dispute{EndsAfter: "3s", Travel: travel})
		d.wait(time.Second)
		opened := d.says()
		d.wait(4 * time.Second)
		if got := [2]string{opened, d.says()}; got != want {
			t.Errorf("%s: says %q, not %q", travel, got, want)
		}
	}
}

// An order that says when a dispute ends goes before the evidence, which may still win it.
func TestDispute_EndsWhenOrdered(t *testing.T) {
	for evidence, want := range map[string]string{"a delivery note": "lost", WinningEvidence: "won"} {
		d := claimed(t, sim.Dispute{EndsAfter: "1h"})
		d.wait(time.Second)
		d.ask(wire.Request{Type: wire.Evidence, ID: "req_2", Dispute: "dsp_1", Evidence: evidence, Amount: money.Must("20.00", "EUR")}, PlanNoDispute)
		d.wait(59 * time.Minute)
		if d.says() != "opened" {
			t.Errorf("%s: decided too early: %s", evidence, d.says())
		}
		d.wait(2 * time.Minute)
		if d.says() != "opened "+want {
			t.Errorf("%s: says %s, not opened %s", evidence, d.says(), want)
		}
	}
}

// A dispute that is never decided is decided by a command alone.
func TestDispute_SilentIsDecidedByACommandAlone(t *testing.T) {
	d := claimed(t, sim.Dispute{Outcome: sim.DisputeSilent})
	d.wait(time.Second)
	d.ask(wire.Request{Type: wire.Evidence, ID: "req_2", Dispute: "dsp_1", Evidence: WinningEvidence, Amount: money.Must("20.00", "EUR")}, PlanNoDispute)
	d.wait(31 * 24 * time.Hour)
	if d.says() != "opened" {
		t.Errorf("it was decided: %s", d.says())
	}
	r, ok := d.Follow(d.now, wire.Request{Controls: &wire.Controls{Command: wire.CommandDecide, Dispute: "dsp_1", Outcome: string(payment.DisputeWon)}})
	if !ok {
		t.Fatal("the command is not obeyed")
	}
	d.Apply(r)
	if got := strings.Fields(d.says()); !slices.Equal(got, []string{"opened", "won"}) {
		t.Errorf("says %v", got)
	}
}
