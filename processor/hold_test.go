package processor_test

import (
	"slices"
	"testing"
	"time"

	"sandbank/broker/wire"
	"sandbank/clock"
	"sandbank/fault"
	. "sandbank/internal/processortest"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/sim"
)

// holdAt begins a hold of everything, at hops.
func holdAt(r *Rig, hops ...sim.Hop) sim.Hold {
	r.T.Helper()
	wish := sim.HoldWish{}
	for _, h := range hops {
		wish.Hops = append(wish.Hops, string(h))
	}
	h, err := wish.Check()
	r.OK(err)
	h, err = r.BeginHold(r.T.Context(), processor.Everyone(), h)
	r.OK(err)
	return h
}

// heldOf is what is held of a payment, as "hop kind".
func heldOf(r *Rig, id string) (list []sim.Held) {
	r.T.Helper()
	list, err := r.Held(r.T.Context(), processor.Everyone(), id)
	r.OK(err)
	return list
}

// onlyHeld is the one thing that is held of a payment.
func onlyHeld(r *Rig, id string, hop sim.Hop) sim.Held {
	r.T.Helper()
	list := heldOf(r, id)
	if len(list) != 1 || list[0].Hop != hop {
		r.T.Fatalf("held is %+v, want one %s", list, hop)
	}
	return list[0]
}

func move(r *Rig, id string, m sim.Move) sim.Held {
	r.T.Helper()
	h, err := r.Move(r.T.Context(), processor.Everyone(), id, sim.MoveWish{Action: string(m)})
	r.OK(err)
	return h
}

// sent is a payment whose customer has paid, while its request is held.
func sent(r *Rig) payment.Payment {
	r.T.Helper()
	p, err := r.Pay(r.T.Context(), r.Made().ID, Visa, "")
	r.OK(err)
	return p
}

// A payment goes from hop to hop, one step at a time, and is what it is without a hold.
func TestHold_StepsFromHopToHop(t *testing.T) {
	r := New(t, nil)
	_, err := r.AddEndpoint(t.Context(), "demo-shop", processor.NewEndpoint{URL: "http://127.0.0.1:1/hooks", Events: []string{"payment.captured"}})
	r.OK(err)
	holdAt(r)
	p := sent(r)
	if got := r.Requests(p.ID); len(got) != 0 {
		t.Fatalf("a held request went out: %+v", got)
	}
	onlyHeld(r, p.ID, sim.HopRequest)
	step := func() {
		t.Helper()
		if _, err := r.Step(t.Context(), processor.Only("demo-shop"), p.ID); err != nil {
			t.Fatal(err)
		}
	}
	step()
	asked := r.Requests(p.ID)
	if len(asked) != 1 || asked[0].ID != p.Last().RequestID {
		t.Fatalf("after a step the bank was asked %+v", asked)
	}
	if h := r.Say(Answer(asked[0], payment.OutcomeApproved)); h.Reject || h.Err != nil {
		t.Fatalf("%+v", h)
	}
	onlyHeld(r, p.ID, sim.HopResult)
	step()
	if got := r.Now(p.ID); got.Status != payment.Processing {
		t.Errorf("before the booking it is %s", got.Status)
	}
	onlyHeld(r, p.ID, sim.HopBooking)
	step()
	if got := r.Now(p.ID); got.Status != payment.Captured {
		t.Errorf("after the booking it is %s", got.Status)
	}
	onlyHeld(r, p.ID, sim.HopWebhook)
	if n := len(r.Deliveries()); n != 0 {
		t.Errorf("%d webhooks went out that are held", n)
	}
	r.Clock.Advance(10 * time.Minute)
	step()
	if n := len(r.Deliveries()); n != 1 {
		t.Errorf("%d webhooks were handed over, expected the one that was held, at once", n)
	}
	if _, err := r.Step(t.Context(), processor.Everyone(), ""); fault.Code(err) != "nothing_held" {
		t.Errorf("a step of nothing: %v", err)
	}
	if ever, err := r.HeldEver(t.Context(), p.ID); err != nil || len(ever) != 4 {
		t.Errorf("it was held %d times, %v", len(ever), err)
	}
}

// The end of a hold, whether asked for or by its bounds, lets go on what it held, in order.
func TestHold_EndsAndNothingIsLost(t *testing.T) {
	for name, end := range map[string]func(r *Rig, h sim.Hold){
		"asked":          func(r *Rig, h sim.Hold) { r.OK(r.EndHold(r.T.Context(), processor.Everyone(), h.ID)) },
		"simulated time": func(r *Rig, _ sim.Hold) { r.Sweep(24*time.Hour + time.Second) },
		"computer's time": func(r *Rig, _ sim.Hold) {
			r.Computer.Advance(31 * time.Minute)
			r.Sweep(0)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := New(t, func(c *processor.Config) { c.Deadline = 48 * time.Hour })
			h := holdAt(r, sim.HopRequest)
			var want, got []string
			for range 5 {
				want = append(want, sent(r).ID)
			}
			end(r, h)
			for _, m := range r.Messages() {
				if m.Type == string(wire.Authorize) {
					got = append(got, m.Correlation)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("went out: %v, want %v", got, want)
			}
			if list := r.Holds(processor.Everyone()); len(list) != 0 {
				t.Errorf("holds are left: %+v", list)
			}
		})
	}
}

