package object

import (
	"encoding/json"

	"sandbank/payment"
)

// Dialect is the name of Stripe's API as a dialect.
const Dialect = "stripe"

// Note is what Stripe's API keeps with a payment. Each member is as the request had
// it; what is zero was left out.
type Note struct {
	Session *Session `json:"session,omitempty"` // of a payment that was made as a Checkout Session
	Intent  Intent   `json:"intent,omitzero"`
}

// Session is what a Checkout Session has beside its payment.
type Session struct {
	SuccessURL       string            `json:"success_url,omitempty"`
	CancelURL        string            `json:"cancel_url,omitempty"`
	ClientReference  string            `json:"client_reference_id,omitempty"`
	Email            string            `json:"customer_email,omitempty"`
	CustomerCreation string            `json:"customer_creation,omitempty"`
	Locale           string            `json:"locale,omitempty"`
	SubmitType       string            `json:"submit_type,omitempty"`
	BillingAddress   string            `json:"billing_address_collection,omitempty"`
	Metadata         map[string]string `json:"metadata,omitempty"`
	Lines            []Line            `json:"lines,omitempty"`
}

// Line is one line of a checkout. Amount is of one piece, in minor units.
type Line struct {
	Name        string            `json:"name"`
	Description string            `json:"description,omitempty"`
	Amount      int64             `json:"amount"`
	Quantity    int64             `json:"quantity"`
	Currency    string            `json:"currency"` // in lower case
	Price       string            `json:"price"`    // identifier
	Product     string            `json:"product"`  // identifier
	Metadata    map[string]string `json:"metadata,omitempty"`
}

// Intent is what a PaymentIntent has beside its payment.
type Intent struct {
	Customer            string          `json:"customer,omitempty"`
	Email               string          `json:"receipt_email,omitempty"`
	StatementDescriptor string          `json:"statement_descriptor,omitempty"`
	StatementSuffix     string          `json:"statement_descriptor_suffix,omitempty"`
	FutureUsage         string          `json:"setup_future_usage,omitempty"`
	TransferGroup       string          `json:"transfer_group,omitempty"`
	Confirmation        string          `json:"confirmation_method,omitempty"`
	CaptureMethod       string          `json:"capture_method,omitempty"`
	Method              string          `json:"payment_method,omitempty"` // chosen and not used yet
	Types               []string        `json:"payment_method_types,omitempty"`
	Automatic           bool            `json:"automatic_payment_methods,omitempty"`
	Redirects           string          `json:"allow_redirects,omitempty"`
	CancelReason        string          `json:"cancellation_reason,omitempty"`
	Shipping            json.RawMessage `json:"shipping,omitempty"`
	ReturnURL           string          `json:"return_url,omitempty"` // as it was sent
}

// RefundNote is what Stripe's API keeps with a refund.
type RefundNote struct {
	Reason   string            `json:"reason,omitempty"`
	Metadata map[string]string `json:"metadata,omitempty"`
}

// NoteOf reads a payment's note; the zero Note of a payment that was made through
// another API.
func NoteOf(p payment.Payment) (n Note) {
	if kept := p.NoteIn(Dialect); kept != nil && json.Unmarshal(kept, &n) != nil {
		return Note{} // written by [Note.On] alone
	}
	return n
}

// On puts a note on a payment.
func (n Note) On(p payment.Payment) payment.Payment {
	return p.WithNote(Dialect, encode(n))
}

// encode writes what always encodes.
func encode(v any) json.RawMessage {
	b, err := appendValue(nil, v)
	if err != nil {
		panic("object: " + err.Error())
	}
	return b
}

// Encode writes an object or a note as JSON.
func Encode(v any) json.RawMessage { return encode(v) }
