package shop

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sandbank/web/look/looktest"
	"sandbank/webhook"
)

func TestBuy_ThenWebhookMakesItPaid(t *testing.T) {
	b := newBench(t)
	w := b.do(b.form(func(v url.Values) { v.Set("bank", "PRMTNL2A") }))
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != b.far.server.URL+"/pay/secret-pay_1" {
		t.Fatalf("%d to %s", w.Code, w.Header().Get("Location"))
	}
	if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self' "+b.far.server.URL) {
		t.Errorf("the checkout is not among the form's targets: %s", policy)
	}
	sent := b.far.payments["pay_1"]
	number := sent["reference"].(string)
	if fmt.Sprint(sent["amount"]) != "map[currency:EUR value:19.98]" || fmt.Sprint(sent["bank"]) != "map[identifier:PRMTNL2A]" || sent["return_url"] != "http://shop.test/orders/"+number {
		t.Errorf("asked for %v", sent)
	}
	if b.far.byKey[`"`+number+`"`] != "pay_1" {
		t.Errorf("the idempotency key is not the order's number: %v", b.far.byKey)
	}
	b.expect(number, StateWaiting, "Asked the processor for a payment")
	b.far.set("pay_1", "captured")
	if w := b.do(b.far.event(testSecret, "evt_1", 1, "payment.captured", "pay_1")); w.Code != http.StatusNoContent {
		t.Fatalf("the webhook was answered with %d", w.Code)
	}
	b.expect(number, StatePaid, "Verified a webhook")
	page := b.get("/orders/" + number).Body.String()
	if !strings.Contains(page, "Your order is paid") || !strings.Contains(page, "€19.98") || strings.Contains(page, "secret-pay_1") {
		t.Errorf("the page says\n%s", page)
	}
	if list := b.get("/orders").Body.String(); !strings.Contains(list, number) || !strings.Contains(list, "2 × Sea mug") {
		t.Errorf("the list says\n%s", list)
	}
}

func TestBuy_TheReturnProvesNothing(t *testing.T) {
	b := newBench(t)
	number, _ := b.buy()
	for range 3 {
		b.get("/orders/" + number + "?status=captured&paid=1")
	}
	b.expect(number, StateWaiting, "")
}

func TestWebhook_BeforeTheAnswerOfCreate(t *testing.T) {
	b := newBench(t)
	b.far.before = func(p map[string]any) {
		b.far.set(p["id"].(string), "captured")
		if w := b.do(b.far.event(testSecret, "evt_1", 1, "payment.captured", p["id"].(string))); w.Code != http.StatusNoContent {
			t.Errorf("the webhook was answered with %d", w.Code)
		}
	}
	number, _ := b.buy()
	b.expect(number, StatePaid, "Verified a webhook, which came before the answer")
	if o, _ := b.shop.orders.get(number); !o.askAt.IsZero() {
		t.Error("a paid order is to be asked for")
	}
}

func TestWebhook_TwiceLateAndContradicting(t *testing.T) {
	b := newBench(t)
	number, payment := b.buy()
	b.far.set(payment, "captured")
	for range 2 {
		b.do(b.far.event(testSecret, "evt_5", 5, "payment.captured", payment))
	}
	b.expect(number, StatePaid, "The same webhook came again")
	b.far.set(payment, "processing")
	b.do(b.far.event(testSecret, "evt_4", 4, "payment.processing", payment))
	b.expect(number, StatePaid, "A webhook came late")
	b.far.set(payment, "declined")
	b.do(b.far.event(testSecret, "evt_6", 6, "payment.declined", payment))
	b.expect(number, StatePaid, "The result contradicts")
}

func TestWebhook_EveryResult(t *testing.T) {
	for status, want := range map[string]State{
		"captured": StatePaid, "authorized": StateReserved, "declined": StateDeclined, "failed": StateFailed, "canceled": StateCanceled,
		"voided": StateCanceled, "processing": StateWaiting, "something_new": StateWaiting,
	} {
		t.Run(status, func(t *testing.T) {
			b := newBench(t)
			number, payment := b.buy()
			b.far.set(payment, status)
			b.do(b.far.event(testSecret, "evt_1", 1, "payment."+status, payment))
			b.expect(number, want, "")
			if o, _ := b.shop.orders.get(number); want == StateDeclined && o.reason != "Because of declined." {
				t.Errorf("reason %q", o.reason)
			}
		})
	}
}

func TestWebhook_ReservedThenPaid(t *testing.T) {
	b := newBench(t)
	number, payment := b.buy()
	for i, status := range []string{"authorized", "captured"} {
		b.far.set(payment, status)
		b.do(b.far.event(testSecret, fmt.Sprint("evt_", i), i, "payment."+status, payment))
	}
	b.expect(number, StatePaid, "")
}

