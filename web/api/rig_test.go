package api_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/mux"
	"go.uber.org/goleak"

	"sandbank/chance"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/internal/processortest"
	"sandbank/processor"
	"sandbank/sim"
	"sandbank/sim/outage"
	"sandbank/web/api"
	"sandbank/web/gate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is the API before a processor on a store in memory. A token is the
// merchant's name.
type rig struct {
	faults *outage.Board
	*processortest.Rig
	front http.Handler
}

func newRig(t *testing.T, configure func(*processor.Config)) *rig {
	t.Helper()
	r := &rig{Rig: processortest.New(t, configure)}
	front := &gate.Gate{
		Base: processortest.Base, Clock: r.Clock, Chance: chance.Crypto(), Log: slog.New(slog.NewTextHandler(r.Log, nil)),
		Authenticate: func(token string) (identity.Principal, error) {
			if token == "staff" {
				return identity.Principal{Client: token, Role: identity.RoleOperator, Merchant: identity.Merchant{ID: "demo-shop"}}, nil
			}
			if token == "auditor" {
				return identity.Principal{Client: token, Role: identity.RoleAuditor}, nil
			}
			if token != "demo-shop" && token != "other-shop" {
				return identity.Principal{}, fault.New(fault.Unauthenticated, "token_invalid", "no")
			}
			return identity.Principal{Client: token, Role: identity.RoleMerchant, Merchant: identity.Merchant{ID: token}}, nil
		},
	}
	m := mux.NewRouter().SkipClean(true)
	r.faults = outage.New(slog.New(slog.DiscardHandler))
	r.faults.Start(r.Clock, chance.Crypto(), idle{}, func(sim.Fault, outage.Ending) {})
	front.Mount(m, api.New(api.Config{
		Faults:    r.faults,
		Keys:      func(identity.Client) api.DialectKeys { return api.DialectKeys{} },
		Processor: r.Processor, Feed: r.Feed, Address: r.Config.Address, Clock: r.Clock, Computer: r.Computer,
		Ready: func(context.Context) map[string]string { return map[string]string{"broker": ""} },
	}).Routes())
	m.HandleFunc("/oauth/token", func(http.ResponseWriter, *http.Request) {}).Methods(http.MethodPost)
	m.NotFoundHandler = http.HandlerFunc(front.NotFound)
	m.MethodNotAllowedHandler = front.MethodNotAllowed(m)
	r.front = m
	return r
}

// call is one request; header lines are "Name: value".
func (r *rig) call(method, target, body string, header ...string) *httptest.ResponseRecorder {
	r.T.Helper()
	return r.send(httptest.NewRequestWithContext(r.T.Context(), method, target, strings.NewReader(body)), header...)
}

func (r *rig) send(q *http.Request, header ...string) *httptest.ResponseRecorder {
	r.T.Helper()
	q.Header.Set("Authorization", "Bearer demo-shop")
	if q.Method == http.MethodPost {
		q.Header.Set("Content-Type", "application/json")
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		if q.Header.Del(name); value != "" {
			q.Header.Set(name, value)
		}
	}
	w := httptest.NewRecorder()
	r.front.ServeHTTP(w, q)
	return w
}

// problem reads an error response and checks what all of them promise.
func (r *rig) problem(name string, w *httptest.ResponseRecorder) (p gate.Problem) {
	r.T.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		r.T.Errorf("%s: %d %s: %v", name, w.Code, w.Body, err)
		return p
	}
	if w.Header().Get("Content-Type") != "application/problem+json" || p.Status != w.Code || p.Code == "" || p.Detail == "" ||
		p.RequestID != w.Header().Get("X-Request-Id") || p.Type != processortest.Base+"/problems/"+p.Code {
		r.T.Errorf("%s: %v %+v", name, w.Header(), p)
	}
	if w.Code >= 500 && w.Code != http.StatusServiceUnavailable {
		r.T.Errorf("%s: %d %s", name, w.Code, w.Body)
	}
	return p
}

func (r *rig) read(w *httptest.ResponseRecorder, into any) {
	r.T.Helper()
	b, _ := io.ReadAll(w.Body)
	if err := json.Unmarshal(b, into); err != nil {
		r.T.Fatalf("%d %s: %v", w.Code, b, err)
	}
}

const good = `{"amount": {"value": "19.99", "currency": "EUR"}, "reference": "order-1042", "return_url": "https://shop.example/orders/1042", "bank": "SANDNL2A"}`

// with is the good body with a field's value replaced, or another field added.
func with(field, value string) string {
	var body map[string]json.RawMessage
	_ = json.Unmarshal([]byte(good), &body)
	body[field] = json.RawMessage(value)
	out := make([]string, 0, len(body))
	for k, v := range body {
		out = append(out, `"`+k+`": `+string(v))
	}
	return "{" + strings.Join(out, ", ") + "}"
}

// onFrom asks for the page after a cursor, or for the first: an empty one is refused.
func onFrom(cursor string) string {
	if cursor == "" {
		return ""
	}
	return "&cursor=" + cursor
}

// idle brings no fault about.
type idle struct{}

func (idle) Begin(context.Context, sim.Fault) error { return nil }
func (idle) End(context.Context, sim.Fault) error   { return nil }
