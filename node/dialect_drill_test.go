package node

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sandbank/clock"
	"sandbank/dialect/stripe"
	"sandbank/identity"
	"sandbank/internal/stripespec"
	"sandbank/web/gate"
)

// The drill of mopping up: with the dialects silent nobody tells a shop of an abandoned payment, in whichever API it was made,
// and what a shop asks in its own API, as the page about that says, finds it.
func TestDialects_MopUpDrill(t *testing.T) {
	a := newDutch(t, Config{FreezeAt: in2030, Dialects: Dialects{Silence: true}})
	s := teller{t, a.node, stripe.KeysOf(identity.DemoShop).Secret, stripespec.Load(t)}
	h, p := hear(s), a.phone()
	session := s.ask("POST", "/v1/checkout/sessions", checkout, 200)["id"].(string)
	dutchman := a.made(`, "webhookUrl": "` + p.URL + `"`)
	h.expect(t, "payment_intent.created") // an endpoint of Stripe's hears of all payments of its merchant
	before := s.ask("GET", "/v1/events", "", 200)
	a.advance("25h")

	if after := s.ask("GET", "/v1/events", "", 200); at(after, "data.0.id") != at(before, "data.0.id") {
		t.Errorf("an abandoned payment is among Stripe's events: %v", at(after, "data.0"))
	}
	own, err := a.node.Processor().ForeignEvents(t.Context(), "demo-shop", "", 0, 10)
	if err != nil || len(own) != 0 {
		t.Errorf("the house's own events are %v, %v, expected none", own, err)
	}

	found := s.ask("GET", "/v1/checkout/sessions?status=expired&created[gte]=1500000000", "", 200)
	s.holds(found, map[string]any{"data.0.id": session, "data.0.payment_status": "unpaid", "data.1": nil})
	var expired []string
	list := a.ask("GET", "payments?limit=250", "", 200)["_embedded"].(map[string]any)["payments"].([]any)
	for _, one := range list {
		if o := one.(map[string]any); o["status"] == "expired" {
			expired = append(expired, o["id"].(string))
		}
	}
	if want := []string{dutchman, "tr_" + strings.TrimPrefix(session, "cs_test_")}; len(list) != 2 || !slices.Contains(expired, want[0]) || !slices.Contains(expired, want[1]) {
		t.Errorf("the expired payments are %q of %d, expected %q", expired, len(list), want)
	}

	// What is told comes: the silence before was no deafness.
	a.ask("DELETE", "payments/"+a.made(`, "webhookUrl": "`+p.URL+`"`), "", 200)
	call := <-p.calls
	if call.Get("id") == dutchman {
		t.Errorf("a webhook of Mollie's tells of the abandoned payment: %v", call)
	}
	a.silent(p)
	for _, e := range h.expect(t, "payment_intent.created", "payment_intent.canceled") {
		if id := at(e, "data.object.id"); id != "pi_"+strings.TrimPrefix(call.Get("id"), "tr_") {
			t.Errorf("a webhook of Stripe's tells of %v, expected the payment that was canceled", id)
		}
	}
}

// Who is subscribed in two APIs hears in both, once each; who is in one, in that one alone.
func TestDialects_EachSubscriptionHearsOnce(t *testing.T) {
	a := newDutch(t, Config{})
	s := teller{t, a.node, stripe.KeysOf(identity.DemoShop).Secret, stripespec.Load(t)}
	p := a.phone()
	first := a.made(`, "webhookUrl": "` + p.URL + `"`)
	a.ask("DELETE", "payments/"+first, "", 200)
	a.rings(p, first)
	if list := s.ask("GET", "/v1/events", "", 200); at(list, "data.0") != nil {
		t.Errorf("nobody subscribed in Stripe's API, where the event %v is", at(list, "data.0"))
	}
	h := hear(s)
	both := a.made(`, "webhookUrl": "` + p.URL + `"`)
	a.ask("DELETE", "payments/"+both, "", 200)
	a.rings(p, both)
	h.expect(t, "payment_intent.created", "payment_intent.canceled")
	alone := s.ask("POST", "/v1/payment_intents", "amount=500&currency=eur", 200)["id"].(string)
	s.ask("POST", "/v1/payment_intents/"+alone+"/cancel", "", 200)
	h.expect(t, "payment_intent.created", "payment_intent.canceled")
	a.silent(p) // the payment names no address of Mollie's webhooks
	if len(h.got) > 0 {
		t.Errorf("an endpoint of Stripe's is told of something twice: %v", <-h.got)
	}
}

// A request too many is what Stripe's own library takes for one.
func TestStripe_LibraryKnowsTheLimit(t *testing.T) {
	n := started(t, Config{HTTP: HTTP{Limits: gate.Limits{Client: gate.Rate{PerSecond: 0.01, Burst: 1}, Clock: clock.Real{}}}})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "limit.mjs", n.StripeURL(), stripe.KeysOf(identity.DemoShop).Secret)
	cmd.Dir = filepath.Join("..", "tools", "npm")
	cmd.Env = os.Environ()
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "was refused") {
		t.Errorf("node limit.mjs: %v\n%s", err, out)
	}
}
