package payment

import (
	"cmp"
	"time"

	"sandbank/money"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
	"sandbank/sim"
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
	Return       ReturnMode        `json:"return,omitempty"` // how the customer comes back, where it is not by the link
	Metadata     map[string]string `json:"metadata,omitempty"`
	CheckoutURL  string            `json:"checkout_url"`
	CreatedAt    time.Time         `json:"created_at"`
	UpdatedAt    time.Time         `json:"updated_at"`
	ExpiresAt    time.Time         `json:"expires_at"`
	Reason       *reason.Reason    `json:"reason,omitempty"`
	Why          *reason.Why       `json:"why,omitempty"`      // which rule decided
	Simulate     *sim.Plan         `json:"simulate,omitempty"` // the plan, where outcomes are simulated on purpose
	AttemptsLeft int               `json:"attempts_left"`
	LastAttempt  *AttemptResource  `json:"last_attempt,omitempty"`

	Capture         CaptureMode         `json:"capture"`
	AuthorizedUntil *time.Time          `json:"authorized_until,omitempty"`
	CapturedAmount  money.Amount        `json:"captured_amount"`
	RefundedAmount  money.Amount        `json:"refunded_amount"`
	Captures        []OperationResource `json:"captures,omitempty"`
	Voids           []OperationResource `json:"voids,omitempty"`
	Refunds         []OperationResource `json:"refunds,omitempty"`
	Dispute         *DisputeResource    `json:"dispute,omitempty"` // the newest

	Links Links `json:"links"`
}

// OperationResource is a capture, void or refund as integrators see it.
type OperationResource struct {
	ID            string          `json:"id"`
	Payment       string          `json:"payment"`
	Status        OperationStatus `json:"status"`
	Amount        money.Amount    `json:"amount"`
	Final         bool            `json:"final,omitempty"`
	Description   string          `json:"description,omitempty"`
	CreatedAt     time.Time       `json:"created_at"`
	DecidedAt     *time.Time      `json:"decided_at,omitempty"`
	BankReference string          `json:"bank_reference,omitempty"`
	Reason        *reason.Reason  `json:"reason,omitempty"`
}

// DisputeResource is a dispute as integrators see it.
type DisputeResource struct {
	ID         string        `json:"id"`
	Payment    string        `json:"payment"`
	Status     DisputeStatus `json:"status"`
	Amount     money.Amount  `json:"amount"`
	Fee        money.Amount  `json:"fee"`
	Reason     string        `json:"reason"`
	Rule       string        `json:"rule,omitempty"`
	OpenedAt   time.Time     `json:"opened_at"`
	RespondBy  time.Time     `json:"respond_by"`
	Evidence   string        `json:"evidence,omitempty"`
	EvidenceAt *time.Time    `json:"evidence_at,omitempty"`
	DecidedAt  *time.Time    `json:"decided_at,omitempty"`
}

// BankReference names a bank.
type BankReference struct {
	Identifier string `json:"identifier"`          // BIC
	Name       string `json:"name,omitempty"`      // as the bank calls itself
	RoutedBy   Route  `json:"routed_by,omitempty"` // why this one
}

// AttemptResource is one try as integrators see it.
type AttemptResource struct {
	Number            int             `json:"number"`
	Status            AttemptStatus   `json:"status"`
	Bank              string          `json:"bank"`
	RoutedBy          Route           `json:"routed_by,omitempty"`
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
	Capture  string `json:"capture,omitempty"`  // POST, while something is left to capture
	Void     string `json:"void,omitempty"`     // POST, likewise
	Refunds  string `json:"refunds,omitempty"`  // POST, while something is left to refund
}

// Address makes the absolute URLs that a resource carries.
type Address interface {
	// Payment is the polling URL.
	Payment(id string) string
	// Checkout is the hosted page's URL, which is also its secret.
	Checkout(id string) string
	// BankName is the bank's own name, by its identifier.
	BankName(bic string) string
}

