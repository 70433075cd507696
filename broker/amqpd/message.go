package amqpd

import "time"

// message is one published message. The queues that hold it share it, and it
// never changes; a queue that adds something makes new properties.
type message struct {
	exchange, key string
	props         []byte // encoded, see parseProperties
	headers       table  // decoded from props
	body          []byte
	ttl           time.Duration // the message's own, -1 for none
	refs          int           // number of holders: a publish in progress, queues
	size          int64
}

// hold counts one more holder; the first one adds the message to the memory in
// use.
func (s *Server) hold(m *message) {
	if m.refs++; m.refs == 1 {
		m.size = int64(len(m.body)+len(m.props)) + messageOverhead
		s.account(m.size)
	}
}

// free is called when a holder has no more use for the message.
func (s *Server) free(m *message) {
	if m.refs--; m.refs == 0 {
		s.account(-m.size)
	}
}

// entry is a message's place in one queue.
type entry struct {
	msg         *message
	prev, next  *entry
	seq         uint64 // order of arrival
	expires     int64  // Unix nanoseconds, 0 for never
	returns     uint32 // failed deliveries
	redelivered bool
}

// fifo is the list of a queue's ready entries, in order of arrival.
type fifo struct {
	head, tail *entry
	n          int
	bytes      int64 // size of the bodies
}

// insert puts e before at, or at the end if at is nil.
func (l *fifo) insert(e, at *entry) {
	e.next = at
	if at == nil {
		e.prev, l.tail = l.tail, e
	} else {
		e.prev, at.prev = at.prev, e
	}
	if e.prev == nil {
		l.head = e
	} else {
		e.prev.next = e
	}
	l.n++
	l.bytes += int64(len(e.msg.body))
}

// pop takes the first entry, which must exist.
func (l *fifo) pop() *entry {
	e := l.head
	if l.head = e.next; l.head == nil {
		l.tail = nil
	} else {
		l.head.prev = nil
	}
	e.next = nil
	l.n--
	l.bytes -= int64(len(e.msg.body))
	return e
}
