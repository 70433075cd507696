// Package sequence makes a story of a transcript: who sent what to whom, and the time between. How it is drawn
// is for package web/sequence, which draws payments and lessons as well.
package sequence

import (
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"sandbank/scenario"
	"sandbank/web/sequence"
)

// lanes are the parties whose lane has a class of its own; the runner calls Sandbank itself the processor.
var lanes = map[string]string{"customer": "customer", "merchant": "merchant", "processor": "sandbank", "bank": "bank"}

// Draw draws the lines that went from one to another, and the time between them; "" where nothing went
// anywhere. Links lead to [ID] of a line on the page, whose parts begin with a prefix.
func Draw(lines []scenario.Line, prefix string) template.HTML {
	s := Story(lines, prefix)
	if len(s.Hops) == 0 {
		return ""
	}
	p := sequence.Paint(sequence.Lay(s, sequence.Options{Unfold: true}), "Sequence of "+strconv.Itoa(len(s.Hops))+" hops")
	return p.Head + p.Body
}

// ID is the id of a line on its page, counted from 0.
func ID(prefix string, line int) string { return "step-" + prefix + strconv.Itoa(line) }

// Story is a transcript as a story. Lanes stand in the order in which they are first met.
func Story(lines []scenario.Line, prefix string) (s sequence.Story) {
	s.Start = time.Unix(0, 0).UTC() // what counts is how far apart things are
	for i, l := range lines {
		if l.To == "" {
			continue // a step of time is the band between the hops around it
		}
		for _, who := range []string{l.From, l.To} {
			if !slices.ContainsFunc(s.Lanes, func(lane sequence.Lane) bool { return lane.ID == who }) {
				s.Lanes = append(s.Lanes, sequence.Lane{ID: who, Name: who, Kind: lanes[who]})
			}
		}
		h := hop(l)
		h.ID, h.At = prefix+strconv.Itoa(i), s.Start.Add(l.At)
		s.Hops = append(s.Hops, h)
	}
	return s
}

// hop is a line as a hop: "what was asked → what came back".
func hop(l scenario.Line) sequence.Hop {
	h := sequence.Hop{From: l.From, To: l.To, Kind: "http", Title: l.Text, Detail: l.About}
	if asked, came, ok := strings.Cut(l.Text, " → "); ok {
		h.Title, h.Reply = asked, came
		if strings.HasPrefix(came, "4") || strings.HasPrefix(came, "5") {
			h.Tone, h.Back = "bad", "bad"
		}
	}
	if strings.HasPrefix(l.Text, "webhook ") {
		h.Kind = "webhook"
	}
	return h
}
