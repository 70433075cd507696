package node

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sandbank/broker/wire"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/form"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
)

// way is one transport that takes a field: ask sends a value there.
type way struct {
	name, place string // place is the place in the complaint; "" where a page says it in words
	ask         func(value string) (status int, body string)
}

// read is what becomes of a bank's message: what cannot be read is a dead letter.
func read(err error) (status int, body string) {
	if err != nil {
		return http.StatusBadRequest, err.Error()
	}
	return http.StatusOK, ""
}

var decided = time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)

// byResult has a bank say a text in the answer to a request.
func byResult(set func(r *wire.Result, s string)) func(string) (int, string) {
	return func(s string) (int, string) {
		r := wire.Result{
			Type: wire.ResultType, ID: "res_1", RequestID: "req_1", Payment: "pay_1", Attempt: 1, Bank: "SANDNL2A", Outcome: payment.OutcomeDeclined,
			Amount: money.Must("1.00", "EUR"), DecidedAt: decided, Reason: &reason.Reason{Code: reason.LostCard},
		}
		set(&r, s)
		_, err := wire.ReadResult(wire.Encode(r))
		return read(err)
	}
}

// byDispute has a bank say a text about a dispute.
func byDispute(set func(d *wire.Dispute, s string)) func(string) (int, string) {
	return func(s string) (int, string) {
		d := wire.Dispute{
			Type: wire.DisputeType, ID: "dsp_1", Dispute: "d1", Payment: "pay_1", Attempt: 1, Bank: "SANDNL2A", Status: payment.DisputeWon,
			Amount: money.Must("1.00", "EUR"), DecidedAt: decided,
		}
		set(&d, s)
		_, err := wire.ReadDispute(wire.Encode(d))
		return read(err)
	}
}

// byHealth has a bank say a text in a sign of life.
func byHealth(set func(h *wire.Health, s string)) func(string) (int, string) {
	return func(s string) (int, string) {
		h := wire.Health{Type: wire.HealthType, Bank: "SANDNL2A", Online: true, IntervalSeconds: 2, SentAt: decided}
		set(&h, s)
		_, err := wire.ReadHealth(wire.Encode(h))
		return read(err)
	}
}

