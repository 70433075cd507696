package scenario

import "time"

// Outcome is how a scenario ended.
type Outcome string

// The outcomes.
const (
	Held     Outcome = "held"
	Failed   Outcome = "failed"    // an expectation
	NotRun   Outcome = "not_run"   // it could not be carried out
	TimedOut Outcome = "timed_out" // in the computer's time
)

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
