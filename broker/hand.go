package broker

import (
	"cmp"
	"slices"
	"sync"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Hand is what a consumer has taken of a session and not settled yet. Its deliveries come to be done in any order,
// and as many as possible are acknowledged in one frame: to a quorum queue each acknowledgement is an entry of its
// log, of one message or of hundreds. The zero value is an empty hand. It is safe for concurrent use.
type Hand struct {
	telling sync.Mutex // one tells the broker at a time; taken before mu, which nobody holds while the network is slow
	mu      sync.Mutex
	session amqp.Acknowledger
	taken   []held // in the order of their tags
	open    int    // those of taken that are held still
	done    []Delivery
}

type held struct {
	tag uint64
	end end
}

// end is what became of a delivery.
type end int

const (
	holding end = iota
	done        // the next Settle acknowledges it
	gone        // the broker was told
)

// Take takes deliveries of one session. Those of an earlier one are forgotten: the broker delivers them again.
func (h *Hand) Take(list []Delivery) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, d := range list {
		if d.d.Acknowledger != h.session {
			h.session, h.taken, h.open, h.done = d.d.Acknowledger, nil, 0, nil
		}
		h.taken = append(h.taken, held{tag: d.d.DeliveryTag})
		h.open++
	}
}

// Len is how many deliveries are neither done nor rejected.
func (h *Hand) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.open
}

// Done has the next Settle acknowledge a delivery.
func (h *Hand) Done(d Delivery) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended(d, done) {
		h.done = append(h.done, d)
	}
}

// Reject dead-letters a delivery now.
func (h *Hand) Reject(d Delivery) {
	h.telling.Lock()
	defer h.telling.Unlock()
	h.mu.Lock()
	held := h.ended(d, gone)
	h.mu.Unlock()
	if held {
		d.Reject()
	}
}

// Settle acknowledges what is done: at once what nothing older is held of, and the rest one by one.
func (h *Hand) Settle() {
	h.telling.Lock()
	defer h.telling.Unlock()
	together, apart := h.ready()
	switch n := len(together); {
	case n == 1:
		together[0].Ack()
	case n > 1:
		newest := func(a, b Delivery) int { return cmp.Compare(a.d.DeliveryTag, b.d.DeliveryTag) }
		slices.MaxFunc(together, newest).AckAll()
	}
	for _, d := range apart {
		d.Ack()
	}
}

// ready gives out what is done: what nothing older is held of, and the rest.
func (h *Hand) ready() (together, apart []Delivery) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for n < len(h.taken) && h.taken[n].end != holding {
		n++
	}
	for _, d := range h.done {
		i, found := h.find(d)
		switch {
		case !found:
		case i < n:
			together = append(together, d)
		default:
			h.taken[i].end = gone
			apart = append(apart, d)
		}
	}
	h.taken, h.done = h.taken[n:], h.done[:0]
	return together, apart
}

// ended notes what became of a delivery, once; false if it is not held. The caller holds the lock.
func (h *Hand) ended(d Delivery, as end) bool {
	i, found := h.find(d)
	if !found || h.taken[i].end != holding {
		return false
	}
	h.taken[i].end = as
	h.open--
	return true
}

func (h *Hand) find(d Delivery) (int, bool) {
	if d.d.Acknowledger != h.session {
		return 0, false
	}
	return slices.BinarySearchFunc(h.taken, d.d.DeliveryTag, func(t held, tag uint64) int { return cmp.Compare(t.tag, tag) })
}
