package hostedpage

import (
	"io"
	"strings"
	"testing"
	"time"

	"sandbank/web/look/looktest"
)

var sampleTime = time.Date(2026, 3, 14, 14, 20, 0, 0, time.UTC)

func samplePayment() PaymentView {
	return PaymentView{
		ID: "pay_0195a3c2-7d1e-7c44-9a61-5be2f10c7a34", Merchant: "The Mug Shop", Amount: "€19.99",
		Description: "2 mugs, sea blue", Reference: "order-1042",
		Bank:      BankView{Name: "Prompt Bank", Identifier: "PRMTNL2A"},
		ExpiresAt: sampleTime, ExpiresIn: "in 14 minutes", ReturnURL: "http://localhost:8090/orders/1042",
	}
}

func sampleDetails() DetailsView {
	return DetailsView{
		PaymentView: samplePayment(), Action: "/pay/tok/details", CancelAction: "/pay/tok/cancel", CSRF: "c5rf",
		Cards: []TestNumber{
			{"4242 4242 4242 4242", "Approved"}, {"4000 0000 0000 0002", "Declined, no reason given"},
			{"4000 0000 0000 9995", "Declined, insufficient funds"}, {"4000 0025 0000 3155", "The bank asks you to confirm on its page"},
		},
		Accounts: []TestNumber{{"NL91 SAND 0417 1643 00", "Approved"}, {"DE89 3704 0044 0532 0130 00", "Account closed"}},
	}
}

func openBank(v DetailsView) DetailsView {
	v.Bank = BankView{}
	v.Banks = []BankOption{
		{BankView: BankView{"Prompt Bank", "PRMTNL2A"}, Note: "answers at once"},
		{BankView: BankView{"Drowsy Bank", "DRWSDEFF"}, Note: "takes its time"},
		{BankView: BankView{"Shut Bank", "SHUTFRPP"}, Offline: true},
	}
	return v
}

func withErrors(v DetailsView) DetailsView {
	v.Name, v.Expiry, v.ChosenBank = "Test customer", "13 / 20", "DRWSDEFF"
	v.Errors = []FieldError{
		{FieldNumber, "Enter a published test card number"},
		{FieldExpiry, "The month must be 01 to 12"},
		{FieldCode, "Enter the security code"},
	}
	return v
}

func declined(v DetailsView) DetailsView {
	v.Declined = &DeclineView{Reason: "The bank said there is not enough money in the account.", Code: "insufficient_funds",
		Instrument: "Visa •••• 9995", AttemptsLeft: 2}
	return v
}

func byAccount(v DetailsView) DetailsView {
	v.Method, v.IBAN, v.Errors = "account", "NL91 SAND 0417 1643 01", []FieldError{{FieldIBAN, "The check digits of this IBAN are wrong"}, {FieldName, "Enter the account holder"}}
	return v
}

func outcome(o Outcome, reason, code, label string) OutcomeView {
	return OutcomeView{PaymentView: samplePayment(), Outcome: o, Reason: reason, Code: code, Label: label, At: sampleTime}
}

// states are every page of the checkout with realistic data.
func states() map[string]func(io.Writer) error {
	review := ReviewView{PaymentView: samplePayment(), ConfirmAction: "/pay/tok/confirm", ChangeURL: "/pay/tok?change=1",
		CancelAction: "/pay/tok/cancel", CSRF: "c5rf", Instrument: "c2VhbGVk", Method: "card", Label: "Visa •••• 4242", Holder: "Test customer"}
	waiting := WaitingView{PaymentView: samplePayment(), Label: "Visa •••• 4242", Status: "processing", LiveURL: "/pay/tok/stream"}
	action := ActionView{PaymentView: samplePayment(), BankURL: "http://localhost:8070/challenge/1", CancelAction: "/pay/tok/cancel",
		CSRF: "c5rf", Status: "action_required", LiveURL: "/pay/tok/stream"}
	all := map[string]func(io.Writer) error{
		"details":          func(w io.Writer) error { return RenderDetails(w, sampleDetails()) },
		"details-bank":     func(w io.Writer) error { return RenderDetails(w, openBank(sampleDetails())) },
		"details-errors":   func(w io.Writer) error { return RenderDetails(w, withErrors(openBank(sampleDetails()))) },
		"details-account":  func(w io.Writer) error { return RenderDetails(w, byAccount(sampleDetails())) },
		"details-declined": func(w io.Writer) error { return RenderDetails(w, declined(sampleDetails())) },
		"review":           func(w io.Writer) error { return RenderReview(w, review) },
		"waiting":          func(w io.Writer) error { return RenderWaiting(w, waiting) },
		"action":           func(w io.Writer) error { return RenderAction(w, action) },
		"not-found":        RenderNotFound,
	}
	for _, v := range []OutcomeView{
		outcome(OutcomeApproved, "", "", "Visa •••• 4242"), outcome(OutcomeAuthorized, "", "", "Visa •••• 4242"),
		outcome(OutcomeDeclined, "The card was reported lost.", "lost_card", "Visa •••• 9987"),
		outcome(OutcomeFailed, "The bank did not answer in time.", "bank_timeout", "Visa •••• 4242"),
		outcome(OutcomeCanceled, "", "", ""), outcome(OutcomeVoided, "", "", ""), outcome(OutcomeExpired, "", "", ""),
		outcome(OutcomeAlreadyDone, "", "", "Visa •••• 4242"), outcome(OutcomeUnknown, "", "", "Visa •••• 4242"),
	} {
		all["outcome-"+string(v.Outcome)] = func(w io.Writer) error { return RenderOutcome(w, v) }
	}
	return all
}

func render(t *testing.T, draw func(io.Writer) error) string {
	t.Helper()
	var out strings.Builder
	if err := draw(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestGallery(t *testing.T) {
	for name, draw := range states() {
		t.Run(name, func(t *testing.T) { looktest.Gallery(t, "checkout/"+name, render(t, draw)) })
	}
}
