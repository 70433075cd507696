package sequence

import (
	"html/template"
	"strings"
)

// Picture is what a page shows of one payment: the drawing, the same as a list, and who knows what.
type Picture struct {
	Title      string // such as its reference
	Amount     string
	Status     string // in the API's words
	Head, Body template.HTML
	Lines      []Line
	Known      []Belief
}

// Line is a hop in words.
type Line struct {
	ID    string
	When  string // since the start
	Gap   string // the time before it, where that was long
	Text  string // who sent what to whom
	Reply string
	Tone  string
}

// Belief is what one party holds to be true of a payment now.
type Belief struct {
	Who  string
	Says string
	Tone string // "good" where it is up to date, "wait" where it lags, "bad" where it cannot know, "" where it has no part yet
}

// Paint makes the drawing and the list of a story. Label is what the drawing is called for those who hear it.
func Paint(l Layout, label string) (p Picture) {
	var head, body strings.Builder
	_ = Head(&head, l) // a builder takes everything
	_ = Body(&body, l, label)
	p.Head, p.Body = template.HTML(head.String()), template.HTML(body.String()) // every text in it was escaped
	before, first := l.Start, true
	for _, h := range l.Hops {
		if !l.drawable(h) {
			continue
		}
		one := Line{ID: h.ID, When: "+" + Elapsed(h.At.Sub(l.Start)), Text: l.name(h.From), Reply: h.Reply, Tone: h.Tone}
		if h.To != h.From {
			one.Text += " → " + l.name(h.To)
		}
		one.Text += ": " + h.Title
		if gap := h.At.Sub(before); !first && gap >= gapFrom {
			one.Gap = Elapsed(gap)
			if h.Gap != "" {
				one.Gap += ": " + h.Gap
			}
		}
		p.Lines, before, first = append(p.Lines, one), h.At, false
	}
	return p
}
