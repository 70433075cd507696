package sink_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sandbank/clock"
	"sandbank/event"
	"sandbank/event/sink"
)

// shelf is a store in memory for one merchant.
type shelf struct {
	mu     sync.Mutex
	events []event.Event
	cursor int64
	until  time.Time
	owner  string
	broken error
}

func (s *shelf) add(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		next := int64(len(s.events) + 1)
		s.events = append(s.events, event.Event{ID: fmt.Sprint("evt_", next), Merchant: "m", Sequence: next})
	}
}

func (s *shelf) ClaimEvents(_ context.Context, c sink.Claim) ([]event.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil || s.until.After(c.Now) || int(s.cursor) == len(s.events) {
		return nil, s.broken
	}
	s.until, s.owner = c.Until, c.Owner
	return slices.Clone(s.events[s.cursor:min(len(s.events), int(s.cursor)+c.Limit)]), nil
}

func (s *shelf) Written(_ context.Context, c sink.Claim, _ string, sequence int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return s.broken
	}
	s.cursor = max(s.cursor, sequence)
	if s.owner == c.Owner {
		s.until = c.Now
	}
	return nil
}

// far is a log elsewhere that does as it is told.
type far struct {
	mu  sync.Mutex
	got []int64
	do  func(ctx context.Context, events []event.Event) (int, error) // nil takes all
}

func (f *far) Write(ctx context.Context, events []event.Event) (n int, err error) {
	n = len(events)
	if f.do != nil {
		n, err = f.do(ctx, events)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range events[:n] {
		f.got = append(f.got, e.Sequence)
	}
	return n, err
}

// within runs a sink in a bubble of time of its own.
func within(t *testing.T, test func(t *testing.T, s *shelf, f *far, wake func(), end func())) {
	synctest.Test(t, func(t *testing.T) {
		store, log := &shelf{}, &far{}
		run := sink.New("test", "one", store, log, clock.Real{}, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		var done sync.WaitGroup
		done.Go(func() { run.Run(ctx) })
		end := func() { cancel(); done.Wait() }
		test(t, store, log, run.Wake, end)
		end()
	})
}

// pass lets time go by, and what it sets off come to rest.
func pass(d time.Duration) { time.Sleep(d); synctest.Wait() }

func upTo(n int64) (list []int64) {
	for i := range n {
		list = append(list, i+1)
	}
	return list
}

func TestSink_WritesOnWake(t *testing.T) {
	within(t, func(t *testing.T, s *shelf, f *far, wake func(), _ func()) {
		synctest.Wait()
		s.add(1200) // three batches
		began := time.Now()
		wake()
		synctest.Wait()
		if !slices.Equal(f.got, upTo(1200)) || time.Since(began) != 0 || s.cursor != 1200 {
			t.Errorf("%d written after %s, the cursor is at %d", len(f.got), time.Since(began), s.cursor)
		}
	})
}

func TestSink_FindsWhatNobodyToldItOf(t *testing.T) {
	within(t, func(t *testing.T, s *shelf, f *far, _ func(), _ func()) {
		synctest.Wait()
		s.add(3)
		pass(6 * time.Second)
		if !slices.Equal(f.got, upTo(3)) {
			t.Error(f.got)
		}
	})
}

// A part of a batch that got through is not written again, and the rest comes
// right after it.
func TestSink_GoesOnAfterWhatWasAcknowledged(t *testing.T) {
	within(t, func(t *testing.T, s *shelf, f *far, wake func(), _ func()) {
		failed := false
		f.do = func(_ context.Context, events []event.Event) (int, error) {
			if !failed {
				failed = true
				return 2, errors.New("broken off")
			}
			return len(events), nil
		}
		synctest.Wait()
		s.add(5)
		wake()
		pass(time.Second)
		if !slices.Equal(f.got, upTo(5)) {
			t.Error(f.got)
		}
	})
}

// The log is away for long, and hangs: nothing is lost, the waits have a bound,
// and every write ends within its lease.
func TestSink_WaitsForALogThatIsAway(t *testing.T) {
	within(t, func(t *testing.T, s *shelf, f *far, wake func(), _ func()) {
		away, tries := true, 0
		f.do = func(ctx context.Context, events []event.Event) (int, error) {
			tries++
			if !away {
				return len(events), nil
			}
			if until, ok := ctx.Deadline(); !ok || until.After(s.until) {
				t.Errorf("a write may go on until %s, the lease ends at %s", until, s.until)
			}
			<-ctx.Done()
			return 0, ctx.Err()
		}
		synctest.Wait()
		s.add(2)
		wake()
		pass(10 * time.Minute)
		if tries < 30 || tries > 100 {
			t.Errorf("tried %d times in ten minutes", tries)
		}
		away = false
		s.add(1)
		pass(15 * time.Second)
		if !slices.Equal(f.got, upTo(3)) {
			t.Error(f.got)
		}
	})
}

// The end comes while a write is under way: the lease is given back at once, for
// whoever takes over.
func TestSink_EndsAtOnceAndLeavesTheRest(t *testing.T) {
	within(t, func(t *testing.T, s *shelf, f *far, wake func(), end func()) {
		f.do = func(ctx context.Context, _ []event.Event) (int, error) { <-ctx.Done(); return 1, ctx.Err() }
		synctest.Wait()
		s.add(3)
		wake()
		synctest.Wait()
		began := time.Now()
		end()
		if time.Since(began) != 0 || s.cursor != 1 || s.until.After(time.Now()) {
			t.Errorf("took %s; the cursor is at %d, leased until %s", time.Since(began), s.cursor, s.until)
		}
	})
}

func TestSink_StoreAway(t *testing.T) {
	within(t, func(t *testing.T, s *shelf, f *far, wake func(), _ func()) {
		synctest.Wait()
		s.add(2)
		s.broken = errors.New("away")
		wake()
		pass(time.Minute)
		s.mu.Lock()
		s.broken = nil
		s.mu.Unlock()
		pass(20 * time.Second)
		if !slices.Equal(f.got, upTo(2)) {
			t.Error(f.got)
		}
	})
}
