package check

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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
		t.mu.Lock()
		defer t.mu.Unlock()
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

// plan says what happens on purpose to a payment.
func (t *trial) plan(ctx context.Context, o *order, plan string) error {
	_, err := t.API.Simulate(ctx, o.payment.ID, json.RawMessage(plan))
	return err
}

// bank says how the bank answers at once.
func (t *trial) bank(ctx context.Context, o *order, outcome string) error {
	return t.plan(ctx, o, `{"bank":{"outcome":"`+outcome+`","after":"0s"}}`)
}

// act has the customer do something, and waits until all has happened that follows at once.
func (t *trial) act(ctx context.Context, o *order, action string) error {
	if _, err := t.API.Act(ctx, o.payment.ID, client.Act{Action: action}); err != nil {
		return err
	}
	if err := t.advance(ctx, 0); err != nil {
		return err
	}
	p, err := t.API.Payment(ctx, o.payment.ID)
	if err != nil {
		return err
	}
	t.note("customer", "%s: the payment of %s is %s", action, o.payment.Reference, p.Status)
	return nil
}

// pay has the customer pay and the bank approve.
func (t *trial) pay(ctx context.Context, o *order) error {
	if err := t.bank(ctx, o, "approved"); err != nil {
		return err
	}
	if err := t.act(ctx, o, "pay"); err != nil {
		return err
	}
	return t.capture(ctx, o)
}

// capture takes the money of a merchant that captures by hand.
func (t *trial) capture(ctx context.Context, o *order) error {
	p, err := t.API.Payment(ctx, o.payment.ID)
	if err != nil || p.Status == client.Captured {
		return err
	}
	if p.Status != client.Authorized {
		return fmt.Errorf("check: the payment of %s is %s, expected it to be captured", p.Reference, p.Status)
	}
	if _, err := t.API.Capture(ctx, p.ID, client.NewOperation{}, ""); err != nil {
		return err
	}
	t.note("merchant", "captures the payment of %s", p.Reference)
	return t.advance(ctx, 0)
}

// look reads what the order says.
func (t *trial) look(ctx context.Context, o *order) (seen, error) {
	body, err := get(ctx, t.http, o.url)
	if err != nil {
		return seen{}, err
	}
	return t.View.read(body)
}

// await waits until the order says one of a group.
func (t *trial) await(ctx context.Context, o *order, want Group, because string) error {
	var last seen
	for until := time.Now().Add(t.Patience); ; {
		s, err := t.look(ctx, o)
		if err != nil {
			return err
		}
		if s != last {
			t.note("check", "GET %s says %q", o.url, s.word)
			last = s
		}
		if s.group == want {
			return nil
		}
		if !time.Now().Before(until) {
			return &miss{fmt.Sprintf("order %s is %s, since %s", o.payment.Reference, want, because), fmt.Sprintf("it was %q for %s", s.word, t.Patience)}
		}
		if err := pause(ctx, lookEvery); err != nil {
			return err
		}
	}
}

// settling is how long an order is watched that must not change.
const settling = time.Second

// stays watches that the order never says one of some groups.
func (t *trial) stays(ctx context.Context, o *order, because string, never ...Group) error {
	var last seen
	for until := time.Now().Add(settling); ; {
		s, err := t.look(ctx, o)
		if err != nil {
			return err
		}
		if s != last {
			t.note("check", "GET %s says %q", o.url, s.word)
			last = s
		}
		if slices.Contains(never, s.group) {
			return &miss{fmt.Sprintf("order %s is not %s, since %s", o.payment.Reference, s.group, because), fmt.Sprintf("it is %q", s.word)}
		}
		if !time.Now().Before(until) {
			return nil
		}
		if err := pause(ctx, lookEvery); err != nil {
			return err
		}
	}
}
