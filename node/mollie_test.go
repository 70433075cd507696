package node

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"sandbank/dialect/mollie"
	"sandbank/identity"
	"sandbank/merchant/client"
)

// dutch asks in Mollie's dialect.
type dutch struct {
	*testing.T
	node *Node
	key  string
	far  *client.Client // asks for the same merchant in the house's own API
}

func newDutch(t *testing.T, c Config) dutch {
	t.Helper()
	n := started(t, c)
	far, err := client.New(client.Config{Base: n.URL(), ID: identity.DemoShop.ID, Secret: identity.DemoShop.Secret})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(far.Close)
	return dutch{t, n, mollie.KeyOf(identity.DemoShop), far}
}

// ask sends a body, or none, and expects a status.
func (a dutch) ask(method, path, body string, want int, headers ...string) map[string]any {
	a.Helper()
	o, status := a.any(method, path, body, headers...)
	if status != want {
		a.Fatalf("%s %s %s: %d %v, expected %d", method, path, body, status, o, want)
	}
	return o
}

func (a dutch) any(method, path, body string, headers ...string) (o map[string]any, status int) {
	a.Helper()
	r, err := http.NewRequestWithContext(a.Context(), method, a.node.URL()+"/mollie/v2/"+path, strings.NewReader(body))
	if err != nil {
		a.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+a.key)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := plain.Do(r)
	if err != nil {
		a.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, _ := io.ReadAll(answer.Body)
	if len(text) == 0 {
		return nil, answer.StatusCode
	}
	if kind := answer.Header.Get("Content-Type"); kind != "application/hal+json" {
		a.Errorf("%s %s answers %s", method, path, kind)
	}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&o); err != nil {
		a.Fatalf("%s %s: %v in %s", method, path, err, text)
	}
	return o, answer.StatusCode
}

// holds compares members of an answer; "absent" stands for one that is not there.
func (a dutch) holds(o map[string]any, wants map[string]any) {
	a.Helper()
	teller{T: a.T}.holds(o, wants)
}

// house is the identifier of the house for one of Mollie's payments.
func house(id string) string {
	hex := strings.TrimPrefix(id, "tr_")
	return "pay_" + hex[:8] + "-" + hex[8:12] + "-" + hex[12:16] + "-" + hex[16:20] + "-" + hex[20:]
}

// phone is a receiver of Mollie's webhooks.
type phone struct {
	*httptest.Server
	calls chan url.Values
}

func (a dutch) phone(answers ...int) *phone {
	a.Helper()
	p := &phone{calls: make(chan url.Values, 100)}
	next := 0
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, err := url.ParseQuery(string(body))
		if err != nil || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || r.Header.Get("webhook-signature") != "" || len(form) != 1 {
			a.Errorf("the webhook has the headers %v and the body %s", r.Header, body)
		}
		if next < len(answers) { // one webhook at a time
			w.WriteHeader(answers[next])
			next++
		}
		p.calls <- form
	}))
	a.Cleanup(p.Close)
	return p
}

// rings waits for one call about a payment.
func (a dutch) rings(p *phone, id string) {
	a.Helper()
	select {
	case form := <-p.calls:
		if form.Get("id") != id {
			a.Errorf("the webhook is about %v, expected %s", form, id)
		}
	case <-time.After(5 * time.Minute):
		a.Fatalf("no webhook about %s came", id)
	}
}

func (a dutch) silent(p *phone) {
	a.Helper()
	select {
	case form := <-p.calls:
		a.Errorf("there is one webhook more, about %v", form)
	default:
	}
}

const teapot = `{"amount": {"currency": "EUR", "value": "19.99"}, "description": "Order 1042", "redirectUrl": "https://shop.example/orders/1042", "metadata": {"order": "1042"}, "webhookUrl": "HOOK"}`

// A payment goes from its creation over the customer's act, by the house's own API, to its webhook and its refund.
func TestMollie_ACheckout(t *testing.T) {
	a := newDutch(t, Config{})
	p := a.phone()
	made := a.ask("POST", "payments", strings.Replace(teapot, "HOOK", p.URL, 1), 201)
	a.holds(made, map[string]any{
		"resource": "payment", "mode": "test", "status": "open", "amount.value": "19.99", "amount.currency": "EUR", "description": "Order 1042", "metadata.order": "1042",
		"profileId": "pfl_demo-shop", "sequenceType": "oneoff", "webhookUrl": p.URL, "isCancelable": true, "method": nil,
	})
	id := made["id"].(string)
	if page, _ := at(made, "_links.checkout.href").(string); !strings.HasPrefix(page, a.node.URL()+"/pay/") {
		t.Errorf("the checkout is at %q", page)
	}
	if _, err := a.far.Act(t.Context(), house(id), client.Act{Action: "pay"}); err != nil {
		t.Fatal(err)
	}
	a.rings(p, id)
	paid := a.ask("GET", "payments/"+id, "", 200)
	a.holds(paid, map[string]any{"status": "paid", "method": "creditcard", "details.cardNumber": "4242", "amountRemaining.value": "19.99", "_links.checkout": nil})
	refund := a.ask("POST", "payments/"+id+"/refunds", `{"amount": {"currency": "EUR", "value": "5.00"}, "metadata": {"n": 1}}`, 201)
	a.holds(refund, map[string]any{"resource": "refund", "amount.value": "5.00", "paymentId": id, "metadata.n": 1})
	a.rings(p, id)
	a.holds(a.ask("GET", "payments/"+id+"/refunds/"+refund["id"].(string)+"?embed=payment", "", 200), map[string]any{"status": "refunded", "_embedded.payment.amountRefunded.value": "5.00"})
	a.silent(p)
	if list, err := a.far.Endpoints(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("the house's own endpoints are %v, %v, expected none", list, err)
	}
	told, err := a.far.EventsAfter(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range told.Data {
		if e.Type == "payment.paid" {
			t.Errorf("the house's own events have a %s", e.Type)
		}
	}
}

// However many first payments come at once, their webhooks call once each.
func TestMollie_CallsOnce(t *testing.T) {
	a := newDutch(t, Config{})
	p := a.phone()
	ids := make(chan string, 8)
	var all sync.WaitGroup
	for range cap(ids) {
		all.Go(func() {
			o, status := a.any("POST", "payments", strings.Replace(teapot, "HOOK", p.URL, 1))
			if status != http.StatusCreated {
				t.Errorf("%d %v", status, o)
				return
			}
			ids <- o["id"].(string)
		})
	}
	all.Wait()
	close(ids)
	for id := range ids {
		a.ask("DELETE", "payments/"+id, "", 200)
		a.rings(p, id)
	}
	a.silent(p)
}
