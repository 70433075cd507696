package runner

import (
	"fmt"
	"strings"

	"sandbank/scenario"
)

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
