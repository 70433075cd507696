package bank

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// schedule holds work for due moments: requests that wait for their answer, and customers' choices.
// Work of one moment is done in the order in which it was added, so that a run can be repeated. It
// has a lock of its own, since it is used with the bank's lock held and without.
type schedule struct {
	mu   sync.Mutex
	list moments
	put  uint64
}

// moment is one entry. It stays in the list until it is done.
type moment struct {
	at    time.Time
	nth   uint64
	life  context.Context // ends the work
	do    func()
	place int // in the heap; -1 once it is out
}

// add puts something down for a moment; it is forgotten when ctx ends before. It reports whether
// nothing else is due as early.
func (s *schedule) add(ctx context.Context, at time.Time, do func()) (first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put++
	m := &moment{at: at, nth: s.put, life: ctx, do: do}
	heap.Push(&s.list, m)
	return m.place == 0
}

// next is the earliest moment; false where nothing waits.
func (s *schedule) next() (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.list) > 0 && s.list[0].life.Err() != nil {
		heap.Pop(&s.list)
	}
	if len(s.list) == 0 {
		return time.Time{}, false
	}
	return s.list[0].at, true
}

// run does due work, and reports whether there was any. One call runs at a time.
func (s *schedule) run(now time.Time) (some bool) {
	for {
		s.mu.Lock()
		if len(s.list) == 0 || s.list[0].at.After(now) {
			s.mu.Unlock()
			return some
		}
		m := s.list[0]
		s.mu.Unlock()
		if m.life.Err() == nil {
			m.do()
			some = true
		}
		s.mu.Lock()
		if m.place >= 0 {
			heap.Remove(&s.list, m.place)
		}
		s.mu.Unlock()
	}
}

// moments are a heap, the earliest on top.
type moments []*moment

func (h moments) Len() int { return len(h) }
func (h moments) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].nth < h[j].nth
	}
	return h[i].at.Before(h[j].at)
}
func (h moments) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push implements [heap.Interface].
func (h *moments) Push(x any) {
	m, _ := x.(*moment)
	m.place = len(*h)
	*h = append(*h, m)
}

// Pop implements [heap.Interface].
func (h *moments) Pop() any {
	old := *h
	m := old[len(old)-1]
	old[len(old)-1] = nil
	*h, m.place = old[:len(old)-1], -1
	return m
}
