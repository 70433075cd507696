package browsertest

import (
	"strings"
	"testing"
)

// A tester chooses how a payment ends, as in Mollie's test mode.
func TestMollie_ChooseHowItEnds(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := sharedHouse(t)
	p := h.pay(t)
	b.visit(strings.Replace(p.CheckoutURL, "/pay/", "/mollie/state/", 1))
	b.awaitHeading("Choose how it ends")
	b.inspect("mollie-state")
	b.press("paid")
	b.awaitHeading("Payment complete")
	b.visit(strings.Replace(p.CheckoutURL, "/pay/", "/mollie/state/", 1))
	b.awaitHeading("There is nothing to choose")
	b.inspect("mollie-state-none")
}
