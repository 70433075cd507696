package check

import (
	_ "embed" // the page
	"html/template"
	"io"
	"time"
)

//go:embed page.html
var pageSource string

// Page writes reports as one page, which needs nothing else.
func Page(w io.Writer, list []Report) error {
	page, err := template.New("page").Funcs(template.FuncMap{
		"word":  func(o Outcome) string { return words[o] },
		"bad":   func(o Outcome) bool { return o != Held && o != Skipped },
		"count": func(r Report) int { return r.Count(Held) },
		"span":  func(d time.Duration) time.Duration { return d.Round(100 * time.Millisecond) },
	}).Parse(pageSource)
	if err != nil {
		return err
	}
	return page.Execute(w, list)
}
