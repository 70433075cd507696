package node

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"sandbank/identity"
	"sandbank/merchant/client"
	"sandbank/money"
)

// hooks are received webhooks in Stripe's dialect.
type hooks struct {
	*httptest.Server
	got    chan map[string]any
	secret string
}

// hear is a receiver that checks signatures as Stripe documents them, with
// nothing of this house.
func hear(a teller) *hooks {
	a.Helper()
	h := &hooks{got: make(chan map[string]any, 100)}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var when, sent string
		for part := range strings.SplitSeq(r.Header.Get("Stripe-Signature"), ",") {
			switch name, value, _ := strings.Cut(part, "="); name {
			case "t":
				when = value
			case "v1":
				sent = value
			}
		}
		mac := hmac.New(sha256.New, []byte(h.secret))
		_, _ = fmt.Fprintf(mac, "%s.%s", when, body)
		seconds, _ := strconv.ParseInt(when, 10, 64)
		if want := hex.EncodeToString(mac.Sum(nil)); sent != want || time.Since(time.Unix(seconds, 0)).Abs() > time.Minute {
			a.Errorf("the signature %s of %s does not fit", r.Header.Get("Stripe-Signature"), body)
		}
		if err := a.spec.CheckObject("event", body); err != nil {
			a.Errorf("Stripe's document does not allow the event %s: %v", body, err)
		}
		var e map[string]any
		if err := json.Unmarshal(body, &e); err != nil {
			a.Error(err)
		}
		object, _ := json.Marshal(at(e, "data.object"))
		if kind, _ := at(e, "data.object.object").(string); a.spec.CheckObject(kind, object) != nil {
			a.Errorf("Stripe's document does not allow the %s of the event: %v", kind, a.spec.CheckObject(kind, object))
		}
		h.got <- e
	}))
	a.Cleanup(h.Close)
	made := a.ask("POST", "/v1/webhook_endpoints", "url="+h.URL+"&enabled_events[]=*&api_version=2025-08-27.basil", 200)
	h.secret = made["secret"].(string)
	a.holds(a.ask("GET", "/v1/webhook_endpoints", "", 200), map[string]any{"data.0.id": made["id"], "data.0.api_version": "2025-08-27.basil", "data.0.secret": nil})
	return h
}

// expect waits for events of the types, in any order, and returns them by type.
func (h *hooks) expect(t *testing.T, types ...string) map[string]map[string]any {
	t.Helper()
	found := map[string]map[string]any{}
	for range types {
		select {
		case e := <-h.got:
			found[e["type"].(string)] = e
		case <-time.After(5 * time.Minute):
			t.Fatalf("there were %v, expected %q", found, types)
		}
	}
	for _, name := range types {
		if found[name] == nil {
			t.Errorf("there is no %s among %v", name, found)
		}
	}
	return found
}

// What happens to a payment is told in Stripe's words at Stripe's endpoints, and in
// the house's own at the others: once each.
func TestStripe_Webhooks(t *testing.T) {
	a := newTeller(t, Config{})
	h := hear(a)
	paid := a.ask("POST", "/v1/payment_intents", "amount=2000&currency=eur&payment_method=pm_card_visa&confirm=true", 200)
	told := h.expect(t, "payment_intent.created", "charge.succeeded", "payment_intent.succeeded")
	a.holds(told["payment_intent.succeeded"], map[string]any{"data.object.id": paid["id"], "data.object.status": "succeeded", "api_version": "2025-08-27.basil"})
	a.ask("POST", "/v1/refunds", "payment_intent="+paid["id"].(string), 200)
	h.expect(t, "refund.created", "charge.refunded", "refund.updated", "charge.refund.updated")

	c, err := client.New(client.Config{Base: a.node.URL(), ID: identity.DemoShop.ID, Secret: identity.DemoShop.Secret})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	own, err := c.CreatePayment(t.Context(), client.NewPayment{Amount: money.Must("5.00", "EUR"), Reference: "order-1", ReturnURL: "https://shop.example/"}, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Cancel(t.Context(), own.ID); err != nil {
		t.Fatal(err)
	}
	h.expect(t, "payment_intent.canceled")
	page, err := c.EventsAfter(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range page.Data {
		if strings.Contains(e.Type, "_intent") || strings.HasPrefix(e.Type, "charge") {
			t.Errorf("the house's own events have a %s", e.Type)
		}
	}
	list, err := c.Endpoints(t.Context())
	if err != nil || len(list) != 0 {
		t.Errorf("the house's own endpoints are %v, %v, expected none", list, err)
	}
}
