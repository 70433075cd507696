package check

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"sandbank/merchant/client"
	"sandbank/merchant/rule"
)

// order is one order of the merchant's, with its payment as it was begun.
type order struct {
	payment client.Payment
	url     string
}

// trial is a rule on trial.
type trial struct {
	*exam
	course  course
	rule    rule.Rule
	orders  map[string]*order
	skipped bool

	mu    sync.Mutex
	trace []Line
	notes []string
	told  []Told
	calls []Asked
	err   error // the first: a miss, or why it could not go on
}

// miss is something that was expected and did not come.
type miss struct{ expected, seen string }

func (m *miss) Error() string { return "expected that " + m.expected + ", and saw that " + m.seen }

// run does one part of the trial, unless it is over.
func (t *trial) run(ctx context.Context, part func(context.Context, *trial) error) {
	if part == nil || t.skipped || t.failure() != nil {
		return
	}
	if err := part(ctx, t); err != nil {
		t.giveUp(err)
	}
}

// giveUp ends a trial that nothing was found in so far: what was found stands.
func (t *trial) giveUp(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil {
		t.err = err
	}
}

func (t *trial) failure() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

func (t *trial) verdict() Verdict {
	v := Verdict{Rule: t.rule, Outcome: Held, Notes: t.notes, Trace: t.trace, Webhooks: t.told, Calls: t.calls}
	m, missed := errors.AsType[*miss](t.err)
	switch {
	case t.skipped:
		v.Outcome = Skipped
	case t.err == nil:
	case missed:
		v.Outcome, v.Expected, v.Seen = Failed, m.expected, m.seen
	case errors.Is(t.err, context.DeadlineExceeded):
		v.Outcome, v.Error = TimedOut, t.err.Error()
	default:
		v.Outcome, v.Error = NotRun, t.err.Error()
	}
	if v.Trace == nil {
		v.Trace = []Line{}
	}
	return v
}

// note writes into the trace.
func (t *trial) note(who, format string, a ...any) {
	t.noteAt(time.Now(), who, fmt.Sprintf(format, a...))
}

func (t *trial) noteAt(at time.Time, who, text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.trace = append(t.trace, Line{at.Sub(t.began).Seconds(), who, text})
}

// remark says what could not be looked at.
func (t *trial) remark(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.notes = append(t.notes, text)
}
