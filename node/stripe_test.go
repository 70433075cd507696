package node

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sandbank/dialect/stripe"
	"sandbank/identity"
	"sandbank/internal/stripespec"
)

// teller asks in Stripe's dialect, and holds every answer to Stripe's own document.
type teller struct {
	*testing.T
	node *Node
	key  string
	spec *stripespec.Spec
}

func newTeller(t *testing.T, c Config) teller {
	t.Helper()
	n := started(t, c)
	if n.StripeURL() == "" {
		t.Fatal("Stripe's API is spoken nowhere")
	}
	return teller{t, n, stripe.KeysOf(identity.DemoShop).Secret, stripespec.Load(t)}
}

var plain = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// templates are the paths of objects, for the document.
var templates = regexp.MustCompile(`/(pi|cs_test|ch|re|evt|we|pm|dp|cus|prod|price|po|txn|clock)_[A-Za-z0-9_]+`)

// ask sends a form and expects a status; "form" is name=value&…, and headers follow.
func (a teller) ask(method, path, form string, want int, headers ...string) map[string]any {
	a.Helper()
	o, status := a.any(method, path, form, headers...)
	if status != want {
		a.Fatalf("%s %s %s: %d %v, expected %d", method, path, form, status, o, want)
	}
	return o
}

// any sends a form and returns the answer, whatever it is.
func (a teller) any(method, path, form string, headers ...string) (o map[string]any, status int) {
	a.Helper()
	o, status, _ = a.whole(method, path, form, headers...)
	return o, status
}

