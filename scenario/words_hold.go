package scenario

import (
	"strings"
	"time"

	"sandbank/sim"
)

// Says is the hold in words. Of tells which payment is meant.
func (h Hold) Says(of string) string {
	if h.End != "" {
		return "ends the hold " + h.End
	}
	who, where := "every payment", "every hop"
	if h.Payment != "" {
		who = strings.TrimSpace("the payment" + of)
	}
	if len(h.Wish.Hops) > 0 {
		var hops []string
		for _, hop := range h.Wish.Hops {
			hops = append(hops, sim.Hop(hop).Says())
		}
		where = strings.Join(hops, " and ")
	}
	text := "holds " + who + " at " + where
	if h.Wish.For != "" {
		text += ", for " + spanOf(h.Wish.For)
	}
	if h.Wish.Times != nil {
		text += ", " + Often(*h.Wish.Times)
	}
	return text
}

// spanOf is a duration as it was read, without what is zero at its end.
func spanOf(text string) string {
	d, err := time.ParseDuration(text)
	if err != nil {
		return text
	}
	return Span(d)
}

// What is what the move is done with, in words.
func (m Move) What() string {
	switch {
	case m.Hop != "" && m.Kind != "":
		return m.Hop.Says() + " " + m.Kind
	case m.Hop != "":
		return m.Hop.Says()
	case m.Kind != "":
		return "the first " + m.Kind
	}
	return "the first thing held"
}

// Says is the move in words.
func (m Move) Says() string {
	switch sim.Move(m.Wish.Action) {
	case sim.Release:
		return "lets " + m.What() + " go on"
	case sim.Drop:
		return "drops " + m.What()
	case sim.Duplicate:
		return "doubles " + m.What()
	case sim.GoFirst:
		return "puts " + m.What() + " before everything else"
	case sim.GoLast:
		return "puts " + m.What() + " behind everything else"
	case sim.AnswerIt:
	}
	m.Hop = sim.HopRequest // nothing else is answered
	text := "answers " + m.What() + " in its stead: " + m.Wish.Outcome
	if m.Wish.Reason != "" {
		text += ", " + m.Wish.Reason
	}
	if m.Wish.Twice {
		text += ", twice"
	}
	return text
}

// Says is the step in words.
func (GoOn) Says() string { return "lets the first thing held go on" }
