package node

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sandbank/payment/form"
	"sandbank/payment/instrument"
)

// way is one transport that takes a field: ask sends a value there.
type way struct {
	name, place string // place is the place in the complaint; "" where a page says it in words
	ask         func(value string) (status int, body string)
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
	payment := `{"amount": {"value": "1.00", "currency": "EUR"}, "reference": "r", "return_url": "https://shop.example/"`
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
			{"HTTP", "/reference", post("/v1/payments", strings.Replace(payment, `"r"`, "$", 1)+"}")}, {"HTTP filter", "reference", get("demo-shop", "/v1/payments?reference=")},
			{"GraphQL filter", "reference", graph(`query($v: String) {payments(filter: {reference: $v}) {data {id}}}`)}, {"dashboard search", "", get("", "/?q=")},
		}},
		"description":   {form.Description, []way{{"HTTP", "/description", post("/v1/payments", payment+`, "description": $}`)}}},
		"metadata":      {form.MetadataValue, []way{{"HTTP", "/metadata/a", post("/v1/payments", payment+`, "metadata": {"a": $}}`)}}},
		"metadata name": {form.MetadataKey, []way{{"HTTP", "/metadata", post("/v1/payments", payment+`, "metadata": {$: "a"}}`)}}},
		"endpoint's description": {form.Description, []way{
			{"HTTP", "/description", post("/v1/webhook-endpoints", `{"url": "http://127.0.0.1:1/", "description": $}`)}, {"HTTP change", "/description", patch(`{"description": $}`)},
		}},
		"refund's description": {form.Description, []way{{"HTTP", "/description", post("/v1/payments/"+c.ids[0]+"/refunds", `{"description": $}`)}}},
		"evidence":             {form.Evidence, []way{{"HTTP", "/evidence", post("/v1/disputes/dp"+none+"/evidence", `{"evidence": $}`)}}},
		"note":                 {form.Note, []way{{"HTTP", "/note", staff("/v1/breaks/brk"+none+"/write-off", `{"note": $}`)}}},
		"holder":               {form.Text{Max: instrument.MaxName}, []way{{"HTTP, the customer's act", "/holder", post("/sim/payments/"+c.ids[0]+"/customer", `{"action": "pay", "holder": $}`)}}},
		"audit's actor":        {form.Search, []way{{"HTTP filter", "actor", get("demo-auditor", "/v1/audit?actor=")}, {"dashboard search", "", get("", "/audit?actor=")}}},
		"account":              {form.Name, []way{{"HTTP filter", "account", get("demo-auditor", "/v1/ledger/entries?account=")}}},
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
