package node

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sandbank/audit"
	"sandbank/bank"
	"sandbank/clock"
	"sandbank/dialect/mollie"
	"sandbank/dialect/stripe"
	"sandbank/identity"
	"sandbank/internal/stripespec"
	"sandbank/payment"
	"sandbank/web/gate"
)

// Callers of another API are bounded as those of the house's own, and are told so in that API's form.
func TestDialects_LimitsAreTold(t *testing.T) {
	n := made(t, Config{HTTP: HTTP{Limits: gate.Limits{Client: gate.Rate{PerSecond: 0.01, Burst: 1}, Clock: clock.Real{}}}})
	ask := func(h http.Handler, path, key string) (int, http.Header, map[string]any) {
		q := httptest.NewRequest(http.MethodGet, path, nil)
		q.Host = "127.0.0.1"
		q.Header.Set("Authorization", "Bearer "+key)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, q)
		var o map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &o); err != nil {
			t.Fatalf("%s: %v in %s", path, err, w.Body)
		}
		return w.Code, w.Header(), o
	}
	for name, c := range map[string]struct {
		handler   http.Handler
		path, key string
		told      map[string]any // of the request too many
		guess     string
		guessed   map[string]any // after too many wrong keys
	}{
		"Stripe's": {
			n.life.foreign, "/v1/account", stripe.KeysOf(identity.DemoShop).Secret, map[string]any{"error.code": "rate_limit", "error.type": "invalid_request_error"},
			"sk_test_guess", map[string]any{"error.code": "rate_limit"},
		},
		"Mollie's": {
			n.Routes(), "/mollie/v2/profiles/me", mollie.KeyOf(identity.OtherShop), map[string]any{"status": 429, "title": "Too Many Requests"},
			"test_guess", map[string]any{"status": 429},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if code, _, o := ask(c.handler, c.path, c.key); code != http.StatusOK {
				t.Fatalf("the first request is answered with %d %v", code, o)
			}
			code, head, o := ask(c.handler, c.path, c.key)
			if code != http.StatusTooManyRequests || head.Get("Retry-After") != "100" || head.Get("Ratelimit") == "" {
				t.Errorf("the second request is answered with %d, %v", code, head)
			}
			teller{T: t}.holds(o, c.told)
			for range 1000 {
				if code, head, o = ask(c.handler, c.path, c.guess); code != http.StatusUnauthorized {
					break
				}
			}
			if code != http.StatusTooManyRequests || head.Get("Retry-After") == "" {
				t.Errorf("wrong keys are answered with %d, %v at last", code, head)
			}
			teller{T: t}.holds(o, c.guessed)
		})
	}
}

