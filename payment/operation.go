package payment

import (
	"slices"
	"time"

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

// AuthorizationLife is how long an authorization can be captured. The rest of
// it is then released.
const AuthorizationLife = 7 * 24 * time.Hour

// OperationKind is a request to the bank after its approval.
type OperationKind string

// The kinds.
const (
	OpCapture OperationKind = "capture" // take authorized money
	OpVoid    OperationKind = "void"    // release the amount that was not captured
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
	Deadline      time.Time       `json:"deadline,omitzero"` // until when the bank may answer
	DecidedAt     time.Time       `json:"decided_at,omitzero"`
	BankAt        time.Time       `json:"bank_at,omitzero"` // when the bank says it decided; rules which cut-off it falls under
	BankReference string          `json:"bank_reference,omitempty"`
	Reason        *reason.Reason  `json:"reason,omitempty"`
	ReversalID    string          `json:"reversal_id,omitempty"`
	Simulate      *sim.Order      `json:"simulate,omitempty"` // the order that went with the request
	Held          bool            `json:"held,omitempty"`     // on purpose the request is answered only when the merchant was told
	Foreign       string          `json:"foreign,omitempty"`  // what another API keeps with it: JSON
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

// Refundable is the amount that may still be refunded: captured less refunded,
// pending refunds included, less disputed or charged back.
func (p *Payment) Refundable() money.Amount {
	return p.Captured().Sub(p.Refunded()).Sub(p.sum(OpRefund, OpPending)).Sub(p.disputed())
}

// pending finds an operation under way, of one of the kinds or of any.
func (p *Payment) pending(kinds ...OperationKind) (Operation, bool) {
	return p.operation(func(o Operation) bool {
		return o.Status == OpPending && (len(kinds) == 0 || slices.Contains(kinds, o.Kind))
	})
}
