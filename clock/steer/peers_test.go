package steer

import (
	"context"
	"sync"
	"testing"
	"time"

	"sandbank/clock"
	"sandbank/fault"
)

// pair is two processors on one store.
func pair(t *testing.T) (one, two *Hand) {
	t.Helper()
	s := &shelf{}
	make := func() *Hand {
		h := New(Config{Clock: clock.NewSteered(clock.State{}), Keeper: s, Shared: true})
		s.heard = append(s.heard, h.Heard)
		return h
	}
	return make(), make()
}

// run sets hands to work until the test ends, and waits until they know of each other.
func run(t *testing.T, hands ...*Hand) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	for _, h := range hands {
		work.Go(func() { h.Run(ctx) })
	}
	t.Cleanup(func() { cancel(); work.Wait() })
	for _, h := range hands {
		for len(h.present()) < len(hands)-1 {
			if clock.Pause(t.Context(), time.Millisecond) != nil {
				t.Fatal("they do not see each other")
			}
		}
	}
}

func TestPeers_FollowWhoSteers(t *testing.T) {
	one, two := pair(t)
	run(t, one, two)
	to := time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
	one.must(t, Wish{Set: &to, Freeze: true})
	arrived := two.Clock.NewTimerAt(to)
	select {
	case <-arrived.C():
	case <-time.After(5 * time.Minute):
		t.Fatal("the other one does not follow")
	}
	if v := two.Show(); !v.Now.Equal(to) || v.Mode != Frozen {
		t.Errorf("the other one has %+v", v)
	}
	next := to.Add(time.Hour)
	two.must(t, Wish{Advance: &Advance{To: &next}})
	if v := two.Show(); !v.Now.Equal(next) {
		t.Errorf("it advanced to %s", v.Now)
	}
}

// Time goes on only when the others have done what is due as well, and their moments count.
func TestPeers_AreWaitedFor(t *testing.T) {
	one, two := pair(t)
	f := &follower{clock: two.Clock, next: noon.AddDate(5, 0, 0)}
	two.Parts = []clock.Part{{Name: "follower", Look: f.look}}
	two.Happened = func() map[string]int { return map[string]int{"moment": f.done() + 7, "other": 3} } // with what was before
	run(t, one, two)
	start := f.next.Add(-time.Hour)
	one.must(t, Wish{Set: &start, Freeze: true})
	var work sync.WaitGroup
	work.Go(func() { f.run(t.Context(), 20*time.Minute, 4) })
	r := one.must(t, Wish{Advance: &Advance{By: "3h"}})
	work.Wait()
	if r.Moments != 5 { // four, and the end
		t.Errorf("it stood still at %d moments", r.Moments)
	}
	if len(r.Happened) != 1 || r.Happened["moment"] != 4 {
		t.Errorf("advanced over four moments of another processor: want them told, and nothing else, got %v", r.Happened)
	}
	for i, at := range f.seen {
		if want := start.Add(time.Hour + time.Duration(i)*20*time.Minute); !at.Equal(want) {
			t.Errorf("the moment of %s came at %s", want, at)
		}
	}
}

func TestPeers_OneAtATime(t *testing.T) {
	one, two := pair(t)
	run(t, two)
	if _, err := changeIn(t.Context(), one.Keeper, peersDoc, func(r *roll) { *r = roll{one.name: {Beat: 1}} }); err != nil {
		t.Fatal(err)
	}
	if err := change(t.Context(), one.Keeper, func(d *document) { d.Leader = one.name }); err != nil {
		t.Fatal(err)
	}
	for len(two.present()) == 0 {
		if clock.Pause(t.Context(), time.Millisecond) != nil {
			t.Fatal("it is not seen")
		}
	}
	if _, err := two.Steer(t.Context(), Wish{Freeze: true}); fault.Code(err) != "clock_busy" {
		t.Errorf("two lead: %v", err)
	}
}

// Whoever has begun counts at once, and not only when the document is read the next time.
func TestPeers_AreSeenAsSoonAsTheyBegin(t *testing.T) {
	one, two := pair(t)
	if n, err := one.Others(t.Context()); n != 0 || err != nil {
		t.Errorf("alone: want 0 others, got %d, %v", n, err)
	}
	run(t, two)
	for said := (roll{}); len(said) == 0; {
		if clock.Pause(t.Context(), time.Millisecond) != nil {
			t.Fatal("it does not show itself")
		}
		said, _ = loadFrom[roll](t.Context(), two.Keeper, peersDoc)
	}
	if n, err := one.Others(t.Context()); n != 1 || err != nil {
		t.Errorf("beside one that began: want 1 other, got %d, %v", n, err)
	}
}

// elsewhere is a bank that answers when it is let.
type elsewhere struct {
	hand *Hand
	told []clock.State
	next time.Time
	gone bool
}

func (e *elsewhere) Tell(ctx context.Context, s clock.State, ask string) ([]string, error) {
	e.told = append(e.told, s)
	if ask != "" && !e.gone {
		e.hand.Rested(ctx, "BANK", ask, e.next)
	}
	return []string{"BANK"}, nil
}

func (e *elsewhere) There(string) bool { return !e.gone }

func TestElsewhere_IsToldAndWaitedFor(t *testing.T) {
	h, _ := hand(t)
	e := &elsewhere{hand: h, next: noon.Add(time.Hour)}
	h.Elsewhere = e
	if r := h.must(t, Wish{Advance: &Advance{Next: true}}); !r.Now.Equal(e.next) {
		t.Errorf("the bank's next moment is %s, and not %s", e.next, r.Now)
	}
	versions := map[int64]bool{}
	for _, s := range e.told {
		versions[s.Version] = true
	}
	if last := e.told[len(e.told)-1]; last.Version != h.Clock.State().Version || !last.At.Equal(e.next) || len(versions) < 3 {
		t.Errorf("it was told %+v", e.told)
	}
	e.gone = true // nobody waits for a bank that is away
	h.must(t, Wish{Advance: &Advance{By: "1m"}})
}
