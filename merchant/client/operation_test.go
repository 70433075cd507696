package client

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"sandbank/money"
)

func TestOperations_AskForWhatTheyAreNamedAfter(t *testing.T) {
	five := money.Must("5.00", "EUR")
	for _, c := range []struct {
		name, path, body string
		do               func(*Client) (Operation, error)
	}{
		{"capture", "/v1/payments/pay_1/capture", `{"amount":{"value":"5.00","currency":"EUR"},"final":true}`, func(c *Client) (Operation, error) {
			return c.Capture(t.Context(), "pay_1", NewOperation{Amount: &five, Final: true}, "k")
		}},
		{"void", "/v1/payments/pay_1/void", ``, func(c *Client) (Operation, error) { return c.Void(t.Context(), "pay_1", "k") }},
		{"refund", "/v1/payments/pay_1/refunds", `{}`, func(c *Client) (Operation, error) {
			return c.Refund(t.Context(), "pay_1", NewOperation{}, "k")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tries := 0
			client := clientOf(t, withToken(func(r *http.Request) *http.Response {
				if tries++; tries == 1 {
					return problem(503, "busy") // and so it comes again, under the same key
				}
				var sent []byte
				if r.Body != nil {
					sent, _ = io.ReadAll(r.Body)
				}
				if r.Method != "POST" || r.URL.Path != c.path || strings.TrimSpace(string(sent)) != c.body || r.Header.Get("Idempotency-Key") != `"k"` {
					t.Errorf("want POST %s with %s and the key k, got %s %s %v %s", c.path, c.body, r.Method, r.URL.Path, r.Header, sent)
				}
				return say(202, `{"id":"op_1","status":"pending","amount":{"value":"5.00","currency":"EUR"}}`)
			}))
			if o, err := c.do(client); err != nil || o.ID != "op_1" || o.Status != "pending" || tries != 2 {
				t.Errorf("%+v %v after %d tries", o, err, tries)
			}
		})
	}
}