// A request that is held past its deadline times out, as one does that a bank never answers; so does one that is dropped.
func TestHold_HeldRequestTimesOut(t *testing.T) {
	r := New(t, nil)
	h := holdAt(r, sim.HopRequest)
	p, dropped := sent(r), sent(r)
	move(r, onlyHeld(r, dropped.ID, sim.HopRequest).ID, sim.Drop)
	for _, id := range []string{p.ID, dropped.ID} {
		if got := r.Elapse(Deadline, id, payment.Failed); got.Reason == nil || got.Reason.Code != "bank_timeout" {
			t.Errorf("%+v", got.Why())
		}
	}
	if list := heldOf(r, p.ID); len(list) != 2 || list[0].Kind != "authorize" || list[1].Kind != "reverse" {
		t.Errorf("held is %+v", list)
	}
	r.OK(r.EndHold(t.Context(), processor.Everyone(), h.ID))
	if got := r.Requests(p.ID); len(got) != 2 || got[0].Type != wire.Authorize || got[1].Type != wire.Reverse {
		t.Errorf("asked %+v", got)
	}
	if got := r.Requests(dropped.ID); len(got) != 1 || got[0].Type != wire.Reverse {
		t.Errorf("asked %+v", got)
	}
}

// What is held can be put in another order, and doubled: the second copy of an answer changes nothing.
func TestHold_ReordersAndDuplicates(t *testing.T) {
	r := New(t, nil)
	h := holdAt(r, sim.HopRequest)
	one, two := sent(r), sent(r)
	move(r, onlyHeld(r, two.ID, sim.HopRequest).ID, sim.GoFirst)
	copied := move(r, onlyHeld(r, one.ID, sim.HopRequest).ID, sim.Duplicate)
	if copied.CopyOf == "" || copied.Hop != sim.HopRequest {
		t.Errorf("the copy is %+v", copied)
	}
	r.OK(r.EndHold(t.Context(), processor.Everyone(), h.ID))
	var order []string
	for _, m := range r.Messages() {
		if m.Type == string(wire.Authorize) {
			order = append(order, m.Correlation)
		}
	}
	if !slices.Equal(order, []string{two.ID, one.ID, one.ID}) {
		t.Errorf("they went out as %v", order)
	}
	holdAt(r, sim.HopResult)
	r.Say(Answer(r.Requests(one.ID)[0], payment.OutcomeApproved))
	answer := onlyHeld(r, one.ID, sim.HopResult)
	move(r, answer.ID, sim.Duplicate)
	for range 2 {
		if _, err := r.Step(t.Context(), processor.Everyone(), one.ID); err != nil {
			t.Fatal(err)
		}
	}
	var verdicts []payment.Verdict
	for _, m := range r.Story(one.ID).Messages {
		if m.Direction == processor.In {
			verdicts = append(verdicts, m.Verdict)
		}
	}
	slices.Sort(verdicts)
	if r.Now(one.ID).Status != payment.Captured || !slices.Equal(verdicts, []payment.Verdict{payment.VerdictApplied, payment.VerdictDuplicate}) {
		t.Errorf("%s, %v", r.Now(one.ID).Status, verdicts)
	}
}

// A held request is answered in its bank's stead: it goes on with an order, which the payment keeps.
func TestHold_AnswersForTheBank(t *testing.T) {
	r := New(t, nil)
	holdAt(r, sim.HopRequest)
	p := sent(r)
	held := onlyHeld(r, p.ID, sim.HopRequest)
	_, err := r.Move(t.Context(), processor.Everyone(), held.ID, sim.MoveWish{Action: "answer", Outcome: "declined", Reason: "expired_card", Twice: true})
	r.OK(err)
	asked := r.Requests(p.ID)
	if len(asked) != 1 || asked[0].Simulate == nil || asked[0].Simulate.Outcome != sim.Declined || asked[0].Simulate.Reason != "expired_card" || asked[0].Simulate.Travel != sim.Twice {
		t.Fatalf("asked %+v", asked)
	}
	if s := r.Now(p.ID).Simulation; s == nil || len(s.Asked) != 1 {
		t.Errorf("the payment keeps %+v", s)
	}
	if _, err := r.Move(t.Context(), processor.Everyone(), held.ID, sim.MoveWish{Action: "release"}); fault.Code(err) != "held_not_found" {
		t.Errorf("released what was answered: %v", err)
	}
}

