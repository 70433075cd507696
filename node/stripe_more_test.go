package node

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sandbank/processor"
)

// in2030 is where simulated time stands: so late that nothing that is left open is overdue by the computer's clock.
var in2030 = time.Date(2030, 1, 7, 12, 0, 0, 0, time.UTC)

// Customers, products and prices are kept as they were sent; a session sells by a price.
func TestStripe_CustomersProductsAndPrices(t *testing.T) {
	a := newTeller(t, Config{Seed: 7})
	customer := a.ask("POST", "/v1/customers", "name=Ann&email=ann@shop.example&metadata[a]=b&address[city]=Hoorn", 200)
	a.holds(customer, map[string]any{"object": "customer", "name": "Ann", "metadata.a": "b", "address.city": "Hoorn"})
	id := customer["id"].(string)
	a.holds(a.ask("POST", "/v1/customers/"+id, "name=Anna&metadata[a]=&metadata[c]=d", 200), map[string]any{"name": "Anna", "email": "ann@shop.example", "metadata.a": nil, "metadata.c": "d"})
	a.holds(a.ask("GET", "/v1/customers?email=ann@shop.example", "", 200), map[string]any{"data.0.id": id, "data.1": nil})
	product := a.ask("POST", "/v1/products", "name=Teapot&description=For two", 200)
	price := a.ask("POST", "/v1/prices", "product="+product["id"].(string)+"&currency=eur&unit_amount=1999", 200)
	a.holds(price, map[string]any{"unit_amount": 1999, "currency": "eur", "type": "one_time", "active": true, "product": product["id"]})
	a.holds(a.ask("POST", "/v1/prices", "currency=eur&unit_amount=5&product_data[name]=Cup", 200), map[string]any{"unit_amount": 5})
	session := a.ask("POST", "/v1/checkout/sessions", "mode=payment&success_url=https://shop.example/done&customer="+id+"&line_items[0][price]="+price["id"].(string)+"&line_items[0][quantity]=2", 200)
	a.holds(session, map[string]any{"amount_total": 3998, "customer": id})
	a.holds(a.ask("GET", "/v1/checkout/sessions/"+session["id"].(string)+"/line_items", "", 200), map[string]any{"data.0.description": "Teapot", "data.0.price.id": price["id"]})
	a.ask("POST", "/v1/prices/"+price["id"].(string), "active=false", 200)
	a.ask("POST", "/v1/checkout/sessions", "mode=payment&success_url=https://shop.example/done&line_items[0][price]="+price["id"].(string), 400)
	a.holds(a.ask("GET", "/v1/prices?active=true", "", 200), map[string]any{"data.0.unit_amount": 5, "data.1": nil})
	a.holds(a.ask("GET", "/v1/products", "", 200), map[string]any{"data.0.name": "Cup", "data.1.name": "Teapot"})
	a.holds(a.ask("DELETE", "/v1/customers/"+id, "", 200), map[string]any{"deleted": true})
	a.holds(a.ask("GET", "/v1/customers/"+id, "", 200), map[string]any{"deleted": true})
	a.ask("POST", "/v1/customers/"+id, "name=Ann", 404)
	a.ask("GET", "/v1/customers/cus_1", "", 404)
	a.holds(a.ask("POST", "/v1/prices", "currency=eur&unit_amount=5&product=prod_1", 404), map[string]any{"error.param": "product"})
	a.holds(a.ask("POST", "/v1/customers", "name="+strings.Repeat("x", 3000), 400), map[string]any{"error.param": "name"})
	a.holds(a.ask("POST", "/v1/customers", "name=4242 4242 4242 4242", 400), map[string]any{"error.param": "name"})
}

