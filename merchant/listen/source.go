package listen

import (
	"context"
	"sort"
	"time"

	"sandbank/clock"
	"sandbank/merchant/client"
)

// Source returns a merchant's events in the order of their sequence, each once.
type Source interface {
	// Next waits for the next events, at least one. After an error it may be
	// called again and continues where it was.
	Next(ctx context.Context) ([]client.Event, error)
}

// Poll is a source that asks again and again.
type Poll struct {
	client *client.Client
	after  int64
	every  time.Duration
	clock  clock.Computer
}

// NewPoll returns a source of the events after a sequence number. Each request
// waits for news if the processor supports that; otherwise it is repeated once
// per interval.
func NewPoll(c *client.Client, after int64, every time.Duration, at clock.Computer) *Poll {
	return &Poll{client: c, after: after, every: every, clock: at}
}

// Next implements [Source].
func (p *Poll) Next(ctx context.Context) ([]client.Event, error) {
	for {
		began := p.clock.Now()
		page, err := p.client.AwaitEvents(ctx, p.after, maxPage)
		if err != nil {
			return nil, err
		}
		p.after = page.NextAfter
		if len(page.Data) > 0 {
			return page.Data, nil
		}
		if p.clock.Now().Sub(began) >= p.every {
			continue // it has waited
		}
		if err := clock.Sleep(ctx, p.clock, p.every); err != nil {
			return nil, err
		}
	}
}

const maxPage = 100 // the API's largest page

// Newest returns the sequence of a merchant's newest event, 0 for none.
// Sequences have no gaps, so about twenty requests find it among a million.
func Newest(ctx context.Context, c *client.Client) (int64, error) {
	var failed error
	beyond := func(n int64) bool { // nothing comes after n
		page, err := c.EventsAfter(ctx, n, 1)
		if err != nil && failed == nil {
			failed = err
		}
		return failed != nil || len(page.Data) == 0
	}
	high := int64(1)
	for !beyond(high - 1) {
		high *= 2
	}
	last := sort.Search(int(high), func(n int) bool { return beyond(int64(n)) })
	return int64(last), failed
}
