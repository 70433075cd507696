package client

import (
	"context"
	"net/http"
)

// Bank is a bank behind the processor.
type Bank struct {
	Identifier string   `json:"identifier"` // BIC
	Name       string   `json:"name"`
	Behavior   string   `json:"behavior"` // its temper, in a few words
	Currencies []string `json:"currencies"`
	Online     bool     `json:"online"`
	Clock      string   `json:"clock"` // followed, behind or own: by which it goes, as to simulated time
}

// Banks lists the banks.
func (c *Client) Banks(ctx context.Context) ([]Bank, error) {
	var list struct {
		Data []Bank `json:"data"`
	}
	_, err := c.call(ctx, request{method: http.MethodGet, path: "/v1/banks", repeatable: true}, &list)
	return list.Data, err
}
