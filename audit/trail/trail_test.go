package trail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sandbank/audit"
	"sandbank/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// disk is a store that may be away.
type disk struct {
	mu     sync.Mutex
	away   bool
	kept   []audit.Record
	sealed int
	tried  chan struct{} // gets a value for each attempt to write
}

func newDisk() *disk { return &disk{tried: make(chan struct{}, 1000)} }

func (d *disk) AddAudits(_ context.Context, list []audit.Record) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tried <- struct{}{}
	if d.away {
		return errors.New("away")
	}
	d.kept = append(d.kept, list...)
	return nil
}

func (d *disk) SealAudits(context.Context, int) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := len(d.kept) - d.sealed
	d.sealed = len(d.kept)
	return n, nil
}

func (d *disk) set(away bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.away = away
}

// run has a trail at work; end ends it.
func run(t *testing.T, d *disk) (trail *Trail, end func()) {
	t.Helper()
	trail = New(d, clock.NewManual(noon), slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); trail.Run(ctx) }()
	return trail, func() { cancel(); <-ended }
}

func done(i int, o audit.Outcome) audit.Record {
	return audit.Record{Actor: audit.Actor{Kind: audit.Local}, Action: audit.LetterReplay, Object: fmt.Sprint(i), Outcome: o, Code: "x"}
}

func TestTrail_DrainsAndSealsAtTheEnd(t *testing.T) {
	d := newDisk()
	trail, end := run(t, d)
	for i := range 1000 {
		trail.Record(done(i, audit.Allowed))
	}
	end()
	if len(d.kept) != 1000 || d.sealed != 1000 {
		t.Fatalf("kept %d, sealed %d of 1000", len(d.kept), d.sealed)
	}
	for i, r := range d.kept {
		if r.Object != fmt.Sprint(i) || r.ID == "" || !r.At.Equal(noon) {
			t.Fatalf("record %d is %+v", i, r)
		}
	}
}

// While the store is away, callers do not wait, and the records beyond the room
// are counted.
func TestTrail_StoreAway(t *testing.T) {
	d := newDisk()
	d.set(true)
	trail, end := run(t, d)
	trail.Record(done(0, audit.Allowed))
	<-d.tried
	for i := range room + 10 {
		trail.Record(done(i+1, audit.Allowed))
	}
	d.set(false)
	end()
	if n := len(d.kept); n != room+2 {
		t.Fatalf("kept %d records, want %d", n, room+2)
	}
	for _, r := range d.kept {
		if r.Action == audit.Lost {
			if r.Count != 10 || r.Outcome != audit.Failed {
				t.Errorf("of what was lost it says %+v", r)
			}
			return
		}
	}
	t.Error("nothing is said of what was lost")
}

func TestTrail_CountsWhatIsAlike(t *testing.T) {
	d := newDisk()
	trail, end := run(t, d)
	for i := range 500 {
		trail.Record(done(i, audit.Refused))
	}
	trail.Record(done(501, audit.Allowed))
	end()
	loud, counted := 0, 0
	for _, r := range d.kept {
		switch {
		case r.Outcome == audit.Allowed:
		case r.Count == 0:
			loud++
		default:
			if counted += r.Count; r.Object != "" {
				t.Errorf("the summary is about one of them: %+v", r)
			}
		}
	}
	if loud != loudAlike || counted != 500-loudAlike {
		t.Errorf("%d singly, %d in summaries", loud, counted)
	}
}

// An attacker with many addresses does not fill the log either.
func TestAlike_IsBounded(t *testing.T) {
	a := newAlike()
	loud := 0
	for i := range 50_000 {
		r := done(i, audit.Refused)
		r.Address = fmt.Sprint("address ", i)
		if a.loud(&r) {
			loud++
		}
	}
	if most := maxAlike + loudAlike; loud > most || len(a.sorts) > maxAlike+1 {
		t.Errorf("%d written singly, %d sorts held", loud, len(a.sorts))
	}
	sums := a.sums()
	if len(sums) != 1 || sums[0].Count != 50_000-loud || sums[0].Address != "" || sums[0].Actor.Kind != audit.Nobody {
		t.Errorf("summed up as %+v", sums)
	}
	if again := a.sums(); len(again) != 0 {
		t.Errorf("summed up twice: %+v", again)
	}
}
