package replay

import (
	"slices"
	"time"

	"github.com/goccy/go-yaml"

	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
	"sandbank/sim"
)

// banks tells how the banks came to answer as they did.
func (t *teller) banks() {
	for _, a := range t.Payment.Attempts {
		if _, asked := t.challenged(a); asked && (a.Simulate == nil || a.Simulate.Challenge == nil) {
			t.endChallenge(a)
		}
		if !t.seeded {
			t.temper(a)
		}
	}
}

// challenged is when the bank asked the customer to confirm a try, false where it did not.
func (t *teller) challenged(a payment.Attempt) (at time.Time, is bool) {
	for _, e := range t.Events {
		if e.Type == "payment.action_required" && !e.At.Before(a.StartedAt) && (a.DecidedAt.IsZero() || !e.At.After(a.DecidedAt)) {
			return e.At, true
		}
	}
	return time.Time{}, false
}

// endChallenge has the bank answer when a person ended its challenge.
func (t *teller) endChallenge(a payment.Attempt) {
	answer := sim.Answer{Outcome: sim.Approved}
	switch a.Status {
	case payment.AttemptApproved:
	case payment.AttemptDeclined, payment.AttemptErrored:
		answer.Outcome = sim.Declined
		if a.Status == payment.AttemptErrored {
			answer.Outcome = sim.Failed
		}
		if a.Reason != nil {
			answer.Reason = a.Reason.Code
		}
	case payment.AttemptSent, payment.AttemptChallenged, payment.AttemptTimedOut, payment.AttemptStopped:
		return
	}
	if s := t.Payment.Simulation; s != nil && slices.ContainsFunc(s.Asked, func(q payment.Asked) bool {
		return q.Plan != nil && q.Plan.Bank != nil && !q.At.Before(a.StartedAt) && !q.At.After(a.DecidedAt)
	}) {
		return // somebody had the bank answer
	}
	t.whyHolds = t.whyHolds && a.Number != len(t.Payment.Attempts)
	t.step(a.DecidedAt, during, member("bank", append(member("payment", t.name), tree(sim.WishedBank{WishedAnswer: wishedAnswer(answer)})...)))
}

// temper has a bank behave as luck had it behave in a try.
func (t *teller) temper(a payment.Attempt) {
	share := func(is bool) float64 {
		if is {
			return 1
		}
		return 0
	}
	own := a.Source == reason.ByBank
	ways := yaml.MapSlice{}
	answered, challenged := t.challenged(a)
	if !challenged {
		answered = a.BankAt
	}
	if span := answered.Sub(a.StartedAt).Milliseconds(); !answered.IsZero() && span >= 0 {
		ways = yaml.MapSlice{{Key: "min_delay_ms", Value: span}, {Key: "max_delay_ms", Value: span}}
	}
	ordered := a.Simulate != nil && a.Simulate.Outcome != ""
	unanswered := a.Status == payment.AttemptTimedOut || a.Status == payment.AttemptSent
	silent := unanswered && !ordered && a.Instrument.Behavior != instrument.Silent && !challenged
	ways = append(ways, yaml.MapSlice{
		{Key: "silent", Value: share(silent)}, {Key: "declines", Value: share(own && a.Status == payment.AttemptDeclined && !challenged)},
		{Key: "challenges", Value: share(challenged && !ordered && a.Instrument.Behavior != instrument.Challenge)},
		{Key: "twice", Value: 0}, {Key: "reorders", Value: 0}, {Key: "wrong_amount", Value: 0},
	}...)
	at := a.StartedAt.Add(-time.Millisecond)
	if at.Before(t.Payment.CreatedAt) {
		at = t.Payment.CreatedAt
	}
	t.step(at, before, member("bank", yaml.MapSlice{{Key: "identifier", Value: a.Bank}, {Key: "temper", Value: ways}}))
}
