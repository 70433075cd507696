package outage_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sandbank/chance"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/sim"
	"sandbank/sim/outage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long anything may take on a busy machine.
const patience = 5 * time.Minute

// rig is a board on a clock that stands still, with an actor that writes down what it is told.
type rig struct {
	*testing.T
	*outage.Board
	clock *clock.Manual
	log   bytes.Buffer
	told  chan string // "begin KIND", "end KIND", and how each ended
	stop  func()
	peer  peer // on a shelf; the zero value for none

	mu      sync.Mutex
	refuses error // of the actor's ends
}

func newRig(t *testing.T) *rig { return newRigSharing(t, peer{}) }

// newRigSharing is a rig that shares its faults, where there is a shelf for them.
func newRigSharing(t *testing.T, p peer) *rig {
	r := &rig{T: t, peer: p, clock: clock.NewManual(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)), told: make(chan string, 100)}
	r.Board = outage.New(slog.New(slog.NewTextHandler(&r.log, nil)))
	r.Start(r.clock, chance.Seeded(1), deeds{r}, func(_ sim.Fault, why outage.Ending) { r.told <- string(why) })
	if p.shelf != nil {
		r.Share(p, p)
		p.shelf.mu.Lock()
		p.shelf.heard = append(p.shelf.heard, r.Board.Heard)
		p.shelf.mu.Unlock()
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); r.Board.Run(ctx, time.Second) }()
	r.stop = func() { cancel(); <-done }
	t.Cleanup(r.stop)
	return r
}

func (r *rig) begin(f sim.Fault) sim.Fault {
	r.Helper()
	f, err := r.Board.Begin(r.Context(), f)
	if err != nil {
		r.Fatal(err)
	}
	r.hears("begin " + string(f.Kind))
	return f
}

func (r *rig) hears(want string) {
	r.Helper()
	select {
	case got := <-r.told:
		if got != want {
			r.Fatalf("want the board to tell %q, got %q", want, got)
		}
	case <-time.After(patience):
		r.Fatalf("the board did not tell %q in %s", want, patience)
	}
}

// deeds are the rig's actor.
type deeds struct{ rig *rig }

func (d deeds) Begin(_ context.Context, f sim.Fault) error {
	d.rig.told <- "begin " + string(f.Kind)
	return nil
}

func (d deeds) End(_ context.Context, f sim.Fault) error {
	d.rig.mu.Lock()
	defer d.rig.mu.Unlock()
	if err := d.rig.refuses; err != nil {
		d.rig.refuses = nil
		d.rig.told <- "cannot end " + string(f.Kind)
		return err
	}
	d.rig.told <- "end " + string(f.Kind)
	return nil
}

var receivers = outage.Meeting{Kinds: []sim.FaultKind{sim.ReceiverFails}}

// A fault strikes until its last microsecond, and not after it, also before anybody has looked.
func TestBoard_EndsByItsTime(t *testing.T) {
	r := newRig(t)
	f := r.begin(sim.Fault{Kind: sim.ReceiverFails, For: "1m"})
	if l := r.Look(); !l.Next.Equal(f.EndsAt) || l.Busy != "" {
		t.Errorf("the board is at %+v; want it to be due at %s", l, f.EndsAt)
	}
	r.clock.Advance(time.Minute - time.Microsecond)
	if _, struck := r.Strike(receivers); !struck {
		t.Error("it does not strike in its last microsecond")
	}
	r.clock.Advance(time.Microsecond)
	if _, struck := r.Strike(receivers); struck {
		t.Error("it strikes when its time is over")
	}
	r.hears("end receiver_fails")
	r.hears(string(outage.Over))
	if _, err := r.Find(f.ID); fault.Code(err) != "fault_not_found" || r.List() != nil {
		t.Errorf("it is found after its end: %v, %+v", err, r.List())
	}
}

