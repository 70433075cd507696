package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

// Why says which rule decided a payment.
type Why struct {
	Source string `json:"source"` // such as "request" or "card_number"
	Rule   string `json:"rule"`
	Words  string `json:"words"`
}

// Act is an act of a payment's customer on purpose.
type Act struct {
	Action string `json:"action"`           // such as "pay" or "cancel"
	After  string `json:"after,omitempty"`  // such as "3s"; "" for at once
	Card   string `json:"card,omitempty"`   // a published test number
	IBAN   string `json:"iban,omitempty"`   // a published test account
	Holder string `json:"holder,omitempty"` // the holder's name
	Bank   string `json:"bank,omitempty"`   // BIC that the customer picks
}

// BankAnswer is an answer of a payment's bank on purpose.
type BankAnswer struct {
	Outcome string `json:"outcome,omitempty"` // such as "declined"
	Reason  string `json:"reason,omitempty"`
	After   string `json:"after,omitempty"` // such as "3s", "after_deadline" or "never"
	Times   int    `json:"times,omitempty"` // how many requests it holds for; 0 for all
}

// Act has the customer of a payment do something.
func (c *Client) Act(ctx context.Context, payment string, a Act) (Payment, error) {
	return c.simulate(ctx, payment, "customer", a)
}

// Answer orders a payment's bank how to answer a request that it has or will get.
// Part is "capture" or "refund", or "" for the authorization.
func (c *Client) Answer(ctx context.Context, payment, part string, b BankAnswer) (Payment, error) {
	if part != "" {
		return c.simulate(ctx, payment, "bank", map[string]BankAnswer{part: b})
	}
	return c.simulate(ctx, payment, "bank", b)
}

// Simulate says what happens on purpose to a payment, as JSON of the schema
// NewSimulation.
func (c *Client) Simulate(ctx context.Context, payment string, plan json.RawMessage) (Payment, error) {
	return c.simulate(ctx, payment, "simulate", plan)
}

func (c *Client) simulate(ctx context.Context, payment, what string, body any) (Payment, error) {
	var p Payment
	_, err := c.call(ctx, request{method: http.MethodPost, path: "/sim/payments/" + url.PathEscape(payment) + "/" + what, body: body}, &p)
	return p, err
}
