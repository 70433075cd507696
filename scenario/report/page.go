package report

import (
	_ "embed" // the page
	"html/template"
	"io"
	"time"

	"sandbank/scenario"
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
	When, Who, Text, Story string
	Bad                    bool
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
	}{All: len(results)}
	for _, r := range results {
		s := shownResult{Result: r, Word: word(r.Outcome), Bad: r.Outcome != scenario.Held, SVG: Sequence(r.Transcript)}
		if !s.Bad {
			view.Held++
		}
		if r.Err != nil {
			s.Why = r.Err.Error()
		}
		view.Took += r.Took
		story := ""
		for _, l := range r.Transcript {
			row := shownLine{When: "+" + span(l.At), Who: l.From, Text: l.Text, Bad: r.Failure != nil && l.From == "expect" && len(l.Text) > 6 && l.Text[:6] == "FAILED"}
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
