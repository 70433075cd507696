// Package trail writes the audit log: what was refused, and what was done without
// a commit that could carry its record. One goroutine owns the writing; whoever
// records waits for nothing.
//
// While the store is away, records wait in memory. Where there is no more room
// they are dropped, counted, and the loss is recorded: to refuse service because
// refusals cannot be written down would let anybody who is refused stop it. A
// crash loses what was recorded in the last tenth of a second; what payments
// commit is not among it.
package trail

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"sandbank/audit"
	"sandbank/audit/chain"
	"sandbank/chance"
	"sandbank/clock"
)

// Store keeps records.
type Store interface {
	// AddAudits keeps records, all or none.
	AddAudits(ctx context.Context, list []audit.Record) error
	// SealAudits gives up to limit records their place in the chain, in the order
	// of their commits, and reports how many. While another processor is at it, it
	// does nothing.
	SealAudits(ctx context.Context, limit int) (int, error)
}

const (
	room    = 4096
	company = 100 * time.Millisecond // how long a record waits for others
	most    = 500                    // in one commit
	window  = time.Minute            // over which what is alike is counted
	pause   = time.Second            // before a failed commit is tried again
	last    = 2 * time.Second        // for what is left at the end
)

// Trail writes records.
type Trail struct {
	store   Store
	clock   clock.Simulated
	log     *slog.Logger
	ids     *chance.Source
	queue   chan audit.Record
	written chan struct{}
	lost    atomic.Int64
	alike   alike
	waits   []audit.Record // the owner's: not kept yet
}

// New makes a trail; Run sets it to work. Its identifiers are drawn apart from
// the simulation's, so that what is refused changes nothing about a seeded run.
func New(s Store, c clock.Simulated, log *slog.Logger) *Trail {
	return &Trail{
		store: s, clock: c, log: log, ids: chance.Crypto(),
		queue: make(chan audit.Record, room), written: make(chan struct{}, 1), alike: newAlike(),
	}
}

// Record takes a record. It never blocks. The trail gives it its identifier.
func (t *Trail) Record(r audit.Record) {
	if r.At.IsZero() {
		r.At = t.clock.Now()
	}
	select {
	case t.queue <- r:
	default:
		t.lost.Add(1)
	}
}

// Committed tells that records were committed elsewhere, and are to be sealed.
func (t *Trail) Committed() {
	select {
	case t.written <- struct{}{}:
	default:
	}
}

// Run writes and seals until ctx ends, and then what is left, for a moment.
func (t *Trail) Run(ctx context.Context) {
	sealed := make(chan struct{})
	go func() {
		defer close(sealed)
		chain.Tend(ctx, t.written, t.store.SealAudits, t.notSealed)
	}()
	t.write(ctx)
	<-sealed
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), last)
	defer cancel()
	t.drain(end)
	chain.All(end, t.store.SealAudits, t.notSealed)
}

func (t *Trail) notSealed(err error) {
	t.log.Warn("the audit log could not be sealed yet", "error", err)
}

func (t *Trail) write(ctx context.Context) {
	sums := time.NewTicker(window)
	defer sums.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-sums.C:
			t.wait(t.alike.sums()...)
		case r := <-t.queue:
			t.take(r)
			if !t.gather(ctx) {
				return
			}
		}
		for len(t.waits) > 0 && !t.keep(ctx) {
			if clock.Pause(ctx, pause) != nil {
				return
			}
		}
	}
}

// gather takes what comes in a moment; false where ctx ended.
func (t *Trail) gather(ctx context.Context) bool {
	over := time.NewTimer(company)
	defer over.Stop()
	for len(t.waits) < most {
		select {
		case <-ctx.Done():
			return false
		case <-over.C:
			return true
		case r := <-t.queue:
			t.take(r)
		}
	}
	return true
}

// take puts a record to those that are to be written, unless it is one of many alike.
func (t *Trail) take(r audit.Record) {
	if t.alike.loud(&r) {
		t.wait(r)
	}
}

func (t *Trail) wait(list ...audit.Record) {
	for _, r := range list {
		r.ID = t.ids.ID("aud", r.At)
		t.waits = append(t.waits, r.Clean())
	}
}

// keep writes what waits, with what is to be said of what was lost, and reports
// whether that went well.
func (t *Trail) keep(ctx context.Context) bool {
	if n := t.lost.Swap(0); n > 0 {
		t.log.Warn("audit records were lost: the database was away for too long", "records", n)
		t.wait(audit.Record{
			At: t.clock.Now(), Actor: audit.Actor{Kind: audit.System}, Action: audit.Lost, Outcome: audit.Failed, Code: "store_unavailable", Count: int(n),
		})
	}
	if err := t.store.AddAudits(ctx, t.waits); err != nil {
		if ctx.Err() == nil {
			t.log.Warn("audit records wait for the database", "records", len(t.waits), "error", err)
		}
		return false
	}
	t.waits = t.waits[:0]
	t.Committed()
	return true
}

// drain writes what is left; what the store does not take now is lost.
func (t *Trail) drain(ctx context.Context) {
	for {
		select {
		case r := <-t.queue:
			t.take(r)
			continue
		default:
		}
		break
	}
	t.wait(t.alike.sums()...)
	if len(t.waits) > 0 && !t.keep(ctx) {
		t.log.Warn("audit records are lost: the database is away", "records", len(t.waits))
	}
}