// What goes wrong on purpose goes wrong in every API, and what is done there is recorded as what is done in the house's own.
func TestDialects_FaultsAndAudit(t *testing.T) {
	a := newDutch(t, Config{Banks: Banks{Tempers: bank.Seven()[:1]}, FreezeAt: in2030, Hold: 50 * time.Millisecond})
	s := teller{t, a.node, stripe.KeysOf(identity.DemoShop).Secret, stripespec.Load(t)}
	c := &cast{T: t, base: a.node.URL(), tokens: map[string]string{}}
	c.token(identity.DemoOperator)
	begin := func(wish string) string {
		t.Helper()
		code, body := c.send("demo-operator", "POST", "/sim/faults", wish, "")
		if code != 201 {
			t.Fatalf("began %s: %d %s", wish, code, body)
		}
		id, _ := member(t, body, "id").(string)
		return id
	}
	end := func(id string) { c.send("demo-operator", "DELETE", "/sim/faults/"+id, "", "") }
	heard := func(online bool) { // until the bank's word of it was heard
		awaited(t, fmt.Sprintf("the bank's word of being online = %v was not heard", online), func() bool {
			is, _ := a.node.directory.Find("SANDNL2A")
			return is.Online == online
		})
	}
	const intent, mugs = "amount=500&currency=eur", `{"amount": {"currency": "EUR", "value": "10.00"}, "description": "Mugs", "redirectUrl": "https://shop.example/"}`

	t.Run("a bank is offline", func(t *testing.T) {
		id := begin(`{"kind": "bank_offline", "bank": "SANDNL2A", "for": "1h"}`)
		heard(false)
		s.holds(s.ask("POST", "/v1/payment_intents", intent, 503), map[string]any{"error.type": "api_error"})
		a.holds(a.ask("POST", "payments", mugs, 503), map[string]any{"status": 503})
		end(id)
		heard(true)
	})
	t.Run("the database is away", func(t *testing.T) {
		id := begin(`{"kind": "database_refusing", "for": "1h"}`)
		s.holds(s.ask("POST", "/v1/payment_intents", intent, 503), map[string]any{"error.type": "api_error", "error.code": nil})
		a.holds(a.ask("POST", "payments", mugs, 503), map[string]any{"status": 503, "title": "Service Unavailable"})
		end(id)
	})
	t.Run("a bank is slow", func(t *testing.T) {
		id := begin(`{"kind": "bank_slow", "bank": "SANDNL2A", "delay": "5s", "for": "1h"}`)
		slow := s.ask("POST", "/v1/payment_intents", intent+"&confirm=true&payment_method=pm_card_visa", 200)
		s.holds(slow, map[string]any{"status": "processing"})
		there := "tr_" + strings.TrimPrefix(slow["id"].(string), "pi_")
		a.holds(a.ask("GET", "payments/"+there, "", 200), map[string]any{"status": "pending"})
		a.advance("10s")
		s.holds(s.ask("GET", "/v1/payment_intents/"+slow["id"].(string), "", 200), map[string]any{"status": "succeeded"})
		a.holds(a.ask("GET", "payments/"+there, "", 200), map[string]any{"status": "paid"})
		end(id)
	})
	t.Run("a receiver fails", func(t *testing.T) {
		p, h := a.phone(), &hooks{}
		for _, name := range []string{"Mollie's", "Stripe's"} { // in this order: an endpoint of Stripe's hears of all payments
			if name == "Stripe's" {
				h = hear(s)
				s.ask("POST", "/v1/webhook_endpoints/"+at(s.ask("GET", "/v1/webhook_endpoints", "", 200), "data.0.id").(string), "enabled_events[]=payment_intent.canceled", 200)
			}
			id := begin(`{"kind": "receiver_fails", "times": 1}`)
			if name == "Stripe's" {
				made := s.ask("POST", "/v1/payment_intents", intent, 200)
				s.ask("POST", "/v1/payment_intents/"+made["id"].(string)+"/cancel", "", 200)
			} else {
				a.ask("DELETE", "payments/"+a.made(`, "webhookUrl": "`+p.URL+`"`), "", 200)
			}
			for range 20_000 { // until the first try has met it
				if code, _ := c.send("demo-operator", "GET", "/sim/faults/"+id, "", ""); code == http.StatusNotFound { // it struck as often as it was to
					break
				}
			}
			if len(p.calls)+len(h.got) != 0 {
				t.Errorf("%s webhook came though its receiver fails", name)
			}
			a.advance("1h")
			select {
			case <-p.calls:
			case <-h.got:
			case <-time.After(5 * time.Minute):
				t.Errorf("%s webhook is not tried again", name)
			}
		}
	})
	t.Run("it is recorded", func(t *testing.T) {
		made := s.ask("POST", "/v1/payment_intents", intent+"&confirm=true&payment_method=pm_card_visa", 200)["id"].(string)
		s.ask("POST", "/v1/refunds", "payment_intent="+made+"&amount=100", 200)
		void := a.made(`, "captureMode": "manual"`)
		a.paid(void)
		a.ask("POST", "payments/"+void+"/captures", `{"amount": {"currency": "EUR", "value": "1.00"}}`, 201)
		stopped := a.made("")
		a.ask("DELETE", "payments/"+stopped, "", 200)
		s.ask("POST", "/v1/payment_intents", intent, 403, "Authorization", "Bearer "+stripe.KeysOf(identity.DemoReader).Secret)
		a.ask("POST", "payments", mugs, 403, "Authorization", "Bearer "+mollie.KeyOf(identity.DemoReader))
		ours := "pay" + strings.TrimPrefix(house("tr_"+strings.TrimPrefix(made, "pi_")), "pay")
		want := map[string]int{
			"payment.create demo-shop allowed " + ours: 1, "payment.refund demo-shop allowed " + ours: 1,
			"payment.capture demo-shop allowed " + house(void): 1, "payment.cancel demo-shop allowed " + house(stopped): 1,
			"payment.create demo-reader refused ": 2,
		}
		for give := time.Now().Add(5 * time.Minute); len(want) > 0 && time.Now().Before(give); {
			sealed, err := a.node.Store().ListAudits(t.Context(), audit.Filter{Limit: 500})
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]int{}
			for _, r := range sealed {
				seen[fmt.Sprintf("%s %s %s %s", r.Record.Action, r.Record.Actor.ID, r.Record.Outcome, r.Record.Object)] += max(1, r.Record.Count)
			}
			for record, n := range want {
				if seen[record] == n {
					delete(want, record)
				}
			}
		}
		for missing := range want {
			t.Errorf("the audit log has not %s, so often as it was done", missing)
		}
	})
	a.settles(a.made(""), func(p payment.Payment) bool { return p.Status == payment.Created })
}
