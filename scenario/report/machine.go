package report

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"sandbank/scenario"
)

// suite is a test suite as JUnit's programs write it, which every collector of results reads.
type suite struct {
	XMLName  xml.Name   `xml:"testsuite"`
	Name     string     `xml:"name,attr"`
	Tests    int        `xml:"tests,attr"`
	Failures int        `xml:"failures,attr"`
	Errors   int        `xml:"errors,attr"`
	Time     string     `xml:"time,attr"`
	Cases    []testCase `xml:"testcase"`
}

type testCase struct {
	Name    string   `xml:"name,attr"`
	Class   string   `xml:"classname,attr"`
	File    string   `xml:"file,attr"`
	Time    string   `xml:"time,attr"`
	Failure *trouble `xml:"failure,omitempty"`
	Error   *trouble `xml:"error,omitempty"`
	Out     string   `xml:"system-out"`
}

type trouble struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes results as XML in JUnit's form.
func JUnit(w io.Writer, results []scenario.Result) error {
	s := suite{Name: "scenarios", Tests: len(results)}
	seconds := 0.0
	for _, r := range results {
		var why, out strings.Builder
		Failure(&why, r)
		Transcript(&out, r)
		c := testCase{Name: r.Scenario.Title(), Class: "scenarios", File: r.Scenario.File, Time: fmt.Sprintf("%.3f", r.Took.Seconds()), Out: printable(out.String())}
		switch {
		case r.Failure != nil:
			s.Failures++
			c.Failure = &trouble{printable("expected " + r.Failure.Expected + ", and saw " + r.Failure.Seen), string(r.Outcome), printable(why.String())}
		case r.Outcome != scenario.Held:
			s.Errors++
			c.Error = &trouble{printable(fmt.Sprint(r.Err)), string(r.Outcome), printable(why.String())}
		}
		seconds += r.Took.Seconds()
		s.Cases = append(s.Cases, c)
	}
	s.Time = fmt.Sprintf("%.3f", seconds)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(s); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// printable is a text without what XML 1.0 cannot hold.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' {
			return '�'
		}
		return r
	}, s)
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
