package browsertest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"sandbank/merchant/client"
	"sandbank/web/look/looktest"
)

// The test numbers that the tests type.
const (
	goodCard     = "4242 4242 4242 4242"
	goodAccount  = "NL77 SAND 0000 0000 01"
	noFunds      = "4000 0000 0000 9995"
	errorCard    = "4000 0000 0000 0119"
	unlikelyCard = "4242 4242 4242 4241"
)

// enterCard fills the form for a card, at once: typing has tests of its own.
func (b *tab) enterCard(number string) {
	b.t.Helper()
	b.await(`//input[@id="name"]`) // the last of them
	ask[bool](b, fmt.Sprintf(`Object.entries({number: %q, exp: "12 / 34", csc: "123", name: "Test customer"})
		.every(([id, text]) => document.getElementById(id).value = text)`, number))
}

// payWith goes from the form to the moment after the button "Pay".
func (b *tab) payWith(number string) {
	b.t.Helper()
	b.enterCard(number)
	b.pressTo("Continue to review")
	b.awaitHeading("Review your payment")
	b.press("Pay")
}

func TestDetails_CardAndAccount(t *testing.T) {
	t.Parallel()
	p := sharedHouse(t).pay(t)
	b := open(t)
	b.visit(p.CheckoutURL)
	b.awaitHeading("How would you like to pay?")
	b.inspect("checkout-details")
	b.click(byCSS("details.help > summary"))
	b.click(byCSS(`button[data-fill*="account"]`))
	if got := ask[bool](b, `document.getElementById("iban").offsetHeight > 0 && document.getElementById("number").offsetHeight === 0`); !got {
		t.Error("a test account was used, and the form shows the card's fields")
	}
	b.inspect("checkout-details-account")
	b.pressTo("Continue to review")
	b.awaitHeading("Review your payment")
	b.inspect("checkout-review-account")
	b.press("Pay")
	b.awaitHeading("Payment complete")
}

func TestDetails_BankIsTheCustomersChoice(t *testing.T) {
	t.Parallel()
	h := sharedHouse(t)
	p := h.pay(t, at(""))
	b := open(t)
	b.visit(p.CheckoutURL)
	b.choose("bank", "MISCBE2A")
	b.inspect("checkout-details-bank")
	if left := ask[string](b, `document.querySelector("[data-countdown]").textContent`); !regexp.MustCompile(`^in 1[0-9]:[0-5][0-9], $`).MatchString(left) {
		t.Errorf("the countdown says %q", left)
	}
	b.payWith(goodCard)
	b.awaitHeading("Payment complete")
	if got, err := h.Payment(t.Context(), p.ID); err != nil || got.Bank.Identifier != "MISCBE2A" {
		t.Errorf("paid at %q, %v", got.Bank.Identifier, err)
	}
}

func TestDetails_ErrorsLeadToTheirFields(t *testing.T) {
	t.Parallel()
	p := sharedHouse(t).pay(t)
	b := open(t)
	b.expectStatus(422)
	b.visit(p.CheckoutURL)
	b.fill("number", unlikelyCard, "exp", "12 / 34", "csc", "987")
	b.pressTo("Continue to review")
	b.await(`//h2[.="Please check these 2 things"]`)
	if !ask[bool](b, `document.activeElement.matches(".errors")`) {
		t.Error("the list of errors has not the focus")
	}
	if title := ask[string](b, `document.title`); !strings.HasPrefix(title, "Error: ") {
		t.Errorf("the title is %q", title)
	}
	b.inspect("checkout-errors")
	b.press("Enter the name")
	b.awaitTrue(`document.activeElement.id === "name" && location.hash === "#name"`)
	if got := ask[[]string](b, `["number", "exp", "csc"].map(id => document.getElementById(id).value)`); !slices.Equal(got, []string{"", "12 / 34", ""}) {
		t.Errorf("the form came back with %q", got)
	}
	html := ask[string](b, `document.documentElement.outerHTML`)
	for _, secret := range []string{unlikelyCard, strings.ReplaceAll(unlikelyCard, " ", ""), `"987"`} {
		if strings.Contains(html, secret) {
			t.Errorf("%s was sent back", secret)
		}
	}
	b.payWith(goodCard)
	b.awaitHeading("Payment complete")
}

func TestDetails_HostileTextIsText(t *testing.T) {
	t.Parallel()
	p := sharedHouse(t).pay(t, func(n *client.NewPayment) { n.Description = looktest.Hostile })
	b := open(t)
	b.visit(p.CheckoutURL)
	b.awaitHeading("How would you like to pay?")
	if !ask[bool](b, `document.body.innerText.includes("<script>alert(1)</script>")`) {
		t.Error("the description is not shown as it is")
	}
	b.inspect("checkout-hostile")
}

func TestDetails_FormOfAnotherBrowser(t *testing.T) {
	t.Parallel()
	p := sharedHouse(t).pay(t)
	b := open(t)
	b.expectStatus(403)
	b.visit(p.CheckoutURL)
	b.enterCard(goodCard)
	b.act("forge the token", chromedp.SetValue(chromedp.CSS(".till-main .stack [name=csrf]"), "forged"))
	b.pressTo("Continue to review")
	b.awaitHeading("This form was open too long")
	b.inspect("checkout-stale")
	b.pressTo("Back to the payment")
	b.payWith(goodCard)
	b.awaitHeading("Payment complete")
}

func TestDetails_KeyboardAlone(t *testing.T) {
	t.Parallel()
	p := sharedHouse(t).pay(t)
	b := open(t)
	b.visit(p.CheckoutURL)
	b.tabTo("number")
	b.key("4242424242424242\t1234\t123\tTest customer\r")
	b.awaitHeading("Review your payment")
	b.tabToWords("Pay")
	b.key("\r")
	b.awaitHeading("Payment complete")
}
