package payment

import (
	"slices"

	"sandbank/payment/reason"
	"sandbank/sim"
)

// Why says which rule brought the payment to where it is, nil where nothing was
// decided yet.
func (p *Payment) Why() *reason.Why {
	var w reason.Why
	var code, rule string
	if p.Reason != nil {
		code, rule = p.Reason.Code, p.Reason.Rule
	}
	switch a := p.Last(); {
	case p.Status == Abandoned:
		w = reason.WhyBy(p.by(p.did(sim.WalkAway), reason.ByTime), rule)
	case p.Status == Canceled && code == reason.MerchantCanceled:
		w = reason.WhyBy(reason.ByMerchant, rule)
	case p.Status == Canceled:
		w = reason.WhyBy(p.by(p.did(sim.Cancel), reason.ByCustomer), rule)
	case a == nil || a.Status == AttemptSent:
		return nil
	case a.Status == AttemptTimedOut:
		w = reason.WhyBy(a.silencedBy(), rule)
	case p.Status == Voided && code == "":
		w = reason.WhyBy(reason.ByMerchant, "voided")
	case p.Status == Voided:
		w = reason.WhyBy(reason.ByTime, rule)
	default:
		w = reason.WhyBy(a.Source, a.Rule)
	}
	for _, t := range p.Touched {
		w.Words += " Meanwhile, on purpose: " + t.Says + " (" + t.Fault + ")."
	}
	return &w
}

// by is the request, where the plan asked for it, else the act of a person.
func (p *Payment) by(planned bool, otherwise reason.Source) reason.Source {
	switch {
	case !planned:
		return otherwise
	case len(p.Simulation.Plan.Customer) == 0 && p.Simulation.Scenario != nil:
		return reason.ByScenario
	}
	return reason.ByRequest
}

// silenced reports whether the attempt was ordered not to be answered in time.
func (a *Attempt) silenced() bool {
	if a.Simulate == nil {
		return false
	}
	end := a.Simulate.Challenge
	return a.Simulate.Withholds(a.Deadline) || end != nil && end.Ends == sim.EndWalkAway
}

func (a *Attempt) silencedBy() reason.Source {
	if a.silenced() {
		return a.Simulate.Source
	}
	return reason.ByBank
}

// did reports whether the customer was made to do something.
func (p *Payment) did(a sim.Action) bool {
	return p.Simulation != nil && slices.ContainsFunc(p.Simulation.Done, func(d DoneAct) bool { return d.Action == a && d.Refused == "" })
}

// maxTouched bounds how many faults a payment is marked with.
const maxTouched = 20

// TouchedBy is the payment with the marks of faults, each once.
func (p Payment) TouchedBy(list []sim.Touch) Payment {
	for _, t := range list {
		known := slices.ContainsFunc(p.Touched, func(other sim.Touch) bool { return other.Fault == t.Fault })
		if !known && len(p.Touched) < maxTouched {
			p.Touched = append(slices.Clip(p.Touched), t)
		}
	}
	return p
}
