package browsertest

import (
	"testing"

	"sandbank/merchant/client"
)

// automatic has the page lead back by itself.
func automatic(n *client.NewPayment) { n.Return = "automatic" }

// The way back needs no script, and holds after the bank's own page, too, whose policy
// knows nothing of the shop.
func TestReturn_LeadsToTheShopByItself(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]bool{"with script": true, "without script": false} {
		t.Run(name, func(t *testing.T) {
			p := sharedHouse(t).pay(t, automatic)
			b := open(t)
			if !script {
				b = b.withoutScript()
			}
			b.visit(p.CheckoutURL)
			b.payWith(goodCard)
			b.awaitHeading("Thank you")
		})
	}
	t.Run("from the bank's page", func(t *testing.T) {
		p := sharedHouse(t).pay(t, automatic, at("CHALES2A"))
		b := open(t).withoutScript()
		b.visit(p.CheckoutURL)
		b.payWith(goodCard)
		b.press("Continue to Doublecheck Bank")
		b.press("Yes")
		b.awaitHeading("Thank you")
	})
}
