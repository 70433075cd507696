// Package sink writes merchants' events to a log elsewhere, such as a topic of
// Kafka, at least once and in order. The committed events are the truth: a sink
// keeps only its progress, one cursor for each merchant's sequence, which moves
// on when the log has acknowledged. A log that is away delays nothing else.
//
//	commit ─▶ Wake ─▶ claim a merchant ─▶ write its next events ─▶ move the cursor
//	                   (a lease: of several processors, one at a time)
//
// A writer always writes the events right after the cursor. So, even if some are
// written twice, their first copies are in the log in the order of the sequence.
package sink

import (
	"context"
	"log/slog"
	"time"

	"sandbank/clock"
	"sandbank/event"
)

// Claim asks for the lease of a merchant with events that are not written yet.
type Claim struct {
	Sink  string // name of the sink with the cursors
	Owner string // the writer; no other writer has the same name
	Now   time.Time
	Until time.Time // when others may take over
	Limit int       // greatest number of events
}

// Store is where the events and the cursors are.
type Store interface {
	// ClaimEvents leases one merchant and lists its next events, oldest first;
	// none if there is nothing to write. Leases that ended before Now do not
	// count.
	ClaimEvents(ctx context.Context, c Claim) ([]event.Event, error)
	// Written moves a merchant's cursor to the sequence number, never back, and
	// ends the lease if the owner still has it.
	Written(ctx context.Context, c Claim, merchant string, sequence int64) error
}

// Writer writes to the log. It returns how many of the events, from the first
// on, the log has acknowledged, and an error unless that is all of them.
type Writer interface {
	Write(ctx context.Context, events []event.Event) (written int, err error)
}

const (
	batch   = 500              // events written at once
	lease   = 15 * time.Second // of a merchant
	timeout = 10 * time.Second // of one write; well within the lease
	search  = 5 * time.Second  // how often events that others left behind are searched for
)

// Sink takes events from a store to a writer.
type Sink struct {
	name   string
	owner  string
	store  Store
	writer Writer
	clock  clock.Computer
	log    *slog.Logger
	wake   chan struct{}
}

// New returns a sink; Run starts it. Its name identifies its cursors: under
// another name every event is written again, from the first on.
func New(name, owner string, store Store, writer Writer, c clock.Computer, log *slog.Logger) *Sink {
	return &Sink{name: name, owner: owner, store: store, writer: writer, clock: c, log: log, wake: make(chan struct{}, 1)}
}

// Wake says that there may be new events. It never blocks.
func (s *Sink) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run writes until ctx ends. Events not written by then remain in the store.
func (s *Sink) Run(ctx context.Context) {
	var p patience
	tick := time.NewTicker(search)
	defer tick.Stop()
	for ctx.Err() == nil {
		n, err := s.once(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if p.tries == 0 {
				s.log.Warn("events wait for their sink", "sink", s.name, "error", err)
			}
			_ = clock.Pause(ctx, p.next())
			continue
		case n > 0:
			if p.tries > 0 {
				s.log.Info("events reach their sink again", "sink", s.name)
			}
			p = patience{}
			continue
		}
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-tick.C:
		}
	}
}

// once writes the next events of one merchant, and reports how many.
func (s *Sink) once(ctx context.Context) (int, error) {
	now := s.clock.Now()
	c := Claim{Sink: s.name, Owner: s.owner, Now: now, Until: now.Add(lease), Limit: batch}
	events, err := s.store.ClaimEvents(ctx, c)
	if err != nil || len(events) == 0 {
		return 0, err
	}
	written, failed := s.write(ctx, events)
	last := int64(0)
	if written > 0 {
		last = events[written-1].Sequence
	}
	// This is done even at the end: an acknowledged event must not be written
	// again, and no processor should wait for an unused lease.
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	defer cancel()
	c.Now = s.clock.Now()
	if err := s.store.Written(ending, c, events[0].Merchant, last); err != nil {
		return written, err
	}
	return written, failed
}

// write writes a merchant's own events. Those in a dialect are for the dialect's
// listeners alone, and are passed over.
func (s *Sink) write(ctx context.Context, events []event.Event) (written int, err error) {
	if !events[0].Own() {
		return len(events), nil
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return s.writer.Write(ctx, events)
}

// patience is the wait between failures: 0.25 s, doubled up to 4 s.
type patience struct{ tries int }

func (p *patience) next() time.Duration {
	p.tries++
	return 250 * time.Millisecond << min(p.tries-1, 4)
}
