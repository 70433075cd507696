package runner_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"sandbank/scenario"
	"sandbank/scenario/embedded"
	"sandbank/scenario/runner"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// played is what steps come to after a payment of 20.00 EUR that was captured and told by webhook.
func played(t *testing.T, steps string) scenario.Result {
	t.Helper()
	body := "name: N\nsteps:\n  - create: {amount: 20.00 EUR, bank: SANDNL2A}\n    as: order\n  - customer: pay\n" + steps
	list, err := scenario.Read("f.yaml", func(string) ([]byte, error) { return []byte(body), nil })
	if err != nil {
		t.Fatalf("the scenario\n%s\nis wrong:\n%v", body, err)
	}
	return runner.Run(t.Context(), list[0], embedded.Open, runner.Options{})
}

// Each kind of expectation can fail, and says what was expected and what was seen.
func TestExpect_EachKindFails(t *testing.T) {
	t.Parallel()
	for expect, want := range map[string][2]string{
		"{status: declined}":                                          {"order to be declined", "captured"},
		"{status: [declined, failed]}":                                {"order to be declined or failed", "captured"},
		"{status: voided, within: 5m}":                                {"order to be voided within 5m", "captured"},
		"{why: card_number}":                                          {"that it was decided by card_number", "default: "},
		"{why: {rule: moonlight}}":                                    {"that it was decided by moonlight", "default: "},
		"{reason: lost_card}":                                         {"the reason lost_card", "nothing"},
		"{has: {captured_amount: 19.00 EUR}}":                         {"captured_amount of order to be 19.00 EUR", "20.00 EUR"},
		"{has: {captures.0.id: x}}":                                   {"captures.0.id of order to be x", ""},
		"{events: payment.declined}":                                  {"payment.declined once on webhook", "never, of payment.processing, payment.captured"},
		"{events: {type: payment.captured, times: 2}}":                {"payment.captured twice on webhook", "once"},
		"{events: {type: payment.captured, on: polling, times: 0}}":   {"payment.captured never on polling", "once"},
		"{events: {type: payment.captured, on: sse, times: 0}}":       {"payment.captured never on sse", "once"},
		"{events: {type: payment.captured, on: websocket, times: 0}}": {"payment.captured never on websocket", "once"},
		"{events: {type: payment.captured, on: graphql, times: 0}}":   {"payment.captured never on graphql", "once"},
		"{events: {type: payment.captured, on: amqp, times: 0}}":      {"payment.captured never on amqp", "once"},
		"{arrived: [payment.captured, payment.processing]}":           {"webhooks in the order payment.captured, payment.processing", "payment.processing, payment.captured"},
		"{silence: true}":                                             {"silence on webhook", "payment.captured"},
		"{silence: {after: payment.processing}}":                      {"silence on webhook", "payment.captured"},
		"{refused: 1}":                                                {"1 webhooks whose signature does not fit", "0"},
		"{deliveries: {type: payment.captured, tries: 2}}":            {"the webhook payment.captured after 2 tries", "delivered after 1 try"},
		"{deliveries: {type: payment.captured, status: pending}}":     {"the webhook payment.captured pending", "delivered after 1 try"},
		"{deliveries: {type: payment.declined, tries: 1}}":            {"the webhook payment.declined after 1 try", "no such webhook"},
		"{balances: {'bank:SANDNL2A:receivable': 19.00 EUR}}":         {"the account bank:SANDNL2A:receivable at 19.00 EUR", "20 EUR"},
		"{held: {webhook: 1}}":                                        {"of order to be held: webhook 1", "nothing"},
		"{breaks: {missing: 1}}":                                      {"the breaks missing 1", "nothing"},
		"{answer: 409}":                                               {"the answer 409", "200"},
		"{answer: payment_final}":                                     {"the problem payment_final", "200"},
		"{answer: {headers: {X-None: yes}}}":                          {"the header X-None: yes", `""`},
		"{answer: {has: {reference: x}}}":                             {"reference of the answer to be x", "order"},
		"{page: {shows: [moonlight]}}":                                {`a page that shows "moonlight"`, "200, "},
		"{page: {path: /docs, hides: [Sandbank]}}":                    {`a page without "Sandbank"`, "Sandbank"},
	} {
		t.Run(expect, func(t *testing.T) {
			t.Parallel()
			r := played(t, "  - expect: "+expect+"\n")
			if r.Outcome != scenario.Failed || r.Failure == nil || r.Failure.Expected != want[0] || !strings.Contains(r.Failure.Seen, want[1]) {
				t.Fatalf("it %s: %+v, %v\nexpected to fail with %q, having seen %q", r.Outcome, r.Failure, r.Err, want[0], want[1])
			}
			if len(r.Failure.Hops) == 0 || r.Failure.Step.At.Line != 6 {
				t.Errorf("the failure is at %s with %d hops, expected line 6 and what went before", r.Failure.Step.At, len(r.Failure.Hops))
			}
		})
	}
}

