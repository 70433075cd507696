package object

import (
	"encoding/json"

	"sandbank/payment"
)

// Dialect is the name of Mollie's API as a dialect.
const Dialect = "mollie"

// Note is what Mollie's API keeps with a payment, as the request had it.
type Note struct {
	WebhookURL string          `json:"webhookUrl,omitempty"`
	CancelURL  string          `json:"cancelUrl,omitempty"`
	Method     string          `json:"method,omitempty"`
	Issuer     string          `json:"issuer,omitempty"`
	Locale     string          `json:"locale,omitempty"`
	Country    string          `json:"restrictPaymentMethodsToCountry,omitempty"`
	Sequence   string          `json:"sequenceType,omitempty"`
	Metadata   json.RawMessage `json:"metadata,omitempty"` // where it is no map of texts: that is the payment's own
	Lines      json.RawMessage `json:"lines,omitempty"`
	Billing    json.RawMessage `json:"billingAddress,omitempty"`
	Shipping   json.RawMessage `json:"shippingAddress,omitempty"`
}

// OperationNote is what Mollie's API keeps with a refund or a capture.
type OperationNote struct {
	Metadata json.RawMessage `json:"metadata,omitempty"`
}

// NoteOf reads a payment's note; the zero Note where there is none.
func NoteOf(p payment.Payment) (n Note) {
	if kept := p.NoteIn(Dialect); kept != nil && json.Unmarshal(kept, &n) != nil {
		return Note{} // written by [Note.On] alone
	}
	return n
}

// On puts a note on a payment.
func (n Note) On(p payment.Payment) payment.Payment { return p.WithNote(Dialect, Encode(n)) }

// Encode writes what always encodes.
func Encode(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic("object: " + err.Error())
	}
	return b
}

// metadata is what was given as it was given: a map of texts is the payment's own metadata.
func metadata(p payment.Payment, n Note) any {
	switch {
	case len(n.Metadata) > 0:
		return n.Metadata
	case len(p.Metadata) > 0:
		return p.Metadata
	}
	return nil
}

func metadataOf(foreign string) any {
	var n OperationNote
	if foreign == "" || json.Unmarshal([]byte(foreign), &n) != nil || len(n.Metadata) == 0 {
		return nil
	}
	return n.Metadata
}
