package check

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"sandbank/audit"
	"sandbank/broker"
	"sandbank/broker/outbox"
	"sandbank/broker/wire"
	"sandbank/chance"
	"sandbank/clock"
	"sandbank/clock/steer"
	"sandbank/event"
	"sandbank/event/feed"
	"sandbank/event/format"
	"sandbank/identity"
	"sandbank/identity/guest"
	"sandbank/ledger"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/processor"
	"sandbank/processor/routing"
	"sandbank/store/sqlite"
	"sandbank/telemetry/meter"
	"sandbank/web/api"
	"sandbank/web/contract"
	"sandbank/web/gate"
	"sandbank/web/graph"
	"sandbank/web/oauth"
	"sandbank/web/stream"
	"sandbank/webhook"
)

// house is a processor with its API, in memory, whose every answer and every
// message is held to the contract.
type house struct {
	t          *testing.T
	url        string
	token      string
	clock      *clock.Manual
	api        *api.API
	hand       *steer.Hand   // on a clock of its own
	looked     chan struct{} // gets a note when it was looked at and is not
	slow       chan struct{} // holds something while the clock's part is not at rest
	proc       *processor.Processor
	store      *sqlite.Store
	feed       *feed.Feed
	front      *gate.Gate
	sent       []broker.Message // what went to the broker
	asked      map[string]bool  // "GET /v1/payments 200": the answers seen
	brokerAway bool
}

// Offer implements [processor.Relay]: it keeps the messages.
func (h *house) Offer(p broker.Parcel) { h.sent = append(h.sent, p.Messages...) }

// nobody takes webhook deliveries and does nothing.
type nobody struct{}

func (nobody) Offer([]webhook.Delivery) {}
func (nobody) Changed(webhook.Endpoint) {}
func (nobody) Search()                  {}
func (nobody) Try(context.Context, webhook.Delivery) webhook.Attempt {
	return webhook.Attempt{}
}

// address is where things are, as the commands wire it.
type address struct {
	base     string
	checkout identity.Checkout
	banks    *routing.Directory
}

func (a address) Payment(id string) string   { return a.base + "/v1/payments/" + id }
func (a address) Payout(id string) string    { return a.base + "/v1/payouts/" + id }
func (a address) Checkout(id string) string  { return a.base + "/pay/" + a.checkout.Token(id) }
func (a address) BankName(bic string) string { return a.banks.Name(bic) }