func TestRun_ARefusalThatNobodyExpectsFails(t *testing.T) {
	t.Parallel()
	for name, steps := range map[string]string{
		"at the end":      "  - expect: {status: captured}\n  - cancel: order\n",
		"before a step":   "  - cancel: order\n  - advance: 1m\n  - expect: {status: captured}\n",
		"before a status": "  - cancel: order\n  - expect: {status: captured}\n",
		"at once":         "  - expect: {status: captured}\n  - parallel: [[{cancel: order}, {cancel: order}], {cancel: order}]\n",
	} {
		r := played(t, steps)
		if r.Outcome != scenario.Failed || !strings.Contains(fmt.Sprint(r.Failure), "cancel is not refused") {
			t.Errorf("%s: it %s: %+v, %v; expected that the refused cancel fails it", name, r.Outcome, r.Failure, r.Err)
		}
	}
}

func TestRun_WithoutAStageItIsNotRun(t *testing.T) {
	t.Parallel()
	list, err := scenario.Read("f.yaml", func(string) ([]byte, error) {
		return []byte("name: N\nsteps:\n  - create: {amount: 1.00 EUR}\n  - expect: {status: created}\n"), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	none := func(context.Context, scenario.Scenario) (runner.Stage, error) {
		return runner.Stage{}, errors.New("no room")
	}
	r := runner.Run(t.Context(), list[0], none, runner.Options{})
	if r.Outcome != scenario.NotRun || !strings.Contains(fmt.Sprint(r.Err), "no room") {
		t.Errorf("it %s: %v, expected that it is not run for want of a stage", r.Outcome, r.Err)
	}
	many := runner.Many(t.Context(), append(list, list...), runner.Plan{Open: none, Parallel: 1, FailFast: true})
	if len(many) != 2 || !strings.Contains(fmt.Sprint(many[1].Err), "not begun") {
		t.Errorf("after the first that does not hold, the second is %+v, expected not to be begun", many[1])
	}
}

func TestRun_AMQPNeedsABroker(t *testing.T) {
	t.Parallel()
	list, err := scenario.Read("f.yaml", func(string) ([]byte, error) {
		return []byte("name: N\nsteps:\n  - create: {amount: 1.00 EUR}\n  - expect: {silence: true}\n"), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	unknown := func(ctx context.Context, s scenario.Scenario) (runner.Stage, error) {
		stage, err := embedded.Open(ctx, s)
		stage.AMQP = ""
		return stage, err
	}
	if r := runner.Run(t.Context(), list[0], unknown, runner.Options{}); r.Outcome != scenario.NotRun || !strings.Contains(fmt.Sprint(r.Err), "--amqp-url") {
		t.Errorf("it %s: %v, expected that it asks for the broker's address", r.Outcome, r.Err)
	}
}

// Each hop holds, each move does as it says, and what is held goes on where its hold ends.
func TestHold_EachHopAndMove(t *testing.T) {
	t.Parallel()
	for name, steps := range map[string]string{
		"the request":      "hold: request\n  - customer: pay\n  - expect: {status: processing, held: {request: 1}}\n  - step\n  - expect: {status: captured, held: none}",
		"the result":       "hold: {hops: result, payment: order}\n  - customer: pay\n  - expect: {status: processing, held: {result: 1}}\n  - step: order\n  - expect: {status: captured}",
		"the booking":      "hold: booking\n    as: pause\n  - customer: pay\n  - expect: {status: processing, held: {booking: 1}}\n  - hold: {end: pause}\n  - expect: {status: captured, held: none}",
		"every hop":        "hold\n  - customer: pay\n  - expect: {held: {request: 1, webhook: 1}}\n  - repeat: {times: 5, steps: [step]}\n  - expect: {status: captured, held: none, arrived: [payment.processing, payment.captured]}",
		"until it is over": "hold: {hops: request, for: 20s}\n  - customer: pay\n  - advance: 19s\n  - expect: {held: {request: 1}}\n  - advance: 1s\n  - expect: {status: captured, held: none}",
		"once":             "hold: {hops: webhook, times: 1}\n  - customer: pay\n  - expect: {held: {webhook: 1}, arrived: [payment.captured]}\n  - move: release\n  - expect: {arrived: [payment.captured, payment.processing]}",
		"a webhook drops":  "hold: webhook\n  - customer: pay\n  - move: {action: drop, hop: webhook, kind: payment.captured}\n  - expect: {held: {webhook: 1}, deliveries: {type: payment.captured, status: exhausted}}",
		"a copy":           "hold: webhook\n  - customer: pay\n  - move: {action: duplicate, kind: payment.captured}\n    as: copy\n  - repeat: {times: 3, steps: [step]}\n  - expect: {held: none, events: {type: payment.captured, on: webhook, times: 2}}",
		"the wrong order":  "hold: webhook\n  - customer: pay\n  - move: {action: last, kind: payment.processing}\n  - step\n  - step\n  - expect: {arrived: [payment.captured, payment.processing]}",
		"a decline":        "hold: request\n  - customer: pay\n  - move: {action: answer, hop: request, kind: authorize, outcome: declined, reason: lost_card}\n  - expect: {reason: lost_card, events: attempt.declined}",
		"a later refund":   "customer: pay\n  - hold: request\n  - refund: {amount: 5.00 EUR}\n  - move: {action: answer, kind: refund, outcome: declined}\n  - expect: {events: refund.failed}",
		"nothing to step":  "step\n  - expect: {answer: nothing_held}",
		"over its bound":   "hold: {hops: webhook, for: 1m}\n    as: pause\n  - advance: 2m\n  - hold: {end: pause}\n  - expect: {answer: hold_not_found}",
		"at once":          "hold: request\n    as: a\n  - hold: webhook\n    as: b\n  - customer: pay\n  - parallel: [{hold: {end: a}}, {hold: {end: b}}]\n  - expect: {status: captured, held: none}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := "name: N\nsteps:\n  - create: {amount: 20.00 EUR, bank: SANDNL2A}\n    as: order\n  - " + steps + "\n"
			list, err := scenario.Read("f.yaml", func(string) ([]byte, error) { return []byte(body), nil })
			if err != nil {
				t.Fatal(err)
			}
			if r := runner.Run(t.Context(), list[0], embedded.Open, runner.Options{}); r.Outcome != scenario.Held {
				t.Errorf("it %s: %+v, %v", r.Outcome, r.Failure, r.Err)
			}
		})
	}
}

func TestHold_SaysWhatIsHeldInstead(t *testing.T) {
	t.Parallel()
	for steps, want := range map[string][2]string{
		"  - move: drop\n": {"something to be held", "nothing"},
		"  - hold: request\n  - refund: {amount: 1.00 EUR}\n  - move: {action: drop, hop: webhook}\n  - expect: {held: none}\n": {"the webhook to be held", "request refund"},
		"  - step\n": {"that step is not refused", "409 nothing_held"},
	} {
		r := played(t, "  - expect: {status: captured}\n"+steps)
		if r.Outcome != scenario.Failed || r.Failure.Expected != want[0] || !strings.HasPrefix(r.Failure.Seen, want[1]) {
			t.Errorf("%s it %s: %+v, %v; expected %q, and %q", steps, r.Outcome, r.Failure, r.Err, want[0], want[1])
		}
	}
}
