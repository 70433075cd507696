package clock

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// at is a state with simulated time at noon now.
func at(rate float64) State { return State{Version: 1, At: cut(noon), Since: time.Now(), Rate: rate} }

func TestSteered_FollowsUntilSteered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewSteered(State{})
		began := c.Now()
		timer := c.NewTimer(time.Minute)
		time.Sleep(time.Minute)
		synctest.Wait()
		if !fired(timer) || c.Now().Sub(began) != time.Minute || !began.Equal(cut(time.Now().Add(-time.Minute))) {
			t.Errorf("from %s to %s, and the timer of a minute", began, c.Now())
		}
	})
}

func TestSteered_StandsStillAndIsSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewSteered(at(0))
		early, late := c.NewTimer(time.Minute), c.NewTimer(time.Hour)
		time.Sleep(24 * time.Hour)
		if got := c.Now(); !got.Equal(cut(noon)) || fired(early) {
			t.Errorf("a clock that stands still tells %s", got)
		}
		if next, ok := c.Next(); !ok || !next.Equal(cut(noon).Add(time.Minute)) {
			t.Errorf("next is %s, %t", next, ok)
		}
		s := c.State()
		s.At = s.At.Add(time.Minute)
		if err := c.Become(s); err != nil || !fired(early) || fired(late) {
			t.Errorf("a minute further: %v, and just what is due by then", err)
		}
		s.At = s.At.Add(-time.Microsecond)
		if err := c.Become(s); !errors.Is(err, ErrBackwards) {
			t.Errorf("a microsecond back: %v", err)
		}
		if !late.Stop() || late.Stop() {
			t.Error("Stop does not report whether the timer was pending")
		}
		if _, ok := c.Next(); ok {
			t.Error("nothing waits, and something is next")
		}
	})
}

func TestSteered_RunsAtARate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewSteered(at(60))
		minute := c.NewTimer(time.Minute)
		never := c.NewTimer(time.Hour)
		time.Sleep(time.Second + 2*time.Microsecond)
		synctest.Wait()
		if !fired(minute) || fired(never) {
			t.Error("a second at a rate of 60 is not a minute")
		}
		if got := c.Now().Sub(cut(noon)); got < time.Minute || got > time.Minute+time.Millisecond {
			t.Errorf("a second is %s", got)
		}
		// A new rate goes for the timers that wait, too.
		if err := c.Become(State{Version: 2, At: c.Now(), Since: time.Now(), Rate: 3600}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if !fired(never) {
			t.Error("an hour waits for the old rate")
		}
	})
}

// What was told stays true, though the computer's own clock is set back.
func TestSteered_NeverTellsAnEarlierTime(t *testing.T) {
	c := NewSteered(State{})
	before := c.Now()
	c.state = State{Version: 1, At: before.Add(-time.Hour), Since: time.Now(), Rate: 1}
	if now := c.Now(); now.Before(before) {
		t.Errorf("told %s, then %s", before, now)
	}
}

// A moment between two that the clock can tell has come with the second.
func TestSteered_ReachesMomentsBetweenMicroseconds(t *testing.T) {
	c := NewSteered(at(0))
	timer := c.NewTimer(time.Second + time.Nanosecond)
	next, ok := c.Next()
	if want := cut(noon).Add(time.Second + time.Microsecond); !ok || !next.Equal(want) {
		t.Fatalf("next is %s, not %s", next, want)
	}
	s := c.State()
	s.At = next
	if err := c.Become(s); err != nil || !fired(timer) {
		t.Errorf("at its moment the timer did not fire: %v", err)
	}
}

// However fast or slow time runs, and for however long, the clock tells a time within its bounds, and waits for what comes
// later than anybody lives to see.
func TestState_KeepsWithinBounds(t *testing.T) {
	began := time.Now()
	for name, c := range map[string]struct {
		rate   float64
		passed time.Duration
		now    time.Time
	}{
		"a day at the highest rate":   {Fastest, 26 * time.Hour, End()},
		"two hundred years as usual":  {1, 200 * 365 * 24 * time.Hour, End()},
		"a day at nearly no rate":     {1e-300, 24 * time.Hour, cut(noon)},
		"a computer that is set back": {Fastest, -100 * 365 * 24 * time.Hour, time.Time{}},
	} {
		s := State{Version: 1, At: cut(noon), Since: began, Rate: c.rate}
		if now := s.Time(began.Add(c.passed)); !c.now.IsZero() && !now.Equal(c.now) || now.After(End()) {
			t.Errorf("%s: want %s, got %s", name, c.now, now)
		}
	}
	for name, c := range map[string]struct {
		rate float64
		at   time.Time
		ever bool
	}{
		"an hour at nearly no rate":  {1e-10, noon.Add(time.Hour), false},
		"behind the end of time":     {Fastest, End().Add(time.Hour), false},
		"behind it, as usual":        {1, End().Add(time.Hour), false},
		"the end of time":            {Fastest, End(), true},
		"an hour, ten times as slow": {0.1, noon.Add(time.Hour), true},
	} {
		s := State{Version: 1, At: cut(noon), Since: began, Rate: c.rate}
		if wait, ever := s.until(c.at, began); ever != c.ever || ever && wait <= 0 {
			t.Errorf("%s: it comes is %t, got %s, %t", name, c.ever, wait, ever)
		}
	}
	late := State{Version: 1, At: End().Add(time.Hour), Since: began, Rate: 1} // kept before there was an end
	if now := late.Time(began.Add(time.Hour)); !now.Equal(late.At) {
		t.Errorf("a clock that is behind the end: want it to stand at %s, got %s", late.At, now)
	}
}
