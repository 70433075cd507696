package browsertest

import (
	"context"
	"fmt"
	"testing"
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
		b.click(byCSS(".product button"))
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
	b.click(byCSS(".product button"))
	b.awaitHeading("How would you like to pay?")
	home := b.another()
	home.visit(sharedHouse(t).shop + "/orders")
	home.click(byCSS(".order-line a"))
	home.awaitHeading("We are waiting for your payment")
	home.inspect("shop-order-waiting")
	b.press("Cancel payment")
	b.awaitHeading("Payment canceled")
	home.awaitHeading("This order was canceled")
	home.inspect("shop-order-canceled")
}

// TestShop_BackOffice captures an order by hand, refunds it in two parts, and looks
// at the customer's page meanwhile, with script and without.
func TestShop_BackOffice(t *testing.T) {
	t.Parallel()
	h := ownHouse(t, "--seed", "21", "--shop-manual-capture")
	for name, b := range map[string]*tab{"office": open(t), "noscript-office": open(t).withoutScript()} {
		b.visit(h.shop)
		b.click(byCSS(".product button"))
		b.awaitHeading("How would you like to pay?")
		b.payWith(goodCard)
		b.awaitHeading("Amount reserved")
		b.press("Return to Harbor Goods")
		b.awaitHeading("Your order is confirmed")
		customer := b.another()
		if b.noScript {
			customer.withoutScript()
		}
		customer.visit(ask[string](b, `location.href`))
		b.pressTo("This order in the back office")
		b.awaitHeading("× Sea mug")
		b.expectStatus(422)
		b.fill("capture-amount", "10.00")
		b.pressTo("Take the money")
		b.await(`//span[@id="capture-error"][contains(., "no more than 9.99 EUR left")]`)
		b.inspect(name + "-refused")
		b.fill("capture-amount", "9.99")
		b.pressTo("Take the money")
		customer.sees(`//h1[contains(., "Your order is paid")]`)
		b.sees(`//form[@id="refund"]`)
		b.inspect(name + "-paid")
		b.refundOrder("4.00")
		customer.sees(`//li[contains(., "€4.00")][contains(., "Succeeded")]`)
		customer.inspect(name + "-customer")
		b.sees(`//span[@id="refund-hint"][contains(., "€5.99 is left")]`)
		b.refundOrder("5.99")
		customer.sees(`//h1[contains(., "Your money is on its way back")]`)
		b.sees(`//li[contains(., "€5.99")][contains(., "Succeeded")]`)
		b.await(`//p[contains(., "There is nothing to take")]`)
		b.inspect(name + "-refunded")
		b.visit(h.shop + "/office")
		b.await(`//li[contains(., "Refunded")]`)
		b.inspect(name + "-orders")
	}
}

// sees waits until a page shows a text by itself, or, without script, reloads it
// until it does.
func (b *tab) sees(xpath string) {
	b.t.Helper()
	if b.noScript {
		soon(b.t, xpath, func(ctx context.Context) (bool, error) {
			b.reload()
			return ask[bool](b, fmt.Sprintf(`document.evaluate(%q, document, null, XPathResult.BOOLEAN_TYPE, null).booleanValue`, "boolean("+xpath+")")), ctx.Err()
		})
	}
	b.await(xpath)
}

// refundOrder gives a part of an order's money back.
func (b *tab) refundOrder(amount string) {
	b.t.Helper()
	b.fill("refund-amount", amount)
	b.pressTo("Refund")
}

// TestShop_Dispute pays with a card whose payments are disputed: the shop hears of it.
func TestShop_Dispute(t *testing.T) {
	t.Parallel()
	h := ownHouse(t, "--seed", "22")
	b := open(t)
	b.visit(h.shop)
	b.click(byCSS(".product button"))
	b.awaitHeading("How would you like to pay?")
	b.payWith(lostCard)
	b.awaitHeading("Payment complete")
	b.press("Return to Harbor Goods")
	b.awaitHeading("Your order is paid")
	b.await(`//li[contains(., "Dispute")][contains(., "Needs response")]`)
	b.inspect("shop-order-disputed")
}
