package browsertest

import (
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestNewPayment_FromTheFormToTheSequence makes a payment that pays itself, and sees what became of it, with and
// without script.
func TestNewPayment_FromTheFormToTheSequence(t *testing.T) {
	t.Parallel()
	h := sharedHouse(t)
	for name, b := range map[string]*tab{"script": open(t), "none": open(t).withoutScript()} {
		b.visit(h.Base() + "/")
		b.pressTo("New test payment")
		b.awaitHeading("New test payment")
		b.inspect("new-payment-" + name)
		b.expectStatus(422)
		b.choose("new-amount", "nothing")
		b.press("Make the payment")
		b.awaitTrue(`document.title.startsWith("Error")`)
		b.inspect("new-payment-refused-" + name)
		b.choose("new-amount", "12.50")
		b.press("Make the payment")
		b.awaitHeading("Created")
		b.await(`//*[local-name()="svg"][@aria-label="QR code of the checkout's address"]`)
		b.inspect("new-payment-made-" + name)
		b.pressTo("Open the checkout")
		b.awaitTrue(`location.pathname.startsWith("/pay/")`)
	}
}

// TestSearch_LeadsOn searches by the keyboard alone.
func TestSearch_LeadsOn(t *testing.T) {
	t.Parallel()
	h := sharedHouse(t)
	p := h.pay(t)
	b := open(t)
	b.visit(h.Base() + "/search?q=" + url.QueryEscape(p.Reference))
	b.await(`//td//a[@href="/payments/` + p.ID + `"]`)
	b.inspect("search")
	b.tabTo("search")
	b.choose("search", "webhook")
	b.key("\r")
	b.await(`//td//a[starts-with(@href, "/docs/webhooks")]`)
	b.inspect("search-docs")
	b.visit(h.Base() + "/docs/search?q=duplicates")
	ask[bool](b, `document.dispatchEvent(new KeyboardEvent("keydown", {key: "k", ctrlKey: true, bubbles: true}))`)
	b.awaitTrue(`document.activeElement.id === "search"`)
	b.visit(h.Base() + "/search?q=" + p.ID)
	b.awaitHeading("Created")
}

// TestNotFound_IsAPageForPeople has a page where there is none.
func TestNotFound_IsAPageForPeople(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.expectStatus(404)
	b.visit(sharedHouse(t).Base() + "/no/such/page")
	b.awaitHeading("There is nothing here")
	b.inspect("no-such-page")
}

// TestMenu_OnAPhone opens the navigation, which is one bar.
func TestMenu_OnAPhone(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.do(chromedp.EmulateViewport(390, 844))
	b.visit(sharedHouse(t).Base() + "/")
	if ask[bool](b, `document.querySelector(".rail nav").checkVisibility({contentVisibilityAuto: true})`) {
		t.Error("on a phone the menu is open before it is asked for")
	}
	b.click(byCSS(".rail summary"))
	b.awaitTrue(`document.querySelector(".rail nav").checkVisibility({contentVisibilityAuto: true})`)
	b.inspect("menu")
}

// TestWebhooks_RegisteredAndDeleted registers an endpoint that fails, sees that it does, and deletes it.
func TestWebhooks_RegisteredAndDeleted(t *testing.T) {
	t.Parallel()
	h := ownHouse(t)
	b := open(t)
	b.visit(h.Base() + "/webhooks")
	b.choose("hook-url", "http://127.0.0.1:9/hooks")
	b.press("Register it")
	b.await(`//pre[starts-with(., "whsec_")]`)
	b.inspect("webhook-registered")
	p := h.pay(t)
	if _, err := h.Cancel(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	b.visit(h.Base() + "/payments/" + p.ID)
	b.awaitTrue(`document.querySelector(".seq-body").textContent.includes("no answer")`)
	b.visit(h.Base() + "/webhooks")
	b.await(`//span[starts-with(., "Fails: 1 of the last 1")]`)
	b.inspect("webhook-failing")
	b.pressTo("http://127.0.0.1:9/hooks")
	b.press("Delete")
	b.await(`//*[contains(., "The endpoint is deleted.")]`)
}
