package feed

import (
	"context"
	"slices"
	"time"

	"sandbank/sim"
)

// Listener reads one merchant's events. It belongs to one goroutine.
type Listener struct {
	feed     *Feed
	merchant string
	tail     *tail
	after    int64
	reset    string
	only     Filter
}

// Only sets the listener's filter, and returns the listener. An event that the
// filter skips still moves [Listener.After].
func (l *Listener) Only(f Filter) *Listener {
	l.only = f
	return l
}

// Reset returns the reason why the listener could not begin at the requested
// position, or "". The events up to [Listener.After] then have to be read in
// another way.
func (l *Listener) Reset() string { return l.reset }

// After is the sequence number of the last event that was read.
func (l *Listener) After() int64 { return l.after }

// Next waits for events and returns them, oldest first, a bounded number at a
// time and at least one. It ends with the context's error, with [ErrClosed], or
// with that of the store. The items are shared, and not to be changed.
func (l *Listener) Next(ctx context.Context) ([]Item, error) { return l.NextWithin(ctx, nil) }

// NextWithin is Next for a caller with other work: it returns nothing if idle
// fires before there are events.
func (l *Listener) NextWithin(ctx context.Context, idle <-chan time.Time) ([]Item, error) {
	for {
		list, changed, err := l.take(ctx)
		if len(list) > 0 || err != nil {
			return list, err
		}
		if changed == nil {
			continue // the filter skipped all of them
		}
		select {
		case <-changed:
		case <-idle:
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-l.feed.ctx.Done():
			return nil, ErrClosed
		}
	}
}

// take reads on without waiting. If there is nothing to read, it returns a
// channel that is closed when there is.
func (l *Listener) take(ctx context.Context) (list []Item, changed <-chan struct{}, err error) {
	if l.feed.ctx.Err() != nil {
		return nil, nil, ErrClosed
	}
	list, older, changed := l.tail.since(l.after)
	if older {
		list, err = l.older(ctx)
	}
	if err != nil || len(list) == 0 {
		return nil, changed, err
	}
	l.after = list[len(list)-1].Sequence
	return onPurpose(l.only.of(list)), nil, nil
}

// onPurpose applies the orders of events: it leaves out those that are to be
// lost, and repeats those that are to come twice.
func onPurpose(list []Item) []Item {
	if !slices.ContainsFunc(list, func(i Item) bool { return i.Courses != nil }) {
		return list
	}
	out := make([]Item, 0, len(list)+1)
	for _, i := range list {
		switch course := i.Courses[sim.Stream]; {
		case course.Has(sim.Lost):
		case course.Has(sim.Copied):
			out = append(out, i, i)
		default:
			out = append(out, i)
		}
	}
	return out
}

func (l *Listener) older(ctx context.Context) ([]Item, error) {
	events, err := l.feed.log.Events(ctx, l.merchant, l.after, page)
	if err != nil {
		return nil, err
	}
	list := make([]Item, len(events))
	for i, e := range events {
		if e.Sequence != l.after+1+int64(i) { // some were let go: whoever comes again is told where to begin
			return nil, ErrClosed
		}
		list[i] = Item{e, e.Body()}
	}
	return list, nil
}

// Close ends the listening. It must be called once.
func (l *Listener) Close() { l.feed.leave(l) }
