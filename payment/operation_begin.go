package payment

import (
	"fmt"
	"slices"
	"time"

	"sandbank/fault"
	"sandbank/money"
	"sandbank/sim"
)

// Ask is a merchant's request for an operation.
type Ask struct {
	ID          string
	Kind        OperationKind
	Amount      money.Amount // zero value: all that is left
	Final       bool         // of a capture: release the rest
	Description string
	RequestID   string
	Deadline    time.Time
	Foreign     string // JSON of another API
	Origin      Origin
}

// Begin starts an operation. It is refused with [fault.Conflict] where the
// payment's status does not allow it, and with [fault.Unprocessable] where there
// is not that much left.
func (p Payment) Begin(now time.Time, a Ask) (Payment, Operation, error) {
	o := Operation{
		ID: a.ID, Kind: a.Kind, Status: OpPending, Amount: a.Amount, Final: a.Final, Description: a.Description,
		RequestID: a.RequestID, CreatedAt: now, Deadline: a.Deadline, Foreign: a.Foreign, Origin: a.Origin,
	}
	left, err := p.allows(now, a.Kind)
	if err != nil {
		return p, o, err
	}
	if err := p.room(a.Kind); err != nil {
		return p, o, err
	}
	if o.Amount == (money.Amount{}) {
		o.Amount = left
	}
	if err := enough(o, left); err != nil {
		return p, o, err
	}
	// The bank may decide captures in another order than they were asked for: one
	// that is final must not release what an earlier one is about to take.
	earlier, open := p.pending(OpCapture)
	switch {
	case o.Kind != OpCapture:
	case !open && o.Amount.Equal(left):
		o.Final = true
	case open && o.Final:
		return p, o, inProgress(earlier)
	}
	if part, ok := partOf(o.Kind); ok {
		o.Held = p.holdsAnswer(part)
		o.Simulate = p.order(part, sim.Moment{Asked: now, Deadline: o.Deadline})
	}
	p.Operations = append(slices.Clone(p.Operations), o)
	return p.touch(now), o, nil
}

// The bounds on a payment's operations, failed ones included. Each operation is part
// of the payment, and so of every event about it; with this many the largest event
// still fits every channel. Voids are counted apart: a payment that cannot be captured
// any more can still be refunded.
const (
	MaxOperations = 20 // captures and refunds that were asked for, together
	MaxVoids      = 5
)

// room refuses one operation more than there may be.
func (p Payment) room(kind OperationKind) error {
	voids, others := 0, 0
	for _, o := range p.Operations {
		switch {
		case o.Kind == OpVoid:
			voids++
		case !p.Implied(o):
			others++
		}
	}
	if kind == OpVoid && voids < MaxVoids || kind != OpVoid && others < MaxOperations {
		return nil
	}
	return fault.New(fault.Conflict, "too_many_operations", "A payment can have %d captures and refunds, and %d voids; this one has them.", MaxOperations, MaxVoids).
		Hinting("Capture or refund in fewer, larger parts. What is left of an authorization goes back by itself when it ends.")
}

// enough refuses more than there is.
func enough(o Operation, left money.Amount) error {
	switch {
	case o.Amount.Currency() != left.Currency():
		return fault.New(fault.Unprocessable, "currency_mismatch", "The payment is in %s.", left.Currency()).
			At("/amount/currency", "must be %q", left.Currency())
	case !left.IsPositive():
		return fault.New(fault.Unprocessable, "nothing_left", "There is nothing left to %s.", o.Kind)
	case !o.Amount.IsPositive() || o.Amount.Decimal().GreaterThan(left.Decimal()):
		return fault.New(fault.Unprocessable, "amount_exceeds", "There is no more than %s left to %s.", left, o.Kind).
			At("/amount/value", "must be more than zero and at most %q", left.Value())
	}
	return nil
}

// allows reports how much an operation of a kind may be about, or why there can
// be none now.
func (p Payment) allows(now time.Time, kind OperationKind) (money.Amount, error) {
	zero := money.Zero(p.Amount.Currency())
	switch kind {
	case OpCapture, OpVoid:
		if p.Status != Authorized {
			return zero, fault.New(fault.Conflict, "payment_not_authorized", "This payment is %s; only an authorized one can be captured or voided.", p.Status).
				Hinting("Ask for \"capture\": \"manual\" when the payment is made, and wait for the status authorized.")
		}
		if !now.Before(p.AuthorizedUntil) {
			return zero, fault.New(fault.Conflict, "authorization_expired", "The authorization ran out at %s.", p.AuthorizedUntil.Format(time.RFC3339))
		}
		if o, ok := p.pending(OpVoid); ok {
			return zero, inProgress(o)
		}
		if o, ok := p.pending(OpCapture); ok && (kind == OpVoid || o.Final) {
			return zero, inProgress(o)
		}
		return p.Capturable(), nil
	case OpRefund:
		if !p.Captured().IsPositive() {
			return zero, fault.New(fault.Conflict, "payment_not_captured", "This payment is %s; nothing was captured that could be refunded.", p.Status)
		}
		return p.Refundable(), nil
	}
	return zero, fault.From(fmt.Errorf("payment: there is no operation %q", kind))
}

func inProgress(o Operation) error {
	return fault.New(fault.Conflict, "operation_in_progress", "The bank is still working on the %s %s.", o.Kind, o.ID).
		Hinting("Wait for its event, or ask for the payment, and try again.")
}
