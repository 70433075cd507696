package clock

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 11, 22, 12, 0, 0, 123456789, time.FixedZone("CET", 3600))

func fired(t Timer) bool {
	select {
	case <-t.C():
		return true
	default:
		return false
	}
}

func TestManual_StandsStillUntilMoved(t *testing.T) {
	c := NewManual(noon)
	want := time.Date(2026, 11, 22, 11, 0, 0, 123456000, time.UTC)
	if got := c.Now(); got != want {
		t.Errorf("now %s, want %s: UTC in whole microseconds", got, want)
	}
	c.Advance(90 * time.Second)
	if got := c.Now(); got != want.Add(90*time.Second) {
		t.Errorf("after 90 seconds it is %s", got)
	}
}

func TestManual_FiresWhatFallsDueOnce(t *testing.T) {
	c := NewManual(noon)
	early, exact, late := c.NewTimer(time.Second), c.NewTimer(2*time.Second), c.NewTimer(2*time.Second+1)
	c.Advance(2 * time.Second)
	if !fired(early) || !fired(exact) || fired(late) {
		t.Error("two seconds did not fire just what is due within two seconds")
	}
	c.Advance(time.Second)
	if fired(early) || fired(exact) || !fired(late) {
		t.Error("the third second did not fire just the third timer")
	}
}

func TestManual_PastTimersFireAtOnce(t *testing.T) {
	c := NewManual(noon)
	if !fired(c.NewTimer(0)) || !fired(c.NewTimer(-time.Hour)) {
		t.Error("a timer whose time has come waits")
	}
}

func TestManual_StoppedTimersStaySilent(t *testing.T) {
	c := NewManual(noon)
	timer := c.NewTimer(time.Second)
	if !timer.Stop() || timer.Stop() {
		t.Error("Stop does not report whether the timer was pending")
	}
	c.Advance(time.Hour)
	if fired(timer) {
		t.Error("a stopped timer fired")
	}
	done := c.NewTimer(time.Second)
	c.Advance(time.Second)
	if done.Stop() {
		t.Error("a timer that fired counts as pending")
	}
}

func TestManual_AwaitTimersSeesSleepers(t *testing.T) {
	c := NewManual(noon)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if err := Sleep(t.Context(), c, time.Minute); err != nil {
				t.Error(err)
			}
		})
	}
	c.AwaitTimers(3)
	c.Advance(time.Minute)
	all.Wait()
}

func TestSleep_EndsWithItsContext(t *testing.T) {
	c := NewManual(noon)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() { result <- Sleep(ctx, c, time.Hour) }()
	c.AwaitTimers(1)
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	if err := Sleep(ctx, c, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("no time, but an ended context: %v", err)
	}
	if err := Sleep(t.Context(), c, -time.Second); err != nil {
		t.Errorf("less than no time: %v", err)
	}
	if c.NewTimer(time.Second); len(c.waiting) != 1 {
		t.Errorf("%d timers wait; the sleeper left its own behind", len(c.waiting))
	}
}

func TestReal_TicksInMicroseconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c Real
		before := c.Now()
		if before.Location() != time.UTC || before.Nanosecond()%1000 != 0 {
			t.Errorf("now is %s", before)
		}
		timer := c.NewTimer(3 * time.Second)
		<-timer.C()
		if got := c.Now().Sub(before); got != 3*time.Second {
			t.Errorf("a timer of 3 s fired after %s", got)
		}
		if c.NewTimer(time.Hour).Stop() != true {
			t.Error("a pending timer was not pending")
		}
	})
}
