package clock

import (
	"math"
	"time"
)

// State says which time it is in the simulation, for everybody who follows one clock. The zero value
// is the computer's time.
type State struct {
	// Version counts how often the clock was steered; of two states the higher one is in force.
	Version int64 `json:"version"`
	// At is what simulated time was at Since, an instant of the computer's time.
	At    time.Time `json:"at"`
	Since time.Time `json:"since"`
	// Rate is how many seconds of simulated time pass in one of the computer's; 0 is a clock that
	// stands still.
	Rate float64 `json:"rate"`
}

// Fastest is the highest rate of a clock: a day in less than a second.
const Fastest = 100_000

// End is the end of simulated time, at which a clock stands still: what is due some years later still has a date of four
// digits.
func End() time.Time { return time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) }

// limit is the last instant that the state tells.
func (s State) limit() time.Time {
	if s.At.After(End()) {
		return s.At
	}
	return End()
}

// steered reports whether the state differs from the computer's time at all.
func (s State) steered() bool { return !s.Since.IsZero() }

// Pace is how many seconds of simulated time pass in one of the computer's.
func (s State) Pace() float64 {
	if !s.steered() {
		return 1
	}
	return s.Rate
}

// Frozen reports whether simulated time stands still.
func (s State) Frozen() bool { return s.steered() && s.Rate == 0 }

// Time is what simulated time is at an instant of the computer's.
func (s State) Time(computer time.Time) time.Time {
	if !s.steered() {
		return cut(computer)
	}
	passed := computer.Sub(s.Since)
	if s.Rate != 1 {
		passed = whole(float64(passed) * s.Rate)
	}
	if t := s.At.Add(passed); t.Before(s.limit()) {
		return cut(t)
	}
	return cut(s.limit())
}

// whole is a duration of nanoseconds, or the longest or shortest one that there is.
func whole(ns float64) time.Duration {
	switch {
	case ns >= math.MaxInt64:
		return math.MaxInt64
	case ns <= math.MinInt64:
		return math.MinInt64
	}
	return time.Duration(ns)
}

// until is how long the computer's clock takes from an instant to a moment of simulated time; false
// is for ever.
func (s State) until(at, computer time.Time) (time.Duration, bool) {
	left := at.Sub(s.Time(computer))
	switch {
	case left <= 0:
		return 0, true
	case !s.steered():
		return left, true
	case s.Frozen() || at.After(s.limit()):
		return 0, false
	case s.Rate == 1:
		return left, true
	}
	// Rounded up, so that the moment has come when the timer fires.
	wait := whole(float64(left) / s.Rate)
	return wait + time.Microsecond, wait < math.MaxInt64
}

// Ceil is the first instant that a clock tells which is not before a moment.
func Ceil(t time.Time) time.Time {
	if c := cut(t); !c.Before(t) {
		return c
	}
	return cut(t.Add(time.Microsecond))
}

// cut makes a time one that the databases keep as it is.
func cut(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
