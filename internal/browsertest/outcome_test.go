package browsertest

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"sandbank/merchant/client"
)

func TestOutcome_ApprovedReturnsToTheShop(t *testing.T) {
	t.Parallel()
	h := sharedHouse(t)
	p := h.pay(t)
	b := open(t)
	b.visit(p.CheckoutURL)
	b.enterCard(goodCard)
	b.pressTo("Continue to review")
	b.awaitHeading("Review your payment")
	b.inspect("checkout-review")
	b.press("Pay")
	b.awaitHeading("Payment complete")
	b.inspect("checkout-approved")
	b.pressTo("Return to")
	b.awaitHeading("Thank you")
	if got := ask[string](b, `location.href`); got != p.ReturnURL {
		t.Errorf("returned to %s, want %s", got, p.ReturnURL)
	}
	if got := ask[string](b, `document.referrer`); strings.Contains(got, "/pay/") {
		t.Errorf("the shop was told %s", got)
	}
}

func TestOutcome_SlowBankMovesOnByItself(t *testing.T) {
	t.Parallel()
	h := sharedHouse(t)
	p := h.pay(t, at("SLOWDE2A"))
	answer := h.silence(t, p.ID)
	b := open(t)
	b.visit(p.CheckoutURL)
	b.payWith(goodCard)
	b.awaitHeading("Waiting for Unhurried Bank")
	answer()
	b.awaitHeading("Payment complete")
}

// silence keeps a bank's results for a payment back until answer is called: seconds, which a slow bank takes, can be
// over before a busy browser shows that it waits.
func (h *house) silence(t *testing.T, id string) (answer func()) {
	t.Helper()
	hold, err := h.BeginHold(t.Context(), client.HoldWish{Payment: id, Hops: []string{"result"}})
	must(t, err)
	return func() { t.Helper(); must(t, h.EndHold(t.Context(), hold.ID)) }
}

func TestOutcome_WaitingWhileTheBankIsSilent(t *testing.T) {
	t.Parallel()
	p := sharedHouse(t).pay(t, at("MUTEIE2A"))
	b := open(t)
	b.visit(p.CheckoutURL)
	b.payWith(goodCard)
	b.awaitHeading("Waiting for Silent Bank")
	b.inspect("checkout-waiting")
}

func TestOutcome_DeclinedThenAnotherTryThenFinal(t *testing.T) {
	t.Parallel()
	p := sharedHouse(t).pay(t)
	b := open(t)
	b.visit(p.CheckoutURL)
	b.payWith(noFunds)
	b.awaitHeading("Try another way to pay")
	b.await(`//p[contains(., "You have 2 more tries.")]`)
	b.inspect("checkout-declined-again")
	b.payWith(noFunds)
	b.await(`//p[contains(., "You have one more try.")]`)
	b.payWith(noFunds)
	b.awaitHeading("Payment declined")
	b.inspect("checkout-declined")
}

func TestOutcome_Failed(t *testing.T) {
	t.Parallel()
	p := sharedHouse(t).pay(t)
	b := open(t)
	b.visit(p.CheckoutURL)
	b.payWith(errorCard)
	b.awaitHeading("Payment failed")
	b.inspect("checkout-failed")
}

func TestOutcome_Canceled(t *testing.T) {
	t.Parallel()
	p := sharedHouse(t).pay(t)
	b := open(t)
	b.visit(p.CheckoutURL)
	b.press("Cancel payment")
	b.awaitHeading("Payment canceled")
	b.inspect("checkout-canceled")
}

// TestOutcome_ExpiresByItself leaves a page open until its time is up: it shows that by itself, by
// its countdown or, without script, by the header that reloads it.
func TestOutcome_ExpiresByItself(t *testing.T) {
	t.Parallel()
	h := sharedHouse(t)
	for name, b := range map[string]*tab{"with script": open(t), "without script": open(t).withoutScript()} {
		p := h.pay(t, func(n *client.NewPayment) { n.ExpiresInSeconds = 5 })
		b.visit(p.CheckoutURL)
		b.awaitHeading("This payment has expired")
		b.inspect("checkout-expired-" + strings.ReplaceAll(name, " ", "-"))
	}
}

func TestOutcome_NotFound(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.expectStatus(404)
	b.visit(sharedHouse(t).Base() + "/pay/nothing")
	b.awaitHeading("This payment link does not work")
	b.inspect("checkout-not-found")
}

func TestOutcome_TabsAgree(t *testing.T) {
	t.Parallel()
	h := sharedHouse(t)
	p := h.pay(t)
	first := open(t)
	first.visit(p.CheckoutURL)
	first.enterCard(goodCard)
	first.pressTo("Continue to review")
	second := first.another()
	second.visit(p.CheckoutURL)
	second.enterCard(goodCard)
	second.pressTo("Continue to review")
	second.awaitHeading("Review your payment")
	first.press("Pay")
	first.awaitHeading("Payment complete")
	second.press("Pay")
	second.awaitHeading("Already paid")
	second.inspect("checkout-already-paid")
	third := first.another()
	third.visit(p.CheckoutURL)
	third.awaitHeading("Payment complete")
	h.wasPaidOnce(t, p.ID)
}

func TestOutcome_BackButtonPaysNothing(t *testing.T) {
	t.Parallel()
	h := sharedHouse(t)
	p := h.pay(t)
	b := open(t)
	b.visit(p.CheckoutURL)
	b.payWith(goodCard)
	b.awaitHeading("Payment complete")
	for range 2 { // to the review, to the form: neither is there any more
		b.back()
		b.awaitHeading("Payment complete")
	}
	b.reload()
	b.awaitHeading("Payment complete")
	h.wasPaidOnce(t, p.ID)
}

func TestOutcome_TwoClicksPayOnce(t *testing.T) {
	t.Parallel()
	h := sharedHouse(t)
	for name, b := range map[string]*tab{"with script": open(t), "without script": open(t).withoutScript()} {
		p := h.pay(t)
		b.visit(p.CheckoutURL)
		b.enterCard(goodCard)
		b.pressTo("Continue to review")
		b.awaitHeading("Review your payment")
		b.act("press Pay twice", toNextPage(chromedp.DoubleClick(chromedp.Search(`//button[starts-with(normalize-space(.), "Pay")]`))))
		if b.noScript { // the page may answer either submit
			b.await(`//h1[.="Payment complete" or .="Already paid" or starts-with(., "Waiting")]`)
			if got, err := h.Await(t.Context(), p.ID, patience); err != nil || got.Status != client.Captured {
				t.Errorf("%s: clicked Pay twice: want captured, got %s, %v", name, got.Status, err)
			}
		} else {
			b.awaitHeading("Payment complete")
		}
		h.wasPaidOnce(t, p.ID)
	}
}

// wasPaidOnce holds the API to one attempt and one capture.
func (h *house) wasPaidOnce(t *testing.T, id string) {
	t.Helper()
	p, err := h.Await(t.Context(), id, patience)
	if err != nil || p.Status != client.Captured || p.LastAttempt == nil || p.LastAttempt.Number != 1 {
		t.Errorf("not paid by one attempt: %+v, %v", p, err)
	}
}
