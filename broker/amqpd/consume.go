package amqpd

import (
	"crypto/rand"
	"slices"
)

// consumer is a subscription of a channel to a queue.
type consumer struct {
	channel   *channel
	queue     *queue
	tag       string
	noAck     bool
	exclusive bool
	prefetch  int // 0 for no limit
	inFlight  int
}

// ready reports whether the consumer can take another delivery now.
func (c *consumer) ready() bool {
	ch := c.channel
	if c.prefetch > 0 && c.inFlight >= c.prefetch || ch.limit > 0 && ch.inFlight >= ch.limit {
		return false
	}
	if ch.conn.out.full() {
		ch.conn.starved = true // the writer will call pump again
		return false
	}
	return true
}

// deliver sends an entry to the client.
func (c *consumer) deliver(e *entry) {
	ch := c.channel
	tag := c.queue.handOut(ch, c, e, c.noAck)
	ch.conn.out.content(ch.id, basicDeliver, func(enc *encoder) {
		enc.shortstr(c.tag)
		enc.longlong(tag)
		enc.bit(e.redelivered)
		enc.shortstr(e.msg.exchange)
		enc.shortstr(e.msg.key)
	}, c.queue.propsOf(e), e.msg.body)
}

// handOut gives an entry a delivery tag and records it as unacknowledged, unless
// it needs no acknowledgement.
func (q *queue) handOut(ch *channel, c *consumer, e *entry, noAck bool) (tag uint64) {
	if noAck {
		q.server.free(e.msg)
		return ch.unacked.skip()
	}
	q.unacked++
	if c != nil {
		c.inFlight++
		ch.inFlight++
	}
	return ch.unacked.add(delivery{entry: e, queue: q, consumer: c})
}

// propsOf returns the message's properties, with the count of failed deliveries
// that a quorum queue adds.
func (q *queue) propsOf(e *entry) []byte {
	if !q.quorum || e.returns == 0 {
		return e.msg.props
	}
	return replaceProperties(e.msg.props, e.msg.headers.with("x-delivery-count", int64(e.returns)), false)
}

func (ch *channel) consume(d *decoder) error {
	d.short()
	name, tag := d.shortstr(), d.shortstr()
	bits := d.octet()
	d.table() // arguments: none is supported
	if d.bad {
		return nil // the caller complains
	}
	q, err := ch.useQueue(name, mayRead)
	if err != nil {
		return err
	}
	if tag == "" {
		tag = "amq.ctag-" + rand.Text()
	}
	c := &consumer{channel: ch, queue: q, tag: tag, prefetch: ch.prefetch,
		noAck: bits&2 != 0, exclusive: bits&4 != 0}
	switch {
	case ch.consumers[tag] != nil:
		return failf(codeNotAllowed, "attempt to reuse consumer tag '%s'", tag)
	case q.exclusivelyConsumed() || c.exclusive && len(q.consumers) > 0:
		return failf(codeAccessRefused, "queue '%s' in vhost '/' in exclusive use", q.name)
	case q.quorum && ch.limit > 0:
		return failf(codeNotImplemented, "queue '%s' in vhost '/' does not support global qos", q.name)
	}
	if noWait := bits&8 != 0; !noWait {
		ch.reply(basicConsumeOK, func(e *encoder) { e.shortstr(tag) })
	}
	ch.consumers[tag] = c
	q.addConsumer(c)
	return nil
}

func (q *queue) exclusivelyConsumed() bool {
	return len(q.consumers) == 1 && q.consumers[0].exclusive
}

func (ch *channel) cancel(d *decoder) error {
	tag := d.shortstr()
	noWait := d.octet() != 0
	if d.bad {
		return nil // the caller complains
	}
	if !noWait {
		// The reply is queued first: cancelling may delete the queue, and no
		// delivery can come between while the lock is held.
		ch.reply(basicCancelOK, func(e *encoder) { e.shortstr(tag) })
	}
	if c := ch.consumers[tag]; c != nil {
		delete(ch.consumers, tag)
		c.queue.removeConsumer(c)
	}
	return nil
}

// notifyCancelled tells the client that the broker ended a subscription.
func (c *consumer) notifyCancelled() {
	delete(c.channel.consumers, c.tag)
	if c.channel.conn.capable("consumer_cancel_notify") {
		c.channel.reply(basicCancel, func(e *encoder) {
			e.shortstr(c.tag)
			e.bit(true) // no answer wanted
		})
	}
}

func (ch *channel) get(d *decoder) error {
	d.short()
	name := d.shortstr()
	noAck := d.octet() != 0
	if d.bad {
		return nil // the caller complains
	}
	q, err := ch.useQueue(name, mayRead)
	if err != nil {
		return err
	}
	q.touch()
	q.dropExpired()
	if q.ready.n == 0 {
		ch.reply(basicGetEmpty, func(e *encoder) { e.shortstr("") })
		return nil
	}
	e := q.ready.pop()
	tag := q.handOut(ch, nil, e, noAck)
	ch.conn.out.content(ch.id, basicGetOK, func(enc *encoder) {
		enc.longlong(tag)
		enc.bit(e.redelivered)
		enc.shortstr(e.msg.exchange)
		enc.shortstr(e.msg.key)
		enc.long(uint32(q.ready.n))
	}, q.propsOf(e), e.msg.body)
	q.armHead()
	return nil
}

// qos sets the limit for later consumers or, if global, for the whole channel.
// This is RabbitMQ's reading of the specification.
func (ch *channel) qos(d *decoder) error {
	size, count, global := d.long(), d.short(), d.octet() != 0
	if size != 0 {
		return failf(codeNotImplemented, "prefetch_size!=0 (%d)", size)
	}
	if global {
		ch.limit = int(count)
		ch.pump()
	} else {
		ch.prefetch = int(count)
	}
	ch.reply(basicQosOK, nil)
	return nil
}

// addConsumer subscribes c, and may deliver to it at once.
func (q *queue) addConsumer(c *consumer) {
	q.consumers = append(q.consumers, c)
	q.pump()
}

// removeConsumer ends a subscription; its deliveries stay unacknowledged.
func (q *queue) removeConsumer(c *consumer) {
	at := slices.Index(q.consumers, c)
	if at < 0 {
		return
	}
	q.consumers = slices.Delete(q.consumers, at, at+1)
	if at < q.turn {
		q.turn--
	}
	q.touch()
	if q.autoDelete && len(q.consumers) == 0 {
		q.delete()
		return
	}
	if q.singleActive {
		q.pump()
	}
}