func TestWebhook_DeclinedTryKeepsTheOrderOpen(t *testing.T) {
	b := newBench(t)
	number, payment := b.buy()
	b.do(b.far.event(testSecret, "evt_1", 1, "attempt.declined", payment))
	b.expect(number, StateWaiting, "A try was declined")
}

// Any visitor of the shop can post to its webhook.
func TestWebhook_Forged(t *testing.T) {
	b := newBench(t)
	number, payment := b.buy()
	b.far.set(payment, "captured")
	other := webhook.Secret([]byte("another key, of another endpoint"))
	for name, r := range map[string]*http.Request{
		"another secret": b.far.event(other, "evt_1", 1, "payment.captured", payment),
		"no signature":   httptest.NewRequest(http.MethodPost, HookPath, strings.NewReader(`{"id":"evt_1","type":"payment.captured"}`)),
	} {
		if w := b.do(r); w.Code != http.StatusUnauthorized {
			t.Errorf("%s: answered %d; want status %d", name, w.Code, http.StatusUnauthorized)
		}
	}
	b.expect(number, StateWaiting, "")
}

// A signed message may still be about another order.
func TestWebhook_WrongAmountOrPayment(t *testing.T) {
	b := newBench(t)
	number, payment := b.buy()
	b.far.set(payment, "captured")
	b.far.payments[payment]["amount"] = map[string]string{"value": "0.01", "currency": "EUR"}
	b.do(b.far.event(testSecret, "evt_1", 1, "payment.captured", payment))
	b.expect(number, StateWaiting, "The amount is 0.01 EUR")
	b.far.payments[payment]["amount"] = map[string]string{"value": "19.98", "currency": "USD"}
	b.do(b.far.event(testSecret, "evt_2", 2, "payment.captured", payment))
	b.expect(number, StateWaiting, "The amount is 19.98 USD")
	b.far.payments[payment]["amount"] = map[string]string{"value": "19.98", "currency": "EUR"}
	b.far.payments[payment]["id"] = "pay_other"
	b.do(b.far.event(testSecret, "evt_3", 3, "payment.captured", payment))
	b.expect(number, StateWaiting, "A webhook spoke of another payment")
}

func TestWebhook_NotOurs(t *testing.T) {
	b := newBench(t)
	for id, body := range map[string]string{
		"evt_1": `{"id":"evt_1","type":"payout.paid","data":{}}`,
		"evt_2": `{"id":"evt_2","type":"payment.captured","data":{"id":"pay_9","reference":"order-of-another"}}`,
	} {
		if w := b.do(signed(t, testSecret, id, body)); w.Code != http.StatusNoContent {
			t.Errorf("%s: answered %d; want status %d", body, w.Code, http.StatusNoContent)
		}
	}
	if w := b.do(signed(t, testSecret, "evt_3", `{"id":"evt_3","type":"payment.captured","data":7}`)); w.Code != http.StatusInternalServerError {
		t.Errorf("broken data: %d", w.Code)
	}
}

func TestBuy_ProcessorSaysNo(t *testing.T) {
	b := newBench(t)
	b.far.status = http.StatusServiceUnavailable
	w := b.do(b.form(nil))
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "Shut Bank (SHUTFRPP) is offline. Choose another bank.") {
		t.Errorf("answered %d %s; want status %d and %q in the body", w.Code, w.Body, http.StatusUnprocessableEntity, "Shut Bank (SHUTFRPP) is offline. Choose another bank.")
	}
	b.expect(b.shop.orders.newestFirst()[0].number, StateFailed, "Could not get a payment")
	b.far.status = http.StatusUnauthorized
	if w := b.do(b.form(nil)); w.Code != http.StatusBadGateway || !strings.Contains(w.Body.String(), "client id and secret") {
		t.Errorf("answered %d %s; want status %d and %q in the body", w.Code, w.Body, http.StatusBadGateway, "client id and secret")
	}
	b.far.server.Close()
	request := b.form(nil)
	if w := b.do(request); w.Code != http.StatusBadGateway || !strings.Contains(w.Body.String(), "Is it running?") {
		t.Errorf("answered %d %s; want status %d and %q in the body", w.Code, w.Body, http.StatusBadGateway, "Is it running?")
	}
}

// A checkout on an origin that the page did not name would be blocked by the
// browser after the submit: the customer is led over the order's page, once.
func TestBuy_CheckoutElsewhere(t *testing.T) {
	b := newBench(t, func(c *Config) { c.ProcessorURL = "http://pay.example" })
	first, second := b.do(b.form(nil)), b.do(b.form(nil))
	if to := first.Header().Get("Location"); !strings.HasPrefix(to, "/orders/order-") {
		t.Errorf("first to %s", to)
	}
	if to := second.Header().Get("Location"); !strings.HasPrefix(to, b.far.server.URL+"/pay/") {
		t.Errorf("then to %s", to)
	}
	b.far.before = func(p map[string]any) { p["checkout_url"] = "javascript:alert(1)" }
	if w := b.do(b.form(nil)); w.Code != http.StatusBadGateway {
		t.Errorf("a script as checkout: %d to %s", w.Code, w.Header().Get("Location"))
	}
}

