package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// NewEndpoint asks for webhooks.
type NewEndpoint struct {
	URL string `json:"url"`
	// Events are the types to be told of; none means the processor's default.
	Events []string `json:"events,omitempty"`
	// Secret is "whsec_" + base64 of the signing key; "" lets the processor make one.
	Secret string `json:"secret,omitempty"`
	// Description is the endpoint's purpose, in words of your own.
	Description string `json:"description,omitempty"`
	// Body is "full", the default, or "thin".
	Body string `json:"body,omitempty"`
	// Signature is "hmac", the default, "ed25519" or "both".
	Signature string `json:"signature,omitempty"`
}

// Endpoint is where webhooks go.
type Endpoint struct {
	ID        string    `json:"id"`
	URL       string    `json:"url"`
	Events    []string  `json:"events"`
	Enabled   bool      `json:"enabled"`
	Note      string    `json:"note"`   // why it was disabled
	Secret    string    `json:"secret"` // only in the answer that makes it
	CreatedAt time.Time `json:"created_at"`

	Description string `json:"description"`
	Body        string `json:"body"`
	Signature   string `json:"signature"`
	PublicKey   string `json:"public_key"` // "whpk_…", for v1a signatures
	// PreviousSecretUntil is until when messages carry signatures of the replaced
	// keys as well; zero where they do not.
	PreviousSecretUntil time.Time `json:"previous_secret_until"`
}

// EndpointChange is a change of an endpoint; nil leaves a member unchanged.
type EndpointChange struct {
	URL         *string   `json:"url,omitempty"`
	Description *string   `json:"description,omitempty"`
	Events      *[]string `json:"events,omitempty"`
	Body        *string   `json:"body,omitempty"`
	Signature   *string   `json:"signature,omitempty"`
	Enabled     *bool     `json:"enabled,omitempty"`
}

// ChangeEndpoint changes a webhook endpoint.
func (c *Client) ChangeEndpoint(ctx context.Context, id string, change EndpointChange) (Endpoint, error) {
	var e Endpoint
	_, err := c.call(ctx, request{method: http.MethodPatch, path: "/v1/webhook-endpoints/" + url.PathEscape(id), body: change, repeatable: true}, &e)
	return e, err
}

// RotateSecret replaces an endpoint's keys and answers with the new secret. It is
// sent once: a repeat would drop the keys it has just replaced.
func (c *Client) RotateSecret(ctx context.Context, id string) (Endpoint, error) {
	var e Endpoint
	_, err := c.call(ctx, request{method: http.MethodPost, path: "/v1/webhook-endpoints/" + url.PathEscape(id) + "/rotate-secret"}, &e)
	return e, err
}

// ResendFailed sends an endpoint's failed deliveries again, at most a thousand at
// once, and says how many, and whether there are more.
func (c *Client) ResendFailed(ctx context.Context, id string) (count int, more bool, err error) {
	var sent struct {
		Count int
		More  bool
	}
	_, err = c.call(ctx, request{method: http.MethodPost, path: "/v1/webhook-endpoints/" + url.PathEscape(id) + "/resend-failed", repeatable: true}, &sent)
	return sent.Count, sent.More, err
}

// CreateEndpoint registers a webhook endpoint. It is sent once: a repeat could
// register it twice.
func (c *Client) CreateEndpoint(ctx context.Context, n NewEndpoint) (Endpoint, error) {
	var e Endpoint
	_, err := c.call(ctx, request{method: http.MethodPost, path: "/v1/webhook-endpoints", body: n}, &e)
	return e, err
}

// Endpoints lists the webhook endpoints.
func (c *Client) Endpoints(ctx context.Context) ([]Endpoint, error) {
	var list struct {
		Data []Endpoint `json:"data"`
	}
	_, err := c.call(ctx, request{method: http.MethodGet, path: "/v1/webhook-endpoints", repeatable: true}, &list)
	return list.Data, err
}

// DeleteEndpoint removes a webhook endpoint.
func (c *Client) DeleteEndpoint(ctx context.Context, id string) error {
	_, err := c.call(ctx, request{method: http.MethodDelete, path: "/v1/webhook-endpoints/" + url.PathEscape(id)}, nil)
	return err
}
