package hostedpage

import (
	"net/url"
	"strings"

	"sandbank/web/look"
)

// OutcomeWords are the words of an outcome. A customer wants to know three
// things: was money taken, why, and what now. Lead answers the first.
type OutcomeWords struct {
	Icon  string
	Tone  look.Tone
	Title string
	Lead  string
	Next  string
	// Paid reports whether the money is spoken for: booked, now or before.
	Paid bool
}

var outcomes = map[Outcome]OutcomeWords{
	OutcomeApproved: {"check", look.ToneGood, "Payment complete",
		"Your bank approved the payment.", "The shop has your order. You can close this page.", true},
	OutcomeAuthorized: {"lock", look.ToneGood, "Amount reserved",
		"Your bank has set the amount aside. It is taken when the shop completes your order.", "", false},
	OutcomeDeclined: {"cross", look.ToneBad, "Payment declined",
		"Your bank said no. No money was taken.", "You can go back to the shop and start a new payment there.", false},
	OutcomeFailed: {"alert", look.ToneBad, "Payment failed",
		"Something went wrong between us and the bank. No money was taken.", "It is safe to go back to the shop and try again.", false},
	OutcomeCanceled: {"slash", look.ToneQuiet, "Payment canceled",
		"The payment was stopped. No money was taken.", "", false},
	OutcomeVoided: {"unlock", look.ToneQuiet, "Reservation released",
		"The amount that was set aside is yours again. No money was taken.", "", false},
	OutcomeExpired: {"moon", look.ToneQuiet, "This payment has expired",
		"It was not finished in time. No money was taken.", "If you still want to buy, go back to the shop and start again.", false},
	OutcomeAlreadyDone: {"check", look.ToneGood, "Already paid",
		"This payment was completed before, perhaps in another tab. It was not taken a second time.", "", true},
	OutcomeUnknown: {"half", look.ToneWait, "We have not heard from your bank",
		"The payment was sent, and no answer has come yet. Please do not pay again.", "Go back to the shop: it is told as soon as the bank answers. If the bank never does, any amount is given back.", false},
}

// Words are the outcome's words; those of an unknown outcome promise nothing.
func (v OutcomeView) Words() OutcomeWords {
	if w, ok := outcomes[v.Outcome]; ok {
		return w
	}
	return outcomes[OutcomeUnknown]
}

// ByAccount reports whether the account fields are the chosen ones.
func (v DetailsView) ByAccount() bool { return v.Method == "account" }

// ErrorFor is the message of one field, or nothing.
func (v DetailsView) ErrorFor(field Field) string {
	for _, e := range v.Errors {
		if e.Field == field {
			return e.Message
		}
	}
	return ""
}

// Input is one text field with all that belongs to it, for the shared template.
func (v DetailsView) Input(field Field) InputView {
	in := inputs[field]
	in.Field, in.Error = field, v.ErrorFor(field)
	switch field {
	case FieldExpiry:
		in.Value = v.Expiry
	case FieldIBAN:
		in.Value = v.IBAN
	}
	return in
}

// InputView is one text field of the form: its label, its autocomplete hint,
// the customer's input and its error.
type InputView struct {
	Field        Field
	Label        string
	Hint         string
	Autocomplete string
	Mode         string
	MaxLength    int
	Value        string
	Error        string
}

var inputs = map[Field]InputView{
	FieldNumber: {Label: "Card number", Autocomplete: "cc-number", Mode: "numeric", MaxLength: 23},
	FieldExpiry: {Label: "Expires", Hint: "MM / YY", Autocomplete: "cc-exp", Mode: "numeric", MaxLength: 9},
	FieldCode:   {Label: "Security code", Hint: "3 digits, 4 on Amex", Autocomplete: "cc-csc", Mode: "numeric", MaxLength: 4},
	FieldIBAN:   {Label: "IBAN", Autocomplete: "off", Mode: "text", MaxLength: 42},
}

// Fill has the values that the script enters for a test number: any future date
// and any code will do.
func (t TestNumber) Fill() string {
	q := url.Values{"name": {"Test customer"}}
	if strings.ContainsAny(t.Number[:min(1, len(t.Number))], "0123456789") {
		q.Set("method", "card")
		q.Set("number", t.Number)
		q.Set("exp", "12 / 34")
		q.Set("csc", "123")
	} else {
		q.Set("method", "account")
		q.Set("iban", t.Number)
	}
	return q.Encode()
}

// Plain is the number without its spaces, as an API wants it.
func (t TestNumber) Plain() string { return strings.ReplaceAll(t.Number, " ", "") }
