package check

import (
	"time"

	"sandbank/merchant/rule"
)

// Outcome is what became of a rule.
type Outcome string

// The outcomes.
const (
	Held     Outcome = "held"
	Failed   Outcome = "failed"
	Skipped  Outcome = "skipped"   // as it was asked for
	NotRun   Outcome = "not_run"   // something kept the check from it
	TimedOut Outcome = "timed_out" // there was no time left for it
)

// Verdict is what the check says of one rule.
type Verdict struct {
	Rule     rule.Rule `json:"rule"`
	Outcome  Outcome   `json:"outcome"`
	Expected string    `json:"expected,omitempty"`
	Seen     string    `json:"seen,omitempty"`
	Error    string    `json:"error,omitempty"`
	Notes    []string  `json:"notes,omitempty"` // what the check could not look at
	Trace    []Line    `json:"trace"`
	Webhooks []Told    `json:"webhooks,omitempty"` // that Sandbank sent, oldest first
	Calls    []Asked   `json:"calls,omitempty"`    // that the merchant's server made about the payments
}

// Told is one try of a webhook that Sandbank sent.
type Told struct {
	Seconds float64 `json:"seconds"` // of simulated time since the check began
	Type    string  `json:"type"`
	Came    string  `json:"came"` // the answer
}

// Asked is a call of the merchant's server.
type Asked struct {
	Text  string `json:"text"`
	Times int    `json:"times"`
}

// Line is one thing that was sent, done or seen, in the computer's time since the check began.
type Line struct {
	Seconds float64 `json:"seconds"`
	Who     string  `json:"who"`
	Text    string  `json:"text"`
}

// Report is what a whole check came to.
type Report struct {
	Name     string        `json:"name"`
	Took     time.Duration `json:"-"`
	Seconds  float64       `json:"seconds"`
	Verdicts []Verdict     `json:"rules"`
}

// Count is how many rules had an outcome.
func (r Report) Count(o Outcome) (n int) {
	for _, v := range r.Verdicts {
		if v.Outcome == o {
			n++
		}
	}
	return n
}

// Failing lists the rules that failed.
func (r Report) Failing() (list []rule.ID) {
	for _, v := range r.Verdicts {
		if v.Outcome == Failed {
			list = append(list, v.Rule.ID)
		}
	}
	return list
}