// Many meet a fault at once: it strikes as often as it was to, and is gone.
func TestBoard_EndsByItsCount(t *testing.T) {
	r := newRig(t)
	r.begin(sim.Fault{Kind: sim.ReceiverFails, For: "1m", Times: 7})
	struck := make(chan bool, 100)
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() { _, hit := r.Strike(receivers); struck <- hit })
	}
	all.Wait()
	close(struck)
	n := 0
	for hit := range struck {
		if hit {
			n++
		}
	}
	if n != 7 {
		t.Errorf("it struck %d times of 100, want 7", n)
	}
	if list := r.Touching("", r.clock.Now()); len(list) != 0 {
		t.Errorf("it touches what happens after it was spent: %+v", list)
	}
	r.hears("end receiver_fails")
	r.hears(string(outage.Spent))
}

// What cannot be undone at once is tried again, and keeps simulated time from going on.
func TestBoard_UndoesUntilItSucceeds(t *testing.T) {
	r := newRig(t)
	f := r.begin(sim.Fault{Kind: sim.BankOffline, Bank: "SANDNL2A", For: "1m"})
	r.mu.Lock()
	r.refuses = errors.New("no way")
	r.mu.Unlock()
	if _, err := r.End(t.Context(), f.ID); err != nil {
		t.Fatal(err)
	}
	r.hears("cannot end bank_offline")
	r.hears("end bank_offline")
	r.hears(string(outage.Asked))
}

// The same seed strikes the same ones; another strikes others.
func TestBoard_SharesBySeed(t *testing.T) {
	pattern := func(seed uint64) (p string) {
		r := newRig(t)
		r.begin(sim.Fault{Kind: sim.ReceiverFails, For: "1m", Share: 0.5, Seed: seed})
		for range 64 {
			_, struck := r.Strike(receivers)
			p += map[bool]string{true: "x", false: "."}[struck]
		}
		return p
	}
	one, same, other := pattern(7), pattern(7), pattern(8)
	if one != same || one == other {
		t.Errorf("by seeds 7, 7 and 8 it strikes %s, %s and %s", one, same, other)
	}
}

// Of two faults of a part, the stronger strikes; of another bank's or endpoint's, none.
func TestBoard_TheStrongerStrikes(t *testing.T) {
	r := newRig(t)
	r.begin(sim.Fault{Kind: sim.ReceiverFails, For: "1m"})
	strong := r.begin(sim.Fault{Kind: sim.ReceiverResets, For: "1m", Endpoint: "whe_1"})
	both := outage.Meeting{Kinds: []sim.FaultKind{sim.ReceiverResets, sim.ReceiverFails}, Endpoint: "whe_1"}
	if f, _ := r.Strike(both); f.ID != strong.ID {
		t.Errorf("%s strikes", f.Kind)
	}
	both.Endpoint = "whe_2"
	if f, struck := r.Strike(both); !struck || f.Kind != sim.ReceiverFails {
		t.Errorf("at another endpoint %s strikes", f.Kind)
	}
}

// Payments are marked with what was in force since an instant, also when it has ended.
func TestBoard_TellsWhatMayHaveTouched(t *testing.T) {
	r := newRig(t)
	began := r.clock.Now()
	f := r.begin(sim.Fault{Kind: sim.Partition, Bank: "SANDNL2A", For: "1m"})
	r.clock.Advance(time.Minute)
	r.hears("end partition")
	r.hears(string(outage.Over))
	if list := r.Touching("SANDNL2A", began); len(list) != 1 || list[0].Fault != f.ID {
		t.Errorf("since %s it was %+v", began, list)
	}
	if list := r.Touching("SANDNL2A", began.Add(time.Minute)); len(list) != 0 {
		t.Errorf("since its end it was %+v", list)
	}
	if list := r.Touching("SLOWDE2A", began); len(list) != 0 {
		t.Errorf("of another bank it was %+v", list)
	}
}

// A board without faults costs next to nothing.
func BenchmarkStrike_WithoutFaults(b *testing.B) {
	board := outage.New(slog.New(slog.DiscardHandler))
	for b.Loop() {
		board.Strike(receivers)
	}
}
