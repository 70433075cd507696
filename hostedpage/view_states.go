package hostedpage

import "time"

// ReviewView is the last look before paying.
type ReviewView struct {
	PaymentView
	// ConfirmAction takes csrf and instrument.
	ConfirmAction string
	// ChangeURL leads back to the details.
	ChangeURL    string
	CancelAction string
	CSRF         string
	// Instrument is the sealed detail that the form carries, opaque to the page.
	Instrument string
	// Try is which try this is to be, from 1: a form that is sent twice pays once.
	Try int
	// Method is "card" or "account"; Label is "Visa •••• 4242" or a shortened IBAN.
	Method string
	Label  string
	Holder string
	// Reserve is true where the money is only reserved for a later capture.
	Reserve bool
	// Status and LiveURL work as in [DetailsView].
	Status  string
	LiveURL string
}

// WaitingView is shown while the bank has the payment.
type WaitingView struct {
	PaymentView
	// Label is the instrument, "Visa •••• 4242".
	Label string
	// Status is the payment's status as the page was made; LiveURL is a stream
	// of server-sent events whose event "status" carries the status now. The
	// page reloads when the two differ.
	Status  string
	LiveURL string
	// RefreshSeconds is how often a browser without script asks again; 0 is 4.
	RefreshSeconds int
}

// ActionView sends the customer on to the bank's own page.
type ActionView struct {
	PaymentView
	// BankURL is the bank's page, on another origin: a link, not a form.
	BankURL      string
	CancelAction string
	CSRF         string
	// Status and LiveURL work as in [WaitingView].
	Status  string
	LiveURL string
}

// Outcome is how the checkout ended.
type Outcome string

// The outcomes. Each has its own words, shape and color.
const (
	// OutcomeApproved: the bank approved and the payment is booked.
	OutcomeApproved Outcome = "approved"
	// OutcomeAuthorized: the amount is reserved, the merchant captures later.
	OutcomeAuthorized Outcome = "authorized"
	// OutcomeDeclined: the last allowed try was declined.
	OutcomeDeclined Outcome = "declined"
	// OutcomeFailed: no answer from the bank, or a technical fault.
	OutcomeFailed Outcome = "failed"
	// OutcomeCanceled: the customer or the merchant said stop.
	OutcomeCanceled Outcome = "canceled"
	// OutcomeVoided: an authorization was released or ran out.
	OutcomeVoided Outcome = "voided"
	// OutcomeExpired: the customer never finished (the API's abandoned).
	OutcomeExpired Outcome = "expired"
	// OutcomeAlreadyDone: this submit came after another tab had paid.
	OutcomeAlreadyDone Outcome = "already_done"
	// OutcomeUnknown: sent, and nothing heard: the one thing to say is not to pay again.
	OutcomeUnknown Outcome = "unknown"
)

// OutcomeView is the end of a checkout.
type OutcomeView struct {
	PaymentView
	Outcome Outcome
	// Reason is plain words and Code the API's reason; both may be empty.
	Reason string
	Code   string
	// Label is the instrument, if one was used.
	Label string
	// At is when it ended; the zero time hides it.
	At time.Time
	// Status and LiveURL work as in [WaitingView], for an outcome that is not
	// the last word; LiveURL is empty for one that is.
	Status  string
	LiveURL string
}

// ProblemView is a page that could not be shown: an address that leads nowhere,
// a form that was open too long, a fault of ours. It shows no payment.
type ProblemView struct {
	// Title and Text say what happened and what to do.
	Title string
	Text  string
	// RetryURL and RetryLabel make a button; empty hides it.
	RetryURL   string
	RetryLabel string
	// RequestID finds the fault in the log; it may be empty.
	RequestID string
}
