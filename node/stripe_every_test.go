package node

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sandbank/dialect/stripe"
)

// always are the routes that refuse whatever is asked, each with a reason.
var always = map[string]bool{"POST /v1/payouts/{id}/cancel": true, "POST /v1/refunds/{id}/cancel": true, "POST /v1/test_helpers/refunds/{id}/expire": true}

// Every route answers once at least, and every answer is as Stripe's document has it. What the docs list as ignored is.
func TestStripe_EveryRouteAnswersAsTheDocumentSays(t *testing.T) {
	a := newTeller(t, Config{FreezeAt: in2030, Hold: 20 * time.Second}) // which a busy bank may need, and a dispute that is closed takes
	op := a.steering()
	answered := map[string]bool{}
	// do asks for a route, whose variable is the id.
	do := func(who teller, route, id, form string, headers ...string) map[string]any {
		t.Helper()
		method, path, _ := strings.Cut(route, " ")
		want := http.StatusOK
		if always[route] {
			want = http.StatusBadRequest
		}
		unread := stripe.Ignored(route)
		for _, parameter := range unread { // each changes nothing, and is told of
			form = strings.TrimPrefix(form+"&"+parameter+"=x", "&")
		}
		query := ""
		if method == http.MethodGet && form != "" {
			query, form = "?"+encoded(form), ""
		}
		answered[route] = true
		o, status, head := who.whole(method, strings.Replace(path, "{id}", id, 1)+query, form, headers...)
		told := strings.Split(head.Get(stripe.IgnoredHeader), ", ")
		slices.Sort(told)
		if status != want || len(unread) > 0 && !slices.Equal(told, unread) {
			t.Fatalf("%s %s: %d %v with %v ignored, expected %d with %v", route, form, status, o, told, want, unread)
		}
		return o
	}
	name := func(o map[string]any, path string) string { t.Helper(); return fmt.Sprint(at(o, path)) }

	customer := name(do(a, "POST /v1/customers", "", "name=Ann&email=ann@shop.example"), "id")
	do(a, "POST /v1/customers/{id}", customer, "phone=123")
	do(a, "GET /v1/customers/{id}", customer, "")
	do(a, "GET /v1/customers", "", "email=ann@shop.example")
	do(a, "GET /v1/customers/search", "", "query=name:'Ann'")
	product := name(do(a, "POST /v1/products", "", "name=Teapot"), "id")
	do(a, "POST /v1/products/{id}", product, "description=For two")
	do(a, "GET /v1/products/{id}", product, "")
	do(a, "GET /v1/products", "", "active=true")
	do(a, "GET /v1/products/search", "", "query=name:'Teapot'")
	price := name(do(a, "POST /v1/prices", "", "product="+product+"&currency=eur&unit_amount=1999"), "id")
	do(a, "POST /v1/prices/{id}", price, "nickname=usual")
	do(a, "GET /v1/prices/{id}", price, "")
	do(a, "GET /v1/prices", "", "product="+product)
	do(a, "GET /v1/prices/search", "", "query=active:'true'")

	hook := name(do(a, "POST /v1/webhook_endpoints", "", "url=http://127.0.0.1:1/hook&enabled_events[]=*"), "id")
	do(a, "POST /v1/webhook_endpoints/{id}", hook, "description=of a test&disabled=true")
	do(a, "GET /v1/webhook_endpoints/{id}", hook, "")
	do(a, "GET /v1/webhook_endpoints", "", "")
	do(a, "DELETE /v1/webhook_endpoints/{id}", hook, "")

	session := name(do(a, "POST /v1/checkout/sessions", "", checkout), "id")
	do(a, "POST /v1/checkout/sessions/{id}", session, "metadata[a]=b")
	do(a, "GET /v1/checkout/sessions/{id}", session, "expand[]=line_items")
	do(a, "GET /v1/checkout/sessions/{id}/line_items", session, "")
	do(a, "GET /v1/checkout/sessions", "", "limit=3")
	do(a, "POST /v1/checkout/sessions/{id}/expire", session, "")

	method := name(do(a, "POST /v1/payment_methods", "", "type=card&card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2034&card[cvc]=123"), "id")
	do(a, "POST /v1/payment_methods/{id}", method, "metadata[a]=b")
	a.holds(do(a, "POST /v1/payment_methods/{id}/attach", method, "customer="+customer), map[string]any{"customer": customer, "metadata.a": "b"})
	a.holds(a.ask("POST", "/v1/payment_methods/pm_card_chargeDeclinedLostCard/attach", "customer="+customer, http.StatusPaymentRequired), map[string]any{"error.code": "card_declined", "error.decline_code": "lost_card"})
	a.ask("POST", "/v1/customers", "payment_method=pm_none", http.StatusNotFound)
	a.holds(a.ask("GET", "/v1/payment_methods?customer="+name(a.ask("POST", "/v1/customers", "payment_method=pm_card_visa", 200), "id"), "", 200), map[string]any{"data.0.card.last4": "4242"})
	a.holds(do(a, "GET /v1/payment_methods", "", "customer="+customer+"&type=card"), map[string]any{"data.0.id": method, "data.1": nil})
	a.holds(do(a, "GET /v1/payment_methods/{id}", method, ""), map[string]any{"customer": customer, "card.last4": "4242"})

	intent := name(do(a, "POST /v1/payment_intents", "", "amount=2000&currency=eur&customer="+customer+"&payment_method="+method), "id")
	do(a, "POST /v1/payment_intents/{id}", intent, "description=Two cups")
	a.holds(do(a, "POST /v1/payment_intents/{id}/confirm", intent, ""), map[string]any{"status": "succeeded"})
	do(a, "GET /v1/payment_intents/{id}", intent, "expand[]=customer&expand[]=latest_charge.balance_transaction")
	do(a, "GET /v1/payment_intents", "", "limit=3")
	do(a, "GET /v1/payment_intents/search", "", "query=amount:2000")
	canceled := name(do(a, "POST /v1/payment_intents", "", "amount=100&currency=eur"), "id")
	do(a, "POST /v1/payment_intents/{id}/cancel", canceled, "")
	held := name(do(a, "POST /v1/payment_intents", "", "amount=1000&currency=eur&capture_method=manual&confirm=true&payment_method=pm_card_visa"), "id")
	do(a, "POST /v1/payment_intents/{id}/capture", held, "")
	a.holds(do(a, "POST /v1/payment_methods/{id}/detach", method, ""), map[string]any{"customer": nil})

	paid := do(a, "POST /v1/charges", "", "amount=700&currency=eur&source=tok_visa&description=A cup")
	a.holds(paid, map[string]any{"status": "succeeded", "captured": true, "amount_captured": 700})
	authorized := do(a, "POST /v1/charges", "", "amount=700&currency=eur&capture=false&source[object]=card&source[number]=4242424242424242&source[exp_month]=12&source[exp_year]=2034&source[cvc]=123")
	a.holds(authorized, map[string]any{"status": "succeeded", "captured": false, "balance_transaction": nil})
	a.holds(do(a, "POST /v1/charges/{id}/capture", name(authorized, "id"), "amount=500"), map[string]any{"captured": true, "amount_captured": 500})
	a.holds(a.ask("POST", "/v1/charges", "amount=700&currency=eur&source=tok_chargeDeclined", http.StatusPaymentRequired), map[string]any{"error.code": "card_declined"})
	a.holds(a.ask("POST", "/v1/charges/"+name(paid, "id")+"/capture", "", http.StatusBadRequest), map[string]any{"error.code": "charge_already_captured"})
	do(a, "GET /v1/charges/{id}", name(paid, "id"), "")
	do(a, "GET /v1/charges", "", "limit=3")
	do(a, "GET /v1/charges/search", "", "query=amount:700")
	refund := name(do(a, "POST /v1/refunds", "", "charge="+name(paid, "id")+"&amount=200"), "id")
	do(a, "GET /v1/refunds/{id}", refund, "")
	do(a, "GET /v1/refunds", "", "limit=3")
	do(a, "POST /v1/refunds/{id}/cancel", refund, "")
	do(a, "POST /v1/test_helpers/refunds/{id}/expire", refund, "")
	a.holds(do(a, "GET /v1/charges/{id}/refunds", name(paid, "id"), ""), map[string]any{"data.0.id": refund, "data.1": nil})

	disputed := name(do(a, "POST /v1/charges", "", "amount=900&currency=eur&source=tok_createDispute"), "id")
	a.advance("10s")
	dispute := name(do(a, "GET /v1/disputes", "", "charge="+disputed), "data.0.id")
	do(a, "GET /v1/disputes/{id}", dispute, "")
	a.holds(do(a, "GET /v1/charges/{id}/dispute", disputed, ""), map[string]any{"id": dispute})
	do(a, "POST /v1/disputes/{id}", dispute, "evidence[uncategorized_text]=a receipt")
	disputed = name(do(a, "POST /v1/charges", "", "amount=900&currency=eur&source=tok_createDispute"), "id")
	a.advance("10s")
	do(a, "POST /v1/disputes/{id}/close", name(do(a, "GET /v1/charges/{id}/dispute", disputed, ""), "id"), "")

	do(a, "GET /v1/account", "", "")
	do(a, "GET /v1/balance", "", "")
	transaction := name(do(a, "GET /v1/balance_transactions", "", "limit=3"), "data.0.id")
	do(a, "GET /v1/balance_transactions/{id}", transaction, "")
	event := name(do(a, "GET /v1/events", "", "limit=3"), "data.0.id")
	do(a, "GET /v1/events/{id}", event, "")

	a.advance("36h") // by which the banks have settled
	shop := []string{"Stripe-Account", "acct_demo-shop"}
	said := op.ask("POST", "/v1/payouts", "amount=1&currency=eur", http.StatusBadRequest, shop...)
	a.holds(op.ask("POST", "/v1/payouts", "amount=99999999&currency=eur", http.StatusBadRequest, shop...), map[string]any{"error.code": "balance_insufficient"})
	a.ask("POST", "/v1/payouts", "amount=1&currency=eur", http.StatusForbidden)
	var settled int64
	message := name(said, "error.message")
	if _, err := fmt.Sscanf(message[strings.LastIndex(message, ": ")+2:], "%d", &settled); err != nil {
		t.Fatalf("the refusal does not say how much is settled: %s", message)
	}
	payout := do(op, "POST /v1/payouts", "", fmt.Sprintf("amount=%d&currency=eur", settled), shop...)
	a.holds(payout, map[string]any{"amount": settled, "status": "in_transit"})
	do(op, "POST /v1/payouts/{id}/cancel", name(payout, "id"), "", shop...)
	a.holds(do(a, "GET /v1/payouts/{id}", name(payout, "id"), ""), map[string]any{"amount": settled})
	a.holds(do(a, "GET /v1/payouts", "", "limit=3"), map[string]any{"data.0.id": payout["id"], "data.1": nil})

	clock := name(do(op, "POST "+clocks, "", fmt.Sprintf("frozen_time=%d", a.node.hand.Show().Now.Unix())), "id")
	do(op, "GET "+clocks, "", "")
	do(op, "GET "+clocks+"/{id}", clock, "")
	do(op, "POST "+clocks+"/{id}/advance", clock, fmt.Sprintf("frozen_time=%d", a.node.hand.Show().Now.Unix()+60))
	do(op, "DELETE "+clocks+"/{id}", clock, "")

	do(a, "DELETE /v1/products/{id}", product, "")
	do(a, "DELETE /v1/customers/{id}", customer, "")
	for _, r := range stripe.Routes() {
		if !answered[r.Method+" "+r.Path] {
			t.Errorf("%s %s was not asked", r.Method, r.Path)
		}
	}
}
