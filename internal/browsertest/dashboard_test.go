package browsertest

import (
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"sandbank/merchant/client"
)

// TestDashboard_FirstPayment starts with nothing: the list fills by itself.
func TestDashboard_FirstPayment(t *testing.T) {
	t.Parallel()
	h := ownHouse(t)
	b := open(t)
	b.visit(h.Base() + "/")
	b.await(`//h2[.="No payments yet"]`)
	b.awaitTrue(`document.getElementById("light").dataset.light === "on"`)
	b.await(`//a[.="open the demo shop"][@href="` + h.shop + `"]`)
	b.inspect("dashboard-empty")
	p := h.pay(t)
	b.awaitTrue(`document.querySelector("#row-` + p.ID + ` .c-status")?.textContent.includes("Created")`)
	if _, err := h.Cancel(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	b.awaitTrue(`document.querySelector("#row-` + p.ID + ` .c-status").textContent.includes("Canceled")`)
	hold, err := h.BeginHold(t.Context(), client.HoldWish{Hops: []string{"webhook"}})
	if err != nil {
		t.Fatal(err)
	}
	// The head says so on the page that is open, in the banner and in the navigation.
	b.awaitTrue(`document.querySelector(".hold-bar")?.textContent.includes("held at the webhook") && document.querySelector('.rail a[href="/holds"] .count')?.textContent === "1"`)
	if err := h.EndHold(t.Context(), hold.ID); err != nil {
		t.Fatal(err)
	}
	b.awaitTrue(`!document.querySelector(".hold-bar") && !document.querySelector('.rail a[href="/holds"] .count')`)
	b.press("Pause")
	second := h.pay(t)
	b.awaitTrue(`document.getElementById("pause").textContent === "Resume (1 waiting)"`)
	b.press("Resume")
	b.awaitTrue(`document.getElementById("row-` + second.ID + `") !== null`)
	b.press(p.Reference)
	b.awaitHeading("Canceled")
}

// TestEvents_ComeAtTheTop watches the events: new ones appear by themselves, and wait while a payload is being read.
func TestEvents_ComeAtTheTop(t *testing.T) {
	t.Parallel()
	h := ownHouse(t)
	b := open(t)
	b.visit(h.Base() + "/events")
	b.awaitTrue(`document.getElementById("light").dataset.light === "on"`)
	cancel := func() {
		t.Helper()
		if _, err := h.Cancel(t.Context(), h.pay(t).ID); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	b.awaitTrue(`document.querySelector("#list > li strong")?.textContent === "payment.canceled" && !document.getElementById("empty")`)
	ask[bool](b, `(document.querySelector("#list > li").marked = true) && (document.querySelector("#list summary").click() === undefined)`)
	cancel()
	cancel()
	b.awaitTrue(`document.getElementById("fresh").textContent === "2 new" && document.querySelector("#list > li").marked`)
	b.inspect("dashboard-events-waiting")
	b.press("2 new")
	b.awaitTrue(`document.querySelectorAll("#list > li").length === 3 && document.querySelectorAll("#list > li")[2].marked && document.querySelector("#list details[open]") !== null`)
	b.withoutScript().visit(h.Base() + "/events")
	b.await(`//ol/li[3][contains(., "payment.canceled")]`)
}

// lived has a little of everything, as a dashboard after a morning's work.
func (h *house) lived(t *testing.T, b *tab) (captured client.Payment) {
	t.Helper()
	buy := func(card, end string, change ...func(*client.NewPayment)) client.Payment {
		p := h.pay(t, change...)
		b.visit(p.CheckoutURL)
		if card != "" {
			b.payWith(card)
			b.awaitHeading(end)
		}
		return p
	}
	buy("", "", at("FLAKGB2A"))
	buy(goodCard, "Your bank wants", at("CHALES2A"))
	buy(noFunds, "Try another way")
	h.acted(t, errorCard, client.Failed)
	h.acted(t, goodCard, client.Captured, at("MISCBE2A"))
	buy(goodCard, "Waiting", at("MUTEIE2A"))
	canceled := buy("", "")
	if _, err := h.Cancel(t.Context(), canceled.ID); err != nil {
		t.Fatal(err)
	}
	return h.acted(t, goodCard, client.Captured)
}

func TestDashboard_EveryPage(t *testing.T) {
	t.Parallel()
	h := ownHouse(t, "--seed", "7")
	b := open(t)
	captured := h.lived(t, b)
	b.visit(h.Base() + "/")
	b.await(`//td[contains(., "` + captured.Reference + `")]`)
	b.inspect("dashboard-list")
	b.choose("q", "no such order")
	b.press("Filter")
	b.await(`//h2[.="No payment fits"]`)
	b.inspect("dashboard-none-fits")
	for name, path := range map[string]string{
		"events": "/events", "ledger": "/ledger", "banks": "/banks", "faults": "/faults", "holds": "/holds", "webhooks": "/webhooks", "messages": "/messages?rows=all", "letters": "/dead-letters", "audit": "/audit",
	} {
		b.visit(h.Base() + path)
		b.inspect("dashboard-" + name)
	}
	b.visit(h.Base() + "/payments/" + captured.ID + "/hops/created")
	b.await(`//pre[contains(., "` + captured.Reference + `")]`)
	b.inspect("dashboard-hop")
	b.expectStatus(404)
	b.visit(h.Base() + "/payments/pay_0")
	b.awaitHeading("Not found")
	b.inspect("dashboard-not-found")
}

func TestDocs_EveryPage(t *testing.T) {
	t.Parallel()
	b := open(t)
	for name, path := range map[string]string{
		"docs": "/docs", "docs-http": "/docs/http", "docs-http-payments": "/docs/http/payments",
		"docs-webhooks": "/docs/webhooks", "docs-check": "/docs/webhooks/check",
		"problems": "/problems", "problem": "/problems/amount_invalid",
	} {
		b.visit(sharedHouse(t).Base() + path)
		b.inspect(name)
	}
}

// TestDashboard_PaymentGrowsAsItHappens watches one payment from the dashboard
// while its customer pays in another browser.
func TestDashboard_PaymentGrowsAsItHappens(t *testing.T) {
	t.Parallel()
	h := sharedHouse(t)
	p := h.pay(t)
	b, customer := open(t), open(t)
	b.visit(h.Base() + "/payments/" + p.ID)
	b.awaitHeading("Created")
	customer.visit(p.CheckoutURL)
	customer.payWith(goodCard)
	customer.awaitHeading("Payment complete")
	b.awaitHeading("Captured")
	b.awaitTrue(`document.title.startsWith("Captured")`)
	b.awaitTrue(`document.querySelectorAll(".entry").length === 1 && !document.querySelector(".entry").textContent.includes("not sealed")`)
	b.inspect("dashboard-payment")
	b.click(byCSS("a.seq-hop.k-amqp"))
	b.awaitTrue(`document.querySelector("#one-hop pre").textContent.includes("\"authorize\"")`)
	b.inspect("dashboard-payment-hop")
}

// TestSequence_GrowsWithoutBeingDrawnAgain marks what is drawn, and finds the marks again when more was
// added.
func TestSequence_GrowsWithoutBeingDrawnAgain(t *testing.T) {
	t.Parallel()
	h := sharedHouse(t)
	p := h.pay(t)
	b, customer := open(t), open(t)
	b.visit(h.Base() + "/payments/" + p.ID)
	b.await(`//*[@data-key="coming-pays"]`)
	ask[bool](b, `document.querySelectorAll("[data-key]").forEach(e => { e.marked = true }) === undefined`)
	customer.visit(p.CheckoutURL)
	customer.payWith(goodCard)
	customer.awaitHeading("Payment complete")
	b.awaitTrue(`document.querySelector(".seq-body").textContent.includes("books capture")`)
	b.awaitTrue(`document.querySelector("[data-key=hop-created]").marked && document.querySelector("[data-key=lives]").marked`)
	b.awaitTrue(`document.querySelector("[data-key=coming-pays]") === null`)
}

// TestSequence_EveryViewAndForm goes through the views, by the keyboard as well, and takes the sequence along.
func TestSequence_EveryViewAndForm(t *testing.T) {
	t.Parallel()
	h := sharedHouse(t)
	b := open(t)
	p := h.paid(t, goodCard)
	at := h.Base() + "/payments/" + p.ID
	b.visit(at)
	for _, view := range []string{"Wire", "Money", "Raw"} {
		b.pressTo(view)
		b.await(`//a[.="` + view + `"][@aria-current="page"]`)
		b.inspect("dashboard-view-" + view)
	}
	b.pressTo("Story")
	b.tabToWords("PNG")
	b.pictured(at + "/sequence?format=svg")
	for format, want := range map[string]string{"svg": "books capture", "mermaid": "sequenceDiagram", "plantuml": "@startuml", "text": "POST /v1/payments"} {
		script := "fetch(" + strconv.Quote(at+"/sequence?format="+format) + ").then(r => r.text())"
		if got := ask[string](b, script, chromedp.EvalAwaitPromise); !strings.Contains(got, want) {
			t.Errorf("as %s the sequence has no %q:\n%s", format, want, got)
		}
	}
}

// TestSequence_OnAPhoneIsAList has the hops as a list where there is no room to draw them, with and
// without script.
func TestSequence_OnAPhoneIsAList(t *testing.T) {
	t.Parallel()
	h := sharedHouse(t)
	p := h.pay(t)
	for _, b := range []*tab{open(t), open(t).withoutScript()} {
		b.do(chromedp.EmulateViewport(390, 844))
		b.visit(h.Base() + "/payments/" + p.ID)
		b.awaitHeading("Created")
		shown := func(selector string) bool {
			return ask[bool](b, `document.querySelector("`+selector+`").checkVisibility({contentVisibilityAuto: true})`)
		}
		if shown(".seq-body") || !shown("#step-created") {
			t.Error("on a phone the drawing is shown, or the list is not")
		}
	}
}

func TestDashboard_PaymentThatFailed(t *testing.T) {
	t.Parallel()
	h := sharedHouse(t)
	p := h.pay(t)
	b := open(t)
	b.visit(p.CheckoutURL)
	b.payWith(noFunds)
	b.awaitHeading("Try another way to pay")
	b.payWith(errorCard)
	b.awaitHeading("Payment failed")
	b.visit(h.Base() + "/payments/" + p.ID)
	b.awaitHeading("Failed")
	b.inspect("dashboard-payment-failed")
}

func TestDashboard_WithoutScript(t *testing.T) {
	t.Parallel()
	h := sharedHouse(t)
	p := h.pay(t)
	b := open(t).withoutScript()
	b.visit(h.Base() + "/?q=" + p.Reference)
	b.press(p.Reference)
	b.awaitHeading("Created")
	b.inspect("noscript-payment")
}

// TestWebhooks_SentAgainAndEdited goes from the list of endpoints to a sent
// message, sends it again, and sends an edited body in its place.
func TestWebhooks_SentAgainAndEdited(t *testing.T) {
	t.Parallel()
	h := ownHouse(t)
	b := open(t)
	h.lived(t, b)
	b.visit(h.Base() + "/webhooks")
	b.await(`//li//a[contains(@href, "/webhooks/whe_")]`)
	b.inspect("webhooks")
	b.click(byCSS(".deliveries a"))
	b.await(`//h2[.="Deliveries"]`)
	b.inspect("webhook-endpoint")
	b.click(byCSS(".deliveries a"))
	b.await(`//h2[.="Send something else"]`)
	b.press("Send again")
	b.awaitTrue(`document.querySelectorAll("[data-part=tries] li").length === 2`)
	b.press("Send this once")
	b.await(`//strong[.="An edited body"]`)
	b.click(byCSS(".delivery details > summary"))
	b.inspect("webhook-delivery")
}

func TestCheck_WithAndWithoutAFit(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.visit(sharedHouse(t).Base() + "/docs/webhooks/check")
	b.choose("key", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	b.choose("head", "webhook-id: evt_1\nwebhook-timestamp: 1773497131\nwebhook-signature: v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4= v1a,x")
	b.click(byXPath(`//button[normalize-space(.)="Check"]`)) // the list of the docs has a page whose name begins like that
	b.await(`//h2[.="No signature fits"]`)
	b.inspect("docs-check-no-fit")
}