// What is asked of the bank on purpose while its request is held goes with the request.
func TestHold_TakesOrdersMeanwhile(t *testing.T) {
	r := New(t, nil)
	h := holdAt(r, sim.HopRequest)
	p := sent(r)
	_, err := r.Simulate(t.Context(), "demo-shop", p.ID, sim.Plan{Bank: &sim.Bank{Answer: sim.Answer{Outcome: sim.Declined, Reason: "lost_card"}}})
	r.OK(err)
	r.OK(r.EndHold(t.Context(), processor.Everyone(), h.ID))
	if asked := r.Requests(p.ID); len(asked) == 0 || asked[0].Type != wire.Authorize || asked[0].Simulate == nil || asked[0].Simulate.Reason != "lost_card" {
		t.Errorf("asked %+v", asked)
	}
}

// A merchant holds its own payments alone, and neither sees nor moves another's.
func TestHold_ReachesNoFurtherThanItsOwner(t *testing.T) {
	r := New(t, nil)
	wish, _ := sim.HoldWish{}.Check()
	h, err := r.BeginHold(t.Context(), processor.Only("other-shop"), wish)
	r.OK(err)
	p := sent(r)
	if list := heldOf(r, p.ID); len(list) != 0 {
		t.Fatalf("another merchant's hold took %+v", list)
	}
	if list := r.Holds(processor.Only("demo-shop")); len(list) != 0 {
		t.Errorf("it is shown %+v", list)
	}
	if err := r.EndHold(t.Context(), processor.Only("demo-shop"), h.ID); fault.Code(err) != "hold_not_found" {
		t.Errorf("ended another's: %v", err)
	}
	all := holdAt(r)
	if err := r.EndHold(t.Context(), processor.Only("demo-shop"), all.ID); fault.Code(err) != "hold_of_all" {
		t.Errorf("ended an operator's: %v", err)
	}
	mine := sent(r)
	if _, err := r.Move(t.Context(), processor.Only("other-shop"), onlyHeld(r, mine.ID, sim.HopRequest).ID, sim.MoveWish{Action: "drop"}); fault.Code(err) != "held_not_found" {
		t.Errorf("moved another's: %v", err)
	}
	foreign := sim.Hold{Payment: mine.ID, Hops: sim.Hops(), Times: 1, For: "1m", Within: "1m"}
	if _, err := r.BeginHold(t.Context(), processor.Only("other-shop"), foreign); fault.Code(err) != "payment_not_found" {
		t.Errorf("held another's: %v", err)
	}
}

// A hold is kept: another processor on the same store goes on with it, and one that simulates nothing ends it.
func TestHold_SurvivesARestart(t *testing.T) {
	r := New(t, nil)
	holdAt(r, sim.HopRequest)
	p := sent(r)
	r.Close()
	other := processor.New(r.Disk, r.Config)
	other.ObserveBank(Health("SANDNL2A"))
	other.Start()
	if list, err := other.Held(t.Context(), processor.Everyone(), p.ID); err != nil || len(list) != 1 {
		t.Errorf("it holds %+v, %v", list, err)
	}
	other.Close()
	r.Config.SimulateOff = true
	off := processor.New(r.Disk, r.Config)
	off.Start()
	defer off.Close()
	for len(off.Holds(processor.Everyone())) > 0 {
		if clock.Pause(t.Context(), time.Millisecond) != nil {
			t.Fatal("the hold does not end")
		}
	}
	if len(r.Requests(p.ID)) != 1 {
		t.Error("what it held is lost")
	}
}

// Bounds: so many holds, so much in each; what comes after goes on.
func TestHold_IsBounded(t *testing.T) {
	r := New(t, nil)
	h := sim.Hold{Hops: []sim.Hop{sim.HopRequest}, For: "1h", Within: "1h", Times: 1}
	_, err := r.BeginHold(t.Context(), processor.Everyone(), h)
	r.OK(err)
	one, two := sent(r), sent(r)
	held := onlyHeld(r, one.ID, sim.HopRequest)
	if len(r.Requests(two.ID)) != 1 {
		t.Error("a hold of one thing took two")
	}
	if _, err := r.Move(t.Context(), processor.Everyone(), held.ID, sim.MoveWish{Action: "duplicate"}); fault.Code(err) != "hold_full" {
		t.Errorf("doubled beyond its bound: %v", err)
	}
	for range sim.MaxHolds - 1 {
		_, err := r.BeginHold(t.Context(), processor.Everyone(), h)
		r.OK(err)
	}
	if _, err := r.BeginHold(t.Context(), processor.Everyone(), h); fault.Code(err) != "holds_too_many" {
		t.Errorf("began one too many: %v", err)
	}
}
