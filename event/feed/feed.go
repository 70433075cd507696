// Package feed presents one merchant's events as a log that any number of
// listeners read, each at its own pace: every event once, in the order of its
// sequence, none before it is committed. A listener is a cursor and not a queue,
// so one that stalls delays no other and costs nothing; it continues where it
// stopped.
//
//	commit here ──────▶ Committed ─┐
//	                               ├─▶ tail of the newest events ─▶ listeners
//	commit elsewhere ─▶ Stale ─▶ store ─┘        (older ones: from the store)
package feed

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"sandbank/event"
	"sandbank/fault"
)

// Log is the store that events are read from.
type Log interface {
	// Events lists a merchant's events after a sequence number, oldest first. When
	// it shows an event, it shows all that have smaller numbers, down to the floor.
	Events(ctx context.Context, merchant string, after int64, limit int) ([]event.Event, error)
	// LastSequence is the number of the merchant's newest event, 0 for none.
	LastSequence(ctx context.Context, merchant string) (int64, error)
	// SequenceOf returns the number of one of the merchant's events;
	// [fault.NotFound] if it has none with that id.
	SequenceOf(ctx context.Context, merchant, id string) (int64, error)
	// Floor is the sequence number up to which some of the merchant's events were let go, 0 for none.
	Floor(ctx context.Context, merchant string) (int64, error)
}

// ErrClosed is the error of a listener when the feed ends.
var ErrClosed = errors.New("feed: closed")

// Feed keeps a tail for each merchant with listeners.
type Feed struct {
	log    Log
	report *slog.Logger
	ctx    context.Context // ends with Close
	end    context.CancelFunc
	owned  sync.WaitGroup

	mu    sync.Mutex
	tails map[string]*tail
}

// New makes a feed of what is in the log. Close ends it.
func New(log Log, report *slog.Logger) *Feed {
	f := &Feed{log: log, report: report, tails: map[string]*tail{}}
	f.ctx, f.end = context.WithCancel(context.Background())
	return f
}

// Close ends every listener and waits for the feed's own goroutines.
func (f *Feed) Close() {
	f.end()
	f.owned.Wait()
}

// Committed passes on events that were just committed here, in their order. It
// never blocks, and costs next to nothing without listeners.
func (f *Feed) Committed(events []event.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.tails) == 0 {
		return
	}
	for _, e := range events {
		if t := f.tails[e.Merchant]; t != nil {
			t.offer(e)
		}
	}
}

// Stale reports that another processor committed events of a merchant; "" means
// that it may have committed events of any merchant.
func (f *Feed) Stale(merchant string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if t := f.tails[merchant]; t != nil {
		t.stale()
	}
	if merchant == "" {
		for _, t := range f.tails {
			t.stale()
		}
	}
}

// From is the position at which a listener begins.
type From struct {
	// After is the sequence number after which it begins; 0 begins with the
	// first event that is kept.
	After int64
	// Event is the id of the last event that was heard; it takes precedence over
	// After.
	Event string
	// Now skips all present events; it counts only if neither of the others is
	// set.
	Now bool
}

// Open begins to listen to a merchant's events. An unknown position is no error:
// the listener begins with the next event, or, where the events behind its position
// were let go, with the first that is kept, and its Reset says so. Close ends it.
func (f *Feed) Open(ctx context.Context, merchant string, from From) (*Listener, error) {
	last, err := f.log.LastSequence(ctx, merchant)
	if err != nil {
		return nil, err
	}
	l := &Listener{feed: f, merchant: merchant}
	if l.after, l.reset, err = f.place(ctx, merchant, from, last); err != nil {
		return nil, err
	}
	if err := f.join(l, last); err != nil {
		return nil, err
	}
	return l, nil
}

// place finds the sequence number after which a listener begins, and the reason why that is not the
// position it asked for.
func (f *Feed) place(ctx context.Context, merchant string, from From, last int64) (after int64, reset string, err error) {
	if from.Now && from.Event == "" {
		return last, "", nil
	}
	floor, err := f.log.Floor(ctx, merchant)
	if err != nil {
		return 0, "", err
	}
	switch after = from.After; {
	case from.Event != "":
		after, err = f.log.SequenceOf(ctx, merchant, from.Event)
		if fault.Is(err, fault.NotFound) {
			if floor > 0 { // it may have been let go
				last = floor
			}
			return last, "The event " + from.Event + " is not known here.", nil
		}
	case after > last:
		return last, "There is no event of that sequence number yet.", nil
	case after == 0:
		return floor, "", nil
	}
	if err == nil && after < floor {
		return floor, "Events of that time were let go. The first that is kept follows.", nil
	}
	return after, "", err
}

// join has a listener hear what its merchant's tail hears.
func (f *Feed) join(l *Listener, last int64) error {
	merchant := l.merchant
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ctx.Err() != nil {
		return ErrClosed
	}
	l.tail = f.tails[merchant]
	if l.tail == nil {
		ctx, stop := context.WithCancel(f.ctx)
		l.tail = newTail(merchant, last, stop)
		l.tail.stale() // what was committed since last was read
		f.tails[merchant] = l.tail
		f.owned.Go(func() { l.tail.run(ctx, f.log, f.report) })
	}
	l.tail.listeners++
	return nil
}

// A filtered read scans at most maxScan pages of scanned events each.
const (
	maxScan = 40
	scanned = 250
)

// Read lists up to limit events of a merchant after a sequence number, oldest
// first, for a caller that asks instead of listening. Next is the sequence to
// continue after; all is true if there are no more events. With a filter there
// may be more although the list is not full. A position below the merchant's floor
// is [fault.Gone]; 0 begins with the first event that is kept.
func (f *Feed) Read(ctx context.Context, merchant string, after int64, limit int, only Filter) (list []event.Event, next int64, all bool, err error) {
	floor, err := f.log.Floor(ctx, merchant)
	if err == nil && 0 < after && after < floor {
		err = fault.New(fault.Gone, "events_gone", "Events after %d were let go with their payments.", after).
			Hinting("Ask with after=%d, or with after=0, for all that are kept; GET /v1/payments shows how the payments stand.", floor)
	}
	if err != nil {
		return nil, after, false, err
	}
	if after == 0 {
		after = floor
	}
	size := limit
	if !only.IsOpen() {
		size = scanned
	}
	next = after
	for range maxScan {
		page, err := f.log.Events(ctx, merchant, next, size)
		if err != nil {
			return nil, after, false, err
		}
		for i := range page {
			if len(list) == limit {
				return list, next, false, nil
			}
			if next = page[i].Sequence; only.Takes(&page[i]) {
				list = append(list, page[i])
			}
		}
		if len(page) < size {
			return list, next, true, nil
		}
	}
	return list, next, false, nil
}

// Last returns the sequence number of a merchant's newest event, 0 for none.
func (f *Feed) Last(ctx context.Context, merchant string) (int64, error) {
	return f.log.LastSequence(ctx, merchant)
}

func (f *Feed) leave(l *Listener) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if l.tail.listeners--; l.tail.listeners == 0 {
		l.tail.stop()
		delete(f.tails, l.merchant)
	}
}
