package hostedpage

import (
	"html/template"
	"time"

	"sandbank/payment/form"
)

// The views of this file have the data of the checkout's templates, and nothing
// else: plain words, already formatted, so that a page can be drawn (and tested)
// without a payment. The handlers fill them; no view decides anything.

// PaymentView is what every page of the checkout shows of the payment.
type PaymentView struct {
	// ID is the payment's public identifier, for support and for the curious.
	ID string
	// Merchant is the merchant's display name. It may hold anything.
	Merchant string
	// Amount is formatted for people: "€19.99" (see look.Money).
	Amount string
	// Description and Reference are the merchant's own; each may be empty.
	Description string
	Reference   string
	// Bank is the bank that will process the payment; empty until it is known.
	Bank BankView
	// ExpiresAt is when the checkout ends. The zero time hides it.
	ExpiresAt time.Time
	// ExpiresIn says the same by the simulator's clock: "in 14 minutes". It may be empty.
	ExpiresIn string
	// ExpirySeconds is how long it is until then, rounded up; 0 where nothing expires.
	// The page counts down, and loads anew when the time is up.
	ExpirySeconds int
	// ReturnURL leads back to the merchant; empty hides the link.
	ReturnURL string
}

// ReturnLink is the link back. Templates would strike out an app's scheme, which is
// none that they know: only one that is checked passes.
func (v PaymentView) ReturnLink() any {
	if form.AppURL(v.ReturnURL) {
		return template.URL(v.ReturnURL) // #nosec G203 -- checked in the line above
	}
	return v.ReturnURL
}

// BankView names a bank: "Sandbank Quick", "SANDNL2A".
type BankView struct {
	Name       string
	Identifier string
}

// BankOption is a bank that the customer may choose.
type BankOption struct {
	BankView
	// Note is its temperament in a few words: "answers at once".
	Note string
	// Offline banks are listed, but cannot be chosen.
	Offline bool
}

// Field is a name of the form of [DetailsView], as posted.
type Field string

// The fields of the form. Card: number, exp, csc. Account: iban. Both: method, name, bank.
const (
	FieldMethod Field = "method"
	FieldNumber Field = "number"
	FieldExpiry Field = "exp"
	FieldCode   Field = "csc"
	FieldIBAN   Field = "iban"
	FieldName   Field = "name"
	FieldBank   Field = "bank"
)

// FieldError is one thing to put right: "Enter the card number".
type FieldError struct {
	Field   Field
	Message string
}

// DetailsView is the form for card or account details. With Errors it is the
// same form again; with Declined it invites another try.
type DetailsView struct {
	PaymentView
	// Action takes the form: csrf, method, name, number, exp, csc, iban, bank.
	Action string
	// CancelAction takes csrf.
	CancelAction string
	CSRF         string
	// Method is "card" or "account"; empty is "card".
	Method string
	// Name, Expiry, IBAN and ChosenBank (an identifier) keep the customer's input.
	// The card number and the security code are never sent back.
	Name   string
	Expiry string
	IBAN   string
	// Without a choice the processor finds the bank.
	ChosenBank string
	// Banks is filled where the merchant left the choice open.
	Banks []BankOption
	// Errors are listed in the order of the form's fields.
	Errors []FieldError
	// Declined is the last try, if there was one.
	Declined *DeclineView
	// Status is the payment's status when the page was made; LiveURL streams it.
	// The script uses it to see whether a page from the browser's history is out
	// of date.
	Status  string
	LiveURL string
	// Cards and Accounts are the published test numbers.
	Cards    []TestNumber
	Accounts []TestNumber
}

// DeclineView is a try that the bank declined.
type DeclineView struct {
	// Reason is plain: "The bank said there is not enough money in the account."
	Reason string
	// Code is the API's reason, "insufficient_funds".
	Code string
	// Instrument is the instrument of the last attempt: "Visa •••• 9995".
	Instrument string
	// AttemptsLeft is how many tries remain, at least 1.
	AttemptsLeft int
}

// TestNumber is a published test card or account.
type TestNumber struct {
	// Number is grouped for reading: "4242 4242 4242 4242".
	Number string
	// Does says what happens: "Approved".
	Does string
}
