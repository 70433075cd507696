package feed_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"sandbank/event"
	"sandbank/event/feed"
	"sandbank/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// book is a log in memory. What is committed is in it; who hears of it is the
// test's own business.
type book struct {
	mu     sync.Mutex
	events map[string][]event.Event
	broken error
	reads  int
}

func (b *book) commit(merchant string, n int) (list []event.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.events == nil {
		b.events = map[string][]event.Event{}
	}
	for range n {
		s := int64(len(b.events[merchant]) + 1)
		e := event.Event{ID: fmt.Sprintf("evt_%s_%d", merchant, s), Type: "payment.captured", Merchant: merchant, Sequence: s, Data: []byte("{}")}
		b.events[merchant] = append(b.events[merchant], e)
		list = append(list, e)
	}
	return list
}

func (b *book) Events(_ context.Context, merchant string, after int64, limit int) ([]event.Event, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reads++
	list := b.events[merchant][min(int(after), len(b.events[merchant])):]
	return slices.Clone(list[:min(limit, len(list))]), b.broken
}

func (b *book) LastSequence(_ context.Context, merchant string) (int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return int64(len(b.events[merchant])), b.broken
}

func (b *book) SequenceOf(_ context.Context, merchant, id string) (int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.events[merchant] {
		if e.ID == id {
			return e.Sequence, nil
		}
	}
	return 0, fault.New(fault.NotFound, "event_not_found", "There is no event %q.", id)
}

func (*book) Floor(context.Context, string) (int64, error) { return 0, nil }

func (b *book) breaks(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken = err
}

func open(t *testing.T, f *feed.Feed, merchant string, from feed.From) *feed.Listener {
	t.Helper()
	l, err := f.Open(t.Context(), merchant, from)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// hear reads events up to a sequence number and fails on a gap, a repeat or a
// stranger's event.
func hear(t *testing.T, l *feed.Listener, merchant string, upTo int64) {
	t.Helper()
	for want := l.After() + 1; want <= upTo; {
		list, err := l.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range list {
			if item.Sequence != want || item.Merchant != merchant || string(item.Body) != string(item.Event.Body()) {
				t.Fatalf("heard %s of %s, sequence %d, want sequence %d of %s", item.ID, item.Merchant, item.Sequence, want, merchant)
			}
			want++
		}
	}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestListener_HearsEachEventOnceInOrder(t *testing.T) {
	// Three ways for a commit to become known, mixed: told here, told by another
	// processor, and told here before the commit that has the smaller numbers.
	synctest.Test(t, func(t *testing.T) {
		b := &book{}
		f := feed.New(b, quiet())
		b.commit("a", 3000) // more than is kept in memory
		var listeners sync.WaitGroup
		for i := range 20 {
			l := open(t, f, "a", feed.From{After: int64(i * 100)})
			listeners.Go(func() { defer l.Close(); hear(t, l, "a", 9000) })
		}
		stranger := open(t, f, "b", feed.From{})
		listeners.Go(func() { defer stranger.Close(); hear(t, stranger, "b", 100) })
		luck := rand.New(rand.NewPCG(1, 2))
		for n := 3000; n < 9000; {
			k := min(1+luck.IntN(40), 9000-n)
			switch list := b.commit("a", k); luck.IntN(3) {
			case 0:
				f.Committed(list)
			case 1:
				f.Stale("a")
			default:
				late := b.commit("a", min(1, 9000-n-k))
				k += len(late)
				f.Committed(late)
				f.Committed(list)
			}
			if n += k; luck.IntN(50) == 0 {
				synctest.Wait()
			}
		}
		f.Committed(b.commit("b", 100))
		listeners.Wait()
		f.Close()
	})
}

func TestOpen_BeginsWhereAsked(t *testing.T) {
	b := &book{}
	f := feed.New(b, quiet())
	defer f.Close()
	b.commit("a", 10)
	b.commit("b", 5)
	for name, test := range map[string]struct {
		from  feed.From
		after int64
		reset bool
	}{
		"from the beginning":     {feed.From{}, 0, false},
		"after a number":         {feed.From{After: 4}, 4, false},
		"after the last":         {feed.From{After: 10}, 10, false},
		"after what is not yet":  {feed.From{After: 11}, 10, true},
		"after an event":         {feed.From{Event: "evt_a_7", After: 2}, 7, false},
		"after a foreign event":  {feed.From{Event: "evt_b_5"}, 10, true},
		"after an unknown event": {feed.From{Event: "evt_x"}, 10, true},
		"now":                    {feed.From{Now: true}, 10, false},
	} {
		l := open(t, f, "a", test.from)
		if l.After() != test.after || (l.Reset() != "") != test.reset {
			t.Errorf("%s: begins after %d (%q), want %d", name, l.After(), l.Reset(), test.after)
		}
		l.Close()
	}
}

func TestListener_SharesTheTail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &book{}
		f := feed.New(b, quiet())
		var listeners sync.WaitGroup
		for range 500 {
			l := open(t, f, "a", feed.From{Now: true})
			listeners.Go(func() { defer l.Close(); hear(t, l, "a", 200) })
		}
		synctest.Wait()
		for range 200 {
			f.Committed(b.commit("a", 1))
		}
		listeners.Wait()
		f.Close()
		if b.reads > 2 {
			t.Errorf("the store was read %d times for 500 listeners", b.reads)
		}
	})
}

func TestListener_GetsOverABrokenStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &book{}
		f := feed.New(b, quiet())
		l := open(t, f, "a", feed.From{})
		synctest.Wait()
		b.breaks(errors.New("away"))
		b.commit("a", 3)
		f.Stale("")
		synctest.Wait()
		if _, err := f.Open(t.Context(), "a", feed.From{}); err == nil {
			t.Error("a listener was let in without a store")
		}
		b.breaks(nil)
		hear(t, l, "a", 3) // by itself, a second later
		l.Close()
		f.Close()
	})
}

func TestListener_EndsWithItsContextAndWithTheFeed(t *testing.T) {
	b := &book{}
	f := feed.New(b, quiet())
	l := open(t, f, "a", feed.From{})
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := l.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a listener without events ended with %v", err)
	}
	ended := make(chan error)
	go func() { _, err := l.Next(t.Context()); ended <- err }()
	f.Close()
	if err := <-ended; !errors.Is(err, feed.ErrClosed) {
		t.Errorf("a listener of a closed feed ended with %v", err)
	}
	l.Close()
	if _, err := f.Open(t.Context(), "a", feed.From{}); !errors.Is(err, feed.ErrClosed) {
		t.Errorf("a closed feed was opened: %v", err)
	}
}