// One field has one rule, whichever way it comes: the longest text passes, counted in
// characters, and one character more, a control character or a card number does not.
func TestFields_HaveOneRuleOnEveryTransport(t *testing.T) {
	c := newCast(t)
	quoted := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	post := func(path, body string) func(string) (int, string) {
		return func(value string) (int, string) {
			return c.send("demo-shop", http.MethodPost, path, strings.ReplaceAll(body, "$", quoted(value)), "")
		}
	}
	get := func(client, path string) func(string) (int, string) {
		return func(value string) (int, string) {
			return c.send(client, http.MethodGet, path+url.QueryEscape(value), "", "")
		}
	}
	graph := func(query string) func(string) (int, string) {
		return func(value string) (int, string) {
			status, body := c.send("demo-shop", http.MethodPost, "/graphql", `{"query": `+quoted(query)+`, "variables": {"v": `+quoted(value)+`}}`, "")
			if strings.Contains(body, `"errors"`) {
				status = http.StatusBadRequest
			}
			return status, body
		}
	}
	staff := func(path, body string) func(string) (int, string) {
		return func(value string) (int, string) {
			return c.send("demo-operator", http.MethodPost, path, strings.ReplaceAll(body, "$", quoted(value)), "demo-shop")
		}
	}
	const none = "_01890a5d-ac96-774b-bcce-b302099a8057" // what is asked for is not there: the form comes first
	wish := `{"amount": {"value": "1.00", "currency": "EUR"}, "reference": "r", "return_url": "https://shop.example/"`
	endpoint := "/v1/webhook-endpoints/" + c.ids[2]
	patch := func(body string) func(string) (int, string) {
		return func(value string) (int, string) {
			return c.send("demo-shop", http.MethodPatch, endpoint, strings.ReplaceAll(body, "$", quoted(value)), "")
		}
	}
	for field, f := range map[string]struct {
		rule form.Text
		ways []way
	}{
		"reference": {form.Reference, []way{
			{"HTTP", "/reference", post("/v1/payments", strings.Replace(wish, `"r"`, "$", 1)+"}")}, {"HTTP filter", "reference", get("demo-shop", "/v1/payments?reference=")},
			{"GraphQL filter", "reference", graph(`query($v: String) {payments(filter: {reference: $v}) {data {id}}}`)}, {"dashboard search", "", get("", "/?q=")},
		}},
		"description":   {form.Description, []way{{"HTTP", "/description", post("/v1/payments", wish+`, "description": $}`)}}},
		"metadata":      {form.MetadataValue, []way{{"HTTP", "/metadata/a", post("/v1/payments", wish+`, "metadata": {"a": $}}`)}}},
		"metadata name": {form.MetadataKey, []way{{"HTTP", "/metadata", post("/v1/payments", wish+`, "metadata": {$: "a"}}`)}}},
		"endpoint's description": {form.Description, []way{
			{"HTTP", "/description", post("/v1/webhook-endpoints", `{"url": "http://127.0.0.1:1/", "description": $}`)}, {"HTTP change", "/description", patch(`{"description": $}`)},
		}},
		"refund's description":       {form.Description, []way{{"HTTP", "/description", post("/v1/payments/"+c.ids[0]+"/refunds", `{"description": $}`)}}},
		"evidence":                   {form.Evidence, []way{{"HTTP", "/evidence", post("/v1/disputes/dp"+none+"/evidence", `{"evidence": $}`)}}},
		"note":                       {form.Note, []way{{"HTTP", "/note", staff("/v1/breaks/brk"+none+"/write-off", `{"note": $}`)}}},
		"holder":                     {form.Text{Max: instrument.MaxName}, []way{{"HTTP, the customer's act", "/holder", post("/sim/payments/"+c.ids[0]+"/customer", `{"action": "pay", "holder": $}`)}}},
		"bank's word for a decline":  {form.BankText, []way{{"AMQP", "reason.message", byResult(func(r *wire.Result, s string) { r.Reason.Message = s })}}},
		"bank's rule":                {form.BankText, []way{{"AMQP", "rule", byResult(func(r *wire.Result, s string) { r.Rule = s })}, {"AMQP, of a reason", "reason.rule", byResult(func(r *wire.Result, s string) { r.Reason.Rule = s })}}},
		"bank's reference":           {form.BankText, []way{{"AMQP", "bank_reference", byResult(func(r *wire.Result, s string) { r.BankReference = s })}}},
		"bank's authorization":       {form.BankText, []way{{"AMQP", "authorization_code", byResult(func(r *wire.Result, s string) { r.AuthorizationCode = s })}}},
		"bank's reason code":         {form.DisputeReason, []way{{"AMQP", "reason.code", byResult(func(r *wire.Result, s string) { r.Reason.Code = s })}}},
		"bank's ISO code":            {form.BankCode, []way{{"AMQP", "reason.iso20022", byResult(func(r *wire.Result, s string) { r.Reason.ISO20022 = s })}, {"AMQP, of a card", "reason.iso8583", byResult(func(r *wire.Result, s string) { r.Reason.ISO8583 = s })}}},
		"bank's reason of a dispute": {form.BankText, []way{{"AMQP", "reason", byDispute(func(d *wire.Dispute, s string) { d.Reason = s })}}},
		"bank's rule of a dispute":   {form.BankText, []way{{"AMQP", "rule", byDispute(func(d *wire.Dispute, s string) { d.Rule = s })}}},
		"bank's name":                {form.Name, []way{{"AMQP", "name", byHealth(func(h *wire.Health, s string) { h.Name = s })}}},
		"bank's behavior":            {form.BankBehavior, []way{{"AMQP", "behavior", byHealth(func(h *wire.Health, s string) { h.Behavior = s })}}},
		"audit's actor":              {form.Search, []way{{"HTTP filter", "actor", get("demo-auditor", "/v1/audit?actor=")}, {"dashboard search", "", get("", "/audit?actor=")}}},
		"account":                    {form.Name, []way{{"HTTP filter", "account", get("demo-auditor", "/v1/ledger/entries?account=")}}},
	} {
		for _, w := range f.ways {
			for _, letter := range []string{"a", "注", "😀"} {
				if status, body := w.ask(strings.Repeat(letter, f.rule.Max)); status == http.StatusBadRequest {
					t.Errorf("%s, %s: %d times %s is refused: %d %s", field, w.name, f.rule.Max, letter, status, body)
				}
			}
			for what, value := range map[string]string{
				"too long": strings.Repeat("注", f.rule.Max+1), "NUL": "a\x00b", "line end": "a\nb", "card": "4242424242424242", "card with no-break spaces": "4242\u00a04242\u00a04242\u00a04242",
				"card in full width": "４２４２/４２４２/４２４２/４２４２",
			} {
				if what == "line end" && f.rule.Lines {
					continue // this text may have several
				}
				status, body := w.ask(value)
				if status != http.StatusBadRequest || !strings.Contains(body, w.place) {
					t.Errorf("%s by %s, a value that is %s: want 400 with %q, got %d %s", field, w.name, what, w.place, status, body)
				}
				if strings.Contains(what, "card") && strings.Contains(body, value) {
					t.Errorf("%s, %s: the answer repeats the card number", field, w.name)
				}
			}
		}
	}
	// Types of events are the same ones, by the same words, wherever they are asked for.
	for _, w := range []way{
		{"endpoint", "/events/0", post("/v1/webhook-endpoints", `{"url": "http://127.0.0.1:1/", "events": [$]}`)}, {"change", "/events/0", patch(`{"events": [$]}`)},
		{"events", "types", get("demo-shop", "/v1/events?types=")}, {"stream", "types", get("demo-shop", "/v1/events/stream?types=")},
		{"GraphQL", "types", graph(`query($v: String!) {events(after: 0, types: [$v]) {nextAfter}}`)},
	} {
		if status, body := w.ask("payment.paid"); status != http.StatusBadRequest || !strings.Contains(body, w.place) || !strings.Contains(body, "payment.captured") {
			t.Errorf("%s with the event type payment.paid: want 400 at %q that names payment.captured, got %d %s", w.name, w.place, status, body)
		}
	}
}
