package hostedpage

import (
	"io"
	"strings"
	"testing"

	"sandbank/web/look/looktest"
)

func contains(t *testing.T, html string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestPages_EachSaysThatItIsATest(t *testing.T) {
	for name, draw := range states() {
		if !strings.Contains(render(t, draw), "This is a test page. No money will be taken.") {
			t.Errorf("%s does not", name)
		}
	}
}

func TestPages_EscapeHostileText(t *testing.T) {
	p := samplePayment()
	p.Merchant, p.Description, p.Reference, p.Bank.Name = looktest.Hostile, looktest.Hostile, looktest.Hostile, looktest.Hostile
	p.ReturnURL = "javascript:alert(1)"
	details := withErrors(openBank(sampleDetails()))
	details.PaymentView, details.Name, details.Banks[0].Name = p, looktest.Hostile, looktest.Hostile
	outcome := outcome(OutcomeDeclined, looktest.Hostile, looktest.Hostile, looktest.Hostile)
	outcome.PaymentView = p
	for name, draw := range map[string]func(io.Writer) error{
		"details": func(w io.Writer) error { return RenderDetails(w, details) },
		"outcome": func(w io.Writer) error { return RenderOutcome(w, outcome) },
		"review":  func(w io.Writer) error { return RenderReview(w, ReviewView{PaymentView: p, Holder: looktest.Hostile}) },
		"waiting": func(w io.Writer) error { return RenderWaiting(w, WaitingView{PaymentView: p}) },
		"action":  func(w io.Writer) error { return RenderAction(w, ActionView{PaymentView: p, BankURL: p.ReturnURL}) },
	} {
		html := render(t, draw)
		if strings.Contains(html, `href="javascript:`) {
			t.Errorf("%s: a script became a link", name)
		}
		looktest.CheckHostile(t, html)
	}
}

func TestDetails_ErrorsLeadToTheirFields(t *testing.T) {
	html := render(t, func(w io.Writer) error { return RenderDetails(w, withErrors(openBank(sampleDetails()))) })
	contains(t, html, "<title>Error: ", `href="#number"`, `href="#exp"`, `href="#csc"`, "Please check these 3 things",
		`aria-describedby="number-error"`, `aria-describedby="exp-error exp-hint"`, `role="alert" tabindex="-1" autofocus`,
		`value="13 / 20"`, `value="Test customer"`, `value="DRWSDEFF" selected`, `value="SHUTFRPP" disabled`)
	if n := strings.Count(html, `aria-invalid="true"`); n != 3 {
		t.Errorf("%d fields are marked invalid, want 3", n)
	}
}

func TestDetails_FieldsForAutofill(t *testing.T) {
	html := render(t, func(w io.Writer) error { return RenderDetails(w, sampleDetails()) })
	contains(t, html, `autocomplete="cc-number"`, `autocomplete="cc-exp"`, `autocomplete="cc-csc"`, `autocomplete="cc-name"`,
		`inputmode="numeric"`, `name="iban"`, `name="csrf" value="c5rf"`, `value="card" checked`, "Prompt Bank")
	if strings.Contains(html, `<select`) {
		t.Error("the merchant named a bank, and the customer may still choose one")
	}
}

// A form counts down with script, and leads to the page that says so. Without
// script a header does; an element of the page would make axe complain.
func TestForms_EndByThemselves(t *testing.T) {
	details, review := sampleDetails(), ReviewView{PaymentView: samplePayment(), ChangeURL: "/pay/t", Label: "Visa"}
	details.Action, details.ExpirySeconds, review.ExpirySeconds = "/pay/t", 90, 90
	for _, html := range []string{
		render(t, func(w io.Writer) error { return RenderDetails(w, details) }),
		render(t, func(w io.Writer) error { return RenderReview(w, review) }),
	} {
		contains(t, html, `data-countdown="90"`, `data-home="/pay/t"`)
	}
}

func TestDetails_AccountAndDecline(t *testing.T) {
	account := render(t, func(w io.Writer) error { return RenderDetails(w, byAccount(sampleDetails())) })
	contains(t, account, `value="account" checked`, `value="NL91 SAND 0417 1643 01"`, `aria-describedby="iban-error"`)
	v := declined(sampleDetails())
	contains(t, render(t, func(w io.Writer) error { return RenderDetails(w, v) }), "You have 2 more tries.", "insufficient_funds", "Visa •••• 9995")
	v.Declined.AttemptsLeft = 1
	contains(t, render(t, func(w io.Writer) error { return RenderDetails(w, v) }), "You have one more try.")
}

func TestReview_CarriesTheSealedDetail(t *testing.T) {
	v := ReviewView{PaymentView: samplePayment(), Instrument: "c2VhbGVk", CSRF: "c5rf", ConfirmAction: "/confirm", Label: "Visa •••• 4242"}
	html := render(t, func(w io.Writer) error { return RenderReview(w, v) })
	contains(t, html, `name="instrument" value="c2VhbGVk"`, `action="/confirm"`, `Pay <span class="money">€19.99</span>`)
	v.Reserve = true
	contains(t, render(t, func(w io.Writer) error { return RenderReview(w, v) }), `Reserve <span class="money">€19.99</span>`)
}

// A browser without script asks again by itself; one with script must not, or
// it would lose its place while listening.
func TestWaiting_RefreshesOnlyWithoutScript(t *testing.T) {
	html := render(t, func(w io.Writer) error {
		return RenderWaiting(w, WaitingView{PaymentView: samplePayment(), LiveURL: "/s", Status: "processing"})
	})
	contains(t, html, `<noscript><meta http-equiv="refresh" content="4"></noscript>`, `data-live="/s" data-state="processing"`)
	if strings.Count(html, "http-equiv") != 1 {
		t.Error("the page refreshes twice")
	}
}

// A customer may be back from the bank's page before its result is there, and without script would look at
// the way to the bank for ever.
func TestAction_RefreshesOnlyWithoutScript(t *testing.T) {
	html := render(t, func(w io.Writer) error {
		return RenderAction(w, ActionView{PaymentView: samplePayment(), BankURL: "/bank", LiveURL: "/s", Status: "action_required"})
	})
	contains(t, html, `<noscript><meta http-equiv="refresh" content="5"></noscript>`)
	if strings.Count(html, "http-equiv") != 1 {
		t.Error("the page refreshes twice")
	}
}

// Every outcome tells the customer whether money was taken.
func TestOutcomes_SayWhetherMoneyWasTaken(t *testing.T) {
	taken := map[Outcome]bool{OutcomeApproved: true, OutcomeAuthorized: true, OutcomeAlreadyDone: true, OutcomeUnknown: true}
	for o, words := range outcomes {
		if !taken[o] && !strings.Contains(words.Lead, "No money was taken.") {
			t.Errorf("%s does not say that no money was taken", o)
		}
	}
	unknown := render(t, func(w io.Writer) error { return RenderOutcome(w, OutcomeView{Outcome: "never heard of"}) })
	contains(t, unknown, "Please do not pay again.")
}

// Once the customer is done, the time limit no longer concerns them.
func TestSummary_ExpiryOnlyWhileItCounts(t *testing.T) {
	for name, draw := range states() {
		shown := strings.Contains(render(t, draw), "<dt>Expires</dt>")
		counts := strings.HasPrefix(name, "details") || name == "review" || name == "action"
		if shown != counts {
			t.Errorf("%s: the expiry is shown: %t", name, shown)
		}
	}
}
