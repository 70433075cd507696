package clock

import "time"

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
	switch passed := computer.Sub(s.Since); {
	case !s.steered():
		return cut(computer)
	case s.Rate == 1:
		return cut(s.At.Add(passed))
	default:
		return cut(s.At.Add(time.Duration(float64(passed) * s.Rate)))
	}
}

// until is how long the computer's clock takes from an instant to a moment of simulated time; false
// is for ever.
func (s State) until(at, computer time.Time) (time.Duration, bool) {
	left := at.Sub(s.Time(computer))
	switch {
	case left <= 0:
		return 0, true
	case s.Frozen():
		return 0, false
	case !s.steered() || s.Rate == 1:
		return left, true
	}
	// Rounded up, so that the moment has come when the timer fires.
	return time.Duration(float64(left)/s.Rate) + time.Microsecond, true
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
