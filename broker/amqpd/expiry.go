package amqpd

import (
	"container/heap"
	"time"
)

// timekeeper wakes queues when their first message, or the queue itself,
// expires. It is part of the Server; the heap is guarded by its lock.
type timekeeper struct {
	wake  chan struct{} // capacity 1; a value means that there is an earlier deadline
	due   dueHeap
	armed int64 // the deadline that the clock was asked to wake it for; 0 for none
}

// dueAt is a deadline of a queue. It may be out of date, since deadlines are not
// removed early; the queue knows.
type dueAt struct {
	at    int64
	queue *queue
}

type dueHeap []dueAt

// Len, Less, Swap, Push and Pop implement heap.Interface.
func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].at < h[j].at }
func (h dueHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *dueHeap) Push(x any)        { *h = append(*h, x.(dueAt)) }
func (h *dueHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}

// keepTime is the server's own goroutine.
func (s *Server) keepTime() {
	for {
		now, next := s.expireDue()
		var alarm <-chan time.Time
		stop := func() bool { return true }
		if next != 0 {
			alarm, stop = s.cfg.Clock.After(time.Duration(next - now))
		}
		// A clock that was moved in between would ring late by as much.
		if s.cfg.Clock.Now().UnixNano()-now > int64(time.Millisecond) {
			stop()
			continue
		}
		s.arm(next)
		select {
		case <-alarm:
		case <-s.timekeeper.wake:
		case <-s.stop:
			stop()
			return
		}
		stop()
	}
}

func (s *Server) arm(deadline int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.armed = deadline
}

// Behind reports whether something has expired that is still there, or will and the clock was not asked to say
// so. Whoever moves the clock by hand waits until it is not.
func (s *Server) Behind() bool {
	select {
	case <-s.stop:
		return false
	default:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.due) > 0 && (s.due[0].at != s.armed || s.armed <= s.cfg.Clock.Now().UnixNano())
}

// expireDue acts on all deadlines that have passed by now, and returns the next one, 0 for none.
func (s *Server) expireDue() (now, next int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now = s.cfg.Clock.Now().UnixNano()
	for len(s.due) > 0 {
		first := s.due[0]
		if first.at > now {
			return now, first.at
		}
		heap.Pop(&s.due)
		if first.queue.wakeAt == first.at {
			first.queue.wakeAt = 0
			first.queue.tick(now)
		}
	}
	return now, 0
}

// schedule makes the timekeeper check the queue at the given time, unless it
// will check sooner anyway.
func (q *queue) schedule(at int64) {
	if q.deleted || q.wakeAt != 0 && q.wakeAt <= at {
		return
	}
	q.wakeAt = at
	s := q.server
	heap.Push(&s.due, dueAt{at, q})
	if s.due[0].queue == q {
		select {
		case s.timekeeper.wake <- struct{}{}:
		default:
		}
	}
}

// tick drops expired messages and arranges the next check.
func (q *queue) tick(now int64) {
	if q.deleted {
		return
	}
	if q.expires >= 0 && len(q.consumers) == 0 {
		end := q.lastUsed.Add(q.expires).UnixNano()
		if end <= now {
			q.delete()
			return
		}
		q.schedule(end)
	}
	q.dropExpired()
	q.armHead()
}

// armHead arranges for the first message's expiry. Only the first is checked:
// the others expire when they reach the head, as in RabbitMQ.
func (q *queue) armHead() {
	if e := q.ready.head; e != nil && e.expires != 0 {
		q.schedule(e.expires)
	}
}

// touch notes that the queue was used, which puts off its own expiry.
func (q *queue) touch() {
	if q.expires < 0 || q.deleted {
		return
	}
	q.lastUsed = q.server.cfg.Clock.Now()
	q.schedule(q.lastUsed.Add(q.expires).UnixNano())
}

// expiry returns when a message that arrives now expires, 0 for never. The
// shorter of the queue's and the message's own time to live counts.
func (q *queue) expiry(m *message) int64 {
	ttl := q.ttl
	if m.ttl >= 0 && (ttl < 0 || m.ttl < ttl) {
		ttl = m.ttl
	}
	if ttl < 0 {
		return 0
	}
	return q.server.cfg.Clock.Now().Add(ttl).UnixNano()
}

// dropExpired takes expired messages off the head.
func (q *queue) dropExpired() {
	if e := q.ready.head; e == nil || e.expires == 0 {
		return
	}
	now := q.server.cfg.Clock.Now().UnixNano()
	for e := q.ready.head; e != nil && e.expires != 0 && e.expires <= now; e = q.ready.head {
		q.discard(q.ready.pop(), reasonExpired)
	}
}
