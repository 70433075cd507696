package client

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"sandbank/secret"
)

// OpenedMerchant is a merchant that was made at run time. Its client's id is its own.
type OpenedMerchant struct {
	ID        string      `json:"id"`
	Name      string      `json:"name"`
	ExpiresAt time.Time   `json:"expires_at"` // in the computer's time
	Secret    secret.Kept `json:"client_secret"`
}

// MerchantWish is for one that is to be made. What is zero is as the processor has it.
type MerchantWish struct {
	Name             string `json:"name,omitempty"`
	ExpiresInSeconds int    `json:"expires_in_seconds,omitempty"`
}

// OpenMerchant makes a merchant for a while. Its secret is in this answer alone.
func (c *Client) OpenMerchant(ctx context.Context, w MerchantWish) (m OpenedMerchant, err error) {
	_, err = c.call(ctx, request{method: http.MethodPost, path: "/sim/merchants", body: w}, &m)
	return m, err
}

// EndMerchant ends one.
func (c *Client) EndMerchant(ctx context.Context, id string) error {
	_, err := c.call(ctx, request{method: http.MethodDelete, path: "/sim/merchants/" + url.PathEscape(id)}, nil)
	return err
}
