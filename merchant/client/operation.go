package client

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"sandbank/money"
)

// Operation is a capture, void or refund on its way through the bank.
type Operation struct {
	ID        string       `json:"id"`
	Payment   string       `json:"payment"`
	Status    string       `json:"status"` // "pending", "succeeded" or "failed"
	Amount    money.Amount `json:"amount"`
	Final     bool         `json:"final"`
	CreatedAt time.Time    `json:"created_at"`
	Reason    *Reason      `json:"reason"` // why it failed
}

// NewOperation is a wish for an operation; its zero value is for all that is
// left.
type NewOperation struct {
	Amount      *money.Amount `json:"amount,omitempty"`
	Final       bool          `json:"final,omitempty"` // of a capture: nothing more will be taken
	Description string        `json:"description,omitempty"`
}

// Capture takes money that was authorized for a payment with Capture "manual".
// How it ends is told by an event, and stands on the payment.
func (c *Client) Capture(ctx context.Context, payment string, n NewOperation, key IdempotencyKey) (Operation, error) {
	return c.operate(ctx, payment, "capture", n, key)
}

// Void releases the part of an authorization that was not captured.
func (c *Client) Void(ctx context.Context, payment string, key IdempotencyKey) (Operation, error) {
	return c.operate(ctx, payment, "void", nil, key)
}

// Refund gives captured money back.
func (c *Client) Refund(ctx context.Context, payment string, n NewOperation, key IdempotencyKey) (Operation, error) {
	return c.operate(ctx, payment, "refunds", n, key)
}

// Respond hands in evidence against a dispute. How it ends is told by an event.
func (c *Client) Respond(ctx context.Context, dispute, evidence string) error {
	body := struct {
		Evidence string `json:"evidence"`
	}{evidence}
	_, err := c.call(ctx, request{method: http.MethodPost, path: "/v1/disputes/" + url.PathEscape(dispute) + "/evidence", body: body}, nil)
	return err
}

// operate is repeated, as [Client.CreatePayment] is, where there is a key.
func (c *Client) operate(ctx context.Context, payment, what string, body any, key IdempotencyKey) (Operation, error) {
	q := request{method: http.MethodPost, path: "/v1/payments/" + url.PathEscape(payment) + "/" + what, body: body}
	if key != "" {
		q.repeatable = true
		q.header = key.header()
	}
	var o Operation
	_, err := c.call(ctx, q, &o)
	return o, err
}
