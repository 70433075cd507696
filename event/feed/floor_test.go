package feed_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"sandbank/event"
	"sandbank/event/feed"
	"sandbank/fault"
)

// thinned is a log of which some events were let go.
type thinned struct {
	*book
	gone  map[int64]bool
	floor int64
}

func (b *thinned) letGo(sequences ...int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, n := range sequences {
		b.gone[n], b.floor = true, max(b.floor, n)
	}
}

func (b *thinned) Events(ctx context.Context, merchant string, after int64, limit int) ([]event.Event, error) {
	list, err := b.book.Events(ctx, merchant, after, 1<<20)
	b.mu.Lock()
	defer b.mu.Unlock()
	list = slices.DeleteFunc(list, func(e event.Event) bool { return b.gone[e.Sequence] })
	return list[:min(limit, len(list))], err
}

func (b *thinned) SequenceOf(ctx context.Context, merchant, id string) (int64, error) {
	n, err := b.book.SequenceOf(ctx, merchant, id)
	if b.gone[n] {
		return 0, fault.New(fault.NotFound, "event_not_found", "There is no event %q.", id)
	}
	return n, err
}

func (b *thinned) Floor(context.Context, string) (int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.floor, nil
}

// What is below the floor is told as a whole or not at all: the events that are left there, of payments
// that are not quiet yet, would make a log with holes.
func TestFeed_BeginsAtTheFloor(t *testing.T) {
	b := &thinned{book: &book{}, gone: map[int64]bool{}}
	f := feed.New(b, quiet())
	defer f.Close()
	b.commit("a", 10)
	b.letGo(1, 2, 4, 6)
	for name, c := range map[string]struct {
		from  feed.From
		after int64
		reset bool
		code  string // of a read
	}{
		"from the beginning":                 {feed.From{}, 6, false, ""},
		"after what was let go":              {feed.From{After: 2}, 6, true, "events_gone"},
		"after one that is left":             {feed.From{After: 5}, 6, true, "events_gone"},
		"after the last that was let go":     {feed.From{After: 6}, 6, false, ""},
		"after one above the floor":          {feed.From{After: 8}, 8, false, ""},
		"after an event that was let go":     {feed.From{Event: "evt_a_4"}, 6, true, ""},
		"after an event that is left":        {feed.From{Event: "evt_a_5"}, 6, true, ""},
		"after an event above the floor":     {feed.From{Event: "evt_a_9"}, 9, false, ""},
		"now":                                {feed.From{Now: true}, 10, false, ""},
		"after a number that is yet to come": {feed.From{After: 99}, 10, true, ""},
	} {
		l := open(t, f, "a", c.from)
		if l.After() != c.after || (l.Reset() != "") != c.reset {
			t.Errorf("%s: begins after %d (%q), expected %d, reset %t", name, l.After(), l.Reset(), c.after, c.reset)
		}
		l.Close()
		if c.from.Event != "" || c.from.Now {
			continue
		}
		list, next, _, err := f.Read(t.Context(), "a", c.from.After, 10, feed.Filter{})
		if fault.Code(err) != c.code || c.code == "" && len(list) > 0 && list[0].Sequence != c.after+1 {
			t.Errorf("%s: read %d events up to %d, %v; expected the first to be %d, or %q", name, len(list), next, err, c.after+1, c.code)
		}
	}
}

// A listener that is so slow that events are let go before it has read them ends, and is told where
// to begin when it comes again.
func TestListener_EndsWhereEventsWereLetGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &thinned{book: &book{}, gone: map[int64]bool{}}
		f := feed.New(b, quiet())
		b.commit("a", 2000) // more than is kept in memory
		l := open(t, f, "a", feed.From{})
		if list, err := l.Next(t.Context()); err != nil || list[0].Sequence != 1 {
			t.Fatalf("the first events are %+v, %v", list, err)
		}
		b.letGo(300, 302)
		if list, err := l.Next(t.Context()); !errors.Is(err, feed.ErrClosed) {
			t.Errorf("behind the floor it hears %d events, %v", len(list), err)
		}
		after := l.After()
		l.Close()
		again := open(t, f, "a", feed.From{After: after})
		if again.After() != 302 || again.Reset() == "" {
			t.Errorf("it comes again after %d, and begins after %d (%q)", after, again.After(), again.Reset())
		}
		again.Close()
		f.Close()
	})
}

// A tail goes on behind events that were let go before it has read them.
func TestTail_GoesOverWhatWasLetGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &thinned{book: &book{}, gone: map[int64]bool{}}
		f := feed.New(b, quiet())
		l := open(t, f, "a", feed.From{Now: true})
		b.commit("a", 3)
		b.letGo(1, 2)
		l.Close()
		l = open(t, f, "a", feed.From{})
		f.Stale("a")
		list, err := l.Next(t.Context())
		if err != nil || len(list) != 1 || list[0].Sequence != 3 {
			t.Errorf("it hears %+v, %v", list, err)
		}
		l.Close()
		f.Close()
	})
}
