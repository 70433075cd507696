package embedded_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"sandbank/scenario"
	"sandbank/scenario/embedded"
)

func alone(t *testing.T, steps string) (scenario.Result, []scenario.Line) {
	t.Helper()
	list, err := scenario.Read("a.yaml", func(string) ([]byte, error) { return []byte("name: N\nsteps:\n" + steps), nil })
	if err != nil {
		t.Fatal(err)
	}
	var lines []scenario.Line
	return embedded.Alone(t.Context(), list[0], func(l scenario.Line) { lines = append(lines, l) }), lines
}

func TestAlone_TellsOfEachLineAsItComes(t *testing.T) {
	t.Parallel()
	r, lines := alone(t, "  - create: {amount: 1.00 EUR, bank: SANDNL2A}\n  - customer: pay\n  - expect: {status: captured, within: 1m, events: payment.captured}\n")
	if r.Outcome != scenario.Held || len(lines) == 0 || len(lines) != len(r.Transcript) {
		t.Errorf("it ended as %s with %d lines, of which %d were told: %v", r.Outcome, len(r.Transcript), len(lines), r.Err)
	}
}

// A scenario of somebody else's reaches nothing but its own Sandbank: not by a call, not by a page, not by a
// name that an earlier answer gave, and not by a webhook.
func TestAlone_ReachesNothingElse(t *testing.T) {
	t.Parallel()
	var met atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { met.Add(1); w.WriteHeader(http.StatusOK) }))
	defer other.Close()
	create := "  - create: {amount: 1.00 EUR, bank: SANDNL2A, description: \"" + other.URL + "/x\"}\n"
	for name, steps := range map[string]string{
		"a page":            create + fmt.Sprintf("  - expect: {page: {path: \"%s/x\", shows: x}}\n", other.URL),
		"an earlier answer": create + "  - expect: {page: {path: \"${payment.description}\", shows: x}}\n",
	} {
		if r, _ := alone(t, steps); r.Outcome != scenario.NotRun || !strings.Contains(fmt.Sprint(r.Err), "nothing but its own Sandbank") {
			t.Errorf("%s: expected that it is not run, got %s: %v", name, r.Outcome, r.Err)
		}
	}
	r, _ := alone(t, fmt.Sprintf("  - call: {route: POST /v1/webhook-endpoints, by: merchant, body: {url: \"%s/x\", events: [\"*\"]}}\n  - expect: {answer: 201}\n", other.URL))
	if r.Outcome != scenario.Failed || !strings.Contains(r.Failure.Seen, "webhooks of one that runs alone go nowhere else") {
		t.Errorf("a webhook: expected that its endpoint is refused, got %s: %v %+v", r.Outcome, r.Err, r.Failure)
	}
	if met.Load() != 0 {
		t.Errorf("%d requests reached a server that is not of this scenario", met.Load())
	}
}
