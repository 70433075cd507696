package report

import (
	_ "embed" // the page
	"html/template"
	"io"
	"strconv"
	"time"

	"sandbank/scenario"
	"sandbank/scenario/sequence"
	"sandbank/web/look"
)

//go:embed page.html
var pageSource string

// shownResult is a result on the page.
type shownResult struct {
	scenario.Result
	Word string
	Bad  bool
	Why  string
	SVG  template.HTML
	Rows []shownLine
}

// shownLine is a line of a transcript on the page.
type shownLine struct {
	ID, When, Who, Text, Story string
	Bad                        bool
}

// Page writes results as one page, which needs nothing else.
func Page(w io.Writer, results []scenario.Result) error {
	page, err := template.New("page").Parse(pageSource)
	if err != nil {
		return err
	}
	view := struct {
		Results   []shownResult
		Held, All int
		Took      time.Duration
		Style     template.CSS
	}{All: len(results), Style: template.CSS(look.Sequence())} // a file of ours
	for i, r := range results {
		prefix := strconv.Itoa(i+1) + "-"
		s := shownResult{Result: r, Word: word(r.Outcome), Bad: r.Outcome != scenario.Held, SVG: sequence.Draw(r.Transcript, prefix)}
		if !s.Bad {
			view.Held++
		}
		if r.Err != nil {
			s.Why = r.Err.Error()
		}
		view.Took += r.Took
		story := ""
		for n, l := range r.Transcript {
			row := shownLine{ID: sequence.ID(prefix, n), When: "+" + scenario.Span(l.At), Who: l.From, Text: l.Text, Bad: r.Failure != nil && l.From == "expect" && len(l.Text) > 6 && l.Text[:6] == "FAILED"}
			if l.To != "" {
				row.Who += " → " + l.To
			}
			if l.Story != story {
				row.Story = l.Story
			}
			story = l.Story
			s.Rows = append(s.Rows, row)
		}
		view.Results = append(view.Results, s)
	}
	view.Took = view.Took.Round(time.Millisecond)
	return page.Execute(w, view)
}
