package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// longestReset is how long a processor may take to end, and to begin anew.
const longestReset = 30 * time.Second

// Reset puts everything back to the beginning. An embedded processor alone can.
func (c *Client) Reset(ctx context.Context) error {
	_, err := c.call(ctx, request{method: http.MethodPost, path: "/sim/reset", wait: longestReset}, nil)
	return err
}

// Snapshot saves the whole state of an embedded processor, as a ZIP file.
func (c *Client) Snapshot(ctx context.Context) (packed []byte, err error) {
	_, err = c.call(ctx, request{method: http.MethodGet, path: "/sim/snapshot", repeatable: true, wait: longestReset}, &packed)
	return packed, err
}

// Scenario is a payment as a scenario file that brings it about again; "" for all payments of the merchant.
func (c *Client) Scenario(ctx context.Context, payment string) (file []byte, err error) {
	path := "/sim/scenario"
	if payment != "" {
		path = "/sim/payments/" + url.PathEscape(payment) + "/scenario"
	}
	_, err = c.call(ctx, request{method: http.MethodGet, path: path, repeatable: true, wait: longestReset}, &file)
	return file, err
}

// Transcript is what happened to the merchant's payments, or to everybody's for an operator, oldest first: a line of
// JSON for each thing.
func (c *Client) Transcript(ctx context.Context) (lines []byte, err error) {
	_, err = c.call(ctx, request{method: http.MethodGet, path: "/sim/transcript", repeatable: true, wait: longestReset}, &lines)
	return lines, err
}

// Restore begins anew with the state of a snapshot.
func (c *Client) Restore(ctx context.Context, packed []byte) error {
	zip := map[string]string{"Content-Type": "application/zip"}
	_, err := c.call(ctx, request{method: http.MethodPut, path: "/sim/snapshot", body: packed, header: zip, wait: longestReset}, nil)
	return err
}
