package node

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"sandbank/fault"
	"sandbank/processor"
	"sandbank/telemetry/meter"
	"sandbank/telemetry/trace"
)

// writes keeps whether the store takes what is written to it. A full disk answers every question
// and takes no payment; so what counts is whether the last commit was written, and, where nobody
// commits, a write of its own.
type writes struct {
	store Store
	log   *slog.Logger
	now   func() time.Time

	mu     sync.Mutex
	failed error // of the last commit; nil where that was written
	times  int   // commits that failed since the last that was written
	probed time.Time
	answer error // of the last probe
}

const (
	probeAgain = time.Second // least time between two probes, however often readiness is asked for
	lightProbe = 16          // bytes
	// heavyProbe is the number of bytes that must be written after a failed commit, before the
	// store counts as ready again. A database has some room left when the disk has none: a few
	// bytes would still go where the next payment does not.
	heavyProbe = 256 << 10
)

// watched is a store whose commits are watched.
type watched struct {
	processor.Store
	writes *writes
	meters *meter.Meters
	tracer *trace.Tracer
}

// Commit implements processor.Committer.
func (w watched) Commit(ctx context.Context, load processor.Load, decide func(*processor.Work) error) error {
	var decided error
	var last *processor.Work
	began := w.writes.now()
	err := w.Store.Commit(ctx, load, func(work *processor.Work) error {
		decided, last = decide(work), work
		return decided
	})
	if err == nil || decided == nil && ctx.Err() == nil {
		w.writes.note(err)
	}
	took := w.writes.now().Sub(began)
	switch {
	case err == nil:
		countWork(w.meters, last, took)
		traceWork(w.tracer, last, began)
	case decided != nil:
		w.meters.Committed(meter.Refused, 0, took, "")
	default:
		w.meters.Committed(meter.Failed, 0, took, "")
	}
	return err
}

// note takes the end of a commit. The first of several failures is told, and their end.
func (w *writes) note(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case err == nil:
		w.recover()
	case err != nil:
		if w.failed == nil {
			w.log.Error("the database cannot be written to; this processor is not ready until it can", "error", err)
		}
		w.failed, w.times, w.probed = err, w.times+1, w.now()
	}
}

// recover tells that writes succeed again, where they did not. The caller holds the lock.
func (w *writes) recover() {
	if w.failed != nil {
		w.log.Warn("the database can be written to again", "failed", w.times)
	}
	w.failed, w.times = nil, 0
}

// check returns why the store cannot be written to, nil where it can.
func (w *writes) check(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now := w.now(); now.Sub(w.probed) >= probeAgain {
		w.probed = now
		weight := lightProbe
		if w.failed != nil {
			weight = heavyProbe
		}
		if w.answer = w.store.Ping(ctx, weight); w.answer == nil {
			w.recover()
		}
	}
	if w.failed != nil {
		return w.failed
	}
	return w.answer
}

// problem is why the database is not ready, "" where it is.
func (w *writes) problem(ctx context.Context) string {
	if err := w.check(ctx); err != nil {
		return fault.From(err).Message
	}
	return ""
}
