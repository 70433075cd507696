package feed

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"sandbank/event"
)

const (
	kept = 1024 // events in memory per merchant; a listener further behind reads the store
	page = 256  // events read from the store, or handed to a listener, at a time
	// pace is how long new events wait for others under load: to wake a thousand
	// listeners costs the same for one event as for many.
	pace       = 20 * time.Millisecond
	afterError = time.Second
)

// Item is an event with its body, which all listeners share.
type Item struct {
	event.Event
	Body []byte
}

// tail is the newest events of one merchant. Only its goroutine wakes listeners
// and reads the store.
type tail struct {
	merchant  string
	stop      context.CancelFunc
	listeners int           // guarded by the feed's lock
	wake      chan struct{} // there are new events, or there may be some in the store

	mu      sync.Mutex
	items   []Item // without a gap, up to last
	last    int64
	behind  bool          // the store has, or may have, newer events
	changed chan struct{} // closed when there is something new
}

func newTail(merchant string, last int64, stop context.CancelFunc) *tail {
	return &tail{merchant: merchant, last: last, stop: stop, wake: make(chan struct{}, 1), changed: make(chan struct{})}
}

// offer appends an event if it is the next one. If events before it are missing,
// all of them are read from the store.
func (t *tail) offer(e event.Event) {
	t.mu.Lock()
	switch {
	case e.Sequence == t.last+1:
		t.append(e)
	case e.Sequence > t.last:
		t.behind = true
	}
	t.mu.Unlock()
	t.awake()
}

func (t *tail) stale() {
	t.mu.Lock()
	t.behind = true
	t.mu.Unlock()
	t.awake()
}

func (t *tail) awake() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// append adds the next event; t.mu is held. Listeners read parts of the old
// slice without the lock, so old events are left behind in it and not moved
// over.
func (t *tail) append(e event.Event) {
	if len(t.items) >= 2*kept {
		t.items = append(make([]Item, 0, 2*kept), t.items[len(t.items)-kept:]...)
	}
	t.items = append(t.items, Item{e, e.Body()})
	t.last = e.Sequence
}

func (t *tail) run(ctx context.Context, log Log, report *slog.Logger) {
	rest := time.NewTimer(0)
	defer rest.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.wake:
		}
		wait := pace
		if err := t.catchUp(ctx, log); err != nil && ctx.Err() == nil {
			report.Warn("events could not be read for their listeners; trying again", "merchant", t.merchant, "error", err)
			wait = afterError
			t.stale()
		}
		t.mu.Lock()
		close(t.changed)
		t.changed = make(chan struct{})
		t.mu.Unlock()
		rest.Reset(wait)
		select {
		case <-ctx.Done():
			return
		case <-rest.C:
		}
	}
}

// catchUp reads the store's events after the tail.
func (t *tail) catchUp(ctx context.Context, log Log) error {
	for {
		t.mu.Lock()
		after, behind := t.last, t.behind
		t.behind = false
		t.mu.Unlock()
		if !behind {
			return nil
		}
		list, err := log.Events(ctx, t.merchant, after, page)
		if err != nil {
			return err
		}
		t.mu.Lock()
		for _, e := range list {
			if e.Sequence <= t.last { // it was offered in the meantime
				continue
			}
			if e.Sequence > t.last+1 { // what came before it was let go
				t.items = nil
			}
			t.append(e)
		}
		t.behind = t.behind || len(list) == page
		t.mu.Unlock()
	}
}

// since returns up to a page of the events after a sequence number, whether the
// store must be asked for them, and a channel that is closed when there are
// more.
func (t *tail) since(after int64) (list []Item, older bool, changed <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if after >= t.last {
		return nil, false, t.changed
	}
	first := t.last - int64(len(t.items)) // the number before the first one here
	if after < first {
		return nil, true, t.changed
	}
	list = t.items[after-first:]
	return list[:min(page, len(list)):min(page, len(list))], false, t.changed
}
