package payment

import (
	"cmp"
	"slices"
	"time"

	"sandbank/payment/reason"
)

// applyOperation holds a bank's answer against the operation that asked for it.
func (p Payment) applyOperation(now time.Time, i int, r Result) (Payment, Verdict, string) {
	o := p.Operations[i]
	if note := p.contradictsOperation(o, r); note != "" {
		return p, VerdictMismatch, note
	}
	status := OpFailed
	if r.Outcome == OutcomeApproved {
		status = OpSucceeded
	}
	if o.Status != OpPending {
		if o.Status == status {
			return p, VerdictDuplicate, "the " + string(o.Kind) + " has already " + string(o.Status)
		}
		return p, VerdictLate, "the " + string(o.Kind) + " has already " + string(o.Status) + "; it stays so"
	}
	o.Status, o.DecidedAt, o.BankAt, o.BankReference, o.Reason = status, now, cmp.Or(r.DecidedAt, now), r.BankReference, r.Reason
	p.Operations = slices.Clone(p.Operations)
	p.Operations[i] = o
	return p.concluded(now), VerdictApplied, ""
}

func (p *Payment) contradictsOperation(o Operation, r Result) string {
	a := p.Approved()
	switch {
	case a == nil || r.Attempt != a.Number:
		return "it is about another attempt than the approved one"
	case r.Bank != a.Bank:
		return "it comes from another bank than was asked"
	case !r.Amount.Equal(o.Amount):
		return "its amount is not the " + string(o.Kind) + "'s"
	case r.Outcome != OutcomeApproved && r.Outcome != OutcomeDeclined && r.Outcome != OutcomeError:
		return "its outcome is none for a " + string(o.Kind)
	}
	return ""
}

// concluded is the payment after one of its operations was decided: an
// authorization ends with its last capture, or with a void.
func (p Payment) concluded(now time.Time) Payment {
	if p.Status != Authorized {
		return p.touch(now)
	}
	done := slices.ContainsFunc(p.Operations, func(o Operation) bool {
		return o.Status == OpSucceeded && (o.Kind == OpVoid || o.Kind == OpCapture && o.Final)
	})
	if _, open := p.pending(OpCapture); open || !done && !p.Captured().Equal(p.Amount) {
		return p.touch(now)
	}
	return p.released(now)
}

// released ends an authorization: captured amounts stay captured.
func (p Payment) released(now time.Time) Payment {
	end := Captured
	if p.Captured().IsZero() {
		end = Voided
	}
	p.Status = end
	return p.touch(now)
}

// touch notes a change that may have left the status as it was.
func (p Payment) touch(now time.Time) Payment {
	p.UpdatedAt = now
	p.Version++
	p.DueAt = p.nextDue()
	return p
}

// nextDue is when time has work to do on a payment that has been approved: an
// operation's deadline while one is under way, else the end of the authorization.
func (p *Payment) nextDue() time.Time {
	var due time.Time
	for _, o := range p.Operations {
		if o.Status == OpPending && (due.IsZero() || o.Deadline.Before(due)) {
			due = o.Deadline
		}
	}
	switch {
	case !due.IsZero() || p.Status.Final():
		return due
	case p.Status == Authorized:
		return p.AuthorizedUntil
	}
	return p.DueAt
}

// expireOperations fails the operations that the bank did not answer in time,
// and ends an authorization that ran out.
func (p Payment) expireOperations(now time.Time) (Payment, bool) {
	changed := false
	for i, o := range p.Operations {
		if o.Status != OpPending || now.Before(o.Deadline) {
			continue
		}
		if !changed {
			p.Operations = slices.Clone(p.Operations)
		}
		rule := "no answer by " + o.Deadline.Format(time.RFC3339)
		if o.Simulate.Withholds(o.Deadline) {
			rule = o.Simulate.Rule() + "; " + rule
		}
		why := reason.Because(reason.BankTimeout, rule)
		o.Status, o.DecidedAt, o.Reason = OpFailed, now, &why
		p.Operations[i], changed = o, true
	}
	if changed {
		p = p.concluded(now)
	}
	if _, open := p.pending(); p.Status == Authorized && !open && !now.Before(p.AuthorizedUntil) {
		why := reason.Because(reason.AuthorizationExpired, "not captured by "+p.AuthorizedUntil.Format(time.RFC3339))
		p.Reason = &why
		return p.released(now), true
	}
	return p, changed
}

// ReverseOperation notes that an operation's request is being undone at the bank
// by the message with this id. It reports false where that was asked before.
func (p Payment) ReverseOperation(id, message string) (Payment, bool) {
	i := slices.IndexFunc(p.Operations, func(o Operation) bool { return o.ID == id })
	if i < 0 || p.Operations[i].ReversalID != "" {
		return p, false
	}
	p.Operations = slices.Clone(p.Operations)
	p.Operations[i].ReversalID = message
	p.Version++
	return p, true
}
