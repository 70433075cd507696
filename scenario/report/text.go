// Package report writes what scenarios came to: for people, as text and as one page, and for the
// programs that collect the results of tests.
package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"sandbank/scenario"
)

// Line is one line about a scenario that ended.
func Line(r scenario.Result) string {
	return fmt.Sprintf("%-9s %s  (%s)", word(r.Outcome), r.Scenario.Title(), r.Took.Round(time.Millisecond))
}

func word(o scenario.Outcome) string {
	return map[scenario.Outcome]string{scenario.Held: "held", scenario.Failed: "FAILED", scenario.NotRun: "NOT RUN", scenario.TimedOut: "TIMED OUT"}[o]
}

// Transcript writes what happened, as a person reads it.
func Transcript(w io.Writer, r scenario.Result) {
	fmt.Fprintf(w, "%s\n", r.Scenario.Title())
	if r.Scenario.Story != "" {
		fmt.Fprintf(w, "%s\n", indented(r.Scenario.Story, "  "))
	}
	lines(w, r.Transcript, "  ")
	fmt.Fprintln(w)
}

func lines(w io.Writer, list []scenario.Line, margin string) {
	story := ""
	for _, l := range list {
		if l.Story != "" && l.Story != story {
			fmt.Fprintf(w, "%s\n", indented(l.Story, margin+"# "))
		}
		story = l.Story
		fmt.Fprintf(w, "%s%s\n", margin, l)
	}
}

// Failure writes why a scenario did not hold; nothing for one that did.
func Failure(w io.Writer, r scenario.Result) {
	switch f := r.Failure; {
	case f != nil:
		fmt.Fprintf(w, "%s: %s\n    expected %s\n    saw      %s\n", f.Step.At, r.Scenario.Title(), f.Expected, strings.ReplaceAll(f.Seen, "\n", "\n        "))
		if f.Step.Story != "" {
			fmt.Fprintf(w, "%s\n", indented(f.Step.Story, "    # "))
		}
		lines(w, f.Hops, "    ")
	case r.Err != nil:
		fmt.Fprintf(w, "%s: %s\n    %v\n", r.Scenario.File, r.Scenario.Title(), r.Err)
	}
}

// indented is a text in lines of a bearable length, each with a margin.
func indented(text, margin string) string {
	const width = 96
	var b strings.Builder
	line := margin
	for word := range strings.FieldsSeq(text) {
		if len(line)+len(word) > width && line != margin {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = margin
		}
		line += word + " "
	}
	b.WriteString(strings.TrimRight(line, " "))
	return b.String()
}
