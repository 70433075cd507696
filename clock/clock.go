// Package clock is the one source of time. There are two clocks, of two types, so that the compiler
// keeps them apart:
//
//   - [Simulated] time rules everything that is told as a time or decided by one: expiry, bank
//     delays and deadlines, webhook retries, cut-offs, payouts, and what pages show. It can stand
//     still, jump and run at a rate.
//   - The [Computer]'s time rules what others measure by their own clocks, and what has to go on
//     while the simulation stands still: tokens, timestamps of signatures, sockets, leases, rate
//     limits, signs of life, long polls, heartbeats of streams.
//
// Outside this package, only the places that ARCHITECTURE.md lists under "The computer's time" call
// package time for the present or for a timer.
//
// Times are UTC and cut to microseconds: that is what both databases keep, so
// a value read back equals the value written.
package clock

import (
	"context"
	"time"
)

// Simulated is the time of the simulation.
type Simulated interface {
	ticking
	// NewTimerAt returns a timer that fires once, at an instant, or at once if that has come. A clock
	// that is steered may jump between a look at it and a timer: what waits for an instant says so.
	NewTimerAt(at time.Time) Timer
	simulated()
}

// Computer is the time of the computer.
type Computer interface {
	ticking
	computer()
}

// ticking is what both clocks do.
type ticking interface {
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

// Real is the computer's own clock.
type Real struct{ real }

func (Real) computer() {}

// Following is simulated time that follows the computer's clock.
type Following struct{ real }

func (Following) simulated() {}

// NewTimerAt implements [Simulated].
func (f Following) NewTimerAt(at time.Time) Timer { return f.NewTimer(at.Sub(f.Now())) }

// real ticks with the computer.
type real struct{}

// Now implements [Simulated] and [Computer].
func (real) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// NewTimer implements [Simulated] and [Computer].
func (real) NewTimer(d time.Duration) Timer { return realTimer{time.NewTimer(d)} }

type realTimer struct{ t *time.Timer }

func (r realTimer) C() <-chan time.Time { return r.t.C }
func (r realTimer) Stop() bool          { return r.t.Stop() }

// Pause waits for d by the computer's clock, or until ctx ends, whose error it then returns.
func Pause(ctx context.Context, d time.Duration) error { return Sleep(ctx, Real{}, d) }

// Sleep waits for d on c, or until ctx ends, whose error it then returns.
func Sleep(ctx context.Context, c Computer, d time.Duration) error {
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
