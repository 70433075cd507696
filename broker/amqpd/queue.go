package amqpd

import (
	"crypto/rand"
	"slices"
	"strings"
	"time"
)

// queue holds messages in order of arrival until they are acknowledged.
type queue struct {
	server                         *Server
	name                           string
	durable, exclusive, autoDelete bool
	owner                          *conn // of an exclusive queue
	args                           table
	limits

	ready     fifo
	seq       uint64
	unacked   int
	consumers []*consumer
	turn      int // index of the consumer whose turn it is
	bindings  []*binding
	seen      uint64 // the last routing that passed here
	deleted   bool
	lastUsed  time.Time
	wakeAt    int64 // when the timekeeper checks this queue, 0 for never
}

// offer adds a message. It reports false if the queue is full and set to refuse
// new messages rather than to drop its oldest.
func (q *queue) offer(m *message) bool {
	if q.refuses(m) {
		if q.overflow == overflowRejectDLX {
			q.server.hold(m)
			q.discard(&entry{msg: m}, reasonMaxLen)
		}
		return false
	}
	q.server.hold(m)
	q.seq++
	e := &entry{msg: m, seq: q.seq, expires: q.expiry(m)}
	if q.ready.n == 0 {
		// The message goes straight to a waiting consumer: even a time to live
		// of zero must allow that.
		if c := q.nextConsumer(); c != nil {
			c.deliver(e)
			return true
		}
	}
	q.ready.insert(e, nil)
	q.pump()
	for q.over(q.ready.n, q.ready.bytes) {
		q.discard(q.ready.pop(), reasonMaxLen)
	}
	return true
}

// putBack returns entries, sorted by age, to their places among the ready ones.
func (q *queue) putBack(entries []*entry, failed bool) {
	at := q.ready.head
	for _, e := range entries {
		if q.deleted {
			q.server.free(e.msg)
			continue
		}
		e.redelivered = true
		if failed {
			e.returns++
		}
		if q.quorum && q.deliveryLimit >= 0 && int64(e.returns) > q.deliveryLimit {
			q.discard(e, reasonDeliveryLimit)
			continue
		}
		for at != nil && at.seq < e.seq {
			at = at.next
		}
		q.ready.insert(e, at)
	}
}

// pump delivers as long as there is a message and a consumer ready for it.
func (q *queue) pump() {
	for q.ready.head != nil {
		q.dropExpired()
		if q.ready.head == nil {
			break
		}
		c := q.nextConsumer()
		if c == nil {
			break
		}
		c.deliver(q.ready.pop())
	}
	q.armHead()
}

// nextConsumer returns the ready consumers in turn.
func (q *queue) nextConsumer() *consumer {
	n := len(q.consumers)
	if q.singleActive && n > 0 {
		n, q.turn = 1, 0
	}
	for i := range n {
		at := (q.turn + i) % n
		if c := q.consumers[at]; c.ready() {
			q.turn = at + 1
			return c
		}
	}
	return nil
}

// delete removes the queue with all its messages and tells its consumers.
func (q *queue) delete() {
	if q.deleted {
		return
	}
	q.deleted = true
	delete(q.server.queues, q.name)
	for _, b := range slices.Clone(q.bindings) {
		q.server.unbind(b)
	}
	for _, c := range q.consumers {
		c.notifyCancelled()
	}
	q.consumers = nil
	q.purge()
}

// purge drops all ready messages without dead-lettering them.
func (q *queue) purge() (n int) {
	for n = q.ready.n; q.ready.head != nil; {
		q.server.free(q.ready.pop().msg)
	}
	return n
}

// findQueue looks up a queue for a client; an empty name means the queue that
// the channel declared last.
func (ch *channel) findQueue(name string) (*queue, error) {
	if name == "" {
		if name = ch.queueName; name == "" {
			return nil, failf(codeNotFound, "no previously declared queue")
		}
	}
	q := ch.conn.server.queues[name]
	if q == nil {
		return nil, failf(codeNotFound, "no queue '%s' in vhost '/'", name)
	}
	return q, nil
}

// useQueue is findQueue for a client that needs a permission on the queue. It
// also fails if another connection holds the queue exclusively.
func (ch *channel) useQueue(name string, p permission) (*queue, error) {
	asked := name
	if asked == "" {
		asked = ch.queueName
	}
	if err := ch.conn.allow(p, "queue", asked); err != nil {
		return nil, err
	}
	q, err := ch.findQueue(name)
	if err != nil {
		return nil, err
	}
	return q, q.lockedFor(ch.conn)
}

func (q *queue) lockedFor(c *conn) error {
	if q.owner == nil || q.owner == c {
		return nil
	}
	return q.lockedFault()
}

func (q *queue) lockedFault() error {
	return failf(codeResourceLocked, "cannot obtain exclusive access to locked queue '%s' in vhost '/'. "+
		"It could be originally declared on another connection or the exclusive property value does not match "+
		"that of the original declaration.", q.name)
}

// serverName makes up a name for a queue declared without one.
func serverName() string { return "amq.gen-" + rand.Text() }

func reserved(name string) bool { return strings.HasPrefix(name, "amq.") }
