package steer

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"sandbank/clock"
	"sandbank/fault"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// shelf keeps documents, and tells of what has changed.
type shelf struct {
	mu    sync.Mutex
	docs  map[string][]byte
	heard []func(string)
}

func (s *shelf) ChangeSecret(_ context.Context, name string, change func([]byte) ([]byte, error)) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	doc, err := change(s.docs[name])
	if err != nil {
		return nil, err
	}
	news := string(doc) != string(s.docs[name])
	if s.docs == nil {
		s.docs = map[string][]byte{}
	}
	if s.docs[name] = doc; news {
		for _, hears := range s.heard {
			hears(name)
		}
	}
	return doc, nil
}

func (s *shelf) Secret(ctx context.Context, name string, make func() ([]byte, error)) ([]byte, error) {
	return s.ChangeSecret(ctx, name, func(old []byte) ([]byte, error) {
		if old != nil {
			return old, nil
		}
		return make()
	})
}

// hand holds a clock that stands at noon.
func hand(t *testing.T, parts ...clock.Part) (*Hand, *shelf) {
	t.Helper()
	s := &shelf{}
	return New(Config{
		Clock:  clock.NewSteered(clock.State{Version: 1, At: noon, Since: time.Now()}),
		Keeper: s, Parts: parts,
	}), s
}

func (h *Hand) must(t *testing.T, w Wish) Report {
	t.Helper()
	r, err := h.Steer(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// follower does something at its moments, one after the other, and each leads to the next.
type follower struct {
	clock *clock.Steered
	mu    sync.Mutex
	next  time.Time
	seen  []time.Time
}

func (f *follower) run(ctx context.Context, every time.Duration, times int) {
	for n := range times {
		f.mu.Lock()
		at := f.next
		f.mu.Unlock()
		timer := f.clock.NewTimerAt(at)
		select {
		case <-ctx.Done():
			return
		case <-timer.C():
		}
		f.mu.Lock()
		f.seen = append(f.seen, f.clock.Now())
		if f.next = f.clock.Now().Add(every); n == times-1 { // with the last one: there is no moment at which another is to come
			f.next = time.Time{}
		}
		f.mu.Unlock()
	}
}

func (f *follower) done() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.seen)
}

func (f *follower) look() clock.Look {
	now := f.clock.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	l := clock.Look{Next: f.next}
	if !f.next.IsZero() && !f.next.After(now) {
		l.Busy = "its moment has come"
	}
	return l
}

// A chain of causes, each of which follows from the one before, happens at its own times.
func TestAdvance_KeepsCausesBeforeEffects(t *testing.T) {
	h, kept := hand(t)
	f := &follower{clock: h.Clock, next: noon.Add(time.Hour)}
	h.Parts = []clock.Part{{Name: "follower", Look: f.look}}
	var work sync.WaitGroup
	work.Go(func() { f.run(t.Context(), time.Hour, 30) })
	r := h.must(t, Wish{Advance: &Advance{By: "24h"}})
	if len(f.seen) != 24 || r.Moments != 24 || !r.Now.Equal(noon.Add(24*time.Hour)) || r.Mode != Frozen {
		t.Errorf("%d moments, %d seen, now %s, %s", r.Moments, len(f.seen), r.Now, r.Mode)
	}
	for i, at := range f.seen {
		if want := noon.Add(time.Duration(i+1) * time.Hour); !at.Equal(want) {
			t.Errorf("the moment of %s came at %s", want, at)
		}
	}
	if r.Next == nil || !r.Next.Equal(noon.Add(25*time.Hour)) {
		t.Errorf("next is %v", r.Next)
	}
	if r = h.must(t, Wish{Advance: &Advance{Next: true}}); !r.Now.Equal(noon.Add(25*time.Hour)) || r.Moments != 1 {
		t.Errorf("the next moment: %s after %d", r.Now, r.Moments)
	}
	to := noon.Add(31 * time.Hour)
	if r = h.must(t, Wish{Advance: &Advance{To: &to}}); !r.Now.Equal(to) || r.Next != nil {
		t.Errorf("to the end: %s, next %v", r.Now, r.Next)
	}
	if r = h.must(t, Wish{Advance: &Advance{Next: true}}); !r.Now.Equal(to) || r.Moments != 0 {
		t.Errorf("nothing is ever due: %s after %d", r.Now, r.Moments)
	}
	work.Wait()
	s, err := Load(t.Context(), kept)
	if err != nil || !s.Time(time.Now()).Equal(to) || !s.Frozen() {
		t.Errorf("kept is %+v, %v", s, err)
	}
}

func TestAdvance_NamesWhatIsNotAtRest(t *testing.T) {
	h, _ := hand(t, clock.Part{Name: "the outbox", Look: func() clock.Look { return clock.Look{Busy: "3 parcels wait"} }})
	_, err := h.Steer(t.Context(), Wish{Advance: &Advance{By: "1h"}, Within: "20ms"})
	if fault.Code(err) != "clock_not_at_rest" || !strings.Contains(err.Error(), "the outbox is not at rest: 3 parcels wait") {
		t.Errorf("advanced while the outbox is busy: want clock_not_at_rest that names it, got %v", err)
	}
	if now := h.Clock.Now(); !now.Equal(noon) {
		t.Errorf("time went on to %s", now)
	}
}

