package feed_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sandbank/event"
	"sandbank/event/feed"
	"sandbank/fault"
)

// What does not pass moves the listener on all the same, from memory and from
// the store, and an idle one gets its turn.
func TestListener_HearsOnlyWhatPasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &book{}
		f := feed.New(b, quiet())
		mark := func(list []event.Event) []event.Event {
			b.mu.Lock()
			defer b.mu.Unlock()
			for i := range list {
				if e := &b.events["a"][list[i].Sequence-1]; e.Sequence%500 == 0 {
					e.Payment, e.Type = "pay_1", "payment.declined"
					list[i] = *e
				}
			}
			return list
		}
		mark(b.commit("a", 3000))
		for name, filter := range map[string]feed.Filter{
			"payment": {Payment: "pay_1"}, "type": {Types: []string{"payment.failed", "payment.declined"}},
			"both": {Payment: "pay_1", Types: []string{"payment.declined"}},
		} {
			l := open(t, f, "a", feed.From{After: 1000}).Only(filter)
			var heard []int64
			for len(heard) < 4 {
				list, err := l.Next(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, item := range list {
					heard = append(heard, item.Sequence)
				}
			}
			if want := []int64{1500, 2000, 2500, 3000}; !slices.Equal(heard, want) {
				t.Errorf("%s: heard %v", name, heard)
			}
			list, err := l.NextWithin(t.Context(), time.After(time.Second))
			if len(list) > 0 || err != nil {
				t.Errorf("%s: heard %v, %v", name, list, err)
			}
			l.Close()
		}
		l := open(t, f, "a", feed.From{Now: true}).Only(feed.Filter{Payment: "pay_2"})
		f.Committed(mark(b.commit("a", 10)))
		if _, err := l.NextWithin(t.Context(), time.After(time.Second)); err != nil || l.After() != 3010 {
			t.Errorf("stands at %d: %v", l.After(), err)
		}
		l.Close()
		f.Close()
	})
}

func TestReadPlace(t *testing.T) {
	for place, want := range map[string]feed.From{
		"": {Now: true}, "0": {}, "12": {After: 12}, "012": {After: 12}, "9223372036854775807": {After: 1<<63 - 1},
		"evt_01890a5d-ac96-774b-bcce-b302099a8057": {Event: "evt_01890a5d-ac96-774b-bcce-b302099a8057"},
	} {
		problem := fault.New(fault.Invalid, "query_invalid", "x")
		if got := feed.ReadPlace(problem, "after", place); got != want || len(problem.Fields) > 0 {
			t.Errorf("%q is %+v, %v", place, got, problem)
		}
	}
	for _, bad := range []string{"-1", "+1", " 1", "1 ", "0x1", "1e3", "x", "evt_1", "9223372036854775808", "\x00", strings.Repeat("1", 1000)} {
		problem := fault.New(fault.Invalid, "query_invalid", "x")
		if feed.ReadPlace(problem, "after", bad); len(problem.Fields) != 1 {
			t.Errorf("%q passes", bad)
		}
	}
}

func FuzzReadPlace(f *testing.F) {
	f.Add("12")
	f.Add("evt_01890a5d-ac96-774b-bcce-b302099a8057")
	f.Fuzz(func(t *testing.T, place string) {
		problem := fault.New(fault.Invalid, "query_invalid", "x")
		from := feed.ReadPlace(problem, "after", place)
		if from.After < 0 || len(problem.Fields) == 0 && !from.Now && from.Event == "" && strings.Trim(place, "0123456789") != "" {
			t.Fatalf("%q is %+v", place, from)
		}
	})
}

func TestSeats_AreBoundedAndDrain(t *testing.T) {
	s := feed.NewSeats(2, 3)
	take := func(merchant, code string) (leave func()) {
		t.Helper()
		leave, err := s.Take(merchant)
		if fault.Code(err) != code {
			t.Fatalf("%s: %v, want %q", merchant, err, code)
		}
		return leave
	}
	a, b := take("a", ""), take("a", "")
	take("a", "too_many_streams")
	c := take("b", "")
	take("b", "streams_full")
	a()
	a() // leaving twice gives back one seat
	take("b", "")()
	if s.Taken() != 2 {
		t.Errorf("%d are taken", s.Taken())
	}
	drained := s.Close()
	take("c", "stopping")
	var all sync.WaitGroup
	all.Go(b)
	all.Go(c)
	all.Wait()
	<-drained
	<-s.Close()
}
