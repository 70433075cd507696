package node

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"sandbank/fault"
	"sandbank/processor"
)

// full is a store on a disk that may be full.
type full struct {
	Store
	commit, ping error
	pings        int
	most         int // bytes that still find room
}

func (f *full) Commit(_ context.Context, _ processor.Load, decide func(*processor.Work) error) error {
	return errors.Join(decide(&processor.Work{}), f.commit)
}

func (f *full) Ping(_ context.Context, bytes int) error {
	if f.pings++; bytes > f.most {
		return f.ping
	}
	return nil
}

// A store that answers and cannot be written to is not ready; the log says so once, and how many
// commits failed when one was written again.
func TestWrites_ADiskThatIsFullIsNotReady(t *testing.T) {
	var log bytes.Buffer
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	disk := &full{}
	w := &writes{store: disk, log: slog.New(slog.NewTextHandler(&log, nil)), now: func() time.Time { return now }}
	store := watched{disk, w, nil, nil}
	commit := func() error {
		return store.Commit(t.Context(), processor.Load{}, func(*processor.Work) error { return nil })
	}
	noSpace := fault.New(fault.Unavailable, "store_unavailable", "The database cannot take this right now.")
	ready := func(what string, want bool) {
		t.Helper()
		if says := w.problem(t.Context()); (says == "") != want {
			t.Errorf("%s: the database is %q", what, says)
		}
	}
	ready("at first", true)
	disk.commit = noSpace
	for range 3 {
		if commit() == nil {
			t.Fatal("the commit was taken")
		}
	}
	ready("after commits that failed", false)
	disk.ping, disk.most, now = noSpace, 4096, now.Add(probeAgain)
	ready("when a few bytes would be taken, and a payment would not", false)
	disk.commit, disk.ping, now = nil, nil, now.Add(probeAgain)
	ready("when there is room again", true)
	if err := commit(); err != nil {
		t.Fatal(err)
	}
	disk.ping, disk.most, now = noSpace, 0, now.Add(probeAgain)
	ready("when nobody commits, and nothing could be written", false)
	disk.ping, now = nil, now.Add(probeAgain)
	ready("at last", true)
	for _, line := range []string{"cannot be written to; this processor is not ready", "can be written to again\" failed=3"} {
		if strings.Count(log.String(), line) != 1 {
			t.Errorf("%q is not in the log once:\n%s", line, log.String())
		}
	}
	before := disk.pings
	for range 100 {
		ready("asked again and again", true)
	}
	if disk.pings != before {
		t.Errorf("%d writes within one instant", disk.pings-before)
	}
}

// A refused command, or a caller that gave up, says nothing about the disk.
func TestWrites_RefusalsAreNoFailures(t *testing.T) {
	disk := &full{}
	w := &writes{store: disk, log: slog.New(slog.DiscardHandler), now: time.Now}
	refused := fault.New(fault.Conflict, "payment_final", "It is over.")
	_ = watched{disk, w, nil, nil}.Commit(t.Context(), processor.Load{}, func(*processor.Work) error { return refused })
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	disk.commit = context.Canceled
	_ = watched{disk, w, nil, nil}.Commit(gone, processor.Load{}, func(*processor.Work) error { return nil })
	if says := w.problem(t.Context()); says != "" {
		t.Errorf("the database is %q", says)
	}
}

func TestCalm_SaysTheSameTroubleOnceAMinute(t *testing.T) {
	var out bytes.Buffer
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	h := calm{slog.NewTextHandler(&out, nil), &troubles{now: func() time.Time { return now }, seen: map[trouble]*tally{}}}
	log := slog.New(h)
	full, away := errors.New("disk full"), errors.New("away")
	for range 425 {
		log.Warn("the ledger could not be sealed yet", "error", full)
		log.With("bank", "SANDNL2A").Error("the journal cannot be written", "error", full)
	}
	log.Warn("the ledger could not be sealed yet", "error", away)
	for range 2 {
		log.Warn("request failed", "request", "rid_1", "error", full)
		log.Info("refused for now", "error", full)
		log.Warn("a result goes to the dead letters", "reason", "unreadable")
	}
	if lines := strings.Count(out.String(), "\n"); lines != 3+2*3 {
		t.Errorf("%d lines:\n%s", lines, out.String())
	}
	out.Reset()
	now = now.Add(quiet)
	log.Warn("the ledger could not be sealed yet", "error", full)
	if !strings.Contains(out.String(), "repeated=424") {
		t.Errorf("after a minute: %s", out.String())
	}
}
