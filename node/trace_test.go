package node

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"sandbank/bank"
	"sandbank/chance"
	"sandbank/clock"
	"sandbank/identity"
	"sandbank/internal/otlptest"
	"sandbank/payment"
	"sandbank/telemetry/trace"
)

// tracing is a tracer that exports to a receiver at once.
func tracing(t *testing.T, to *otlptest.Receiver, variables map[string]string) *trace.Tracer {
	t.Helper()
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
	tracer, err := trace.Open(t.Context(), trace.Settings{
		Endpoint: to.URL(), Service: "sandbank-processor", Getenv: func(name string) string { return variables[name] },
		Random: chance.Secret, Now: clock.Real{}.Now, Pause: clock.Pause, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tracer.Close(context.WithoutCancel(t.Context())) })
	return tracer
}

// The merchant's own span, under which a payment's trace begins.
const merchantTrace, merchantSpan = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"

// One trace has every hop of a payment, from the merchant's request to the webhook, connected.
func TestTrace_HasEveryHopOfAPayment(t *testing.T) {
	heard := make(chan http.Header, 16)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), "payment.captured") {
			heard <- r.Header
		}
	}))
	t.Cleanup(receiver.Close)
	spans := otlptest.New(t)
	n := started(t, Config{Banks: Banks{Tempers: bank.Seven()[:1]}, Tracer: tracing(t, spans, nil)})
	w := &town{cast: &cast{T: t, base: n.URL(), tokens: map[string]string{}}, seen: map[string]bool{}}
	w.token(identity.DemoShop)
	if code, body := w.send("demo-shop", "POST", "/v1/webhook-endpoints", fmt.Sprintf(`{"url": %q}`, receiver.URL), ""); code != http.StatusCreated {
		t.Fatalf("an endpoint: expected 201, got %d %s", code, body)
	}
	b := &buyer{town: w, http: shopper(t)}
	b.paid = created(t, n, w.tokens["demo-shop"], "00-"+merchantTrace+"-"+merchantSpan+"-01")
	b.pays("4242424242424242", "A Buyer")
	b.awaitAnswer(payment.Processing)

	hops := []string{
		"POST /v1/payments", "commit created", "POST /pay/{token}/confirm", "commit processing", "publish bank.requests", "process bank.SANDNL2A",
		"publish bank.results", "process processor.results", "commit captured", "publish payment.events", "POST webhook",
	}
	got := spans.Await(merchantTrace, fmt.Sprintf("the hops %q", hops), func(list []otlptest.Span) bool {
		for _, hop := range hops {
			if !slices.ContainsFunc(list, func(s otlptest.Span) bool { return s.Name == hop }) {
				return false
			}
		}
		return true
	})
	if loose := otlptest.Connected(got, merchantSpan); len(loose) > 0 {
		t.Errorf("expected every span under the merchant's, these are not: %+v in\n%s", loose, otlptest.Tree(got))
	}
	for hop, under := range map[string]string{
		"POST /pay/{token}/confirm": "POST /v1/payments", "commit processing": "POST /pay/{token}/confirm", "publish bank.requests": "POST /pay/{token}/confirm",
		"process bank.SANDNL2A": "publish bank.requests", "publish bank.results": "process bank.SANDNL2A", "process processor.results": "publish bank.results",
		"commit captured": "process processor.results", "POST webhook": "process processor.results",
	} {
		at := slices.IndexFunc(got, func(s otlptest.Span) bool { return s.Name == hop })
		parent := slices.IndexFunc(got, func(s otlptest.Span) bool { return s.ID == got[at].Parent })
		if parent < 0 || got[parent].Name != under {
			t.Errorf("%s: expected it under %s in\n%s", hop, under, otlptest.Tree(got))
		}
		if named := got[at].Attributes["sandbank.payment.id"]; (named == "") != (strings.HasPrefix(hop, "publish") || strings.Contains(hop, "/pay/")) || named != "" && named != b.paid.ID {
			t.Errorf("%s: expected the payment's id %s, got %v", hop, b.paid.ID, got[at].Attributes)
		}
		if got[at].Attributes["sandbank.simulated_time"] == "" {
			t.Errorf("%s: expected the simulated time, got %v", hop, got[at].Attributes)
		}
	}
	if sent := (<-heard).Get("traceparent"); !strings.HasPrefix(sent, "00-"+merchantTrace+"-") || strings.Contains(sent, merchantSpan) {
		t.Errorf("the webhook: expected a traceparent of the merchant's trace and a span of its own, got %q", sent)
	}
}

// created is a payment that a merchant asks for within a trace of its own.
func created(t *testing.T, n *Node, token, parent string) (p payment.Resource) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, n.URL()+"/v1/payments", strings.NewReader(order))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("traceparent", parent)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if err := json.NewDecoder(answer.Body).Decode(&p); err != nil || answer.StatusCode != http.StatusAccepted {
		t.Fatalf("a payment: expected 202, got %s: %v", answer.Status, err)
	}
	return p
}

// shopper is a browser that keeps cookies.
func shopper(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}
}
