package scenario

import (
	"fmt"
	"strings"
)

// Words says what is expected, one thing in each text.
func (e Expect) Words() []string {
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
		add("%s %s on %s", ev.Type, Often(ev.Times), joined(ev.On))
	}
	if len(e.Arrived) > 0 {
		add("webhooks arrived as %s", strings.Join(e.Arrived, ", "))
	}
	if e.Silence != nil {
		add("silence%s on every channel", strings.TrimSuffix(" after "+e.Silence.After, " after "))
	}
	for _, d := range e.Deliveries {
		add("the webhook %s", strings.TrimSpace(d.Type+" "+d.says()))
	}
	if e.Refused != nil {
		add("%d forged webhooks refused", *e.Refused)
	}
	return append(parts, e.wordsOfRest()...)
}

// wordsOfRest are those that are not about events.
func (e Expect) wordsOfRest() (parts []string) {
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if len(e.Has) > 0 {
		add("with %s", Brief(e.Has))
	}
	if len(e.Balances) > 0 {
		add("in the book: %s", Brief(e.Balances))
	}
	if e.Held != nil {
		add("held: %s", orNothing(Brief(e.Held)))
	}
	if e.Breaks != nil {
		add("open breaks: %s", orNothing(Brief(e.Breaks)))
	}
	if a := e.Answer; a != nil {
		add("answered %s", strings.TrimSpace(strings.TrimPrefix(fmt.Sprint(a.Status), "0")+" "+a.Problem))
		for _, m := range []map[string]string{a.Headers, a.Has} {
			if len(m) > 0 {
				add("with %s", Brief(m))
			}
		}
	}
	if e.Page != nil && len(e.Page.Shows) > 0 {
		add("the page shows %q", e.Page.Shows)
	}
	if e.Page != nil && len(e.Page.Hides) > 0 {
		add("the page does not show %q", e.Page.Hides)
	}
	if e.Snapshot != nil {
		add("%s so far as recorded in %s", e.Snapshot.Of, e.Snapshot.Name)
	}
	return parts
}

// says is how the webhooks fared, in words.
func (d Deliveries) says() (text string) {
	if d.Status != "" {
		text = "is " + d.Status
	}
	if d.Tries > 0 {
		text += " after " + numbered(d.Tries, "try", "tries")
	}
	return strings.TrimSpace(text)
}

// numbered is a number with its noun.
func numbered(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

// Often is a number of times in words.
func Often(n int) string {
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

func joined(list []Channel) string {
	if len(list) == len(Channels()) {
		return "every channel"
	}
	text := make([]string, len(list))
	for i, c := range list {
		text[i] = string(c)
	}
	return strings.Join(text, ", ")
}
