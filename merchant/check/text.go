package check

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"sandbank/scenario/junit"
)

// words of the outcomes, as the reports have them.
var words = map[Outcome]string{Held: "holds", Failed: "FAILS", Skipped: "skipped", NotRun: "NOT RUN", TimedOut: "TIMED OUT"}

// Text writes a report for a terminal: a line for each rule, and all about those that do not hold.
func Text(w io.Writer, r Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", r.Name)
	for _, v := range r.Verdicts {
		fmt.Fprintf(&b, "  %-9s  %-10s  %s\n", words[v.Outcome], v.Rule.ID, v.Rule.Title)
		for _, n := range v.Notes {
			fmt.Fprintf(&b, "             note: %s\n", n)
		}
	}
	for _, v := range r.Verdicts {
		if v.Outcome != Held && v.Outcome != Skipped {
			b.WriteString("\n" + detail(v))
		}
	}
	fmt.Fprintf(&b, "\n%d of %d rules hold, %d fail, %d were skipped, %d could not be looked at, in %s\n",
		r.Count(Held), len(r.Verdicts), r.Count(Failed), r.Count(Skipped), r.Count(NotRun)+r.Count(TimedOut), r.Took.Round(100*time.Millisecond))
	_, err := io.WriteString(w, b.String())
	return err
}

// detail is all about one rule.
func detail(v Verdict) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s (%s)\n", words[v.Outcome], v.Rule.Title, v.Rule.ID)
	row := func(name, text string) {
		if text != "" {
			fmt.Fprintf(&b, "  %-9s %s\n", name, text)
		}
	}
	row("tried", v.Rule.Tried)
	row("expected", v.Expected)
	row("saw", v.Seen)
	row("error", v.Error)
	row("why", v.Rule.Why)
	row("mend", v.Rule.Mend)
	for _, d := range v.Webhooks {
		fmt.Fprintf(&b, "    webhook   %-18s %s (at +%s)\n", d.Type, d.Came, time.Duration(d.Seconds*float64(time.Second)).Round(time.Second))
	}
	for _, c := range v.Calls {
		fmt.Fprintf(&b, "    asked     %s, %d times\n", c.Text, c.Times)
	}
	for _, l := range v.Trace {
		fmt.Fprintf(&b, "    %7.2fs  %-16s %s\n", l.Seconds, l.Who, l.Text)
	}
	return b.String()
}

// JSON writes reports as a list.
func JSON(w io.Writer, list []Report) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(list)
}

// JUnit writes reports as XML in JUnit's form.
func JUnit(w io.Writer, list []Report) error {
	var all []junit.Suite
	for _, r := range list {
		s := junit.Suite{Name: r.Name, Seconds: r.Seconds}
		for _, v := range r.Verdicts {
			s.Cases = append(s.Cases, caseOf(v))
		}
		all = append(all, s)
	}
	return junit.Write(w, all...)
}

func caseOf(v Verdict) junit.Case {
	text := detail(v)
	c := junit.Case{Name: v.Rule.Title, Class: "check." + string(v.Rule.ID), Out: text}
	switch v.Outcome {
	case Failed:
		c.Failure = &junit.Trouble{Message: "expected that " + v.Expected + ", and saw that " + v.Seen, Text: text}
	case NotRun, TimedOut:
		c.Error = &junit.Trouble{Message: v.Error, Type: string(v.Outcome), Text: text}
	case Skipped:
		c.Skipped = true
	case Held:
	}
	return c
}
