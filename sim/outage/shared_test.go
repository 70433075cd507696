package outage_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sandbank/fault"
	"sandbank/sim"
	"sandbank/sim/outage"
)

// shelf is the document that boards share, and who is there.
type shelf struct {
	mu      sync.Mutex
	doc     []byte
	present []string
	away    error // of the database
	heard   []func(name string)
}

func (s *shelf) ChangeSecret(_ context.Context, name string, change func([]byte) ([]byte, error)) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away != nil {
		return nil, s.away
	}
	doc, err := change(s.doc)
	if err != nil {
		return nil, err
	}
	news := string(doc) != string(s.doc)
	if s.doc = doc; news {
		for _, hears := range s.heard {
			hears(name)
		}
	}
	return doc, nil
}

func (s *shelf) Secret(ctx context.Context, name string, _ func() ([]byte, error)) ([]byte, error) {
	return s.ChangeSecret(ctx, name, func(old []byte) ([]byte, error) { return old, nil })
}

// peer is one of the processors on a shelf.
type peer struct {
	*shelf
	name   string
	killed *atomic.Bool
}

func at(s *shelf, name string) peer { return peer{s, name, &atomic.Bool{}} }

// ChangeSecret changes nothing for a processor that was killed.
func (p peer) ChangeSecret(ctx context.Context, name string, change func([]byte) ([]byte, error)) ([]byte, error) {
	if p.killed.Load() {
		return nil, errors.New("killed")
	}
	return p.shelf.ChangeSecret(ctx, name, change)
}

func (p peer) Name() string { return p.name }

func (p peer) Present(context.Context) ([]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.present), func(name string) bool { return name == p.name }), nil
}

// pair has a test run with two boards that share their faults, in a bubble of its own time.
func pair(t *testing.T, test func(t *testing.T, s *shelf, one, two *rig)) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{present: []string{"one", "two"}}
		one, two := newRigSharing(t, at(s, "one")), newRigSharing(t, at(s, "two"))
		synctest.Wait() // until both have looked for the first time
		test(t, s, one, two)
	})
}

// settle has every board look at the document.
func settle() { time.Sleep(time.Second); synctest.Wait() }

func TestShared_ActsEverywhereAndEndsEverywhere(t *testing.T) {
	pair(t, func(t *testing.T, _ *shelf, one, two *rig) {
		f := one.begin(sim.Fault{Kind: sim.ReceiverFails, For: "1m"})
		two.hears("begin receiver_fails")
		if f.ActsAt != sim.AtEveryProcessor {
			t.Errorf("it acts at %q", f.ActsAt)
		}
		if got, struck := two.Strike(receivers); !struck || got.ID != f.ID {
			t.Error("begun at the one, it does not strike at the other as soon as it has begun")
		}
		settle()
		if got, err := one.Find(f.ID); err != nil || got.Struck != 1 {
			t.Errorf("struck once at the other: want that told by the one, got %d, %v", got.Struck, err)
		}
		if _, err := two.End(t.Context(), f.ID); err != nil {
			t.Fatal(err)
		}
		two.hears("end receiver_fails")
		two.hears(string(outage.Asked))
		one.hears("end receiver_fails")
		if _, struck := one.Strike(receivers); struck || one.List() != nil {
			t.Error("ended at the other, it is still in force at the one")
		}
	})
}

// A bank is told once that it goes and that it comes, by whoever is asked.
func TestShared_ABankIsToldOnce(t *testing.T) {
	pair(t, func(t *testing.T, _ *shelf, one, two *rig) {
		f := one.begin(sim.Fault{Kind: sim.BankOffline, Bank: "SANDNL2A", For: "1m"})
		if _, err := two.Board.Begin(t.Context(), sim.Fault{Kind: sim.BankOffline, Bank: "SANDNL2A", For: "1m"}); fault.Code(err) != "fault_in_force" {
			t.Errorf("the same again, at the other: %v", err)
		}
		if _, err := two.End(t.Context(), f.ID); err != nil {
			t.Fatal(err)
		}
		two.hears("end bank_offline")
		two.hears(string(outage.Asked))
		settle()
		if len(one.told)+len(two.told) > 0 {
			t.Errorf("more is told: %d by the one, %d by the other", len(one.told), len(two.told))
		}
		// By its time it ends where it began.
		one.begin(sim.Fault{Kind: sim.BankOffline, Bank: "SANDNL2A", For: "1m"})
		for _, r := range []*rig{two, one} {
			r.clock.Advance(time.Minute)
		}
		one.hears("end bank_offline")
		one.hears(string(outage.Over))
		settle()
		if len(one.told)+len(two.told) > 0 || two.List() != nil {
			t.Errorf("more is told: %d by the one, %d by the other", len(one.told), len(two.told))
		}
	})
}

