package meter

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gorilla/mux"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// families reads what a handler answers, as a monitor does.
func families(t *testing.T, h http.Handler, accept string) map[string]int {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("GET /metrics: expected 200, got %d: %s", w.Code, w.Body)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	found, err := parser.TextToMetricFamilies(w.Body)
	if err != nil {
		t.Fatalf("reading the meters as Prometheus does: %v", err)
	}
	series := map[string]int{}
	for name, family := range found {
		series[name] = len(family.GetMetric())
	}
	return series
}

// Whatever comes from outside, the number of series has a bound.
func TestMeters_AreBounded(t *testing.T) {
	m := New(Words{Statuses: []string{"captured"}, Reasons: []string{"insufficient_funds"}, Events: []string{"payment.captured"}}, time.Now)
	routes := mux.NewRouter()
	routes.Use(m.Routed)
	routes.HandleFunc("/things/{id}", func(_ http.ResponseWriter, r *http.Request) { Called(r.Context(), r.Header.Get("Role")) })
	routes.NotFoundHandler = m.Unrouted(http.NotFoundHandler())
	const many = 2000
	for i := range many {
		text := fmt.Sprint("made-up-", i)
		m.Moved(Move{Status: text, Bank: text, Reason: text, Waited: time.Second})
		m.Told(text)
		m.Message("in", text, text)
		m.Denied(Refused, text)
		m.Dropped(text)
		for _, path := range []string{"/things/" + text, "/nothing/" + text} {
			r := httptest.NewRequest("M"+fmt.Sprint(i), path, nil)
			r.Header.Set("Role", text)
			routes.ServeHTTP(httptest.NewRecorder(), r)
		}
	}
	bounds := map[string]int{
		"sandbank_payments_total": mostBanks + 2, "sandbank_payment_result_seconds": mostBanks + 2, "sandbank_events_total": 1,
		"sandbank_messages_total": 33 * 10, "sandbank_refusals_total": 101, "sandbank_streams_dropped_total": 4, "http_server_request_duration_seconds": 2 * 9, "http_server_active_requests": 1,
	}
	for name, n := range families(t, m.Handler(), "") {
		if bound, ours := bounds[name]; ours && n > bound {
			t.Errorf("%s after %d made-up values: expected at most %d series, got %d", name, many, bound, n)
		}
		delete(bounds, name)
	}
	if len(bounds) > 0 {
		t.Errorf("expected these meters, too: %v", bounds)
	}
}

// A request is counted under its route, its status and its caller's role.
func TestRouted_CountsByTemplate(t *testing.T) {
	m := New(Words{}, time.Now)
	routes := mux.NewRouter()
	routes.Use(m.Routed)
	routes.HandleFunc(`/things/{id:[a-z]{2,}}`, func(w http.ResponseWriter, r *http.Request) {
		Called(r.Context(), "merchant")
		w.WriteHeader(http.StatusAccepted)
	})
	routes.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/things/abc", nil))
	got, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range got {
		if family.GetName() != "http_server_request_duration_seconds" {
			continue
		}
		labels := map[string]string{}
		for _, l := range family.GetMetric()[0].GetLabel() {
			labels[l.GetName()] = l.GetValue()
		}
		want := map[string]string{"http_request_method": "POST", "http_route": "/things/{id}", "http_response_status_code": "202", "sandbank_caller": "merchant"}
		for name, value := range want {
			if labels[name] != value {
				t.Errorf("POST /things/abc: expected %s=%q, got %q", name, value, labels[name])
			}
		}
		return
	}
	t.Error("POST /things/abc was not counted")
}

// A nil *Meters counts nothing, and lets everything pass.
func TestMeters_OfNobody(t *testing.T) {
	var m *Meters
	m.Moved(Move{})
	m.Told("payment.captured")
	m.Message("in", "result", "")
	m.Committed(Written, 1, time.Second, "")
	m.Tried(true, time.Second, time.Second, "")
	m.Dropped("sse")
	m.Denied(Refused, "token_invalid")
	passed := false
	m.Routed(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed = true })).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	if !passed {
		t.Error("a request without meters: expected it to reach its handler")
	}
}
