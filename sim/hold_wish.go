package sim

import (
	"slices"
	"time"

	"sandbank/chance"
	"sandbank/fault"
)

// HoldWish is a hold as somebody writes it.
type HoldWish struct {
	Hops    []string `json:"hops,omitempty"` // all of them where it is left out
	Payment string   `json:"payment,omitempty"`
	For     string   `json:"for,omitempty"`
	Within  string   `json:"within,omitempty"`
	Times   *int     `json:"times,omitempty"`
}

// Check makes a hold of a wish, which has no id, no merchant and no time yet. It complains field by field.
func (w HoldWish) Check() (Hold, error) {
	problem := fault.New(fault.Invalid, "request_invalid", "Some fields are not right.")
	h := Hold{Payment: w.Payment, Times: DefaultHoldTimes}
	for _, hop := range w.Hops {
		one := oneOf(problem, "/hops", Hop(hop), Hops(), false)
		if slices.Contains(h.Hops, one) {
			problem.At("/hops", "must name %q once", one)
		}
		h.Hops = append(h.Hops, one)
	}
	if w.Hops == nil {
		h.Hops = Hops()
	} else if len(w.Hops) == 0 {
		problem.At("/hops", "must name one of %v, or be left out for all of them", Hops())
	}
	slices.SortFunc(h.Hops, func(a, b Hop) int { return slices.Index(Hops(), a) - slices.Index(Hops(), b) })
	if w.Payment != "" && !chance.ValidID("pay", w.Payment) {
		problem.At("/payment", "must be the id of a payment, or be left out for every payment")
	}
	h.For = holdBound(problem, "/for", w.For, DefaultHoldFor, MaxWhen)
	h.Within = holdBound(problem, "/within", w.Within, DefaultHoldWithin, MaxHoldWithin)
	if w.Times != nil {
		if h.Times = *w.Times; h.Times < 1 || h.Times > MaxHoldTimes {
			problem.At("/times", "must be 1 to %d", MaxHoldTimes)
		}
	}
	if len(problem.Fields) > 0 {
		return h, problem
	}
	return h, nil
}

// holdBound reads a bound in time.
func holdBound(problem *fault.Error, at, s string, otherwise, most time.Duration) When {
	w := when(problem, at, s)
	switch d, given := w.Duration(); {
	case !given:
		return written(otherwise)
	case d <= 0 || d > most:
		problem.At(at, "must be more than nothing and at most %s", written(most))
	}
	return w
}

// MoveWish is a move as somebody writes it.
type MoveWish struct {
	Action  string `json:"action"`
	Outcome string `json:"outcome,omitempty"` // of an answer
	Reason  string `json:"reason,omitempty"`  // likewise
	Twice   bool   `json:"twice,omitempty"`   // likewise
}

// Check makes a move of a wish. It complains field by field.
func (w MoveWish) Check() (Move, error) {
	problem := fault.New(fault.Invalid, "request_invalid", "Some fields are not right.")
	m := oneOf(problem, "/action", Move(w.Action), Moves(), false)
	if m != AnswerIt {
		for _, f := range []struct {
			at    string
			given bool
		}{{"/outcome", w.Outcome != ""}, {"/reason", w.Reason != ""}, {"/twice", w.Twice}} {
			if f.given {
				problem.At(f.at, `has a meaning only with "action": "answer"`)
			}
		}
	} else if w.Outcome == "" {
		problem.At("/outcome", "is required with answer; %s", choice("", Outcomes(Authorize)))
	}
	if len(problem.Fields) > 0 {
		return m, problem
	}
	return m, nil
}

// Reply makes a reply to a request of a part. It complains field by field.
func (w MoveWish) Reply(part Part) (Reply, error) {
	problem := fault.New(fault.Invalid, "request_invalid", "Some fields are not right.")
	a := WishedAnswer{Outcome: w.Outcome, Reason: w.Reason}.check(problem, "", part)
	if a.Outcome == Silent && w.Twice {
		problem.At("/twice", "has no meaning with silent: nothing is ever said")
	}
	if len(problem.Fields) > 0 {
		return Reply{}, problem
	}
	return Reply{Outcome: a.Outcome, Reason: a.Reason, Twice: w.Twice}, nil
}
