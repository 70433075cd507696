package scenario_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"sandbank/scenario"
	"sandbank/scenarios"
)

// Every step of the library is told in words, and each verb by what it says.
func TestTell_WordsEveryStep(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(scenarios.Files(), "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var told func(file string, list []scenario.Told)
	told = func(file string, list []scenario.Told) {
		for _, s := range list {
			all := append([]string{s.Text}, s.More...)
			if slices.Contains(all, "") || strings.Contains(strings.Join(all, ""), "%!") || s.Text == string(s.Verb) && s.Verb != scenario.VerbCancel {
				t.Errorf("%s: %s is told as %q", file, s.Verb, all)
			}
			if (s.Who == "") != (s.Verb == scenario.VerbExpect || s.Verb == scenario.VerbParallel) {
				t.Errorf("%s: %s is done by %q", file, s.Verb, s.Who)
			}
			for _, branch := range s.Branches {
				told(file, branch)
			}
		}
	}
	for _, name := range names {
		list, err := scenario.Read(name, func(name string) ([]byte, error) { return fs.ReadFile(scenarios.Files(), name) })
		if err != nil {
			t.Fatal(err)
		}
		told(name, scenario.Tell(list[0].Steps))
	}
}

// steps are steps, and how each is told: who, what, and what else.
var toldSteps = []struct{ step, want string }{
	{"create: {amount: 5.00 EUR, bank: SANDNL2A, capture: manual, attempts: 1, expires_in: 15m, key: once}\n    as: order", "merchant: asks for 5.00 EUR at SANDNL2A; reserved only: the merchant takes the money later; the customer has one try; expires in 15m; under the key once; the payment is called order"},
	{"customer: {payment: payment, action: submit_twice, card: \"4242424242424242\", after: 3s}", "customer: submits twice; card 4242424242424242; after 3s"},
	{"bank: {payment: payment, outcome: declined, reason: lost_card}", "bank: will answer so; outcome declined, reason lost_card"},
	{"bank: {identifier: SANDNL2A, do: offline}", "operator: has SANDNL2A go offline"},
	{"bank: {identifier: SANDNL2A, plant: [missing]}", "operator: has SANDNL2A settle wrongly; missing"},
	{"advance: 36h", "time: goes on by 36h"}, {"advance: next", "time: goes on to the next due moment"},
	{"settle: SANDNL2A", "bank: SANDNL2A closes its day and sends its list"}, {"pay out:", "operator: has the merchants paid"},
	{"fault: {kind: broker_cut, for: 10m}", "operator: begins a fault; for 10m, kind broker_cut"},
	{"hold: [request, webhook]", "merchant: holds every payment at the request to the bank and the webhook"}, {"hold:", "merchant: holds every payment at every hop"},
	{"hold: {payment: payment, hops: result, for: 10m, times: 2}", "merchant: holds the payment at the bank's result, for 10m, twice"},
	{"move: drop", "merchant: drops the first thing held"}, {"move: {action: last, hop: webhook, kind: payment.captured}", "merchant: puts the webhook payment.captured behind everything else"},
	{"move: {action: release, kind: payment.captured}", "merchant: lets the first payment.captured go on"}, {"move: {action: duplicate, hop: result}", "merchant: doubles the bank's result"},
	{"move: {action: answer, outcome: declined, reason: lost_card, twice: true}", "merchant: answers the request to the bank in its stead: declined, lost_card, twice"}, {"step: payment", "merchant: lets the first thing held go on"},
	{"expect: {deliveries: {type: payment.captured, tries: 1}}", ": expected now; the webhook payment.captured after 1 try"},
	{"expect: {deliveries: {type: payment.captured, status: delivered}}", ": expected now; the webhook payment.captured is delivered"},
	{"expect: {held: {webhook: 2}}", ": expected now; held: webhook 2"},
	{"dispute: {reason: fraudulent}", "customer: disputes the payment; fraudulent"}, {"dispute: {decide: won}", "bank: decides the dispute: won"},
	{"capture: {amount: 1.00 EUR, final: true}", "merchant: asks for the capture of 1.00 EUR; nothing more will be taken"}, {"cancel: payment", "merchant: cancels"},
	{"call: {route: GET /v1/events, by: merchant}", "merchant: GET /v1/events"}, {"receive: {status: 503, times: 2}", "merchant: answers webhooks with 503 twice, then with 200"},
	{"expect: {status: created, within: 1h}", ": expected within 1h; payment is created"},
}

func TestTell_SaysWhoDoesWhat(t *testing.T) {
	t.Parallel()
	for _, c := range toldSteps {
		body := "name: N\nsteps:\n  - create: {amount: 1.00 EUR}\n  - " + c.step + "\n  - expect: {status: created}\n"
		list, err := scenario.Read("f.yaml", files(map[string]string{"f.yaml": body}))
		if err != nil {
			t.Errorf("%s: %v", c.step, err)
			continue
		}
		s := scenario.Tell(list[0].Steps)[1]
		if got := s.Who + ": " + strings.Join(append([]string{s.Text}, s.More...), "; "); got != c.want {
			t.Errorf("%s is told as\n%s\nexpected\n%s", c.step, got, c.want)
		}
	}
}