// Strikes are numbered over all processors.
func TestShared_StrikesAsOftenAsItWasTo(t *testing.T) {
	pair(t, func(t *testing.T, s *shelf, one, two *rig) {
		one.begin(sim.Fault{Kind: sim.ReceiverFails, For: "1m", Times: 7})
		two.hears("begin receiver_fails")
		s.mu.Lock()
		s.away = errors.New("away")
		s.mu.Unlock()
		if _, struck := two.Strike(receivers); struck {
			t.Error("it strikes while nobody can say how often it did")
		}
		s.mu.Lock()
		s.away = nil
		s.mu.Unlock()
		var all sync.WaitGroup
		hits := make(chan bool, 100)
		for i := range 50 {
			all.Go(func() {
				_, struck := []*rig{one, two}[i%2].Strike(receivers)
				hits <- struck
			})
		}
		all.Wait()
		close(hits)
		n := 0
		for hit := range hits {
			if hit {
				n++
			}
		}
		if n != 7 {
			t.Errorf("it struck %d times at both together, want 7", n)
		}
		one.hears("end receiver_fails")
		one.hears(string(outage.Spent))
		if settle(); one.List() != nil || two.List() != nil {
			t.Errorf("it is left: %+v, %+v", one.List(), two.List())
		}
	})
}

// What acts at one processor alone is listed at all, and ended from all, unless its processor could not read that.
func TestShared_SaysWhereAFaultActs(t *testing.T) {
	pair(t, func(t *testing.T, _ *shelf, one, two *rig) {
		f := one.begin(sim.Fault{Kind: sim.Partition, Bank: "SANDNL2A", For: "1m"})
		d := one.begin(sim.Fault{Kind: sim.DatabaseSlow, For: "1m"})
		settle()
		list := two.List()
		if len(list) != 2 || list[0].ID != f.ID || list[1].ID != d.ID || list[0].ActsAt != sim.AtAnotherProcessor || f.ActsAt != sim.AtThisProcessor {
			t.Fatalf("the other lists %+v", list)
		}
		if _, struck := two.Strike(outage.Meeting{Kinds: []sim.FaultKind{sim.Partition, sim.DatabaseSlow}, Bank: "SANDNL2A"}); struck {
			t.Error("it strikes at the other")
		}
		if _, err := two.End(t.Context(), d.ID); fault.Code(err) != "fault_out_of_reach" {
			t.Errorf("ended the one's database fault at the other: %v", err)
		}
		if _, err := two.End(t.Context(), f.ID); err != nil {
			t.Fatal(err)
		}
		one.hears("end partition")
		if _, err := one.End(t.Context(), d.ID); err != nil {
			t.Fatal(err)
		}
		if settle(); one.List() != nil || two.List() != nil {
			t.Errorf("it is left: %+v, %+v", one.List(), two.List())
		}
	})
}

// A fault ends with its processor: at once where that says so, and soon where it was killed. Who comes meanwhile has it, too.
func TestShared_EndsWithItsProcessor(t *testing.T) {
	pair(t, func(t *testing.T, s *shelf, one, two *rig) {
		one.begin(sim.Fault{Kind: sim.BankOffline, Bank: "SANDNL2A", For: "24h"})
		one.begin(sim.Fault{Kind: sim.ReceiverFails, For: "24h"})
		two.hears("begin receiver_fails")
		s.mu.Lock()
		s.present = []string{"two", "three"}
		s.mu.Unlock()
		one.peer.killed.Store(true)
		one.stop()
		three := newRigSharing(t, at(s, "three"))
		three.hears("begin receiver_fails")
		time.Sleep(3 * time.Second)
		if synctest.Wait(); len(two.List()) != 2 || len(three.List()) != 2 {
			t.Errorf("3 seconds after a kill there are %d and %d faults", len(two.List()), len(three.List()))
		}
		time.Sleep(4 * time.Second)
		if synctest.Wait(); two.List() != nil || three.List() != nil {
			t.Errorf("7 seconds after a kill they are in force: %+v, %+v", two.List(), three.List())
		}
		back := 0
		for _, r := range []*rig{two, three} {
			for len(r.told) > 0 {
				if <-r.told == "end bank_offline" {
					back++
				}
			}
		}
		if back != 1 {
			t.Errorf("the bank was told %d times to come back", back)
		}

		two.begin(sim.Fault{Kind: sim.ReceiverHangs, For: "24h"})
		three.hears("begin receiver_hangs")
		two.stop()
		if settle(); three.List() != nil {
			t.Errorf("its processor has ended, and it is in force: %+v", three.List())
		}
	})
}
