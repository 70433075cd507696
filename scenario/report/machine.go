package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"sandbank/scenario"
	"sandbank/scenario/junit"
)

// JUnit writes results as XML in JUnit's form.
func JUnit(w io.Writer, results []scenario.Result) error {
	s := junit.Suite{Name: "scenarios"}
	for _, r := range results {
		var why, out strings.Builder
		Failure(&why, r)
		Transcript(&out, r)
		c := junit.Case{Name: r.Scenario.Title(), Class: "scenarios", File: r.Scenario.File, Seconds: r.Took.Seconds(), Out: out.String()}
		switch {
		case r.Failure != nil:
			c.Failure = &junit.Trouble{Message: "expected " + r.Failure.Expected + ", and saw " + r.Failure.Seen, Type: string(r.Outcome), Text: why.String()}
		case r.Outcome != scenario.Held:
			c.Error = &junit.Trouble{Message: fmt.Sprint(r.Err), Type: string(r.Outcome), Text: why.String()}
		}
		s.Seconds += c.Seconds
		s.Cases = append(s.Cases, c)
	}
	return junit.Write(w, s)
}

// Entry is one result in JSON.
type Entry struct {
	File       string           `json:"file"`
	Name       string           `json:"name"`
	Case       string           `json:"case,omitempty"`
	Outcome    scenario.Outcome `json:"outcome"`
	Seconds    float64          `json:"seconds"`
	At         string           `json:"at,omitempty"` // the step that failed, FILE:LINE:COLUMN
	Expected   string           `json:"expected,omitempty"`
	Seen       string           `json:"seen,omitempty"`
	Error      string           `json:"error,omitempty"`
	Transcript []Entered        `json:"transcript"`
}

// Entered is one line of a transcript in JSON.
type Entered struct {
	Seconds float64 `json:"seconds"` // of simulated time, since the start
	From    string  `json:"from"`
	To      string  `json:"to,omitempty"`
	About   string  `json:"about,omitempty"`
	Text    string  `json:"text"`
	Story   string  `json:"story,omitempty"`
}

// JSON writes results as a list.
func JSON(w io.Writer, results []scenario.Result) error {
	list := make([]Entry, len(results))
	for i, r := range results {
		e := Entry{File: r.Scenario.File, Name: r.Scenario.Name, Case: r.Scenario.Case, Outcome: r.Outcome, Seconds: r.Took.Seconds(), Transcript: []Entered{}}
		if f := r.Failure; f != nil {
			e.At, e.Expected, e.Seen = f.Step.At.String(), f.Expected, f.Seen
		}
		if r.Err != nil {
			e.Error = r.Err.Error()
		}
		for _, l := range r.Transcript {
			e.Transcript = append(e.Transcript, Entered{l.At.Seconds(), l.From, l.To, l.About, l.Text, l.Story})
		}
		list[i] = e
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(list)
}

// TAP writes results as Test Anything Protocol, version 14.
func TAP(w io.Writer, results []scenario.Result) error {
	_, err := fmt.Fprintf(w, "TAP version 14\n1..%d\n", len(results))
	for i, r := range results {
		ok := "ok"
		if r.Outcome != scenario.Held {
			ok = "not ok"
		}
		title := strings.NewReplacer(`\`, `\\`, "#", `\#`, "\n", " ").Replace(r.Scenario.Title())
		if _, err = fmt.Fprintf(w, "%s %d - %s\n", ok, i+1, title); err != nil {
			return err
		}
		if r.Outcome == scenario.Held {
			continue
		}
		var why strings.Builder
		Failure(&why, r)
		_, err = fmt.Fprintf(w, "  ---\n  outcome: %s\n  message: |\n%s\n  ...\n", r.Outcome, margin(strings.TrimRight(why.String(), "\n"), "    "))
	}
	return err
}

// margin puts a margin before each line.
func margin(text, before string) string {
	return before + strings.ReplaceAll(text, "\n", "\n"+before)
}
