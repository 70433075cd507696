// Package clock is the one source of time. Everything that reads the time or
// waits for it takes a [Clock], so that a run can be frozen, stepped and
// replayed; nothing outside this package calls time.Now or time.NewTimer for
// a decision.
//
// Times are UTC and cut to microseconds: that is what both databases keep, so
// a value read back equals the value written.
package clock

import (
	"context"
	"time"
)

// Clock tells the time and makes timers that follow it.
type Clock interface {
	// Now is the current time, UTC, in whole microseconds.
	Now() time.Time
	// NewTimer returns a timer that fires once, d from now.
	NewTimer(d time.Duration) Timer
}

// Timer fires once on C unless it is stopped before.
type Timer interface {
	// C receives the time at which the timer fired.
	C() <-chan time.Time
	// Stop ends the timer; it reports whether it was still pending.
	Stop() bool
}

// Real follows the computer's clock.
type Real struct{}

// Now implements [Clock].
func (Real) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// NewTimer implements [Clock].
func (Real) NewTimer(d time.Duration) Timer { return realTimer{time.NewTimer(d)} }

type realTimer struct{ t *time.Timer }

func (r realTimer) C() <-chan time.Time { return r.t.C }
func (r realTimer) Stop() bool          { return r.t.Stop() }

// Sleep waits for d on c, or until ctx ends, whose error it then returns.
func Sleep(ctx context.Context, c Clock, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := c.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C():
		return nil
	}
}
