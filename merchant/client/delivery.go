package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Delivery is one event on its way to one webhook endpoint.
type Delivery struct {
	ID        string `json:"id"`
	Endpoint  string `json:"endpoint"`
	EventID   string `json:"event_id"`
	EventType string `json:"event_type"`
	Sequence  int64  `json:"sequence"`
	Status    string `json:"status"` // "pending", "delivered" or "exhausted"
	Tries     int    `json:"tries"`
	// Attempts are the tries, oldest first, where one delivery is asked for.
	Attempts []DeliveryAttempt `json:"attempts"`
}

// DeliveryAttempt is one try, with what was sent and what came back.
type DeliveryAttempt struct {
	At       time.Time `json:"at"`
	Seconds  float64   `json:"duration_seconds"` // until the answer was read
	Error    string    `json:"error"`            // why there was no answer
	Request  Exchange  `json:"request"`
	Response *Exchange `json:"response"` // nil where none came
}

// Exchange is a webhook's request or answer.
type Exchange struct {
	Status  int               `json:"status"` // of an answer
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

// DeliveryPage is a page of deliveries, newest first.
type DeliveryPage struct {
	Data       []Delivery `json:"data"`
	NextCursor string     `json:"next_cursor"` // "" on the last page
}

// Deliveries lists an endpoint's deliveries, without their attempts. The cursor is the NextCursor of
// the page before, "" for the first.
func (c *Client) Deliveries(ctx context.Context, endpoint, cursor string) (DeliveryPage, error) {
	q := url.Values{"limit": {"100"}}
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	var page DeliveryPage
	_, err := c.call(ctx, request{method: http.MethodGet, path: "/v1/webhook-endpoints/" + url.PathEscape(endpoint) + "/deliveries?" + q.Encode(), repeatable: true}, &page)
	return page, err
}

// Delivery reads one, with its attempts.
func (c *Client) Delivery(ctx context.Context, endpoint, id string) (Delivery, error) {
	var d Delivery
	_, err := c.call(ctx, request{method: http.MethodGet, path: "/v1/webhook-endpoints/" + url.PathEscape(endpoint) + "/deliveries/" + url.PathEscape(id), repeatable: true}, &d)
	return d, err
}
