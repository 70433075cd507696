package browsertest

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// TestShop_BuyAndComeBack is the demo shop's whole way, over three companies'
// pages: its form leads to the checkout, the checkout to the bank and back.
func TestShop_BuyAndComeBack(t *testing.T) {
	t.Parallel()
	for name, b := range map[string]*tab{"shop": open(t), "noscript-shop": open(t).withoutScript()} {
		b.visit(sharedHouse(t).shop)
		b.awaitHeading("Things for a day by the sea")
		b.inspect(name + "-catalog")
		ask[bool](b, `!!(document.querySelector(".product select[name=bank]").value = "CHALES2A")`)
		b.do(chromedp.Click(chromedp.CSS(".product button")))
		b.awaitHeading("How would you like to pay?")
		b.payWith(goodCard)
		b.awaitHeading("Your bank wants to hear from you")
		b.press("Continue to Doublecheck Bank")
		b.press("Yes")
		b.awaitHeading("Payment complete")
		b.press("Return to Harbor Goods")
		b.awaitHeading("Thank you! Your order is paid")
		b.inspect(name + "-order-paid")
		b.visit(sharedHouse(t).shop + "/orders")
		b.awaitHeading("Orders")
		b.inspect(name + "-orders")
	}
}

func TestShop_OrderWaitsForTheCustomer(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.visit(sharedHouse(t).shop)
	b.do(chromedp.Click(chromedp.CSS(".product button")))
	b.awaitHeading("How would you like to pay?")
	home := b.another()
	home.visit(sharedHouse(t).shop + "/orders")
	home.do(chromedp.Click(chromedp.CSS(".order-line a")))
	home.awaitHeading("We are waiting for your payment")
	home.inspect("shop-order-waiting")
	b.press("Cancel payment")
	b.awaitHeading("Payment canceled")
	home.awaitHeading("This order was canceled")
	home.inspect("shop-order-canceled")
}
