package feed

import "context"

// Listener reads one merchant's events. It belongs to one goroutine.
type Listener struct {
	feed     *Feed
	merchant string
	tail     *tail
	after    int64
	reset    string
}

// Reset says why the listener could not begin where it was asked to, "" where it
// did. What there was up to [Listener.After] has to be read another way.
func (l *Listener) Reset() string { return l.reset }

// After is the sequence number of the last event that was read.
func (l *Listener) After() int64 { return l.after }

// Next waits for events and returns them, oldest first, a bounded number at a
// time and at least one. It ends with the context's error, with [ErrClosed], or
// with that of the store. The items are shared, and not to be changed.
func (l *Listener) Next(ctx context.Context) ([]Item, error) {
	for {
		if l.feed.ctx.Err() != nil {
			return nil, ErrClosed
		}
		list, older, changed := l.tail.since(l.after)
		var err error
		if older {
			list, err = l.older(ctx)
		}
		if err != nil {
			return nil, err
		}
		if len(list) > 0 {
			l.after = list[len(list)-1].Sequence
			return list, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-l.feed.ctx.Done():
			return nil, ErrClosed
		}
	}
}

func (l *Listener) older(ctx context.Context) ([]Item, error) {
	events, err := l.feed.log.Events(ctx, l.merchant, l.after, page)
	if err != nil {
		return nil, err
	}
	list := make([]Item, len(events))
	for i, e := range events {
		list[i] = Item{e, e.Body()}
	}
	return list, nil
}

// Close ends the listening. It must be called once.
func (l *Listener) Close() { l.feed.leave(l) }
