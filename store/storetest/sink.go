package storetest

import (
	"fmt"
	"sync"
	"time"

	"sandbank/event"
	"sandbank/event/sink"
)

// claim asks for events in the name of an owner, at an instant.
func (s *suite) claim(owner string, now time.Time, limit int) (sink.Claim, []event.Event) {
	s.Helper()
	c := sink.Claim{Sink: "test", Owner: owner, Now: now, Until: now.Add(time.Minute), Limit: limit}
	list, err := s.store.ClaimEvents(s.ctx, c)
	s.ok(err)
	return c, list
}

// numbers are the merchants and sequence numbers of events, in order.
func numbers(list []event.Event) (out string) {
	for _, e := range list {
		out += fmt.Sprintf("%s/%d ", e.Merchant, e.Sequence)
	}
	return out
}

func cursors(s *suite) {
	now := s.now
	want := func(what string, got []event.Event, numbered string) {
		s.Helper()
		if n := numbers(got); n != numbered {
			s.Errorf("%s: %q, not %q", what, n, numbered)
		}
	}
	_, none := s.claim("a", now, 10)
	want("without events", none, "")
	for range 3 {
		s.paid("m1")
	}
	a, list := s.claim("a", now, 2)
	want("the first of them", list, "m1/1 m1/2 ")
	if e, err := s.store.Events(s.ctx, "m1", 0, 1); err != nil || string(e[0].Body()) != string(list[0].Body()) || e[0].Payment != list[0].Payment {
		s.Errorf("it is %+v, not %+v, %v", list[0], e, err)
	}
	_, taken := s.claim("b", now, 10)
	want("while another has them", taken, "")
	s.paid("m2")
	b, other := s.claim("b", now, 10)
	want("another merchant's", other, "m2/1 ")
	s.ok(s.store.Written(s.ctx, b, "m2", 1))
	s.ok(s.store.Written(s.ctx, a, "m1", 1)) // the second failed
	b, rest := s.claim("b", now, 10)
	want("what is left", rest, "m1/2 m1/3 ")
	_, late := s.claim("c", now.Add(59*time.Second), 10)
	want("within the lease", late, "")
	c, over := s.claim("c", now.Add(time.Minute), 10)
	want("after the lease", over, "m1/2 m1/3 ")
	// The former holder of the lease had written, too: that counts, and ends no
	// lease.
	s.ok(s.store.Written(s.ctx, b, "m1", 2))
	_, held := s.claim("d", now.Add(time.Minute), 10)
	want("while the new owner has it", held, "")
	c.Now = now.Add(time.Minute)
	s.ok(s.store.Written(s.ctx, c, "m1", 0)) // it wrote nothing: the cursor stays
	_, last := s.claim("d", now.Add(time.Minute), 10)
	want("then", last, "m1/3 ")
	again, err := s.store.ClaimEvents(s.ctx, sink.Claim{Sink: "another", Owner: "d", Now: now, Until: now.Add(time.Minute), Limit: 1})
	s.ok(err)
	if len(again) != 1 || again[0].Sequence != 1 {
		s.Errorf("another sink begins with %s", numbers(again))
	}
}

// manyWriters claim at once while events are made: each event is written by one
// of them, and for the first time in order.
func manyWriters(s *suite) {
	const merchants, each, writers = 3, 12, 4
	var mu sync.Mutex
	high := map[string]int64{}
	total := 0
	write := func(list []event.Event) {
		mu.Lock()
		defer mu.Unlock()
		for _, e := range list {
			switch {
			case e.Sequence == high[e.Merchant]+1:
				high[e.Merchant]++
				total++
			case e.Sequence > high[e.Merchant]:
				s.Errorf("%s/%d was written after %d", e.Merchant, e.Sequence, high[e.Merchant])
			}
		}
	}
	finished := func() bool { mu.Lock(); defer mu.Unlock(); return total == merchants*each }
	var making, writing sync.WaitGroup
	for m := range merchants {
		making.Go(func() {
			for range each {
				s.paid(fmt.Sprint("m", m))
			}
		})
	}
	for w := range writers {
		writing.Go(func() {
			for !finished() && s.ctx.Err() == nil && !s.Failed() {
				c, list := s.claim(fmt.Sprint("w", w), s.now, 2)
				write(list)
				if len(list) > 0 {
					s.ok(s.store.Written(s.ctx, c, list[0].Merchant, list[len(list)-1].Sequence))
				}
			}
		})
	}
	making.Wait()
	writing.Wait()
	if _, list := s.claim("last", s.now, 10); len(list) > 0 {
		s.Errorf("left are %s", numbers(list))
	}
}
