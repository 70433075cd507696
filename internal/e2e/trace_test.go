package e2e_test

import (
	"os"
	"slices"
	"testing"

	"sandbank/identity"
	"sandbank/internal/otlptest"
	"sandbank/merchant/client"
	"sandbank/payment"
	"sandbank/sim"
)

// A payment's trace goes on over a kill -9 of the processor that took the payment while the broker took nothing: the
// next processor finds the request in the outbox, and the trace with the payment. Banks are another program.
func TestTrace_SurvivesAKill(t *testing.T) {
	t.Parallel()
	w := newGuest(t)
	spans := otlptest.New(t)
	w.env = append(os.Environ(), "OTEL_BSP_SCHEDULE_DELAY=50", "OTEL_EXPORTER_OTLP_ENDPOINT="+spans.URL())
	one, first := w.processor()
	w.awaitUp(first)
	w.bank("SANDNL2A")
	w.awaitReady(first)
	c := w.merchant(first)
	w.hooks(c)
	if _, err := w.as(identity.DemoOperator, first).BeginFault(t.Context(), client.FaultWish{Kind: string(sim.BrokerBlocked)}); err != nil {
		t.Fatal(err)
	}
	p := w.buy(c, "over-a-kill", "SANDNL2A")
	id := w.ends(p.ID, payment.Processing).Trace.Trace()
	has := func(hops ...string) func([]otlptest.Span) bool {
		return func(list []otlptest.Span) bool {
			for _, hop := range hops {
				if !slices.ContainsFunc(list, func(s otlptest.Span) bool { return s.Name == hop && s.Error == "" }) {
					return false
				}
			}
			return true
		}
	}
	spans.Await(id, "what the first processor did", has("POST /v1/payments", "POST /pay/{token}/confirm", "commit processing"))
	one.kill()
	w.processor()
	w.ends(p.ID, payment.Captured)
	got := spans.Await(id, "what the second processor and the bank did", has("publish bank.requests", "process bank.SANDNL2A", "publish bank.results",
		"process processor.results", "commit captured", "publish payment.events", "POST webhook"))
	root := got[slices.IndexFunc(got, func(s otlptest.Span) bool { return s.Name == "POST /v1/payments" })]
	if loose := otlptest.Connected(got, root.ID); root.Parent != "" || len(loose) > 0 {
		t.Errorf("expected every span under the request, these are not: %+v in\n%s", loose, otlptest.Tree(got))
	}
	for _, s := range got {
		if bank := s.Name == "process bank.SANDNL2A" || s.Name == "publish bank.results"; bank != (s.Service == "sandbank-bank") {
			t.Errorf("%s: recorded by %s in\n%s", s.Name, s.Service, otlptest.Tree(got))
		}
	}
	w.settled()
}