// whole is any with the answer's header.
func (a teller) whole(method, path, form string, headers ...string) (o map[string]any, status int, head http.Header) {
	a.Helper()
	r, err := http.NewRequestWithContext(a.Context(), method, a.node.StripeURL()+path, strings.NewReader(encoded(form)))
	if err != nil {
		a.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+a.key)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := plain.Do(r)
	if err != nil {
		a.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, _ := io.ReadAll(answer.Body)
	if answer.Header.Get("Request-Id") == "" || answer.Header.Get("Stripe-Version") == "" {
		a.Errorf("%s %s: the answer has the headers %v", method, path, answer.Header)
	}
	plainPath, _, _ := strings.Cut(path, "?")
	if err := a.spec.Check(method+" "+templates.ReplaceAllString(plainPath, "/{id}"), answer.StatusCode, body); err != nil {
		a.Errorf("%s %s: Stripe's document does not allow %s: %v", method, path, body, err)
	}
	if err := json.Unmarshal(body, &o); err != nil {
		a.Fatal(err)
	}
	return o, answer.StatusCode, answer.Header
}

// read sends a request and returns the body of its answer, which is to be 200.
func (a teller) read(q *http.Request) string {
	a.Helper()
	answer, err := plain.Do(q)
	if err != nil {
		a.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, _ := io.ReadAll(answer.Body)
	if answer.StatusCode != http.StatusOK {
		a.Fatalf("%s %s: %s %s", q.Method, q.URL, answer.Status, body)
	}
	return string(body)
}

// encoded is a readable form as it is sent.
func encoded(form string) string {
	pairs := strings.Split(form, "&")
	for i, p := range pairs {
		name, value, _ := strings.Cut(p, "=")
		pairs[i] = url.QueryEscape(name) + "=" + url.QueryEscape(value)
	}
	if form == "" {
		return ""
	}
	return strings.Join(pairs, "&")
}

// at follows members of an object: "error.code".
func at(o map[string]any, path string) any {
	var v any = o
	for step := range strings.SplitSeq(path, ".") {
		switch of := v.(type) {
		case map[string]any:
			v = of[step]
		case []any:
			var i int
			if _, err := fmt.Sscan(step, &i); err != nil || i >= len(of) {
				return nil
			}
			v = of[i]
		default:
			return nil
		}
	}
	return v
}

func (a teller) holds(o map[string]any, wants map[string]any) {
	a.Helper()
	for path, want := range wants {
		if got := at(o, path); fmt.Sprint(got) != fmt.Sprint(want) {
			a.Errorf("%s is %v, expected %v", path, got, want)
		}
	}
}

const checkout = "mode=payment&success_url=https://shop.example/done?s={CHECKOUT_SESSION_ID}&cancel_url=https://shop.example/cart&client_reference_id=order-7" +
	"&line_items[0][price_data][currency]=eur&line_items[0][price_data][unit_amount]=1999&line_items[0][price_data][product_data][name]=Teapot&line_items[0][quantity]=2" +
	"&payment_intent_data[metadata][order]=7&metadata[cart]=c1"

func TestStripe_PaymentIntents(t *testing.T) {
	a := newTeller(t, Config{})
	made := a.ask("POST", "/v1/payment_intents", "amount=2000&currency=eur&metadata[order]=1", 200)
	a.holds(made, map[string]any{"status": "requires_payment_method", "amount": 2000, "currency": "eur", "metadata.order": "1", "latest_charge": nil})
	id := made["id"].(string)
	paid := a.ask("POST", "/v1/payment_intents/"+id+"/confirm", "payment_method=pm_card_visa", 200)
	a.holds(paid, map[string]any{"status": "succeeded", "amount_received": 2000})
	charge := a.ask("GET", "/v1/charges/"+paid["latest_charge"].(string), "", 200)
	a.holds(charge, map[string]any{"paid": true, "captured": true, "amount_captured": 2000, "payment_method_details.card.last4": "4242"})
	refund := a.ask("POST", "/v1/refunds", "payment_intent="+id+"&amount=500&reason=duplicate&metadata[a]=b", 200)
	a.holds(refund, map[string]any{"status": "succeeded", "amount": 500, "reason": "duplicate", "metadata.a": "b", "charge": charge["id"]})
	a.ask("GET", "/v1/refunds/"+refund["id"].(string), "", 200)
	a.holds(a.ask("GET", "/v1/payment_intents/"+id+"?expand[]=latest_charge.refunds", "", 200),
		map[string]any{"latest_charge.amount_refunded": 500, "latest_charge.refunds.data.0.id": refund["id"]})
	a.holds(a.ask("POST", "/v1/refunds", "payment_intent="+id+"&amount=9999", 400), map[string]any{"error.type": "invalid_request_error", "error.param": "amount"})
	a.ask("POST", "/v1/refunds", "charge="+charge["id"].(string), 200)
	a.holds(a.ask("POST", "/v1/refunds", "charge="+charge["id"].(string), 400), map[string]any{"error.code": "charge_already_refunded"})

	declined := a.ask("POST", "/v1/payment_intents", "amount=1000&currency=usd&payment_method=pm_card_chargeDeclinedInsufficientFunds&confirm=true", 402)
	a.holds(declined, map[string]any{"error.type": "card_error", "error.code": "card_declined", "error.decline_code": "insufficient_funds", "error.payment_intent.status": "requires_payment_method"})
	again := at(declined, "error.payment_intent.id").(string)
	a.holds(a.ask("POST", "/v1/payment_intents/"+again+"/confirm", "payment_method=pm_card_mastercard", 200), map[string]any{"status": "succeeded", "last_payment_error": nil})
	a.holds(a.ask("POST", "/v1/payment_intents/"+again+"/cancel", "", 400), map[string]any{"error.code": "payment_intent_unexpected_state", "error.payment_intent.id": again})

	challenged := a.ask("POST", "/v1/payment_intents", "amount=1000&currency=eur&payment_method=pm_card_authenticationRequired&confirm=true&return_url=https://shop.example/back", 200)
	a.holds(challenged, map[string]any{"status": "requires_action", "next_action.type": "redirect_to_url"})
	if to, _ := at(challenged, "next_action.redirect_to_url.url").(string); !strings.HasPrefix(to, "http://127.0.0.1:") {
		t.Errorf("the customer is led to %q", to)
	}

	held := a.ask("POST", "/v1/payment_intents", "amount=1000&currency=eur&payment_method=pm_card_visa&confirm=true&capture_method=manual", 200)
	a.holds(held, map[string]any{"status": "requires_capture", "amount_capturable": 1000})
	a.holds(a.ask("POST", "/v1/payment_intents/"+held["id"].(string)+"/capture", "amount_to_capture=400", 200), map[string]any{"status": "succeeded", "amount_received": 400})
	void := a.ask("POST", "/v1/payment_intents", "amount=1000&currency=eur&payment_method=pm_card_visa&confirm=true&capture_method=manual", 200)
	a.holds(a.ask("POST", "/v1/payment_intents/"+void["id"].(string)+"/cancel", "cancellation_reason=duplicate", 200), map[string]any{"status": "canceled", "cancellation_reason": "duplicate"})
	a.holds(a.ask("GET", "/v1/payment_intents?limit=2", "", 200), map[string]any{"has_more": true, "data.0.id": void["id"], "data.1.id": held["id"]})
}

func TestStripe_CheckoutSessions(t *testing.T) {
	a := newTeller(t, Config{})
	made := a.ask("POST", "/v1/checkout/sessions", checkout, 200)
	a.holds(made, map[string]any{"status": "open", "payment_status": "unpaid", "amount_total": 3998, "payment_intent": nil, "client_reference_id": "order-7", "metadata.cart": "c1"})
	id := made["id"].(string)
	if page, _ := made["url"].(string); !strings.HasPrefix(page, a.node.URL()+"/pay/") {
		t.Errorf("the page is at %q", page)
	}
	a.holds(a.ask("GET", "/v1/checkout/sessions/"+id+"/line_items", "", 200), map[string]any{"data.0.description": "Teapot", "data.0.amount_total": 3998, "data.0.quantity": 2})
	a.holds(a.ask("GET", "/v1/checkout/sessions/"+id+"?expand[]=line_items", "", 200), map[string]any{"line_items.data.0.price.unit_amount": 1999})
	a.holds(a.ask("GET", "/v1/checkout/sessions", "", 200), map[string]any{"data.0.id": id})
	a.holds(a.ask("POST", "/v1/checkout/sessions/"+id+"/expire", "", 200), map[string]any{"status": "expired", "url": nil})
	a.ask("POST", "/v1/checkout/sessions/"+id+"/expire", "", 400)
	list := a.ask("GET", "/v1/events?type=checkout.session.expired", "", 200)
	a.holds(list, map[string]any{"data.0.data.object.id": id, "data.0.data.object.status": "expired"})
	a.ask("GET", "/v1/events/"+at(list, "data.0.id").(string), "", 200)
}

func TestStripe_Refusals(t *testing.T) {
	a := newTeller(t, Config{})
	for name, c := range map[string]struct {
		method, path, form string
		status             int
		code, param        any
		headers            []string
	}{
		"no amount":           {"POST", "/v1/payment_intents", "currency=eur", 400, "parameter_missing", "amount", nil},
		"a word for a number": {"POST", "/v1/payment_intents", "currency=eur&amount=ten", 400, "parameter_invalid_integer", "amount", nil},
		"no such currency":    {"POST", "/v1/payment_intents", "currency=xxx&amount=10", 400, "parameter_invalid_choice", "currency", nil},
		"no such parameter":   {"POST", "/v1/payment_intents", "currency=eur&amount=10&colour=red", 400, "parameter_unknown", "colour", nil},
		"no such object":      {"GET", "/v1/payment_intents/pi_123", "", 404, "resource_missing", "intent", nil},
		"a subscription":      {"POST", "/v1/checkout/sessions", strings.Replace(checkout, "mode=payment", "mode=subscription", 1), 400, "parameter_invalid_choice", "mode", nil},
		"no key":              {"GET", "/v1/payment_intents", "", 401, nil, nil, []string{"Authorization", ""}},
		"a wrong key":         {"GET", "/v1/payment_intents", "", 401, nil, nil, []string{"Authorization", "Bearer sk_test_guess"}},
		"a live key":          {"GET", "/v1/payment_intents", "", 401, "live_key_refused", nil, []string{"Authorization", "Bearer sk_live_guess"}},
		"a wrong version":     {"GET", "/v1/payment_intents", "", 400, "api_version_invalid", nil, []string{"Stripe-Version", "latest"}},
		"a publishable key":   {"POST", "/v1/refunds", "payment_intent=pi_1", 403, "secret_key_required", nil, []string{"Authorization", "Bearer " + stripe.KeysOf(identity.DemoShop).Publishable}},
		"a page too large":    {"GET", "/v1/charges?limit=101", "", 400, "parameter_invalid_integer", "limit", nil},
	} {
		o := a.ask(c.method, c.path, c.form, c.status, c.headers...)
		if at(o, "error.code") != c.code || at(o, "error.param") != c.param {
			t.Errorf("%s: %v, expected the code %v and the parameter %v", name, o, c.code, c.param)
		}
	}
}

// A repeated key gives the first answer again; another request under it is refused.
func TestStripe_IdempotencyKeys(t *testing.T) {
	a := newTeller(t, Config{})
	key := []string{"Idempotency-Key", "order-1"}
	first := a.ask("POST", "/v1/payment_intents", "amount=700&currency=eur&payment_method=pm_card_visa&confirm=true", 200, key...)
	a.holds(a.ask("POST", "/v1/payment_intents", "amount=700&currency=eur&payment_method=pm_card_visa&confirm=true", 200, key...), map[string]any{"id": first["id"], "status": "succeeded"})
	a.holds(a.ask("POST", "/v1/payment_intents", "amount=800&currency=eur", 400, key...), map[string]any{"error.type": "idempotency_error"})
	a.holds(a.ask("GET", "/v1/payment_intents", "", 200), map[string]any{"has_more": false, "data.0.id": first["id"], "data.1": nil})
}
