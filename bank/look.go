package bank

import (
	"container/heap"
	"fmt"
	"sync"
	"time"

	"sandbank/clock/atrest"
)

// Look says what the bank is busy with at the present simulated time, and when it will have
// something to do.
func (b *Bank) Look() atrest.Look {
	now := b.Clock.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	l := atrest.Look{Begun: b.tasks.Begun() + b.wakes.Begun() + b.agendas.Begun(), Next: b.wakeAt}
	if next, ok := b.waits.next(); ok && (l.Next.IsZero() || next.Before(l.Next)) {
		l.Next = next
	}
	switch {
	case b.tasks.Open() > 0:
		l.Busy = fmt.Sprintf("%d requests are not answered yet", b.tasks.Open())
	case b.wakes.Open()+b.agendas.Open() > 0 || !l.Next.IsZero() && !l.Next.After(now):
		l.Busy = "what is due is not done yet"
	}
	return l
}

// Hand is how many requests the bank has taken from the broker and not acknowledged yet.
func (b *Bank) Hand() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.hand
}

// wait is a moment for which somebody waits.
type wait struct {
	at   time.Time
	over bool
}

// waiting is every moment for which somebody waits. It has a lock of its own, since moments come and
// go with the bank's lock held and without.
type waiting struct {
	mu   sync.Mutex
	list waits
}

// add notes that somebody waits for a moment, until the note is dropped.
func (x *waiting) add(at time.Time) *wait {
	x.mu.Lock()
	defer x.mu.Unlock()
	w := &wait{at: at}
	heap.Push(&x.list, w)
	return w
}

// drop ends a note, once what follows from its moment was handed over.
func (x *waiting) drop(w *wait) {
	x.mu.Lock()
	defer x.mu.Unlock()
	w.over = true
}

// next is the earliest moment; false where nobody waits.
func (x *waiting) next() (time.Time, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for len(x.list) > 0 && x.list[0].over {
		heap.Pop(&x.list)
	}
	if len(x.list) == 0 {
		return time.Time{}, false
	}
	return x.list[0].at, true
}

// waits are notes, the earliest moment on top.
type waits []*wait

func (h waits) Len() int           { return len(h) }
func (h waits) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h waits) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push implements [heap.Interface].
func (h *waits) Push(x any) {
	w, _ := x.(*wait)
	*h = append(*h, w)
}

// Pop implements [heap.Interface].
func (h *waits) Pop() any {
	old := *h
	w := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return w
}
