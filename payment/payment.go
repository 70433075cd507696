// Package payment is the life of one payment as pure functions: a state and an
// input give the next state, or an error and no change. It knows no database,
// no broker and no clock; callers hand it the time.
//
// The payment's status is the merchant's view; each try at one bank is an
// [Attempt] with a status of its own. A result decides a payment only if it
// answers its current attempt, amount for amount.
package payment

import (
	"time"

	"sandbank/money"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
	"sandbank/sim"
	"sandbank/telemetry/trace"
)

// Limits on a merchant's request.
const (
	DefaultAttempts = 3
	DefaultLife     = 15 * time.Minute
	MinLife         = time.Second
	MaxLife         = 7 * 24 * time.Hour
)

// Payment is one payment. Values are copied, never shared: every transition
// returns a new one.
type Payment struct {
	ID          string            `json:"id"` // pay_ + UUIDv7
	Merchant    string            `json:"merchant"`
	Version     int64             `json:"version"` // one more with each stored change, from 1
	Status      Status            `json:"status"`
	Amount      money.Amount      `json:"amount"`
	Reference   string            `json:"reference"`
	Description string            `json:"description,omitempty"`
	ReturnURL   string            `json:"return_url"`
	Return      ReturnMode        `json:"return,omitempty"` // "" is by the link
	Metadata    map[string]string `json:"metadata,omitempty"`

	FirstBank string `json:"first_bank"` // BIC that the creation answered with
	Bank      string `json:"bank"`       // BIC of the current or last try
	// The banks' names as they were then: an answer given again must not depend on
	// which banks have been heard of since.
	FirstBankName string `json:"first_bank_name,omitempty"`
	BankName      string `json:"bank_name,omitempty"`
	BankFixed     bool   `json:"bank_fixed"`      // the merchant named it; the customer may not pick
	Route         Route  `json:"route,omitempty"` // of the last try; see [Payment.RoutedBy]
	MaxAttempts   int    `json:"max_attempts"`    // tries the customer has

	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	ExpiresAt time.Time `json:"expires_at"`      // abandonment, while it waits for the customer
	DueAt     time.Time `json:"due_at,omitzero"` // when [Payment.Expire] has work; zero when never

	Attempts []Attempt      `json:"attempts,omitempty"`
	Reason   *reason.Reason `json:"reason,omitempty"` // of the last decline, failure, cancel or release

	CaptureMode     CaptureMode `json:"capture,omitempty"`         // "" is automatic
	AuthorizedUntil time.Time   `json:"authorized_until,omitzero"` // when an authorization runs out
	Operations      []Operation `json:"operations,omitempty"`
	Disputes        []Dispute   `json:"disputes,omitempty"`

	Simulation *Simulation `json:"simulation,omitempty"` // nil for nothing on purpose
	Touched    []sim.Touch `json:"touched,omitempty"`    // faults on purpose that were in force while something happened to it

	Foreign *Foreign `json:"foreign,omitempty"` // what another API keeps with it; nil for nothing

	Origin Origin `json:"origin"`
	// Trace is where the payment's trace was left by its last change; "" for a payment that is not traced.
	Trace trace.Context `json:"trace,omitempty"`
}

// ReturnMode is how the customer comes back to the merchant at the end.
type ReturnMode string

// The ways back.
const (
	ReturnLink      ReturnMode = "link"      // by the link on the page
	ReturnAutomatic ReturnMode = "automatic" // the page leads back by itself
)

// LeadsBack reports whether the customer's page is to lead back by itself: the
// payment has its result, and is not one that ran out while nobody was there.
func (p Payment) LeadsBack() bool {
	switch p.Status {
	case Authorized, Captured, Declined, Failed, Canceled, Voided:
		return p.Return == ReturnAutomatic && p.BackURL() != ""
	case Created, Processing, ActionRequired, Abandoned:
	}
	return false
}

// Origin is how the payment came in, for the timeline and for idempotency.
type Origin struct {
	RequestID      string `json:"request_id,omitempty"`
	IdempotencyKey string `json:"idempotency_key,omitempty"`
	PayloadHash    string `json:"payload_hash,omitempty"`
}

// AttemptStatus is where one try stands.
type AttemptStatus string

// The attempt statuses.
const (
	AttemptSent       AttemptStatus = "sent"       // the request is on its way or with the bank
	AttemptChallenged AttemptStatus = "challenged" // the bank asked the customer to confirm
	AttemptApproved   AttemptStatus = "approved"
	AttemptDeclined   AttemptStatus = "declined"
	AttemptErrored    AttemptStatus = "error"
	AttemptTimedOut   AttemptStatus = "timed_out" // a reversal was sent; a late approval moves no money
	AttemptStopped    AttemptStatus = "stopped"   // canceled while challenged
)

// Attempt is one try at one bank.
type Attempt struct {
	Number            int                   `json:"number"` // from 1
	Bank              string                `json:"bank"`
	Route             Route                 `json:"route,omitempty"` // see [Payment.RouteOf]
	Status            AttemptStatus         `json:"status"`
	Instrument        instrument.Instrument `json:"instrument"`
	RequestID         string                `json:"request_id"` // message id of the request
	StartedAt         time.Time             `json:"started_at"`
	Deadline          time.Time             `json:"deadline,omitzero"`
	DecidedAt         time.Time             `json:"decided_at,omitzero"`
	ChallengeURL      string                `json:"challenge_url,omitempty"`
	AuthorizationCode string                `json:"authorization_code,omitempty"`
	BankReference     string                `json:"bank_reference,omitempty"`
	BankAt            time.Time             `json:"bank_at,omitzero"` // when the bank says it decided
	Reason            *reason.Reason        `json:"reason,omitempty"`
	ReversalID        string                `json:"reversal_id,omitempty"` // message id of the reverse request
	Rule              string                `json:"rule,omitempty"`        // which rule made the bank answer so
	Source            reason.Source         `json:"source,omitempty"`      // where that rule came from
	Simulate          *sim.Order            `json:"simulate,omitempty"`    // the order that went with the request
}

// Last is the current or last attempt, nil before the first.
func (p *Payment) Last() *Attempt {
	if len(p.Attempts) == 0 {
		return nil
	}
	return &p.Attempts[len(p.Attempts)-1]
}

// Method is the kind of instrument of the current or last attempt; "" before the first.
func (p *Payment) Method() instrument.Kind {
	if a := p.Last(); a != nil {
		return a.Instrument.Kind
	}
	return ""
}

// AttemptsLeft is how many tries the customer still has.
func (p *Payment) AttemptsLeft() int { return max(0, p.MaxAttempts-len(p.Attempts)) }

// AsCreated is the payment as its creation was answered: the first response to
// an idempotent request can be given again at any time.
func (p Payment) AsCreated() Payment {
	p.Status, p.Version, p.Attempts, p.Reason = Created, 1, nil, nil
	p.AuthorizedUntil, p.Operations, p.Disputes, p.Simulation, p.Touched = time.Time{}, nil, nil, p.Simulation.asCreated(), nil
	p.Bank, p.BankName, p.Route = p.FirstBank, p.FirstBankName, ""
	p.UpdatedAt, p.DueAt = p.CreatedAt, p.ExpiresAt
	return p
}
