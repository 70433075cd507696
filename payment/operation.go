package payment

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"sandbank/fault"
	"sandbank/money"
	"sandbank/payment/reason"
	"sandbank/sim"
)

// CaptureMode is when authorized money is taken.
type CaptureMode string

// The modes.
const (
	CaptureAutomatic CaptureMode = "automatic" // with the approval
	CaptureManual    CaptureMode = "manual"    // when the merchant says so, in one or several parts
)

// AuthorizationLife is how long an authorization can be captured. What is left
// of it then goes back to the customer.
const AuthorizationLife = 7 * 24 * time.Hour

// OperationKind is what is asked of the bank after an approval.
type OperationKind string

// The kinds.
const (
	OpCapture OperationKind = "capture" // take authorized money
	OpVoid    OperationKind = "void"    // release what was not taken
	OpRefund  OperationKind = "refund"  // give taken money back
)

// Prefix begins the ids of a kind's operations.
func (k OperationKind) Prefix() string {
	switch k {
	case OpCapture:
		return "cap"
	case OpVoid:
		return "void"
	case OpRefund:
		return "re"
	}
	return ""
}

// OperationStatus is where an operation stands: it is decided once.
type OperationStatus string

// The operation statuses.
const (
	OpPending   OperationStatus = "pending"   // with the bank
	OpSucceeded OperationStatus = "succeeded" // the bank did it, and it is booked
	OpFailed    OperationStatus = "failed"    // the bank refused, or did not answer
)

// Operation is one capture, void or refund on its way through the bank.
type Operation struct {
	ID            string          `json:"id"` // cap_, void_ or re_ + UUIDv7
	Kind          OperationKind   `json:"kind"`
	Status        OperationStatus `json:"status"`
	Amount        money.Amount    `json:"amount"`
	Final         bool            `json:"final,omitempty"` // of a capture: nothing more will be taken
	Description   string          `json:"description,omitempty"`
	RequestID     string          `json:"request_id"` // message id of the request
	CreatedAt     time.Time       `json:"created_at"`
	Deadline      time.Time       `json:"deadline"` // until when the bank may answer
	DecidedAt     time.Time       `json:"decided_at"`
	BankAt        time.Time       `json:"bank_at"` // when the bank says it decided; rules which cut-off it falls under
	BankReference string          `json:"bank_reference,omitempty"`
	Reason        *reason.Reason  `json:"reason,omitempty"`
	ReversalID    string          `json:"reversal_id,omitempty"`
	Simulate      *sim.Order      `json:"simulate,omitempty"` // what the bank was asked to do on purpose
	Origin        Origin          `json:"origin"`
}

// Implied reports whether a capture came with the approval, and was not asked
// for by itself.
func (p *Payment) Implied(o Operation) bool {
	return o.Kind == OpCapture && p.CaptureMode != CaptureManual
}

// Approved is the attempt that a bank approved, nil where none was.
func (p *Payment) Approved() *Attempt {
	for i := range p.Attempts {
		if p.Attempts[i].Status == AttemptApproved {
			return &p.Attempts[i]
		}
	}
	return nil
}

// Operation finds an operation by its id.
func (p *Payment) Operation(id string) (Operation, bool) {
	return p.operation(func(o Operation) bool { return o.ID == id })
}

// ByRequest finds an operation by the id of its request to the bank.
func (p *Payment) ByRequest(id string) (Operation, bool) {
	return p.operation(func(o Operation) bool { return o.RequestID == id })
}

// ByKey finds the operation of a kind that an idempotency key made.
func (p *Payment) ByKey(kind OperationKind, key string) (Operation, bool) {
	return p.operation(func(o Operation) bool { return key != "" && o.Kind == kind && o.Origin.IdempotencyKey == key })
}

func (p *Payment) operation(is func(Operation) bool) (Operation, bool) {
	i := slices.IndexFunc(p.Operations, is)
	if i < 0 {
		return Operation{}, false
	}
	return p.Operations[i], true
}

// sum adds up the operations of a kind in a status.
func (p *Payment) sum(kind OperationKind, status OperationStatus) money.Amount {
	total := money.Zero(p.Amount.Currency())
	for _, o := range p.Operations {
		if o.Kind == kind && o.Status == status {
			total = total.Add(o.Amount)
		}
	}
	return total
}

// Captured is how much was taken.
func (p *Payment) Captured() money.Amount { return p.sum(OpCapture, OpSucceeded) }

// Refunded is how much was given back.
func (p *Payment) Refunded() money.Amount { return p.sum(OpRefund, OpSucceeded) }

// Capturable is how much may still be taken, what is under way counted as taken.
func (p *Payment) Capturable() money.Amount {
	if p.Status != Authorized {
		return money.Zero(p.Amount.Currency())
	}
	return p.Amount.Sub(p.Captured()).Sub(p.sum(OpCapture, OpPending))
}

// Refundable is how much may still be given back: what was taken less refunds,
// those under way too, less what is disputed or was charged back.
func (p *Payment) Refundable() money.Amount {
	return p.Captured().Sub(p.Refunded()).Sub(p.sum(OpRefund, OpPending)).Sub(p.disputed())
}

// pending finds an operation under way, of one of the kinds or of any.
func (p *Payment) pending(kinds ...OperationKind) (Operation, bool) {
	return p.operation(func(o Operation) bool {
		return o.Status == OpPending && (len(kinds) == 0 || slices.Contains(kinds, o.Kind))
	})
}

// Ask is what a merchant wants done after an approval.
type Ask struct {
	ID          string
	Kind        OperationKind
	Amount      money.Amount // zero value: all that is left
	Final       bool         // of a capture: release what is left
	Description string
	RequestID   string
	Deadline    time.Time
	Origin      Origin
}

// Begin starts an operation. It is refused with [fault.Conflict] where the
// payment's status does not allow it, and with [fault.Unprocessable] where there
// is not that much left.
func (p Payment) Begin(now time.Time, a Ask) (Payment, Operation, error) {
	o := Operation{
		ID: a.ID, Kind: a.Kind, Status: OpPending, Amount: a.Amount, Final: a.Final, Description: a.Description,
		RequestID: a.RequestID, CreatedAt: now, Deadline: a.Deadline, Origin: a.Origin,
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
		o.Simulate = p.order(part, sim.Moment{Asked: now, Deadline: o.Deadline})
	}
	p.Operations = append(slices.Clone(p.Operations), o)
	return p.touch(now), o, nil
}

// How many operations one payment may have, those that failed included. Each stands on
// the payment, in every event about it, and with as many the largest event is one that
// every channel can carry. Voids are counted apart: what cannot be captured any more
// can still be given back.
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

// released ends an authorization: what was taken stays taken.
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
