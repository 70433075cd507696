package shop

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sandbank/clock"
	"sandbank/merchant/client"
	"sandbank/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var testSecret = webhook.Secret([]byte("0123456789abcdef0123456789abcdef"))

// processorFake is as much of a processor as a shop can tell.
type processorFake struct {
	t      *testing.T
	server *httptest.Server

	mu        sync.Mutex
	payments  map[string]map[string]any // by id
	byKey     map[string]string
	endpoints map[string]client.NewEndpoint
	asked     int
	operated  map[string]string // ids of operations, by request and idempotency key
	changed   chan struct{}     // gets a note with each request
	status    int               // answers creates with this, if it is not 0
	before    func(p map[string]any)
	expires   time.Time
}

func newProcessor(t *testing.T) *processorFake {
	f := &processorFake{
		t: t, payments: map[string]map[string]any{}, byKey: map[string]string{}, endpoints: map[string]client.NewEndpoint{}, operated: map[string]string{},
		changed: make(chan struct{}, 1000), expires: sampleTime.Add(15 * time.Minute),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth/token", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"access_token":"t","expires_in":3600}`)
	})
	mux.HandleFunc("GET /v1/banks", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"data":[{"identifier":"PRMTNL2A","name":"Prompt Bank","behavior":"answers at once","currencies":["EUR"],"online":true},
			{"identifier":"SHUTFRPP","name":"Shut Bank","currencies":["EUR"],"online":false},{"identifier":"YENBJPJT","name":"Yen Bank","currencies":["JPY"],"online":true}]}`)
	})
	mux.HandleFunc("POST /v1/payments", f.create)
	mux.HandleFunc("GET /v1/payments/{id}", f.show)
	for _, what := range []string{"captures", "voids", "refunds"} {
		path := map[string]string{"captures": "capture", "voids": "void", "refunds": "refunds"}[what]
		mux.HandleFunc("POST /v1/payments/{id}/"+path, f.operate(what))
	}
	mux.HandleFunc("POST /v1/webhook-endpoints", f.register)
	mux.HandleFunc("GET /v1/webhook-endpoints", f.list)
	mux.HandleFunc("DELETE /v1/webhook-endpoints/{id}", func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		delete(f.endpoints, r.PathValue("id"))
		f.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	})
	f.server = httptest.NewServer(mux)
	t.Cleanup(f.server.Close)
	return f
}

func (f *processorFake) create(w http.ResponseWriter, r *http.Request) {
	var body map[string]any
	_ = json.NewDecoder(r.Body).Decode(&body)
	f.mu.Lock()
	status := f.status
	id := f.byKey[r.Header.Get("Idempotency-Key")]
	if id == "" && status == 0 {
		id = fmt.Sprintf("pay_%d", len(f.payments)+1)
		body["id"], body["status"], body["expires_at"] = id, "created", f.expires
		body["bank"] = map[string]any{"identifier": body["bank"]}
		body["checkout_url"] = f.server.URL + "/pay/secret-" + id
		f.payments[id], f.byKey[r.Header.Get("Idempotency-Key")] = body, id
	}
	before := f.before
	f.mu.Unlock()
	if status != 0 {
		w.WriteHeader(status)
		if status == http.StatusServiceUnavailable {
			fmt.Fprint(w, `{"status":503,"code":"bank_offline","detail":"Shut Bank (SHUTFRPP) is offline."}`)
		}
		return
	}
	if before != nil {
		before(body)
	}
	w.WriteHeader(http.StatusAccepted)
	_ = json.NewEncoder(w).Encode(body)
}

// operate begins a capture, void or refund: as asked, or all of the payment.
func (f *processorFake) operate(what string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		_ = json.NewDecoder(r.Body).Decode(&body)
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.status != 0 {
			w.WriteHeader(f.status)
			fmt.Fprintf(w, `{"status":%d,"code":"amount_exceeds","detail":"There is no more than that left."}`, f.status)
			return
		}
		p, key := f.payments[r.PathValue("id")], what+" "+r.Header.Get("Idempotency-Key")
		id := f.operated[key]
		if id == "" {
			id = fmt.Sprintf("%s_%d", what, len(f.operated)+1)
			f.operated[key] = id
			amount := body["amount"]
			if amount == nil {
				amount = p["amount"]
			}
			list, _ := p[what].([]any)
			p[what] = append(list, map[string]any{"id": id, "status": "pending", "amount": amount, "created_at": sampleTime})
		}
		w.WriteHeader(http.StatusAccepted)
		for _, o := range p[what].([]any) {
			if o.(map[string]any)["id"] == id {
				_ = json.NewEncoder(w).Encode(o)
			}
		}
	}
}

// decide ends all of a payment's pending operations of a kind.
func (f *processorFake) decide(payment, what, status string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, o := range f.payments[payment][what].([]any) {
		if o := o.(map[string]any); o["status"] == "pending" {
			o["status"], o["reason"] = status, map[string]any{"code": "why", "message": "Because."}
		}
	}
}

// captured is a payment whose bank has approved and taken it all.
func (f *processorFake) captured(payment string) {
	f.set(payment, "captured")
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.payments[payment]
	p["captures"] = []any{map[string]any{"id": "cap_0", "status": "succeeded", "amount": p["amount"], "created_at": sampleTime}}
}

func (f *processorFake) show(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.asked++
	p, ok := f.payments[r.PathValue("id")]
	body, _ := json.Marshal(p)
	f.mu.Unlock()
	f.changed <- struct{}{}
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_, _ = w.Write(body)
}

func (f *processorFake) register(w http.ResponseWriter, r *http.Request) {
	var n client.NewEndpoint
	_ = json.NewDecoder(r.Body).Decode(&n)
	f.mu.Lock()
	id := fmt.Sprintf("whe_%d", time.Now().UnixNano())
	f.endpoints[id] = n
	f.mu.Unlock()
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, `{"id":%q}`, id)
	f.changed <- struct{}{}
}

func (f *processorFake) list(w http.ResponseWriter, _ *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := []client.Endpoint{}
	for id, n := range f.endpoints {
		list = append(list, client.Endpoint{ID: id, URL: n.URL, Events: n.Events, Enabled: true})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"data": list})
	select {
	case f.changed <- struct{}{}:
	default:
	}
}

// set changes a payment, as the bank and the time do.
func (f *processorFake) set(id, status string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.payments[id]["status"] = status
	f.payments[id]["reason"] = map[string]any{"code": "why", "message": "Because of " + status + "."}
}

func (f *processorFake) await() {
	f.t.Helper()
	select {
	case <-f.changed:
	case <-time.After(5 * time.Minute):
		f.t.Fatal("the processor was not asked")
	}
}

// event is a signed webhook about a payment as it stands.
func (f *processorFake) event(secret, id string, sequence int, kind, payment string) *http.Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	body, _ := json.Marshal(map[string]any{"id": id, "type": kind, "sequence": sequence, "timestamp": sampleTime, "data": f.payments[payment]})
	return signed(f.t, secret, id, string(body))
}

func signed(t *testing.T, secret, id, body string) *http.Request {
	t.Helper()
	now := time.Now()
	signature, err := webhook.Sign(secret, id, now, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, HookPath, strings.NewReader(body))
	r.Header.Set(webhook.HeaderID, id)
	r.Header.Set(webhook.HeaderTimestamp, strconv.FormatInt(now.Unix(), 10))
	r.Header.Set(webhook.HeaderSignature, signature)
	return r
}

// bench is a shop with a processor, and time in hand.
type bench struct {
	t       *testing.T
	far     *processorFake
	clock   *clock.Manual
	shop    *Shop
	handler http.Handler
}

func newBench(t *testing.T, change ...func(*Config)) *bench {
	t.Helper()
	b := &bench{t: t, far: newProcessor(t), clock: clock.NewManual(sampleTime)}
	c, err := client.New(client.Config{Base: b.far.server.URL, ID: "a", Secret: "b", Patience: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	config := Config{
		Client: c, PublicURL: "http://shop.test", AllowHosts: []string{"example.com"}, // the host of package httptest
		WebhookSecret: testSecret, Clock: b.clock, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	for _, do := range change {
		do(&config)
	}
	if b.shop, err = New(config); err != nil {
		t.Fatal(err)
	}
	b.handler = b.shop.Handler()
	return b
}

func (b *bench) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	return w
}

func (b *bench) get(path string) *httptest.ResponseRecorder {
	return b.do(httptest.NewRequest(http.MethodGet, "http://shop.test"+path, nil))
}

var tokenField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// form is a catalog's form as a browser would send it.
func (b *bench) form(change func(url.Values)) *http.Request {
	b.t.Helper()
	page := b.get("/")
	values := url.Values{"csrf": {tokenField.FindStringSubmatch(page.Body.String())[1]}, "product": {"mug"}, "quantity": {"2"}, "bank": {""}}
	if change != nil {
		change(values)
	}
	r := httptest.NewRequest(http.MethodPost, "http://shop.test/buy", strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "http://shop.test")
	for _, c := range page.Result().Cookies() {
		r.AddCookie(c)
	}
	return r
}

// buy places an order and returns its number and payment.
func (b *bench) buy() (number, payment string) {
	b.t.Helper()
	w := b.do(b.form(nil))
	if w.Code != http.StatusSeeOther {
		b.t.Fatalf("answered %d %s; want status %d", w.Code, w.Body, http.StatusSeeOther)
	}
	o := b.shop.orders.newestFirst()[0]
	return o.number, o.payment
}

func (b *bench) state(number string) State {
	o, _ := b.shop.orders.get(number)
	return o.state
}

// says reports whether a line of the order's log begins like this.
func (b *bench) says(number, text string) bool {
	o, _ := b.shop.orders.get(number)
	for _, l := range o.log {
		if strings.HasPrefix(l.Text, text) {
			return true
		}
	}
	return false
}

func (b *bench) expect(number string, state State, line string) {
	b.t.Helper()
	if got := b.state(number); got != state {
		b.t.Errorf("the order is %s, want %s", got, state)
	}
	if line != "" && !b.says(number, line) {
		o, _ := b.shop.orders.get(number)
		b.t.Errorf("nothing says %q in %+v", line, o.log)
	}
}
