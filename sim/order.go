package sim

import (
	"fmt"
	"slices"
	"time"

	"sandbank/payment/reason"
)

// Order is what a bank is asked to do on purpose with one request. It travels in
// the request, so that any bank may obey; its part of asyncapi.yaml is
// BankOrder.
type Order struct {
	Source   reason.Source `json:"source"` // request or scenario
	Outcome  Outcome       `json:"outcome,omitempty"`
	Reason   string        `json:"reason,omitempty"`
	AnswerAt *time.Time    `json:"answer_at,omitempty"` // not before; in simulated time
	Travel   Travel        `json:"travel,omitempty"`    // once, twice, out_of_order or from_older_attempt
	// Older names the attempt whose approval is to come before the answer.
	Older     *Older   `json:"older,omitempty"`
	Challenge *Ending  `json:"challenge,omitempty"`
	Dispute   *Dispute `json:"dispute,omitempty"` // of an authorization: once money was captured
}

// Older is an attempt at the same bank before the one that is asked for.
type Older struct {
	RequestID string `json:"request_id"`
	Attempt   int    `json:"attempt"`
}

// Rule names the part of "simulate" that an order comes from, for the payment's
// why and its timeline.
func (o *Order) Rule() string {
	if o.Outcome == "" {
		return "simulate.bank"
	}
	rule := "simulate.bank asks for " + string(o.Outcome)
	if o.Reason != "" {
		rule += ", " + o.Reason
	}
	return rule
}

// Moment is what a request knows of time.
type Moment struct {
	Asked    time.Time // when the request was made
	Deadline time.Time // until when the bank may answer
	Expiry   time.Time // when the payment's time is up; zero where that does not matter
}

// Layers are the plans that ask for something, the strongest first. A nil one
// asks for nothing.
type Layers struct {
	Request  *Plan
	Scenario *Plan
}

// Order is what is to be asked of the bank with a request, nil for nothing.
// Spent is how many requests of the part had an order before. The outcome comes
// from the strongest layer that has one; so does the way that it travels.
func (l Layers) Order(part Part, spent int, at Moment) *Order {
	var o Order
	for _, layer := range []struct {
		plan   *Plan
		source reason.Source
	}{{l.Request, reason.ByRequest}, {l.Scenario, reason.ByScenario}} {
		if layer.plan == nil {
			continue
		}
		if a, ok := layer.plan.Bank.Of(part); ok && o.Source == "" && (a.Times == 0 || spent < a.Times) {
			o.answer(a.Answer, at)
			o.travel(a.Travel, at)
			o.Source = layer.source
		}
		if part == Authorize && o.Travel == "" {
			o.travel(layer.plan.Travel, at)
		}
		if b := layer.plan.Bank; part == Authorize && b != nil && b.Dispute != nil && o.Dispute == nil {
			o.Dispute = b.Dispute
		}
		if o != (Order{}) && o.Source == "" {
			o.Source = layer.source
		}
	}
	if o == (Order{}) {
		return nil
	}
	return &o
}

// HoldsAnswer reports whether the answer to the request for a capture or a refund
// waits until the merchant has been told of the result. Spent is as for
// [Layers.Order].
func (l Layers) HoldsAnswer(part Part, spent int) bool {
	for _, plan := range []*Plan{l.Request, l.Scenario} {
		if plan == nil {
			continue
		}
		if a, ok := plan.Bank.Of(part); ok && (a.Times == 0 || spent < a.Times) {
			return a.Travel == BeforeAccepted
		}
	}
	return false
}

func (o *Order) answer(a Answer, at Moment) {
	o.Outcome, o.Reason, o.Challenge = a.Outcome, a.Reason, a.Challenge
	if a.After == Never {
		o.Outcome, o.Reason, o.Challenge = Silent, "", nil
	} else if when, ok := a.After.At(at.Asked, at.Deadline); ok {
		o.AnswerAt = &when
	}
}

func (o *Order) travel(t Travel, at Moment) {
	switch t {
	case "":
	case BeforeAccepted: // it is the processor that waits
		o.Travel = Once
	case AfterExpiry:
		o.Travel = Once
		if when := at.Expiry.Add(PastDeadline); !at.Expiry.IsZero() && (o.AnswerAt == nil || o.AnswerAt.Before(when)) {
			o.AnswerAt = &when
		}
	case Once, Twice, OutOfOrder, OlderAttempt:
		o.Travel = t
	}
}

// Withholds reports whether the order keeps the bank's answer away until the
// deadline has passed.
func (o *Order) Withholds(deadline time.Time) bool {
	return o != nil && (o.Outcome == Silent || o.Outcome == WrongAmount || o.AnswerAt != nil && !o.AnswerAt.Before(deadline))
}

// Check holds an order to its form, as a bank reads it.
func (o *Order) Check() error {
	if o == nil {
		return nil
	}
	end := o.Challenge
	switch {
	case o.Source != reason.ByRequest && o.Source != reason.ByScenario:
		return fmt.Errorf("source: must be %q or %q", reason.ByRequest, reason.ByScenario)
	case o.Outcome != "" && !slices.Contains(Outcomes(Authorize), o.Outcome):
		return fmt.Errorf("outcome: %s", choice(string(o.Outcome), Outcomes(Authorize)))
	case o.Travel != "" && !slices.Contains(carried, o.Travel):
		return fmt.Errorf("travel: %s", choice(string(o.Travel), carried))
	case (o.Outcome == Declined || o.Outcome == Failed) != (o.Reason != ""):
		return fmt.Errorf("reason: goes with declined and error, and only with them")
	case end != nil && !slices.Contains(Ends(), end.Ends):
		return fmt.Errorf("challenge.ends: %s", choice(string(end.Ends), Ends()))
	}
	return nil
}

// carried are the ways to travel that are the bank's to keep.
var carried = []Travel{Once, Twice, OutOfOrder, OlderAttempt}