const bic = "SANDNL2A"

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, clock: clock.NewManual(time.Date(2026, 3, 14, 14, 5, 9, 120e6, time.UTC)), asked: map[string]bool{}}
	store, err := sqlite.Open(context.Background(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	router := mux.NewRouter()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.front.Guard(router).ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	h.url = server.URL
	banks := routing.NewDirectory(1, clock.Real{})
	luck := chance.Seeded(1)
	at := address{h.url, identity.NewCheckout(make([]byte, 32)), banks}
	clients := identity.NewRegistry(append(identity.Development(), bankClient)...)
	log := slog.New(slog.DiscardHandler)
	h.feed = feed.New(store, log)
	h.store = store
	h.proc = processor.New(store, processor.Config{
		Banks: banks, Clients: clients, Clock: h.clock, Computer: clock.Real{}, Chance: luck, Address: at, Log: log,
		Relay: h, Delivery: nobody{}, Streams: h.feed, Fees: ledger.StandardSchedule, PayoutAt: -1, Deadline: 30 * time.Second, Workers: 1,
		Broker: h.lookedAt,
	})
	h.proc.Start()
	t.Cleanup(h.feed.Close)
	t.Cleanup(h.proc.Close)
	h.healthy(bic, "EUR", "JPY")
	tokens, err := oauth.New(t.Context(), oauth.Config{
		Issuer: h.url, Store: store, Clients: clients, People: identity.NewPeople(identity.DemoPeople()...), Apps: []identity.App{identity.DemoApp},
		Clock: h.clock, Chance: luck, Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	h.front = &gate.Gate{Base: h.url, Clock: h.clock, Chance: luck, Log: log, Authenticate: tokens.Authenticate, Merchant: clients.Merchant}
	seats := feed.NewSeats(2, 4)
	streams := stream.New(stream.Config{Feed: h.feed, Seats: seats, Payments: h.proc, Clock: h.clock})
	t.Cleanup(func() { streams.Close(); <-seats.Close() })
	h.front.Mount(router, streams.Routes())
	queries := graph.New(graph.Config{
		Processor: h.proc, Feed: h.feed, Seats: seats, Address: at, Clock: h.clock, Log: log, Authenticate: tokens.Authenticate, For: h.front.For,
	})
	t.Cleanup(queries.Close)
	h.front.Mount(router, queries.Routes())
	h.slow = make(chan struct{}, 1)
	h.hand = steer.New(steer.Config{Clock: clock.NewSteered(clock.State{}), Keeper: store, Parts: []clock.Part{{Name: "a part", Look: h.look}}, Happened: h.proc.Happened})
	guests, err := guest.New(t.Context(), guest.Config{Shelf: store, Registry: clients, Clock: clock.Real{}, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	h.api = api.New(api.Config{
		Processor: h.proc, Feed: h.feed, Address: at, Clock: h.clock, Computer: clock.Real{}, Hand: h.hand, Faults: h.board(), Guests: guests,
		Keys:   func(identity.Client) api.DialectKeys { return api.DialectKeys{Mollie: "test_guest"} },
		Ready:  func(context.Context) map[string]string { return map[string]string{"broker": "connection refused"} },
		Meters: api.Meters{Answer: meter.New(meter.Words{}, time.Now).Handler(), Token: tokens.Authenticate},
	})
	h.front.Mount(router, h.api.Routes())
	tokens.Mount(router)
	router.NotFoundHandler, router.MethodNotAllowedHandler = http.HandlerFunc(h.front.NotFound), h.front.MethodNotAllowed(router)
	h.token = h.fetchToken()
	return h
}

func (h *house) healthy(bic string, currencies ...money.Currency) {
	h.proc.ObserveBank(wire.Health{
		Type: wire.HealthType, Bank: bic, Name: "Prompt Bank", Behavior: "approves", Online: true,
		Currencies: currencies, Weight: 1, IntervalSeconds: 3600, Temper: &wire.Temper{Declines: new(float64)},
	})
}

// call sends a request, holds the answer to the contract, and returns both.
// Headers come in pairs.
func (h *house) call(method, path, body string, headers ...string) (*http.Response, []byte) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	if h.token != "" {
		r.Header.Set("Authorization", "Bearer "+h.token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := CheckResponse(r, resp, answer); err != nil {
		h.t.Error(err)
	}
	if resp.StatusCode < 300 {
		again := r.Clone(r.Context())
		again.Body = io.NopCloser(strings.NewReader(body))
		if err := CheckRequest(again); err != nil {
			h.t.Errorf("an accepted request: %v", err)
		}
	}
	if route, _, err := openAPI().router.FindRoute(r); err == nil {
		h.asked[method+" "+route.Path+" "+resp.Status[:3]] = true
	}
	return resp, answer
}

// want is call for an answer of a status and, for a problem, a code.
func (h *house) want(status int, code, method, path, body string, headers ...string) map[string]any {
	h.t.Helper()
	resp, answer := h.call(method, path, body, headers...)
	var got map[string]any
	if len(answer) > 0 {
		if err := json.Unmarshal(answer, &got); err != nil {
			h.t.Fatal(err)
		}
	}
	if resp.StatusCode != status || code != "" && got["code"] != code {
		h.t.Errorf("%s %s: got %s, want %d %s\n%s", method, path, resp.Status, status, code, answer)
	}
	return got
}

// bankClient has a role that may do nothing over HTTP.
var bankClient = identity.Client{ID: "a-bank", Secret: "a-bank-secret", Role: identity.RoleBank}

func (h *house) fetchToken() string { return h.tokenOf(identity.DemoShop) }

func (h *house) tokenOf(c identity.Client) string {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.ID}, "client_secret": {c.Secret.Reveal()}}.Encode()
	got := h.want(200, "", "POST", "/oauth/token", form, "Content-Type", "application/x-www-form-urlencoded")
	return got["access_token"].(string)
}

const order = `{"amount": {"value": "19.99", "currency": "EUR"}, "reference": "order-1042", "return_url": "https://shop.example/orders/1042"`

// create makes a payment and returns its id.
func (h *house) create() string {
	h.t.Helper()
	return h.want(202, "", "POST", "/v1/payments", order+"}")["id"].(string)
}

// pay has the customer pay, and returns the request that went to the bank.
func (h *house) pay(id string) wire.Request {
	h.t.Helper()
	with, err := instrument.FromCard(instrument.CardForm{Name: "Test", Number: "4242424242424242", Expiry: "12/30", SecurityCode: "123"}, h.clock.Now())
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.proc.Pay(h.t.Context(), id, with, ""); err != nil {
		h.t.Fatal(err)
	}
	r, err := wire.ReadRequest(h.sent[len(h.sent)-1].Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

// answer has the bank answer, held to the contract as well.
func (h *house) answer(r wire.Request, outcome payment.Outcome, change func(*wire.Result)) {
	h.t.Helper()
	result := wire.Result{
		Type: wire.ResultType, ID: "res-" + r.ID + string(outcome), RequestID: r.ID, Payment: r.Payment, Attempt: r.Attempt,
		Bank: r.Bank, Outcome: outcome, Amount: r.Amount, DecidedAt: h.clock.Now(),
	}
	if change != nil {
		change(&result)
	}
	body := wire.Encode(result)
	if err := CheckMessage("result", body); err != nil {
		h.t.Error(err)
	}
	if got := h.proc.Results(h.t.Context(), [][]byte{body})[0]; got.Reject || got.Err != nil {
		h.t.Errorf("the answer was not taken: %+v", got)
	}
}

func because(code string) func(*wire.Result) {
	return func(r *wire.Result) { r.Reason = &reasonFor(code)[0] }
}

func TestAPI_AnswersAsDescribed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.payments()
	h.lives()
	h.operations()
	h.disputes()
	h.settlements()
	h.simulator()
	h.asksTheBroker()
	h.steered()
	h.holdsPayments()
	h.opensMerchants()
	h.endpoints()
	h.others()
	h.signIn()
	h.streams()
	h.graphql()
	h.messages()
	h.limits()
	h.letGo()
	for path, item := range openAPI().doc.Paths.Map() {
		for method, op := range item.Operations() {
			for status := range op.Responses.Map() {
				where := method + " " + path + " " + status
				// The second column names answers that cannot be brought about from
				// outside.
				if !h.asked[where] && status != "500" && status != "503" && !unseen[where] {
					t.Errorf("%s is described and was not seen", where)
				}
			}
		}
	}
}

// unseen are answers that only a race brings about.
var unseen = map[string]bool{"POST /v1/payments 409": true, "GET /readyz 200": true}

func (h *house) payments() {
	h.t.Helper()
	h.want(202, "", "POST", "/v1/payments", order+`, "bank": "SANDNL2A", "description": "2 mugs", "capture": "automatic",
		"expires_in_seconds": 60, "metadata": {"cart": "7"}}`, "Idempotency-Key", `"k"`)
	again := order + `, "expires_in_seconds": 60, "bank": "SANDNL2A", "description": "2 mugs", "capture": "automatic", "metadata": {"cart": "7"}}`
	if resp, _ := h.call("POST", "/v1/payments", again, "Idempotency-Key", "k"); resp.Header.Get("Idempotency-Replayed") != "true" {
		h.t.Error("a replay does not say so")
	}
	h.want(422, "idempotency_key_reused", "POST", "/v1/payments", order+"}", "Idempotency-Key", "k")
	h.want(400, "idempotency_key_invalid", "POST", "/v1/payments", order+"}", "Idempotency-Key", `""`)
	h.want(400, "json_invalid", "POST", "/v1/payments", order+`, "more": 1}`)
	h.want(400, "amount_invalid", "POST", "/v1/payments", strings.Replace(order, "19.99", "19.999", 1)+"}")
	h.want(400, "currency_unknown", "POST", "/v1/payments", strings.Replace(order, "EUR", "XXX", 1)+"}")
	h.want(400, "request_invalid", "POST", "/v1/payments", order+`, "capture": "later", "expires_in_seconds": 0}`)
	h.want(400, "bank_invalid", "POST", "/v1/payments", order+`, "bank": "nobody"}`)
	h.want(422, "bank_unknown", "POST", "/v1/payments", order+`, "bank": "ABCDNL2A"}`)
	h.want(422, "bank_currency", "POST", "/v1/payments", strings.Replace(order, "EUR", "BHD", 1)+`, "bank": "SANDNL2A"}`)
	h.want(503, "no_bank", "POST", "/v1/payments", strings.Replace(order, "EUR", "BHD", 1)+"}")
	h.want(413, "body_too_large", "POST", "/v1/payments", `{"reference": "`+strings.Repeat("x", 70_000)+`"}`)
	h.want(415, "content_type", "POST", "/v1/payments", order+"}", "Content-Type", "text/plain")
	h.want(404, "payment_not_found", "GET", "/v1/payments/pay_1", "")
	h.want(404, "payment_not_found", "POST", "/v1/payments/pay_1/cancel", "")
	h.want(200, "", "GET", "/v1/payments?limit=1&status=created&reference=order-1042&bank=SANDNL2A&from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z", "")
	h.want(400, "query_invalid", "GET", "/v1/payments?limit=0&status=paid&cursor=x&bank=x&method=x&from=x&to=x", "")
	h.want(404, "route_not_found", "GET", "/v1/payment", "")
	h.want(405, "method_not_allowed", "PUT", "/v1/payments", "")
}

// lives takes payments through every status that can be entered.
func (h *house) lives() {
	h.t.Helper()
	status := func(id, want string) {
		h.t.Helper()
		if got := h.want(200, "", "GET", "/v1/payments/"+id, ""); got["status"] != want {
			h.t.Errorf("%s is %v, not %s", id, got["status"], want)
		}
	}
	id := h.create()
	h.want(304, "", "GET", "/v1/payments/"+id, "", "If-None-Match", `"1"`)
	h.want(200, "", "GET", "/v1/payments/"+id, "", "If-None-Match", `"7"`, "Prefer", "wait=1")
	h.want(200, "", "POST", "/v1/payments/"+id+"/cancel", "")
	status(id, "canceled")
	id = h.create()
	r := h.pay(id)
	status(id, "processing")
	h.want(409, "payment_in_progress", "POST", "/v1/payments/"+id+"/cancel", "")
	h.answer(r, payment.OutcomeApproved, func(r *wire.Result) { r.AuthorizationCode, r.BankReference, r.Rule = "482913", "SAND-1", "approves" })
	status(id, "captured")
	h.want(409, "payment_already_paid", "POST", "/v1/payments/"+id+"/cancel", "")
	id = h.create()
	for range payment.DefaultAttempts {
		h.answer(h.pay(id), payment.OutcomeDeclined, because("insufficient_funds"))
	}
	status(id, "declined")
	h.want(409, "payment_final", "POST", "/v1/payments/"+id+"/cancel", "")
	id = h.create()
	h.answer(h.pay(id), payment.OutcomeError, because("said elsewhere"))
	status(id, "failed")
	id = h.create()
	h.answer(h.pay(id), payment.OutcomeChallenge, func(r *wire.Result) { r.ChallengeURL = "https://bank.example/c" })
	status(id, "action_required")
	h.want(200, "", "POST", "/v1/payments/"+id+"/cancel", "")
	id = h.create()
	h.clock.Advance(16 * time.Minute)
	h.token = ""
	h.token = h.fetchToken()
	h.await(id, "abandoned")
	h.want(409, "payment_expired", "POST", "/v1/payments/"+id+"/cancel", "")
}

func (h *house) await(id, status string) {
	h.t.Helper()
	changed, stop := h.proc.Watch(id)
	defer stop()
	for {
		if got := h.want(200, "", "GET", "/v1/payments/"+id, ""); got["status"] == status {
			return
		}
		select {
		case <-changed:
		case <-h.t.Context().Done():
			h.t.Fatalf("%s did not become %s", id, status)
		}
	}
}

func (h *house) endpoints() {
	h.t.Helper()
	made := h.want(201, "", "POST", "/v1/webhook-endpoints", `{"url": "http://localhost:8090/hooks", "events": ["*"]}`)
	path := "/v1/webhook-endpoints/" + made["id"].(string)
	h.want(200, "", "GET", path, "")
	h.want(200, "", "GET", "/v1/webhook-endpoints", "")
	h.want(200, "", "PATCH", path, `{"url": "http://localhost:8091/hooks", "description": "x", "events": [], "body": "thin", "signature": "both"}`)
	h.want(200, "", "PATCH", path, `{"body": "cloudevents"}`)
	h.want(200, "", "POST", path+"/rotate-secret", "")
	h.want(400, "request_invalid", "PATCH", path, `{"url": "ftp://x", "events": ["x"], "body": "x", "signature": "x"}`)
	h.want(413, "body_too_large", "PATCH", path, `{"url": "`+strings.Repeat("x", 70_000)+`"}`)
	h.want(415, "content_type", "PATCH", path, `{}`, "Content-Type", "text/plain")
	h.deliveries(path)
	h.want(204, "", "DELETE", path, "")
	h.want(404, "webhook_endpoint_not_found", "DELETE", path, "")
	h.want(404, "webhook_endpoint_not_found", "GET", path, "")
	h.want(404, "webhook_endpoint_not_found", "PATCH", path, `{}`)
	for _, action := range []string{"/rotate-secret", "/resend-failed", "/test"} {
		h.want(404, "webhook_endpoint_not_found", "POST", path+action, "")
	}
	h.want(404, "webhook_endpoint_not_found", "GET", path+"/deliveries", "")
	h.want(400, "request_invalid", "POST", "/v1/webhook-endpoints", `{"url": "ftp://x", "events": ["x"], "secret": "x"}`)
	h.want(413, "body_too_large", "POST", "/v1/webhook-endpoints", `{"url": "`+strings.Repeat("x", 70_000)+`"}`)
	h.want(415, "content_type", "POST", "/v1/webhook-endpoints", `{}`, "Content-Type", "text/plain")
	for range 20 {
		h.want(201, "", "POST", "/v1/webhook-endpoints", `{"url": "http://localhost:8090/hooks"}`)
	}
	h.want(409, "too_many_endpoints", "POST", "/v1/webhook-endpoints", `{"url": "http://localhost:8090/hooks"}`)
}

// deliveries asks for what an endpoint was sent, and sends it again.
func (h *house) deliveries(path string) {
	h.t.Helper()
	id := h.create()
	r := h.pay(id)
	h.answer(r, payment.OutcomeApproved, nil)
	list := h.want(200, "", "GET", path+"/deliveries?limit=1&status=pending", "")["data"].([]any)
	delivery := path + "/deliveries/" + list[0].(map[string]any)["id"].(string)
	e, err := h.proc.Endpoints(h.t.Context(), processor.Everyone())
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.proc.ResendEdited(h.t.Context(), e[0], delivery[strings.LastIndexByte(delivery, '/')+1:], []byte("{}")); err != nil {
		h.t.Fatal(err)
	}
	if got := h.want(200, "", "GET", delivery, ""); len(got["attempts"].([]any)) != 1 {
		h.t.Errorf("the try is not there: %v", got)
	}
	h.want(202, "", "POST", delivery+"/resend", "")
	h.want(200, "", "POST", path+"/test", "")
	h.want(202, "", "POST", path+"/resend-failed", "")
	h.want(202, "", "POST", path+"/resend-failed", `{"since": "2026-03-14T12:00:00Z"}`)
	h.want(400, "json_invalid", "POST", path+"/resend-failed", `{"since": "yesterday"}`)
	h.want(413, "body_too_large", "POST", path+"/resend-failed", `{"since": "`+strings.Repeat("x", 70_000)+`"}`)
	h.want(415, "content_type", "POST", path+"/resend-failed", `{}`, "Content-Type", "text/plain")
	h.want(400, "query_invalid", "GET", path+"/deliveries?limit=0&status=x&cursor=x", "")
	h.want(404, "webhook_delivery_not_found", "GET", path+"/deliveries/del_1", "")
	h.want(404, "webhook_delivery_not_found", "POST", path+"/deliveries/del_1/resend", "")
	h.want(200, "", "PATCH", path, `{"enabled": false}`)
	h.want(409, "webhook_endpoint_disabled", "POST", delivery+"/resend", "")
	h.want(409, "webhook_endpoint_disabled", "POST", path+"/resend-failed", "")
	h.want(409, "webhook_endpoint_disabled", "POST", path+"/test", "")
	events := h.want(200, "", "GET", "/v1/events?limit=1", "")["data"].([]any)
	h.want(200, "", "GET", "/v1/events/"+events[0].(map[string]any)["id"].(string), "")
	h.want(404, "event_not_found", "GET", "/v1/events/evt_1", "")
}

// metrics reads the meters as a monitor does, in both formats.
func (h *house) metrics() {
	h.t.Helper()
	auditor := "Bearer " + h.tokenOf(identity.DemoAuditor)
	for accept, media := range map[string]string{"text/plain": "text/plain", "application/openmetrics-text": "application/openmetrics-text"} {
		resp, body := h.call("GET", "/metrics", "", "Authorization", auditor, "Accept", accept)
		if got := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || !strings.HasPrefix(got, media) || !bytes.Contains(body, []byte("\ngo_goroutines ")) {
			h.t.Errorf("GET /metrics as %s: got %s, %s\n%.300s", accept, resp.Status, got, body)
		}
	}
	h.want(400, "query_invalid", "GET", "/metrics?name=up", "", "Authorization", auditor)
	h.want(401, "token_invalid", "GET", "/metrics", "", "Authorization", "Bearer nonsense")
	h.want(403, "role_forbidden", "GET", "/metrics", "")
}

func (h *house) others() {
	h.t.Helper()
	h.want(200, "", "GET", "/v1/banks", "")
	h.want(200, "", "GET", "/livez", "")
	h.metrics()
	for _, path := range []string{"/v1/banks", "/livez", "/readyz", "/graphql/schema.graphql"} {
		h.want(400, "query_invalid", "GET", path+"?verbose=1", "")
	}
	h.want(503, "", "GET", "/readyz", "")
	page := h.want(200, "", "GET", "/v1/events?after=0&limit=100", "")
	if len(page["data"].([]any)) < 8 {
		h.t.Errorf("only %d events were told", len(page["data"].([]any)))
	}
	h.want(400, "query_invalid", "GET", "/v1/events?after=x", "")
	h.want(404, "payment_not_found", "GET", "/v1/events?payment=pay_1", "")
	h.want(200, "", "GET", "/v1/events?types=attempt.declined", "", "Prefer", "wait=1")
	first := page["data"].([]any)[0].(map[string]any)["id"].(string)
	h.want(200, "", "GET", "/v1/events/"+first, "")
	h.want(404, "event_not_found", "GET", "/v1/events/evt_1", "")
	h.want(200, "", "GET", "/.well-known/jwks.json", "")
	h.want(200, "", "GET", "/.well-known/oauth-authorization-server", "")
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	h.want(400, "", "POST", "/oauth/token", "grant_type=password", form...)
	h.want(401, "", "POST", "/oauth/token", "grant_type=client_credentials&client_id=x", form...)
	h.refusals()
	token := h.token
	h.token = ""
	h.want(401, "token_missing", "GET", "/v1/payments", "")
	h.token = token
}

// signIn asks the authorization server for its metadata.
func (h *house) signIn() {
	h.t.Helper()
	form := []string{"Content-Type", "application/x-www-form-urlencoded", "Authorization", "Basic ZGVtby1zaG9wOmRlbW8tc2hvcC1zZWNyZXQ="}
	nobody := []string{"Content-Type", "application/x-www-form-urlencoded", "Authorization", "Basic eDp5"}
	h.want(200, "", "POST", "/oauth/introspect", "token="+h.token, form...)
	h.want(200, "", "POST", "/oauth/introspect", "token=x&token_type_hint=access_token", form...)
	h.want(400, "", "POST", "/oauth/introspect", "token=", form...)
	h.want(401, "", "POST", "/oauth/introspect", "token=x", nobody...)
	h.want(200, "", "POST", "/oauth/revoke", "token=x", form...)
	h.want(400, "", "POST", "/oauth/revoke", "token=", form...)
	h.want(401, "", "POST", "/oauth/revoke", "token=x", nobody...)
	h.want(400, "", "POST", "/oauth/token", "grant_type=authorization_code&client_id=demo-app&code=x&redirect_uri=http://127.0.0.1/callback&code_verifier=x", form[:2]...)
	h.want(400, "", "POST", "/oauth/token", "grant_type=refresh_token&client_id=demo-app&refresh_token=x", form[:2]...)
	h.authorize()
}

// refusals asks every route for what its caller may not.
func (h *house) refusals() {
	h.t.Helper()
	bank, operator, auditor := "Bearer "+h.tokenOf(bankClient), "Bearer "+h.tokenOf(identity.DemoOperator), "Bearer "+h.tokenOf(identity.DemoAuditor)
	for _, route := range routes() {
		if route.Needs == gate.Open {
			continue
		}
		path, body := strings.NewReplacer("/events/{id}", "/events/evt_x", "{id}", "x", "{delivery}", "x", "{operation}", "x", "{bic}", bic).Replace(route.Path), ""
		h.want(401, "token_invalid", route.Method, path, body, "Authorization", "Bearer x")
		if route.Needs == gate.ByField {
			h.want(403, "merchant_foreign", route.Method, path, body, gate.MerchantHeader, "other-shop")
		} else {
			h.want(403, "role_forbidden", route.Method, path, body, "Authorization", bank)
		}
		if !route.Shared {
			h.want(400, "merchant_required", route.Method, path, body, "Authorization", operator)
		} else if route.Path != "/v1/banks" {
			able := operator
			if route.Needs == identity.ReadAudit {
				able = auditor
			}
			h.want(400, "merchant_unknown", route.Method, path, body, "Authorization", able, gate.MerchantHeader, "nobody")
		}
	}
	if err := h.store.AddAudits(h.t.Context(), []audit.Record{{
		ID: "aud_01890a5d-ac96-774b-bcce-b302099a8057", At: h.clock.Now(), Actor: audit.Actor{Kind: audit.Client, ID: "demo-shop"}, Role: "merchant", Merchant: "demo-shop",
		Action: audit.PaymentCancel, Object: "pay_1", Outcome: audit.Refused, Code: "payment_not_found", Address: "127.0.0.1", Request: "rid_1", Count: 2,
	}}); err != nil {
		h.t.Fatal(err)
	}
	h.want(200, "", "GET", "/v1/audit?outcome=refused", "", "Authorization", auditor)
	h.want(400, "query_invalid", "GET", "/v1/audit?outcome=x", "", "Authorization", auditor)
	h.want(400, "merchant_unknown", "GET", "/v1/payments", "", "Authorization", operator, gate.MerchantHeader, "nobody")
	h.want(200, "", "GET", "/v1/payments", "", "Authorization", operator, gate.MerchantHeader, "demo-shop")
}

// messages holds everything that went to the broker to the AMQP contract.
func (h *house) messages() {
	h.t.Helper()
	seen := map[string]int{}
	for _, m := range h.sent {
		name := m.Type
		if m.Exchange == broker.Events {
			name = "event"
		}
		seen[name]++
		if err := CheckMessage(name, m.Body); err != nil {
			h.t.Error(err)
		}
		if name == "event" {
			h.cloudEvent(m)
		}
		if bytes.Contains(m.Body, []byte(`"abandoned"`)) {
			h.t.Errorf("an abandoned payment was told: %s", m.Body)
		}
	}
	if seen["authorize"] == 0 || seen["reverse"] == 0 || seen["event"] == 0 {
		h.t.Errorf("not every message was seen: %v", seen)
	}
}

// cloudEvent holds the other form of the same event to the contract.
func (h *house) cloudEvent(m broker.Message) {
	h.t.Helper()
	one := publisherFunc(func(_ context.Context, list []broker.Message) ([]broker.Fate, error) { m = list[0]; return nil, nil })
	if _, err := outbox.As(format.Of(format.Clouds), one).Publish(h.t.Context(), []broker.Message{m}); err != nil {
		h.t.Error(err)
	}
	if err := CheckMessage("cloudevent", m.Body); err != nil || m.ContentType != event.CloudEventType {
		h.t.Error(m.ContentType, err)
	}
}

type publisherFunc func(context.Context, []broker.Message) ([]broker.Fate, error)

func (f publisherFunc) Publish(ctx context.Context, list []broker.Message) ([]broker.Fate, error) {
	return f(ctx, list)
}

func TestContract_ServesItself(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(contract.Handler("http://localhost:8080"))
	defer server.Close()
	for path, want := range map[string]string{
		"/openapi.yaml": "application/yaml", "/openapi.json": "application/json", "/asyncapi.yaml": "application/yaml",
		"/asyncapi.json": "application/json", "/banks.schema.json": "application/schema+json", "/scenarios.schema.json": "application/schema+json", contract.CatalogPath: "application/linkset+json",
	} {
		resp, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), want) {
			t.Errorf("asked for %s: want 200 as %s, got %s %s %v", path, want, resp.Status, resp.Header.Get("Content-Type"), err)
		}
		if strings.Contains(want, "json") && !json.Valid(body) {
			t.Errorf("%s is not JSON", path)
		}
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodHead, server.URL+path, nil)
		r.Header.Set("If-None-Match", resp.Header.Get("ETag"))
		again, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = again.Body.Close()
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("%s with its ETag: %s", path, again.Status)
		}
	}
}

// limits asks for everything where nothing may be asked for any more.
func (h *house) limits() {
	h.t.Helper()
	former := h.front.Limits
	defer func() { h.front.Limits = former }()
	h.front.Limits = gate.NewLimiter(gate.Limits{Address: gate.Rate{PerSecond: 0.1, Burst: 1}, Clock: h.clock})
	_, _ = h.call("GET", "/v1/banks", "")
	for path, item := range openAPI().doc.Paths.Map() {
		for method := range item.Operations() {
			if path == "/livez" || path == "/readyz" {
				continue
			}
			answer, body := h.call(method, strings.NewReplacer("{", "", "}", "").Replace(path), "")
			if answer.StatusCode != http.StatusTooManyRequests || !strings.Contains(string(body), "rate_limited") || answer.Header.Get("Retry-After") != "10" {
				h.t.Errorf("%s %s: %s, Retry-After %s\n%s", method, path, answer.Status, answer.Header.Get("Retry-After"), body)
			}
		}
	}
	if answer, _ := h.call("GET", "/livez", ""); answer.StatusCode != http.StatusOK {
		h.t.Errorf("whether it lives may not be asked: %s", answer.Status)
	}
}