// Resource shows the payment to integrators.
func (p Payment) Resource(at Address) Resource {
	r := Resource{
		ID: p.ID, Status: p.Status, Amount: p.Amount, Reference: p.Reference, Description: p.Description,
		Bank: BankReference{Identifier: p.Bank, Name: cmp.Or(p.BankName, at.BankName(p.Bank)), RoutedBy: p.RoutedBy()},
		// Another API may have the customer stay: then the checkout is where everything leads.
		ReturnURL: cmp.Or(p.ReturnURL, at.Checkout(p.ID)), Return: p.Return, Metadata: p.Metadata, CheckoutURL: at.Checkout(p.ID),
		CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt, ExpiresAt: p.ExpiresAt,
		Reason: p.Reason, Why: p.Why(), AttemptsLeft: p.AttemptsLeft(),
		Links: Links{Self: at.Payment(p.ID)},
	}
	if !p.Status.Final() {
		r.Links.Checkout = r.CheckoutURL
	}
	if p.Status == Created || p.Status == ActionRequired {
		r.Links.Cancel = r.Links.Self + "/cancel"
	}
	if s := p.Simulation; s != nil && !s.Plan.IsZero() {
		plan := s.Plan
		r.Simulate = &plan
	}
	if a := p.Last(); a != nil {
		r.LastAttempt = a.resource(p.RouteOf(*a))
	}
	p.resourceOfMoney(&r)
	return r
}

// resourceOfMoney shows what became of the money after an approval.
func (p *Payment) resourceOfMoney(r *Resource) {
	r.Capture, r.CapturedAmount, r.RefundedAmount = cmp.Or(p.CaptureMode, CaptureAutomatic), p.Captured(), p.Refunded()
	r.AuthorizedUntil = optional(p.AuthorizedUntil)
	for _, o := range p.Operations {
		switch o.Kind {
		case OpCapture:
			r.Captures = append(r.Captures, o.Resource(p.ID))
		case OpVoid:
			r.Voids = append(r.Voids, o.Resource(p.ID))
		case OpRefund:
			r.Refunds = append(r.Refunds, o.Resource(p.ID))
		}
	}
	if n := len(p.Disputes); n > 0 {
		d := p.Disputes[n-1].Resource(p.ID)
		r.Dispute = &d
	}
	if p.Capturable().IsPositive() {
		r.Links.Capture = r.Links.Self + "/capture"
		r.Links.Void = r.Links.Self + "/void"
	}
	if p.Refundable().IsPositive() {
		r.Links.Refunds = r.Links.Self + "/refunds"
	}
}

// Resource shows the operation to integrators.
func (o Operation) Resource(payment string) OperationResource {
	return OperationResource{
		ID: o.ID, Payment: payment, Status: o.Status, Amount: o.Amount, Final: o.Final, Description: o.Description,
		CreatedAt: o.CreatedAt, DecidedAt: optional(o.DecidedAt), BankReference: o.BankReference, Reason: o.Reason,
	}
}

// AsBegun is the operation as its request was answered, so that the first
// response can be given again.
func (o Operation) AsBegun() Operation {
	o.Status, o.DecidedAt, o.BankAt, o.BankReference, o.Reason, o.ReversalID = OpPending, time.Time{}, time.Time{}, "", nil, ""
	return o
}

// Resource shows the dispute to integrators.
func (d Dispute) Resource(payment string) DisputeResource {
	return DisputeResource{
		ID: d.ID, Payment: payment, Status: d.Status, Amount: d.Amount, Fee: d.Fee, Reason: d.Reason, Rule: d.Rule,
		OpenedAt: d.OpenedAt, RespondBy: d.RespondBy, Evidence: d.Evidence, EvidenceAt: optional(d.EvidenceAt), DecidedAt: optional(d.DecidedAt),
	}
}

func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (a *Attempt) resource(by Route) *AttemptResource {
	r := &AttemptResource{
		Number: a.Number, Status: a.Status, Bank: a.Bank, RoutedBy: by,
		Method: a.Instrument.Kind, Brand: a.Instrument.Brand, Last4: a.Instrument.Last4,
		StartedAt: a.StartedAt, AuthorizationCode: a.AuthorizationCode, BankReference: a.BankReference, Reason: a.Reason,
	}
	r.DecidedAt = optional(a.DecidedAt)
	return r
}
