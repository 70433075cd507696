package browsertest

import (
	"strings"
	"testing"

	"sandbank/merchant/client"
)

// toTheBank pays at the bank that sends every customer to its own page.
func toTheBank(t *testing.T, b *tab) (*house, client.Payment) {
	t.Helper()
	h := sharedHouse(t)
	p := h.pay(t, at("CHALES2A"))
	b.visit(p.CheckoutURL)
	b.payWith(goodCard)
	b.awaitHeading("Your bank wants to hear from you")
	return h, p
}

func TestBank_Approve(t *testing.T) {
	t.Parallel()
	b := open(t)
	h, p := toTheBank(t, b)
	b.inspect("checkout-action")
	b.pressTo("Continue to Doublecheck Bank")
	b.awaitHeading("Is this you?")
	b.await(`//p[.="Harbor Goods asks for a payment of"]`)
	if here := ask[string](b, `location.origin`); strings.HasPrefix(p.CheckoutURL, here) {
		t.Errorf("the bank's page is on the checkout's own address, %s", here)
	}
	b.inspect("bank-confirm")
	b.press("Yes")
	b.awaitHeading("Payment complete")
	b.visit(h.Base() + "/payments/" + p.ID)
	b.await(`//li[contains(., "the customer confirmed on the bank")]`)
}

func TestBank_Decline(t *testing.T) {
	t.Parallel()
	b := open(t)
	toTheBank(t, b)
	b.pressTo("Continue to Doublecheck Bank")
	b.press("No")
	b.awaitHeading("Try another way to pay")
}

func TestBank_Code(t *testing.T) {
	t.Parallel()
	b := open(t)
	toTheBank(t, b)
	b.pressTo("Continue to Doublecheck Bank")
	b.awaitHeading("Is this you?")
	b.fill("code", "12")
	b.expectStatus(422)
	b.press("Confirm with the code")
	b.await(`//p[contains(., "two tries left")]`)
	b.inspect("bank-code-wrong")
	b.fill("code", ask[string](b, `document.querySelector("#code-hint strong").textContent`))
	b.press("Confirm with the code")
	b.awaitHeading("Payment complete")
}

func TestBank_ThreeWrongCodesDecline(t *testing.T) {
	t.Parallel()
	b := open(t)
	toTheBank(t, b)
	b.pressTo("Continue to Doublecheck Bank")
	b.awaitHeading("Is this you?")
	for _, left := range []string{"two tries left", "one try left"} {
		b.fill("code", "12")
		b.expectStatus(422)
		b.press("Confirm with the code")
		b.await(`//p[contains(., "` + left + `")]`)
	}
	b.fill("code", "12")
	b.press("Confirm with the code")
	b.awaitHeading("Try another way to pay")
}

func TestBank_TesterPicks(t *testing.T) {
	t.Parallel()
	b := open(t).withoutScript()
	toTheBank(t, b)
	b.pressTo("Continue to Doublecheck Bank")
	b.awaitHeading("Is this you?")
	b.click(byCSS("summary"))
	b.inspect("bank-picker")
	b.choose("outcome", "insufficient_funds")
	b.press("End it like this")
	b.awaitHeading("Try another way to pay")
}

func TestBank_BackWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	b := open(t)
	h, p := toTheBank(t, b)
	b.pressTo("Continue to Doublecheck Bank")
	b.awaitHeading("Is this you?")
	b.press("Back to the checkout")
	b.awaitHeading("Your bank wants to hear from you")
	if got, err := h.Payment(t.Context(), p.ID); err != nil || got.Status != client.ActionRequired {
		t.Errorf("the payment is %s, %v", got.Status, err)
	}
}

// TestBank_AnsweredInAnotherTab: the checkout that was left open follows.
func TestBank_AnsweredInAnotherTab(t *testing.T) {
	t.Parallel()
	b := open(t)
	toTheBank(t, b)
	address := ask[string](b, `document.querySelector("a.btn-main").href`)
	other := b.another()
	other.visit(address)
	other.press("Yes")
	other.awaitHeading("Payment complete")
	b.awaitHeading("Payment complete")
}

func TestBank_NothingToConfirm(t *testing.T) {
	t.Parallel()
	b := open(t)
	toTheBank(t, b)
	b.expectStatus(404)
	address := ask[string](b, `document.querySelector("a.btn-main").href`)
	b.visit(address[:strings.Index(address, "?")] + "?q=forged")
	b.awaitHeading("There is nothing to confirm here")
	b.inspect("bank-nothing")
}

func TestNoScript_WholeFlow(t *testing.T) {
	t.Parallel()
	b := open(t).withoutScript()
	p := sharedHouse(t).pay(t)
	b.visit(p.CheckoutURL)
	b.inspect("noscript-details")
	b.payWith(noFunds)
	b.awaitHeading("Try another way to pay") // by way of the waiting page, which asks again by itself
	b.click(byCSS("[name=method][value=account]"))
	b.fill("iban", goodAccount, "name", "Test customer")
	b.pressTo("Continue to review")
	b.awaitHeading("Review your payment")
	b.inspect("noscript-review")
	b.press("Pay")
	b.awaitHeading("Payment complete")
	b.inspect("noscript-approved")
	b.press("Return to")
	b.awaitHeading("Thank you")
}

func TestNoScript_WaitsByMetaRefreshAndConfirms(t *testing.T) {
	t.Parallel()
	b := open(t).withoutScript()
	h := sharedHouse(t)
	p := h.pay(t, at("SLOWDE2A"))
	answer := h.silence(t, p.ID)
	b.visit(p.CheckoutURL)
	b.payWith(goodCard)
	b.awaitHeading("Waiting for Unhurried Bank")
	answer()
	b.awaitHeading("Payment complete")
	b.visit(h.pay(t, at("CHALES2A")).CheckoutURL)
	b.payWith(goodCard)
	b.awaitHeading("Your bank wants to hear from you")
	b.press("Continue to Doublecheck Bank")
	b.press("Yes")
	b.awaitHeading("Payment complete")
}
