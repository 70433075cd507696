// Package outbox takes committed messages to the broker, at least once. The
// rows committed with a change are the truth; what is handed over in memory
// right after the commit only saves reading them back. A row is leased to the
// processor that wrote it; should that one die, another claims the row when the
// lease has run out and publishes it again under the same message id.
package outbox

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"sandbank/broker"
	"sandbank/clock"
)

// Lease is how long a committed row waits for its own processor.
const Lease = 15 * time.Second

// Store is the durable side.
type Store interface {
	// Claim leases up to limit rows whose lease has run out, oldest first, and
	// returns their messages.
	Claim(ctx context.Context, limit int) ([]broker.Message, error)
	// Published removes rows.
	Published(ctx context.Context, ids []string) error
	// Postpone keeps rows for another lease, with a note for people.
	Postpone(ctx context.Context, ids []string, note string) error
}

// Publisher publishes in order; see [broker.Publisher].
type Publisher interface {
	Publish(ctx context.Context, messages []broker.Message) ([]broker.Fate, error)
}

const (
	batchSize = 512
	maxHeld   = 50_000 // messages held in memory; more wait in the store
)

// Relay publishes what is offered to it, and what it finds.
type Relay struct {
	store Store
	pub   Publisher
	log   *slog.Logger

	mu     sync.Mutex
	held   []broker.Message
	wake   chan struct{}
	remove chan []string
}

// New makes a relay; Run sets it to work.
func New(store Store, pub Publisher, log *slog.Logger) *Relay {
	return &Relay{store: store, pub: pub, log: log, wake: make(chan struct{}, 1), remove: make(chan []string, 64)}
}

// Offer hands over messages whose rows were just committed. It never blocks.
func (r *Relay) Offer(messages []broker.Message) {
	if len(messages) == 0 {
		return
	}
	r.mu.Lock()
	if len(r.held)+len(messages) <= maxHeld {
		r.held = append(r.held, messages...)
	}
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run publishes until ctx ends. What it has not published by then is in the
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

// claim takes over rows that their processor left behind.
func (r *Relay) claim(ctx context.Context) {
	found, err := r.store.Claim(ctx, batchSize)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		r.log.Warn("the outbox could not be searched", "error", err)
	case len(found) > 0:
		r.log.Info("publishing what was left in the outbox", "messages", len(found))
		r.Offer(found)
	}
}

// publishNext publishes one batch and reports whether there may be another.
func (r *Relay) publishNext(ctx context.Context) bool {
	batch := r.take()
	if len(batch) == 0 || ctx.Err() != nil {
		return false
	}
	fates, err := r.pub.Publish(ctx, batch)
	var done, returned []string
	var again []broker.Message
	for i, m := range batch {
		switch {
		case i < len(fates) && fates[i] == broker.Confirmed:
			done = append(done, m.ID)
		case i < len(fates) && fates[i] == broker.Returned:
			returned = append(returned, m.ID)
		default:
			again = append(again, m)
		}
	}
	if len(done) > 0 {
		r.remove <- done
	}
	r.postpone(ctx, returned)
	r.putBack(again)
	if err != nil && ctx.Err() == nil {
		r.log.Warn("publishing waits for the broker", "messages", len(again), "error", err)
		_ = clock.Sleep(ctx, clock.Real{}, 500*time.Millisecond)
	}
	return ctx.Err() == nil
}

func (r *Relay) postpone(ctx context.Context, ids []string) {
	if len(ids) == 0 {
		return
	}
	r.log.Error("no queue takes these messages; they stay in the outbox", "messages", len(ids), "first", ids[0])
	if err := r.store.Postpone(ctx, ids, "returned: no queue takes it"); err != nil && ctx.Err() == nil {
		r.log.Warn("a returned message could not be noted", "error", err)
	}
}

func (r *Relay) take() []broker.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := min(batchSize, len(r.held))
	batch := r.held[:n:n]
	if r.held = r.held[n:]; len(r.held) == 0 {
		r.held = nil
	}
	return batch
}

func (r *Relay) putBack(again []broker.Message) {
	if len(again) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = append(again, r.held...)
}

// removePublished removes rows beside the publishing: losing it costs only a
// copy, which the receiver drops.
func (r *Relay) removePublished(ctx context.Context) {
	for ids := range r.remove {
		for more := true; more && len(ids) < 4*batchSize; {
			select {
			case next, ok := <-r.remove:
				ids, more = append(ids, next...), ok
			default:
				more = false
			}
		}
		if err := r.store.Published(ctx, ids); err != nil {
			r.log.Warn("published messages could not be removed from the outbox; they will be sent again", "messages", len(ids), "error", err)
		}
	}
}
