// Package trail writes the audit log's records of refusals and of actions
// without a commit of their own. One goroutine writes; callers never wait.
//
// While the store is away, records wait in memory. When there is no more room,
// records are dropped and counted, and the loss is recorded. The alternative
// would be to refuse service, and then anybody whose requests are refused could
// stop it. A crash loses the records of the last tenth of a second; records of
// payments are safe, because they are committed with the change.
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
	// AddAudits keeps records, all or none, and each once: one that is there already is left as it is, since the answer to an
	// earlier try may have been lost after it was carried out.
	AddAudits(ctx context.Context, list []audit.Record) error
	// SealAudits gives up to limit records their place in the chain, in the
	// order of their commits, and returns their number. While another processor
	// does this, it does nothing.
	SealAudits(ctx context.Context, limit int) (int, error)
}

const (
	room    = 4096
	company = 100 * time.Millisecond // how long a record waits for others
	most    = 500                    // records in one commit
	window  = time.Minute            // in which equal refusals are counted
	pause   = time.Second            // between a failed commit and the next try
	last    = 2 * time.Second        // for the remaining records at the end
)

// Trail writes records.
type Trail struct {
	store   Store
	clock   clock.Simulated
	log     *slog.Logger
	ids     *chance.Source
	queue   chan *audit.Record // by address, since there is room for thousands
	written chan struct{}
	lost    atomic.Int64
	alike   alike
	waits   []audit.Record // not written yet; used by the writing goroutine alone
}

// New returns a trail; Run starts it. It draws its identifiers from a source of
// its own, so that refusals change nothing in a seeded run.
func New(s Store, c clock.Simulated, log *slog.Logger) *Trail {
	return &Trail{
		store: s, clock: c, log: log, ids: chance.Crypto(),
		queue: make(chan *audit.Record, room), written: make(chan struct{}, 1), alike: newAlike(),
	}
}

// Record takes a record and gives it its identifier. It never blocks.
func (t *Trail) Record(r audit.Record) {
	if r.At.IsZero() {
		r.At = t.clock.Now()
	}
	select {
	case t.queue <- &r:
	default:
		t.lost.Add(1)
	}
}

// Committed reports that records were committed elsewhere and have to be sealed.
func (t *Trail) Committed() {
	select {
	case t.written <- struct{}{}:
	default:
	}
}

// Run writes and seals until ctx ends, and then for a moment the remaining
// records.
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
			t.take(*r)
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

// gather collects the records of a moment; false if ctx ended.
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
			t.take(*r)
		}
	}
	return true
}

// take queues a record to be written, unless it is counted as one of many.
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

// keep writes the waiting records and a record of the lost ones, and reports
// whether it succeeded.
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

// drain writes the remaining records; those that the store does not take now are
// lost.
func (t *Trail) drain(ctx context.Context) {
	for {
		select {
		case r := <-t.queue:
			t.take(*r)
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
