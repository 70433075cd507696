package scenario

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Outcome is how a scenario ended.
type Outcome string

// The outcomes.
const (
	Held     Outcome = "held"
	Failed   Outcome = "failed"    // an expectation
	NotRun   Outcome = "not_run"   // it could not be carried out
	TimedOut Outcome = "timed_out" // in the computer's time
)

// ErrTooLong is the cause with which the context of a scenario ends that takes longer than it may.
var ErrTooLong = errors.New("it takes too long")

// Result is what carrying out a scenario came to.
type Result struct {
	Scenario   Scenario
	Outcome    Outcome
	Failure    *Failure
	Err        error // why it could not be run
	Transcript []Line
	Took       time.Duration // of the computer's time
}

// Failure is an expectation that did not hold.
type Failure struct {
	Step     Step
	Expected string
	Seen     string
	Hops     []Line // of the payment that it is about
}

// String is the line as a person reads it in a terminal.
func (l Line) String() string {
	who := l.From
	if l.To != "" {
		who += " → " + l.To
	}
	text := l.Text
	if l.About != "" && !strings.Contains(text, l.About) {
		text = l.About + ": " + text
	}
	return strings.TrimRight(fmt.Sprintf("%10s  %-22s %s", "+"+Span(l.At), who, text), " ")
}

// Line is one line of a transcript: what happened, by whom, and when in simulated time since the
// start.
type Line struct {
	At    time.Duration
	From  string // such as "merchant"
	To    string // such as "processor"; "" where nothing went anywhere
	Text  string
	About string // the name of a payment; "" for none
	Story string // of the step that the line begins
}