// A search finds by members and metadata, a page after the other.
func TestStripe_Search(t *testing.T) {
	a := newTeller(t, Config{Seed: 7})
	var ids []any
	for _, form := range []string{"amount=700&metadata[order]=7", "amount=800&metadata[order]=8&payment_method=pm_card_visa&confirm=true", "amount=900&metadata[order]=9", "amount=900&metadata[order]=7"} {
		ids = append(ids, a.ask("POST", "/v1/payment_intents", "currency=eur&"+form, 200)["id"])
	}
	search := func(query, more string) map[string]any {
		return a.ask("GET", "/v1/payment_intents/search?query="+url.QueryEscape(query)+more, "", 200)
	}
	a.holds(search("metadata['order']:'7'", ""), map[string]any{"object": "search_result", "data.0.id": ids[3], "data.1.id": ids[0], "data.2": nil, "has_more": false})
	first := search("amount>700", "&limit=2")
	a.holds(first, map[string]any{"data.0.id": ids[3], "data.1.id": ids[2], "has_more": true})
	a.holds(search("amount>700", "&limit=2&page="+first["next_page"].(string)), map[string]any{"data.0.id": ids[1], "has_more": false, "next_page": nil})
	a.holds(search(`status:"succeeded" OR amount:700`, ""), map[string]any{"data.0.id": ids[1], "data.1.id": ids[0], "data.2": nil})
	a.holds(search(`-status:'succeeded' AND amount>=900 AND -metadata["order"]:"9"`, ""), map[string]any{"data.0.id": ids[3], "data.1": nil})
	a.holds(a.ask("GET", "/v1/charges/search?query="+url.QueryEscape("amount<900"), "", 200), map[string]any{"data.0.payment_intent": ids[1], "data.1": nil})
	a.ask("POST", "/v1/customers", "name=Ann Other&email=ann@shop.example", 200)
	a.holds(a.ask("GET", "/v1/customers/search?query="+url.QueryEscape("name~'other'"), "", 200), map[string]any{"data.0.name": "Ann Other"})
	for _, wrong := range []string{"", "colour:'red'", "status", "status:'a' AND status:'b' OR status:'c'", "metadata:'x'", "status:'open"} {
		a.holds(a.ask("GET", "/v1/payment_intents/search?query="+url.QueryEscape(wrong), "", 400), map[string]any{"error.param": "query"})
	}
}

// A dispute that the merchant gives up is lost as soon as the bank says so.
func TestStripe_ClosesADispute(t *testing.T) {
	a := newTeller(t, Config{FreezeAt: in2030, Hold: time.Second}) // the bank waits for the clock
	paid := a.ask("POST", "/v1/payment_intents", "amount=900&currency=eur&payment_method=pm_card_createDispute&confirm=true", 200)
	a.advance("10s")
	id := at(a.ask("GET", "/v1/disputes?payment_intent="+paid["id"].(string), "", 200), "data.0.id").(string)
	a.ask("POST", "/v1/disputes/"+id+"/close", "", 200)
	a.advance("10s")
	a.holds(a.ask("GET", "/v1/disputes/"+id, "", 200), map[string]any{"status": "lost"})
	a.ask("POST", "/v1/disputes/"+id+"/close", "", 400)
	a.holds(a.ask("GET", "/v1/events?type=charge.dispute.closed", "", 200), map[string]any{"data.0.data.object.status": "lost"})
	a.holds(a.ask("GET", "/v1/balance_transactions?type=adjustment", "", 200), map[string]any{"data.0.amount": -900, "data.0.source": id})
}

// The merchant's money is told in Stripe's words: transactions, balance, payouts.
func TestStripe_Money(t *testing.T) {
	a := newTeller(t, Config{FreezeAt: in2030})
	paid := a.ask("POST", "/v1/payment_intents", "amount=2000&currency=eur&payment_method=pm_card_visa&confirm=true", 200)
	refund := a.ask("POST", "/v1/refunds", "payment_intent="+paid["id"].(string)+"&amount=500", 200)
	list := a.ask("GET", "/v1/balance_transactions", "", 200)
	a.holds(list, map[string]any{"data.0.type": "refund", "data.0.amount": -500, "data.0.source": refund["id"], "data.1.type": "charge", "data.1.amount": 2000, "data.1.source": paid["latest_charge"], "data.2": nil})
	transaction := at(a.ask("GET", "/v1/charges/"+paid["latest_charge"].(string)+"?expand[]=balance_transaction", "", 200), "balance_transaction.id")
	if transaction != at(list, "data.1.id") {
		t.Errorf("the charge's transaction is %v, and the list has %v", transaction, at(list, "data.1.id"))
	}
	fee, _ := at(list, "data.1.fee").(float64)
	a.holds(a.ask("GET", "/v1/balance", "", 200), map[string]any{"pending.0.currency": "eur", "pending.0.amount": 2000 - int64(fee) - 500, "available.0.amount": 0})
	a.holds(a.ask("GET", "/v1/account", "", 200), map[string]any{"id": "acct_demo-shop", "charges_enabled": true})
	a.advance("36h")
	if _, err := a.node.Processor().PayOut(t.Context(), processor.Only("demo-shop")); err != nil {
		t.Fatal(err)
	}
	payouts := a.ask("GET", "/v1/payouts", "", 200)
	a.holds(payouts, map[string]any{"data.0.amount": 2000 - int64(fee) - 500, "data.0.currency": "eur"})
	a.ask("GET", "/v1/payouts/"+at(payouts, "data.0.id").(string), "", 200)
	a.advance("72h")
	a.holds(a.ask("GET", "/v1/payouts?status=paid", "", 200), map[string]any{"data.0.id": at(payouts, "data.0.id")})
	a.ask("GET", "/v1/payouts/po_1", "", http.StatusNotFound)
}