func TestBuy_HostileInput(t *testing.T) {
	b := newBench(t)
	set := func(name, value string) func(url.Values) { return func(v url.Values) { v.Set(name, value) } }
	change := func(do func(*http.Request)) *http.Request { r := b.form(nil); do(r); return r }
	for name, c := range map[string]struct {
		request *http.Request
		want    int
	}{
		"no such product":     {b.form(set("product", "yacht")), 422},
		"a script as product": {b.form(set("product", looktest.Hostile)), 422},
		"quantity 0":          {b.form(set("quantity", "0")), 422},
		"quantity -1":         {b.form(set("quantity", "-1")), 422},
		"quantity 1e9":        {b.form(set("quantity", "1e9")), 422},
		"quantity huge":       {b.form(set("quantity", "99999999999999999999")), 422},
		"a script as bank":    {b.form(set("bank", looktest.Hostile)), 422},
		"no token":            {b.form(set("csrf", "")), 403},
		"a wrong token":       {b.form(set("csrf", "AAAAAAAAAAAAAAAAAAAAAA")), 403},
		"no cookie":           {change(func(r *http.Request) { r.Header.Del("Cookie") }), 403},
		"another's cookie":    {change(func(r *http.Request) { r.Header.Set("Cookie", "sandbank-shop=AAAAAAAAAAAAAAAAAAAAAA") }), 403},
		"another origin":      {change(func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }), 403},
		"no origin at all":    {change(func(r *http.Request) { r.Header.Set("Origin", "null") }), 403},
		"too large":           {b.form(set("x", strings.Repeat("x", maxForm))), 400},
		"GET":                 {httptest.NewRequest(http.MethodGet, "/buy", nil), 405},
		"no such order":       {httptest.NewRequest(http.MethodGet, "/orders/order-aaaaaaaa", nil), 404},
		"no order's number":   {httptest.NewRequest(http.MethodGet, "/orders/%3Cscript%3E", nil), 404},
		"above the orders":    {httptest.NewRequest(http.MethodGet, "/orders/../../etc/passwd", nil), 404},
		"above the art":       {httptest.NewRequest(http.MethodGet, "/art/../view.go", nil), 404},
		"live of no order":    {httptest.NewRequest(http.MethodGet, "/orders/order-aaaaaaaa/live", nil), 404},
		"nowhere":             {httptest.NewRequest(http.MethodGet, "//evil.example", nil), 404},
	} {
		t.Run(name, func(t *testing.T) {
			w := b.do(c.request)
			if w.Code != c.want {
				t.Errorf("%d, want %d", w.Code, c.want)
			}
			if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
				looktest.CheckHostile(t, w.Body.String())
			}
		})
	}
	if n := len(b.far.payments); n != 0 {
		t.Errorf("%d payments were asked for", n)
	}
}

func TestCatalog_BanksThatCanBeNamed(t *testing.T) {
	b := newBench(t)
	page := b.get("/").Body.String()
	if !strings.Contains(page, "Prompt Bank") || strings.Contains(page, "Shut Bank") || strings.Contains(page, "Yen Bank") {
		t.Error("the choice is not the banks that are online and take euros")
	}
	b.far.server.Close()
	b.shop.banks.until = time.Time{}
	if w := b.get("/"); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "Pay through") {
		t.Errorf("without a processor: %d", w.Code)
	}
}

func TestOrders_Bounded(t *testing.T) {
	books := newOrders()
	for i := range maxOrders + 5 {
		books.add(&order{number: fmt.Sprint(i)})
	}
	if _, ok := books.get("4"); ok || len(books.byNumber) != maxOrders {
		t.Errorf("%d orders are kept", len(books.byNumber))
	}
	if _, ok := books.get("5"); !ok {
		t.Error("one too many is gone")
	}
}

func TestOrder_LogIsBounded(t *testing.T) {
	o := &order{}
	for range 3 * maxLog {
		o.note(LogLine{})
	}
	if len(o.log) != maxLog || o.revision != 3*maxLog {
		t.Errorf("%d lines, revision %d", len(o.log), o.revision)
	}
}

func TestNew_BadConfig(t *testing.T) {
	good := newBench(t).shop.Config
	for name, change := range map[string]func(*Config){
		"no client":         func(c *Config) { c.Client = nil },
		"no public URL":     func(c *Config) { c.PublicURL = "" },
		"a path":            func(c *Config) { c.PublicURL = "http://x/shop" },
		"a script":          func(c *Config) { c.PublicURL = "javascript:alert(1)" },
		"a bad processor's": func(c *Config) { c.ProcessorURL = "pay.example" },
	} {
		c := good
		change(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
