package processor_test

import (
	"testing"
	"time"

	"sandbank/fault"
	. "sandbank/internal/processortest"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/processor"
	"sandbank/sim"
)

func act(t *testing.T, a sim.Action, after sim.When, card string) sim.Act {
	t.Helper()
	with, err := instrument.Known(card, "", "")
	if err != nil {
		t.Fatal(err)
	}
	return sim.Act{Action: a, After: after, With: &with}
}

// planned is a payment with acts to come.
func planned(r *Rig, acts ...sim.Act) payment.Payment {
	r.T.Helper()
	n := Wish()
	n.Simulate = sim.Plan{Customer: acts}
	p, _, err := r.Create(r.T.Context(), n)
	r.OK(err)
	return p
}

// A scheduled act is due in simulated time, is done once, and is kept: another
// processor on the same store does it.
func TestAct_IsDoneOnceAndSurvivesARestart(t *testing.T) {
	r := New(t, nil)
	p := planned(r, act(t, sim.Pay, "3s", ""))
	if got := p.WakeAt(); !got.Equal(p.CreatedAt.Add(3 * time.Second)) {
		t.Fatalf("it wakes at %s", got)
	}
	r.Close()
	r.Clock.Advance(3 * time.Second)
	other := processor.New(r.Disk, r.Config)
	other.ObserveBank(Health("SANDNL2A"))
	stop := other.Work()
	other.Sweep(t.Context())
	other.Sweep(t.Context())
	stop()
	got := r.Now(p.ID)
	if got.Status != payment.Processing || len(got.Attempts) != 1 || len(got.Simulation.Done) != 1 || len(got.Simulation.Waiting) != 0 {
		t.Errorf("%s with %d attempts, %+v", got.Status, len(got.Attempts), got.Simulation)
	}
}

// A simulated act of a customer is refused as a person's would be, and the
// timeline keeps why.
func TestAct_IsRefusedAsAPersonsWouldBe(t *testing.T) {
	r := New(t, nil)
	twice := planned(r, act(t, sim.SubmitTwice, "", ""))
	late := planned(r, act(t, sim.ComeBackLate, "", ""))
	gone := planned(r, sim.Act{Action: sim.WalkAway})
	stopped := planned(r, sim.Act{Action: sim.Cancel, After: "1s"})
	r.Elapse(0, twice.ID, payment.Processing)
	r.Elapse(time.Second, stopped.ID, payment.Canceled)
	r.Elapse(15*time.Minute, gone.ID, payment.Abandoned)
	r.Elapse(2*time.Second, late.ID, payment.Abandoned)
	if p := r.Now(twice.ID); len(p.Attempts) != 1 {
		t.Errorf("a form sent twice made %d attempts", len(p.Attempts))
	}
	if why := paymentOf(r, stopped.ID).Why(); why == nil || why.Source != "request" {
		t.Errorf("canceled because of %+v", why)
	}
	if why := paymentOf(r, gone.ID).Why(); why == nil || why.Source != "request" {
		t.Errorf("abandoned because of %+v", why)
	}
	for give := time.Now().Add(5 * time.Minute); time.Now().Before(give) && len(r.Now(late.ID).Simulation.Done) == 0; {
		r.Clock.AwaitTimers(1)
		r.Clock.Advance(time.Second)
	}
	if done := r.Now(late.ID).Simulation.Done; len(done) != 1 || done[0].Refused == "" {
		t.Errorf("a customer who came too late: %+v", done)
	}
	if told := r.Told(late.ID); len(told) != 0 {
		t.Errorf("an abandoned payment told %v", told)
	}
}

func paymentOf(r *Rig, id string) *payment.Payment { p := r.Now(id); return &p }

// Where nothing may be simulated, nothing is; the rest goes on.
func TestSimulate_CanBeOff(t *testing.T) {
	r := New(t, func(c *processor.Config) { c.SimulateOff = true })
	n := Wish()
	n.Simulate = sim.Plan{Travel: sim.Twice}
	if _, _, err := r.Create(t.Context(), n); fault.Code(err) != "simulation_off" {
		t.Errorf("a plan: %v", err)
	}
	p := r.Made()
	if _, err := r.Act(t.Context(), "demo-shop", p.ID, act(t, sim.Pay, "", "")); fault.Code(err) != "simulation_off" {
		t.Errorf("an act: %v", err)
	}
	if _, err := r.Simulate(t.Context(), "demo-shop", p.ID, n.Simulate); fault.Code(err) != "simulation_off" {
		t.Errorf("a change: %v", err)
	}
	if r.Now(p.ID).Version != p.Version {
		t.Error("something changed")
	}
}

// A repeated request gets its first answer, also after a change of the plan;
// another merchant's payment does not exist.
func TestSimulate_ChangesWhatIsToCome(t *testing.T) {
	r := New(t, nil)
	n := Wish()
	n.Simulate, n.IdempotencyKey = sim.Plan{Travel: sim.Twice}, "key"
	first, _, err := r.Create(t.Context(), n)
	r.OK(err)
	if _, err := r.Simulate(t.Context(), "other-shop", first.ID, sim.Plan{Travel: sim.Once}); !fault.Is(err, fault.NotFound) {
		t.Errorf("another merchant: %v", err)
	}
	now, err := r.Simulate(t.Context(), "demo-shop", first.ID, sim.Plan{Travel: sim.Once})
	r.OK(err)
	again, replayed, err := r.Create(t.Context(), n)
	r.OK(err)
	if !replayed || again.Simulation.Plan.Travel != sim.Twice || now.Simulation.Plan.Travel != sim.Once {
		t.Errorf("again %+v, now %+v", again.Simulation, now.Simulation)
	}
}

// What is wrong with an act's bank is told of the body's field, and not of the checkout's.
func TestAct_NamesTheFieldOfItsBody(t *testing.T) {
	r := New(t, nil)
	p := planned(r)
	a := act(t, sim.Pay, "", "")
	a.Bank = "NONEDE2A"
	_, err := r.Act(t.Context(), p.Merchant, p.ID, a)
	if f := fault.From(err); f.Code != "bank_unknown" || len(f.Fields) != 1 || f.Fields[0].Pointer != "/bank" {
		t.Errorf("paid at a bank that is not there: want bank_unknown at /bank, got %v", err)
	}
}