func TestSteer_SetsRunsAndFollows(t *testing.T) {
	h, kept := hand(t)
	later := noon.Add(time.Hour)
	if r := h.must(t, Wish{Set: &later}); !r.Now.Equal(later) || r.Mode != Frozen {
		t.Errorf("set the clock to %s: want it frozen there, got %+v", later, r)
	}
	if _, err := h.Steer(t.Context(), Wish{Set: &noon}); fault.Code(err) != "clock_backwards" {
		t.Errorf("back: %v", err)
	}
	if _, err := h.Steer(t.Context(), Wish{Advance: &Advance{To: &noon}}); fault.Code(err) != "clock_backwards" {
		t.Errorf("advanced back: %v", err)
	}
	rate := 3600.0
	if r := h.must(t, Wish{Rate: &rate}); r.Mode != Running || r.Rate != rate || r.Now.Before(later) {
		t.Errorf("ran the clock at 3600: want it running, not before %s, got %+v", later, r)
	}
	r := h.must(t, Wish{Follow: true})
	if r.Mode != Following || r.Now.Before(later) {
		t.Errorf("let the clock follow: want it following, not before %s, got %+v", later, r)
	}
	s, err := Load(t.Context(), kept)
	if again := clock.NewSteered(s); err != nil || s.Version != r.Version || again.Now().Before(r.Now) {
		t.Errorf("a restart begins at %s, and %s was told: %v", again.Now(), r.Now, err)
	}
}

// What a crash leaves is never before what was told.
func TestAdvance_IsKeptAhead(t *testing.T) {
	h, kept := hand(t)
	crashed := false
	h.Parts = []clock.Part{{Name: "look", Look: func() clock.Look {
		now := h.Clock.Now()
		if now.After(noon) {
			s, err := Load(t.Context(), kept)
			if crashed = true; err != nil || s.Time(time.Now()).Before(now) {
				t.Errorf("at %s, what is kept is %+v: %v", now, s, err)
			}
		}
		return clock.Look{Next: now.Add(7 * time.Hour)}
	}}}
	h.must(t, Wish{Advance: &Advance{By: "72h"}})
	if !crashed {
		t.Error("nobody looked")
	}
}

func TestSteer_OneAtATime(t *testing.T) {
	inside, done := make(chan struct{}), make(chan struct{})
	var once sync.Once
	h, _ := hand(t, clock.Part{Name: "slow", Look: func() clock.Look { once.Do(func() { close(inside); <-done }); return clock.Look{} }})
	var work sync.WaitGroup
	work.Go(func() { h.must(t, Wish{Advance: &Advance{By: "1s"}}) })
	<-inside
	if _, err := h.Steer(t.Context(), Wish{Freeze: true}); fault.Code(err) != "clock_busy" {
		t.Errorf("froze the clock during an advance: want clock_busy, got %v", err)
	}
	if busy, err := h.Busy(t.Context()); !busy || err != nil {
		t.Errorf("during an advance nobody is steering, %v", err)
	}
	close(done)
	work.Wait()
	if busy, err := h.Busy(t.Context()); busy || err != nil {
		t.Errorf("after the advance somebody is steering, %v", err)
	}
}

// The end of time is as far as an advance gets, whatever is due behind it.
func TestAdvance_StopsAtTheEndOfTime(t *testing.T) {
	end := clock.End()
	h, _ := hand(t, clock.Part{Name: "late", Look: func() clock.Look { return clock.Look{Next: end.Add(time.Hour)} }})
	h.must(t, Wish{Set: new(end.Add(-time.Hour))})
	if _, err := h.Steer(t.Context(), Wish{Advance: &Advance{By: "61m"}}); fault.Code(err) != "request_invalid" || fault.From(err).Fields[0].Pointer != "/advance/by" {
		t.Errorf("advanced by more than is left: want it refused at /advance/by, got %v", err)
	}
	if r := h.must(t, Wish{Advance: &Advance{By: "1h"}}); !r.Now.Equal(end) {
		t.Errorf("advanced to the end: want %s, got %s", end, r.Now)
	}
	if r := h.must(t, Wish{Advance: &Advance{Next: true}}); !r.Now.Equal(end) {
		t.Errorf("the next moment is behind the end: want %s, got %s", end, r.Now)
	}
}

func TestWish_IsRefused(t *testing.T) {
	rate := func(f float64) *float64 { return &f }
	late := time.Date(2200, 1, 1, 0, 0, 0, 1, time.UTC)
	for name, c := range map[string]struct {
		w  Wish
		at string
	}{
		"nothing":        {Wish{}, ""},
		"two moves":      {Wish{Set: &noon, Advance: &Advance{Next: true}}, "/advance"},
		"two ways":       {Wish{Freeze: true, Follow: true}, "/rate"},
		"rate of 0":      {Wish{Rate: rate(0)}, "/rate"},
		"rate below":     {Wish{Rate: rate(-1)}, "/rate"},
		"rate above":     {Wish{Rate: rate(100_001)}, "/rate"},
		"no advance":     {Wish{Advance: &Advance{}}, "/advance"},
		"two advances":   {Wish{Advance: &Advance{By: "1s", Next: true}}, "/advance"},
		"by nothing":     {Wish{Advance: &Advance{By: "0s"}}, "/advance/by"},
		"by a word":      {Wish{Advance: &Advance{By: "soon"}}, "/advance/by"},
		"by a past":      {Wish{Advance: &Advance{By: "-1h"}}, "/advance/by"},
		"by too much":    {Wish{Advance: &Advance{By: "2000000h"}}, "/advance/by"},
		"to the end":     {Wish{Advance: &Advance{To: &late}}, "/advance/to"},
		"set to the end": {Wish{Set: &late}, "/set"},
		"within a word":  {Wish{Freeze: true, Within: "x"}, "/within"},
		"within ever":    {Wish{Freeze: true, Within: "2m"}, "/within"},
	} {
		h, _ := hand(t)
		_, err := h.Steer(t.Context(), c.w)
		if f := fault.From(err); err == nil || f.Kind != fault.Invalid || f.Fields[0].Pointer != c.at {
			t.Errorf("%s: want an invalid wish at %s, got %v", name, c.at, err)
		}
	}
}
