package runner

import (
	"context"
	"fmt"
	"strings"
	"time"

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
			t.say(t.line(step, e.Payment, "expect", "", t.summary(e)))
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
		expected += " within " + shortSpan(within.Within)
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
	for _, check := range []func(context.Context, scenario.Expect) (*miss, error){t.lookAtAnswer, t.lookAtPayment, t.lookAtEvents, t.lookAtDeliveries, t.lookAtBooks, t.lookAtPage} {
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
	t.kept[e.Payment] = a.tree
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

// lookAtPage holds a page to what it has to show.
func (t *thread) lookAtPage(ctx context.Context, e scenario.Expect) (*miss, error) {
	if e.Page == nil {
		return nil, nil
	}
	path := t.filled(e.Page.Path)
	if path == "" {
		a, err := t.api.must(ctx, request{method: "GET", path: "/v1/payments/" + t.id(e.Payment), by: "merchant"})
		if err != nil {
			return nil, err
		}
		path = textAt(a.tree, "checkout_url")
	}
	a, err := t.api.call(ctx, request{method: "GET", path: path, by: "nobody"})
	if err != nil {
		return nil, err
	}
	text := shown(string(a.body))
	for _, want := range e.Page.Shows {
		if !strings.Contains(text, t.filled(want)) {
			return &miss{fmt.Sprintf("a page that shows %q", want), fmt.Sprintf("%d, %.300s", a.status, text)}, nil
		}
	}
	for _, bad := range e.Page.Hides {
		if strings.Contains(text, t.filled(bad)) {
			return &miss{fmt.Sprintf("a page without %q", bad), fmt.Sprintf("%.300s", text)}, nil
		}
	}
	return nil, nil
}

// summary is what an expectation that held says in the transcript.
func (t *thread) summary(e scenario.Expect) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if len(e.Status) > 0 {
		add("%s is %s", e.Payment, strings.Join(e.Status, " or "))
	}
	if e.Reason != "" {
		add("because of %s", e.Reason)
	}
	if e.Why != nil {
		add("decided by %s", strings.TrimSpace(e.Why.Source+" "+e.Why.Rule))
	}
	for _, ev := range e.Events {
		add("%s %s on %s", ev.Type, often(ev.Times), joined(ev.On))
	}
	if len(e.Arrived) > 0 {
		add("webhooks arrived as %s", strings.Join(e.Arrived, ", "))
	}
	if e.Silence != nil {
		add("silence%s on every channel", strings.TrimSuffix(" after "+e.Silence.After, " after "))
	}
	for _, d := range e.Deliveries {
		add("the webhook %s is %s after %d tries", d.Type, d.Status, d.Tries)
	}
	if e.Refused != nil {
		add("%d forged webhooks refused", *e.Refused)
	}
	return strings.Join(append(parts, summaryOfRest(e)...), "; ")
}

// summaryOfRest is what is not about events.
func summaryOfRest(e scenario.Expect) (parts []string) {
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if len(e.Has) > 0 {
		add("with %s", brief(e.Has))
	}
	if len(e.Balances) > 0 {
		add("in the book: %s", brief(e.Balances))
	}
	if e.Breaks != nil {
		add("open breaks: %s", orNothing(brief(e.Breaks)))
	}
	if a := e.Answer; a != nil {
		add("answered %s", strings.TrimSpace(strings.TrimPrefix(fmt.Sprint(a.Status), "0")+" "+a.Problem))
		for _, m := range []map[string]string{a.Headers, a.Has} {
			if len(m) > 0 {
				add("with %s", brief(m))
			}
		}
	}
	if e.Page != nil && len(e.Page.Shows) > 0 {
		add("the page shows %q", e.Page.Shows)
	}
	if e.Page != nil && len(e.Page.Hides) > 0 {
		add("the page does not show %q", e.Page.Hides)
	}
	return parts
}

func often(n int) string {
	switch n {
	case 0:
		return "never"
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

func joined(list []scenario.Channel) string {
	if len(list) == len(scenario.Channels()) {
		return "every channel"
	}
	text := make([]string, len(list))
	for i, c := range list {
		text[i] = string(c)
	}
	return strings.Join(text, ", ")
}

// barrierTimeout is how long the streams may take, in the computer's time.
const barrierTimeout = 30 * time.Second
