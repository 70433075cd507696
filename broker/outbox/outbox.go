// Package outbox publishes committed messages to the broker, at least once. The
// rows committed with a change are the truth; passing messages in memory right
// after the commit only saves reading them back. A row is leased to the
// processor that wrote it. If that processor dies, another one takes the row
// over when the lease has run out, and publishes it again under the same message
// id.
package outbox

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"sandbank/broker"
	"sandbank/clock"
)

// Lease is how long a committed row is reserved for the processor that wrote it.
const Lease = 15 * time.Second

// Store is the durable side. It keeps one row per transaction, which names the
// messages that still have to be published.
type Store interface {
	// Claim takes a lease on up to limit rows whose lease has run out, oldest
	// first. Leases run by the store's own clock, which all processors on it share:
	// one that is ahead of another takes nothing away from it.
	Claim(ctx context.Context, lease time.Duration, limit int) ([]broker.Parcel, error)
	// Published removes rows.
	Published(ctx context.Context, parcels []string) error
	// Postpone renews the lease of a row for the given messages only, with a
	// note for people.
	Postpone(ctx context.Context, parcel string, lease time.Duration, messages []string, note string) error
}

// Publisher publishes in order; see [broker.Publisher].
type Publisher interface {
	Publish(ctx context.Context, messages []broker.Message) ([]broker.Fate, error)
}

const (
	batchSize = 512    // messages published at once
	claimSize = 100    // rows looked up at once
	maxHeld   = 50_000 // messages held in memory; more wait in the store
)

// Relay publishes the parcels it is offered, and the rows it finds in the store.
type Relay struct {
	store Store
	pub   Publisher
	log   *slog.Logger

	mu      sync.Mutex
	held    []item
	wake    chan struct{}
	remove  chan []string
	parcels clock.Count // from their offer until they are removed or put off
}

// item is a message with the row it belongs to.
type item struct {
	broker.Message
	row *row
}

// row is a parcel in progress. Only the publishing goroutine touches its counts.
type row struct {
	id       string
	left     int      // messages whose fate is unknown yet
	returned []string // messages that no queue accepted
}

// New makes a relay; Run sets it to work.
func New(store Store, pub Publisher, log *slog.Logger) *Relay {
	return &Relay{store: store, pub: pub, log: log, wake: make(chan struct{}, 1), remove: make(chan []string, 64)}
}

// Offer passes on a parcel whose row was just committed. It never blocks.
func (r *Relay) Offer(p broker.Parcel) {
	if len(p.Messages) == 0 {
		return
	}
	of := &row{id: p.ID, left: len(p.Messages)}
	r.mu.Lock()
	if len(r.held)+len(p.Messages) <= maxHeld {
		r.parcels.Begin(1)
		for _, m := range p.Messages {
			r.held = append(r.held, item{m, of})
		}
	}
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run publishes until ctx ends. Messages not published by then remain in the
// store.
func (r *Relay) Run(ctx context.Context) {
	var removing sync.WaitGroup
	removing.Go(func() { r.removePublished(context.WithoutCancel(ctx)) })
	defer removing.Wait()
	defer close(r.remove)
	search := time.NewTicker(Lease / 3)
	defer search.Stop()
	r.claim(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		case <-search.C:
			r.claim(ctx)
		}
		for r.publishNext(ctx) {
		}
	}
}

// claim takes over the rows that other processors left behind.
func (r *Relay) claim(ctx context.Context) {
	found, err := r.store.Claim(ctx, Lease, claimSize)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		r.log.Warn("the outbox could not be searched", "error", err)
	case len(found) > 0:
		r.log.Info("publishing what was left in the outbox", "parcels", len(found))
		for _, p := range found {
			r.Offer(p)
		}
	}
}

// publishNext publishes one batch and reports whether there may be another.
func (r *Relay) publishNext(ctx context.Context) bool {
	batch := r.take()
	if len(batch) == 0 || ctx.Err() != nil {
		return false
	}
	messages := make([]broker.Message, len(batch))
	for i, it := range batch {
		messages[i] = it.Message
	}
	fates, err := r.pub.Publish(ctx, messages)
	var done []string
	var again []item
	for i, it := range batch {
		fate := broker.Unknown
		if i < len(fates) {
			fate = fates[i]
		}
		switch fate {
		case broker.Unknown:
			again = append(again, it)
			continue
		case broker.Returned:
			it.row.returned = append(it.row.returned, it.ID)
		case broker.Refused:
			r.log.Warn("a listener's queue is full and takes no more events", "message", it.ID, "key", it.Key)
		case broker.Confirmed:
		}
		if it.row.left--; it.row.left > 0 {
			continue
		}
		if len(it.row.returned) > 0 {
			r.postpone(ctx, it.row)
			r.parcels.End(1)
			continue
		}
		done = append(done, it.row.id)
	}
	if len(done) > 0 {
		r.remove <- done
	}
	r.putBack(again)
	if err != nil && ctx.Err() == nil {
		r.log.Warn("publishing waits for the broker", "messages", len(again), "error", err)
		_ = clock.Pause(ctx, 500*time.Millisecond)
	}
	return ctx.Err() == nil
}

func (r *Relay) postpone(ctx context.Context, of *row) {
	r.log.Error("no queue takes these messages; they stay in the outbox", "messages", len(of.returned), "first", of.returned[0])
	if err := r.store.Postpone(ctx, of.id, Lease, of.returned, "returned: no queue takes it"); err != nil && ctx.Err() == nil {
		r.log.Warn("a returned message could not be noted", "error", err)
	}
}

func (r *Relay) take() []item {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := min(batchSize, len(r.held))
	batch := r.held[:n:n]
	if r.held = r.held[n:]; len(r.held) == 0 {
		r.held = nil
	}
	return batch
}

func (r *Relay) putBack(again []item) {
	if len(again) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = append(again, r.held...)
}

// removePublished removes rows while the publishing goes on. A row that is not
// removed costs only a copy of its messages, which the receiver drops.
func (r *Relay) removePublished(ctx context.Context) {
	for ids := range r.remove {
		for more := true; more && len(ids) < batchSize; {
			select {
			case next, ok := <-r.remove:
				ids, more = append(ids, next...), ok
			default:
				more = false
			}
		}
		if err := r.store.Published(ctx, ids); err != nil {
			r.log.Warn("published messages could not be removed from the outbox; they will be sent again", "parcels", len(ids), "error", err)
		}
		r.parcels.End(len(ids))
	}
}

// Look reports the relay's work in hand.
func (r *Relay) Look() clock.Look {
	l := clock.Look{Begun: r.parcels.Begun()}
	if n := r.parcels.Open(); n > 0 {
		l.Busy = fmt.Sprintf("%d parcels wait for the broker's confirms", n)
	}
	return l
}
