package runner

import (
	"context"
	"fmt"
	"strings"

	"sandbank/scenario"
)

// miss is something that is not as it was expected.
type miss struct{ expected, seen string }

// expect looks whether all is as expected, and where that may still become so, advances from one due
// moment to the next.
func (t *thread) expect(ctx context.Context, step scenario.Step, e scenario.Expect) error {
	until := t.now.Add(e.Within)
	for {
		wrong, err := t.look(ctx, e)
		if err != nil {
			return fmt.Errorf("%s: expect: %w", step.At, err)
		}
		if wrong == nil {
			t.say(t.line(step, e.Payment, "expect", "", strings.Join(e.Words(), "; ")))
			return nil
		}
		if !t.now.Before(until) || t.beside {
			return t.failure(step, e.Payment, wrong.expected, wrong.seen)
		}
		to := until
		if t.next != nil && t.next.Before(until) && t.next.After(t.now) {
			to = *t.next
		}
		if err := t.advanceTo(ctx, to); err != nil {
			return fmt.Errorf("%s: expect: %w", step.At, err)
		}
		t.note()
	}
}

// failure is an expectation that did not hold, with what happened around it.
func (t *thread) failure(step scenario.Step, about, expected, seen string) error {
	if within, ok := step.Do.(scenario.Expect); ok && within.Within > 0 {
		expected += " within " + scenario.Span(within.Within)
	}
	t.say(t.line(step, about, "expect", "", "FAILED: expected "+expected+", and saw "+seen))
	var hops []scenario.Line
	for _, l := range t.play.lines {
		if about == "" || l.About == about || l.About == "" {
			hops = append(hops, l)
		}
	}
	return &failedError{scenario.Failure{Step: step, Expected: t.known(expected), Seen: t.known(seen), Hops: hops[max(0, len(hops)-maxHops):]}}
}

// maxHops is how many lines a failure shows.
const maxHops = 20

// look is the first thing that is not as expected; nil where all is.
func (t *thread) look(ctx context.Context, e scenario.Expect) (*miss, error) {
	for _, check := range []func(context.Context, scenario.Expect) (*miss, error){t.lookAtAnswer, t.lookAtPayment, t.lookAtEvents, t.lookAtDeliveries, t.lookAtHeld, t.lookAtBooks, t.lookAtPage, t.lookAtSnapshot} {
		if wrong, err := check(ctx, e); wrong != nil || err != nil {
			return wrong, err
		}
	}
	return nil, nil
}

func (t *thread) lookAtAnswer(_ context.Context, e scenario.Expect) (*miss, error) {
	if e.Answer == nil {
		return nil, nil
	}
	if t.last == nil {
		return &miss{"an answer", "that nothing was asked before"}, nil
	}
	a, want := *t.last, *e.Answer
	switch {
	case want.Status != 0 && a.status != want.Status:
		return &miss{fmt.Sprintf("the answer %d", want.Status), a.says()}, nil
	case want.Problem != "" && a.problem() != want.Problem:
		return &miss{"the problem " + want.Problem, a.says()}, nil
	}
	for name, value := range want.Headers {
		if got := a.header.Get(name); got != t.filled(value) {
			return &miss{fmt.Sprintf("the header %s: %s", name, value), fmt.Sprintf("%q", got)}, nil
		}
	}
	return t.members(a.tree, want.Has, "the answer"), nil
}

// members holds a tree to what it has to have.
func (t *thread) members(tree any, want map[string]string, of string) *miss {
	for path, value := range want {
		if got := textAt(tree, path); got != t.filled(value) {
			return &miss{fmt.Sprintf("%s of %s to be %s", path, of, value), orNothing(got)}
		}
	}
	return nil
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// lookAtPayment holds a payment to what it has to be.
func (t *thread) lookAtPayment(ctx context.Context, e scenario.Expect) (*miss, error) {
	if len(e.Status) == 0 && e.Why == nil && e.Reason == "" && len(e.Has) == 0 {
		return nil, nil
	}
	a, err := t.api.must(ctx, request{method: "GET", path: "/v1/payments/" + t.id(e.Payment), by: "merchant"})
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	if housePayment(textAt(t.kept[e.Payment], "id")) == "" { // else the answer in the dialect stays
		t.kept[e.Payment] = a.tree
	}
	t.mu.Unlock()
	status := textAt(a.tree, "status")
	if len(e.Status) > 0 && !contains(e.Status, status) {
		seen := status
		if why := textAt(a.tree, "why.words"); why != "" {
			seen += " (" + why + ")"
		}
		return &miss{e.Payment + " to be " + strings.Join(e.Status, " or "), seen}, nil
	}
	if w := e.Why; w != nil {
		source, rule := textAt(a.tree, "why.source"), textAt(a.tree, "why.rule")
		if w.Source != "" && source != w.Source || !strings.Contains(rule, w.Rule) {
			return &miss{"that it was decided by " + strings.TrimSpace(w.Source+" "+w.Rule), orNothing(strings.TrimSpace(source + ": " + rule))}, nil
		}
	}
	if got := textAt(a.tree, "reason.code"); e.Reason != "" && got != e.Reason && textAt(a.tree, "last_attempt.reason.code") != e.Reason {
		return &miss{"the reason " + e.Reason, orNothing(got)}, nil
	}
	return t.members(a.tree, e.Has, e.Payment), nil
}

func contains(list []string, s string) bool {
	for _, one := range list {
		if one == s {
			return true
		}
	}
	return false
}
