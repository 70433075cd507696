package steer

import (
	"time"

	"sandbank/clock"
	"sandbank/fault"
)

// Wish is what is to become of simulated time: one move at most, set or advance, and one way to pass
// at most, freeze, rate or follow. Where no way is named, time goes on as it did.
type Wish struct {
	Set     *time.Time `json:"set,omitempty"`
	Advance *Advance   `json:"advance,omitempty"`
	Freeze  bool       `json:"freeze,omitempty"`
	Rate    *float64   `json:"rate,omitempty"`
	Follow  bool       `json:"follow,omitempty"`
	// Within bounds, in the computer's time, how long an advance may take; see [UsualPatience].
	Within string `json:"within,omitempty"`
}

// Advance is how far time is to go: one of the three.
type Advance struct {
	By   string     `json:"by,omitempty"` // a duration such as "15m" or "36h"
	To   *time.Time `json:"to,omitempty"`
	Next bool       `json:"next,omitempty"` // to the next due moment
}

const (
	// UsualPatience is how long an advance may take where nobody says otherwise.
	UsualPatience = 30 * time.Second
	// LongestPatience is the most that one may say.
	LongestPatience = 80 * time.Second
)

// latest is the end of simulated time: nothing can be wished for that lies behind it.
var latest = clock.End()

// NotSteerable refuses to steer a clock that is not Sandbank's own.
func NotSteerable() error {
	return fault.New(fault.Conflict, "clock_not_steerable", "Simulated time cannot be steered here: this processor was given a clock of its own.").
		Hinting("Steer that clock.")
}

// rate is the rate that is wished for; false for none.
func (w Wish) rate() (float64, bool) {
	switch {
	case w.Freeze:
		return 0, true
	case w.Follow:
		return 1, true
	case w.Rate != nil:
		return *w.Rate, true
	}
	return 0, false
}

// patience is how long the advance may take.
func (w Wish) patience() time.Duration {
	if d, err := time.ParseDuration(w.Within); err == nil {
		return d
	}
	return UsualPatience
}

// fastest is the highest rate; package clock has it as well.
const fastest = 100_000

// Check refuses what cannot be wished for, and names the field.
func (w Wish) Check() error {
	problem := fault.New(fault.Invalid, "request_invalid", "Some fields are not right.")
	ways := 0
	for _, wished := range []bool{w.Freeze, w.Rate != nil, w.Follow} {
		if wished {
			ways++
		}
	}
	switch {
	case w.Set == nil && w.Advance == nil && ways == 0:
		problem.At("", "must have one of set, advance, freeze, rate and follow")
	case w.Set != nil && w.Advance != nil:
		problem.At("/advance", "must not be there beside set: one jumps, the other goes step by step")
	case ways > 1:
		problem.At("/rate", "must not be there beside freeze or follow, nor those two together: one of them says how time passes")
	}
	if w.Set != nil && w.Set.After(latest) {
		problem.At("/set", "must be before the year %d", latest.Year())
	}
	if w.Rate != nil && !(*w.Rate > 0 && *w.Rate <= fastest) {
		problem.At("/rate", "must be more than 0 and at most %d; freeze is for 0", fastest)
	}
	w.Advance.check(problem)
	if d, err := time.ParseDuration(w.Within); w.Within != "" && (err != nil || d < time.Millisecond || d > LongestPatience) {
		problem.At("/within", "must be a duration from \"1ms\" to %q", LongestPatience.String())
	}
	if len(problem.Fields) > 0 {
		return problem
	}
	return nil
}

func (a *Advance) check(problem *fault.Error) {
	if a == nil {
		return
	}
	n := 0
	for _, wished := range []bool{a.By != "", a.To != nil, a.Next} {
		if wished {
			n++
		}
	}
	if n != 1 {
		problem.At("/advance", "must have one of by, to and next")
	}
	if d, err := time.ParseDuration(a.By); a.By != "" && (err != nil || d <= 0 || d > latest.Sub(time.Unix(0, 0))/2) {
		problem.At("/advance/by", "must be a duration such as \"15m\" or \"36h\", of more than nothing and at most a hundred years")
	}
	if a.To != nil && a.To.After(latest) {
		problem.At("/advance/to", "must be before the year %d", latest.Year())
	}
}
