package browsertest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sandbank/dialect/mollie"
	"sandbank/dialect/stripe"
	"sandbank/identity"
)

// foreignShop is a shop in another API: it is told by webhooks, and customers come back to it.
type foreignShop struct {
	*httptest.Server
	told chan string // bodies of webhooks
}

func openForeignShop(t *testing.T) *foreignShop {
	s := &foreignShop{told: make(chan string, 100)}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			body, _ := io.ReadAll(r.Body)
			s.told <- string(body)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(`<!doctype html><html lang="en"><title>A shop</title><link rel="icon" href="data:,"><h1>Thank you</h1></html>`))
	}))
	t.Cleanup(s.Close)
	return s
}

// hears waits for a webhook with some words in it.
func (s *foreignShop) hears(t *testing.T, words string) {
	t.Helper()
	for {
		select {
		case body := <-s.told:
			if strings.Contains(body, words) {
				return
			}
		case <-time.After(5 * time.Minute):
			t.Fatalf("no webhook says %q", words)
		}
	}
}

// asks sends what a library would, and reads the answer.
func asks(t *testing.T, method, to, key, kind, body string) (answer map[string]any) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), method, to, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+key)
	q.Header.Set("Content-Type", kind)
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Body.Close() }()
	said, _ := io.ReadAll(a.Body)
	if a.StatusCode >= 300 || json.Unmarshal(said, &answer) != nil {
		t.Fatalf("%s %s: %s %s", method, to, a.Status, said)
	}
	return answer
}

// A Checkout Session is paid on the hosted page, told, and refunded.
func TestStripe_ACheckoutInTheBrowser(t *testing.T) {
	t.Parallel()
	b, h, shop := open(t), sharedHouse(t), openForeignShop(t)
	key := stripe.KeysOf(identity.DemoShop).Secret
	ask := func(method, path string, form url.Values) map[string]any {
		t.Helper()
		return asks(t, method, h.stripe+path, key, "application/x-www-form-urlencoded", form.Encode())
	}
	hook := ask("POST", "/v1/webhook_endpoints", url.Values{"url": {shop.URL}, "enabled_events[0]": {"checkout.session.completed"}, "enabled_events[1]": {"charge.refunded"}})
	defer asks(t, "DELETE", h.stripe+"/v1/webhook_endpoints/"+fmt.Sprint(hook["id"]), key, "application/x-www-form-urlencoded", "")
	session := ask("POST", "/v1/checkout/sessions", url.Values{
		"mode": {"payment"}, "client_reference_id": {"order-7"}, "success_url": {shop.URL + "/done?session={CHECKOUT_SESSION_ID}"}, "cancel_url": {shop.URL + "/cart"},
		"line_items[0][quantity]": {"2"}, "line_items[0][price_data][currency]": {"eur"}, "line_items[0][price_data][unit_amount]": {"1999"},
		"line_items[0][price_data][product_data][name]": {"Teapot"},
	})
	id := fmt.Sprint(session["id"])
	b.visit(fmt.Sprint(session["url"]))
	b.awaitHeading("How would you like to pay?")
	b.payWith(goodCard)
	b.awaitHeading("Thank you") // the page leads back by itself
	b.awaitTrue(fmt.Sprintf("location.href.startsWith(%q)", shop.URL+"/done?session="+id))
	shop.hears(t, id)
	paid := ask("GET", "/v1/checkout/sessions/"+id, nil)
	if paid["payment_status"] != "paid" {
		t.Errorf("the session is %v", paid)
	}
	ask("POST", "/v1/refunds", url.Values{"payment_intent": {fmt.Sprint(paid["payment_intent"])}})
	shop.hears(t, "charge.refunded")
}

// A payment of Mollie's is paid on the hosted page, told, and refunded.
func TestMollie_ACheckoutInTheBrowser(t *testing.T) {
	t.Parallel()
	b, h, shop := open(t), sharedHouse(t), openForeignShop(t)
	ask := func(method, path, body string) map[string]any {
		t.Helper()
		return asks(t, method, h.Base()+"/mollie/v2/"+path, mollie.KeyOf(identity.DemoShop), "application/json", body)
	}
	payment := ask("POST", "payments", fmt.Sprintf(`{"amount": {"currency": "EUR", "value": "19.99"}, "description": "Teapot", "redirectUrl": "%s/done", "webhookUrl": "%s/hook"}`, shop.URL, shop.URL))
	id := fmt.Sprint(payment["id"])
	links, _ := payment["_links"].(map[string]any)
	checkout, _ := links["checkout"].(map[string]any)
	b.visit(fmt.Sprint(checkout["href"]))
	b.awaitHeading("How would you like to pay?")
	b.payWith(goodCard)
	b.awaitHeading("Thank you")
	b.awaitTrue(fmt.Sprintf("location.href.startsWith(%q)", shop.URL+"/done"))
	shop.hears(t, "id="+id)
	if paid := ask("GET", "payments/"+id, ""); paid["status"] != "paid" {
		t.Errorf("the payment is %v", paid)
	}
	ask("POST", "payments/"+id+"/refunds", `{"amount": {"currency": "EUR", "value": "5.00"}, "description": "Broken"}`)
	shop.hears(t, "id="+id)
}
