package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// EventPage is a page of events, oldest first.
type EventPage struct {
	Data []Event `json:"data"`
	// NextAfter is what to ask after next; it stays while there is nothing new.
	NextAfter int64 `json:"next_after"`
}

// EventsAfter lists the events after a sequence number: 0 for all there are.
// limit is 1 to 100; 0 is the processor's default. It is how a merchant that
// was away catches up without waiting for webhooks to be sent again.
func (c *Client) EventsAfter(ctx context.Context, after int64, limit int) (EventPage, error) {
	path := "/v1/events?after=" + strconv.FormatInt(after, 10)
	if limit > 0 {
		path += "&limit=" + strconv.Itoa(limit)
	}
	var page EventPage
	_, err := c.call(ctx, request{method: http.MethodGet, path: path, repeatable: true}, &page)
	return page, err
}

// AwaitEvents is [Client.EventsAfter] that waits for something to tell, up to half
// a minute where the processor does that; the page may be empty then.
func (c *Client) AwaitEvents(ctx context.Context, after int64, limit int) (EventPage, error) {
	const wait = 30 * time.Second
	var page EventPage
	_, err := c.call(ctx, request{
		method: http.MethodGet, path: fmt.Sprintf("/v1/events?after=%d&limit=%d", after, limit), repeatable: true, wait: wait,
		header: map[string]string{"Prefer": "wait=" + strconv.Itoa(int(wait/time.Second))},
	}, &page)
	return page, err
}

// Event reads one event.
func (c *Client) Event(ctx context.Context, id string) (Event, error) {
	var e Event
	_, err := c.call(ctx, request{method: http.MethodGet, path: "/v1/events/" + url.PathEscape(id), repeatable: true}, &e)
	return e, err
}
