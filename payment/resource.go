package payment

import (
	"cmp"
	"time"

	"sandbank/instrument"
	"sandbank/money"
	"sandbank/reason"
)

// Resource is the payment as integrators see it, on every channel alike: the
// Payment schema of openapi.yaml and asyncapi.yaml.
type Resource struct {
	ID           string            `json:"id"`
	Status       Status            `json:"status"`
	Amount       money.Amount      `json:"amount"`
	Bank         BankReference     `json:"bank"`
	Reference    string            `json:"reference"`
	Description  string            `json:"description,omitempty"`
	ReturnURL    string            `json:"return_url"`
	Metadata     map[string]string `json:"metadata,omitempty"`
	CheckoutURL  string            `json:"checkout_url"`
	CreatedAt    time.Time         `json:"created_at"`
	UpdatedAt    time.Time         `json:"updated_at"`
	ExpiresAt    time.Time         `json:"expires_at"`
	Reason       *reason.Reason    `json:"reason,omitempty"`
	AttemptsLeft int               `json:"attempts_left"`
	LastAttempt  *AttemptResource  `json:"last_attempt,omitempty"`
	Links        Links             `json:"links"`
}

// BankReference names a bank.
type BankReference struct {
	Identifier string `json:"identifier"`     // BIC
	Name       string `json:"name,omitempty"` // as the bank calls itself
}

// AttemptResource is one try as integrators see it.
type AttemptResource struct {
	Number            int             `json:"number"`
	Status            AttemptStatus   `json:"status"`
	Bank              string          `json:"bank"`
	Method            instrument.Kind `json:"method"`
	Brand             string          `json:"brand"`
	Last4             string          `json:"last4"`
	StartedAt         time.Time       `json:"started_at"`
	DecidedAt         *time.Time      `json:"decided_at,omitempty"`
	AuthorizationCode string          `json:"authorization_code,omitempty"`
	BankReference     string          `json:"bank_reference,omitempty"`
	Reason            *reason.Reason  `json:"reason,omitempty"`
}

// Links are where one may go from here, absolute URLs.
type Links struct {
	Self     string `json:"self"`
	Checkout string `json:"checkout,omitempty"` // while the customer can still act
	Cancel   string `json:"cancel,omitempty"`   // POST, while it can be canceled
}

// Address makes the absolute URLs that a resource carries.
type Address interface {
	// Payment is the polling URL.
	Payment(id string) string
	// Checkout is the hosted page's URL, which is also its secret.
	Checkout(id string) string
	// BankName is what the bank with this identifier calls itself.
	BankName(bic string) string
}

// Resource shows the payment to integrators.
func (p Payment) Resource(at Address) Resource {
	r := Resource{
		ID: p.ID, Status: p.Status, Amount: p.Amount, Reference: p.Reference, Description: p.Description,
		Bank:      BankReference{Identifier: p.Bank, Name: cmp.Or(p.BankName, at.BankName(p.Bank))},
		ReturnURL: p.ReturnURL, Metadata: p.Metadata, CheckoutURL: at.Checkout(p.ID),
		CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt, ExpiresAt: p.ExpiresAt,
		Reason: p.Reason, AttemptsLeft: p.AttemptsLeft(),
		Links: Links{Self: at.Payment(p.ID)},
	}
	if !p.Status.Final() {
		r.Links.Checkout = r.CheckoutURL
	}
	if p.Status == Created || p.Status == ActionRequired {
		r.Links.Cancel = r.Links.Self + "/cancel"
	}
	if a := p.Last(); a != nil {
		r.LastAttempt = a.resource()
	}
	return r
}

func (a *Attempt) resource() *AttemptResource {
	r := &AttemptResource{
		Number: a.Number, Status: a.Status, Bank: a.Bank,
		Method: a.Instrument.Kind, Brand: a.Instrument.Brand, Last4: a.Instrument.Last4,
		StartedAt: a.StartedAt, AuthorizationCode: a.AuthorizationCode, BankReference: a.BankReference, Reason: a.Reason,
	}
	if !a.DecidedAt.IsZero() {
		r.DecidedAt = &a.DecidedAt
	}
	return r
}
