package payment

import (
	"slices"
	"time"

	"sandbank/sim"
)

// order is the bank's order for the next request of a part, nil for none; it
// counts the request.
func (p *Payment) order(part sim.Part, at sim.Moment) *sim.Order {
	if p.Simulation == nil {
		return nil
	}
	s := p.simulation()
	o := sim.Layers{Request: &s.Plan, Scenario: s.Scenario}.Order(part, s.Spent[part], at)
	if o == nil {
		return nil
	}
	if s.Spent == nil {
		s.Spent = map[sim.Part]int{}
	}
	s.Spent[part]++
	p.Simulation = s
	return o
}

// holdsAnswer reports whether the next request of a part is to be answered only
// when the merchant was told of its result.
func (p *Payment) holdsAnswer(part sim.Part) bool {
	s := p.Simulation
	return s != nil && sim.Layers{Request: &s.Plan, Scenario: s.Scenario}.HoldsAnswer(part, s.Spent[part])
}

// authorizeOrder is the order of the last attempt.
func (p *Payment) authorizeOrder(now time.Time) *sim.Order {
	a := p.Last()
	o := p.order(sim.Authorize, sim.Moment{Asked: now, Deadline: a.Deadline, Expiry: p.ExpiresAt})
	if o == nil || o.Travel != sim.OlderAttempt {
		return o
	}
	o.Travel = sim.Once
	for _, older := range slices.Backward(p.Attempts[:len(p.Attempts)-1]) {
		if older.Bank == a.Bank {
			o.Travel, o.Older = sim.OlderAttempt, &sim.Older{RequestID: older.RequestID, Attempt: older.Number}
			break
		}
	}
	return o
}

// Reorder gives the bank another order for a request that it has and has not
// answered: the attempt under way, or the operation of the part. The plan is in
// force before; it reports false where the bank has no such request.
func (p Payment) Reorder(now time.Time, part sim.Part) (next Payment, request string, ok bool) {
	if part == sim.Authorize {
		if p.Status != Processing && p.Status != ActionRequired {
			return p, "", false
		}
		o := p.authorizeOrder(now)
		p.Attempts = slices.Clone(p.Attempts)
		a := p.Last()
		a.Simulate = o
		return p, a.RequestID, o != nil
	}
	i := slices.IndexFunc(p.Operations, func(o Operation) bool { return o.Status == OpPending && o.Kind == kindOf(part) })
	if i < 0 {
		return p, "", false
	}
	p.Operations = slices.Clone(p.Operations)
	o := &p.Operations[i]
	o.Simulate = p.order(part, sim.Moment{Asked: now, Deadline: o.Deadline})
	return p, o.RequestID, o.Simulate != nil
}

func kindOf(part sim.Part) OperationKind {
	switch part {
	case sim.Capture:
		return OpCapture
	case sim.Refund:
		return OpRefund
	case sim.Authorize:
	}
	return ""
}

func partOf(kind OperationKind) (sim.Part, bool) {
	switch kind {
	case OpCapture:
		return sim.Capture, true
	case OpRefund:
		return sim.Refund, true
	case OpVoid:
	}
	return "", false
}
