package node

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sandbank/bank"
	"sandbank/identity"
	"sandbank/payment"
	"sandbank/telemetry/meter"
)

// What a monitor reads after a payment that was declined, then captured, whose webhook arrived, and after a
// refused request.
func TestMeters_TellOfAPayment(t *testing.T) {
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(receiver.Close)
	n := started(t, Config{Banks: Banks{Tempers: bank.Seven()[:1]}})
	w := &town{cast: &cast{T: t, base: n.URL(), tokens: map[string]string{}}, seen: map[string]bool{}}
	w.token(identity.DemoShop)
	w.tokens["nobody"] = "of nobody"
	if code, body := w.send("demo-shop", "POST", "/v1/webhook-endpoints", fmt.Sprintf(`{"url": %q}`, receiver.URL), ""); code != http.StatusCreated {
		t.Fatalf("an endpoint: expected 201, got %d %s", code, body)
	}
	if code, _ := w.send("nobody", "GET", "/v1/payments", "", ""); code != http.StatusUnauthorized {
		t.Fatalf("a request with a wrong token: expected 401, got %d", code)
	}
	b := &buyer{town: w, http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	code, body := w.send("demo-shop", "POST", "/v1/payments", strings.TrimSuffix(order, "}")+
		`, "simulate": {"customer": [{"action": "pay", "card": "4000000000009995"}, {"action": "retry", "card": "4242424242424242"}]}}`, "")
	if err := json.Unmarshal([]byte(body), &b.paid); err != nil || code != http.StatusAccepted {
		t.Fatalf("a payment with a plan: expected 202, got %d %s", code, body)
	}
	b.await("the second try is captured, and every webhook arrived", func() bool {
		_, body := w.send("demo-shop", "GET", "/v1/payments/"+b.paid.ID, "", "")
		b.paid = payment.Resource{}
		return json.Unmarshal([]byte(body), &b.paid) == nil && b.paid.Status == payment.Captured &&
			strings.Contains(n.scraped(t), "\nsandbank_webhooks_waiting 0\n")
	})
	meters := n.scraped(t)
	for _, want := range []string{
		`sandbank_payments_total{bank="SANDNL2A",reason="",status="created"} 1`,
		`sandbank_payments_total{bank="SANDNL2A",reason="insufficient_funds",status="created"} 1`,
		`sandbank_payments_total{bank="SANDNL2A",reason="",status="captured"} 1`,
		`sandbank_payment_result_seconds_count{bank="SANDNL2A"} 2`,
		`sandbank_events_total{type="payment.captured"} 1`,
		`sandbank_messages_total{direction="in",kind="result",verdict="applied"} 2`,
		`http_server_request_duration_seconds_count{http_request_method="POST",http_response_status_code="202",http_route="/v1/payments",sandbank_caller="merchant"} 1`,
		`http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="401",http_route="/v1/payments",sandbank_caller="nobody"} 1`,
		`sandbank_refusals_total{code="token_invalid",outcome="refused"} 1`,
		`sandbank_ready{part="broker"} 1`, `sandbank_ready{part="database"} 1`, `sandbank_ready{part="banks"} 1`,
		`sandbank_bank_online{bank="SANDNL2A"} 1`, `sandbank_dead_letters 0`, `sandbank_streams_open 0`, `sandbank_faults 0`,
	} {
		if !strings.Contains(meters, "\n"+want+"\n") {
			t.Errorf("after the payment: expected %s among\n%s", want, sandbankLines(meters))
		}
	}
	if !regexp.MustCompile(`(?m)^sandbank_webhook_try_duration_seconds_count\{outcome="delivered"\} [1-9]`).MatchString(meters) {
		t.Errorf("after the payment: expected delivered webhooks among\n%s", sandbankLines(meters))
	}
}

// scraped is what a monitor on loopback reads, with no token.
func (n *Node) scraped(t *testing.T) string {
	t.Helper()
	w := httptest.NewRecorder()
	n.Routes().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("GET /metrics: expected 200, got %d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func sandbankLines(meters string) string {
	var ours []string
	for _, line := range strings.Split(meters, "\n") {
		if strings.HasPrefix(line, "sandbank_") || strings.HasPrefix(line, "http_") {
			ours = append(ours, line)
		}
	}
	return strings.Join(ours, "\n")
}

// Beyond loopback the meters need a token of a role that may read them.
func TestMeters_BeyondLoopbackNeedAToken(t *testing.T) {
	n := made(t, Config{
		HTTP:   HTTP{Addr: "0.0.0.0:0", PublicURL: "https://sandbank.example"},
		People: People{Clients: []identity.Client{identity.DemoShop, callers["chief"]}},
	})
	ask := func(token string) int {
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		w := httptest.NewRecorder()
		n.Routes().ServeHTTP(w, r)
		return w.Code
	}
	if code := ask(""); code != http.StatusUnauthorized {
		t.Errorf("without a token: expected 401, got %d", code)
	}
	for client, want := range map[string]int{"chief": http.StatusOK, "demo-shop": http.StatusForbidden} {
		secret := map[string]string{"chief": "chief-secret-too", "demo-shop": identity.DemoShop.Secret.Reveal()}[client]
		token, _, err := n.tokens.Issue(client, secret, "")
		if err != nil {
			t.Fatal(err)
		}
		if code := ask(token); code != want {
			t.Errorf("with a token of %s: expected %d, got %d", client, want, code)
		}
	}
}

// The docs name each meter, and no other.
func TestMeters_TheDocsNameThemAll(t *testing.T) {
	n := started(t, Config{Banks: Banks{Tempers: bank.Seven()[:1]}})
	described := regexp.MustCompile(`(?m)^# HELP ((?:sandbank|http)_\w+) `)
	var have []string
	n.meters.Told("payment.captured") // a meter with labels shows once it has counted
	n.meters.Message("in", "result", "")
	n.meters.Denied("refused", "token_invalid")
	n.meters.Tried(true, 1, 1, "")
	n.meters.Committed("written", 1, 1, "")
	n.meters.Moved(meter.Move{Status: "captured", Waited: 1})
	n.scraped(t)
	for _, m := range described.FindAllStringSubmatch(n.scraped(t), -1) {
		have = append(have, m[1])
	}
	w := httptest.NewRecorder()
	n.Routes().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/docs/monitor", nil))
	var named []string
	for _, m := range regexp.MustCompile(`<th scope="row"><code>(\w+)</code>`).FindAllStringSubmatch(w.Body.String(), -1) {
		named = append(named, m[1])
	}
	slices.Sort(have)
	slices.Sort(named)
	if !slices.Equal(have, named) {
		t.Errorf("/docs/monitor: expected the meters\n%v\ngot\n%v", have, named)
	}
}
