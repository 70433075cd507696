package amqpd

// acknowledgement is a client's answer to deliveries: basic.ack, basic.nack or
// basic.reject.
type acknowledgement struct {
	method   methodID
	tag      uint64
	multiple bool
	requeue  bool
}

func (ch *channel) acknowledge(id methodID, d *decoder) error {
	a := acknowledgement{method: id, tag: d.longlong()}
	bits := d.octet()
	switch id {
	case basicAck:
		a.multiple = bits&1 != 0
	case basicReject:
		a.requeue = bits&1 != 0
	case basicNack:
		a.multiple, a.requeue = bits&1 != 0, bits&2 != 0
	}
	if d.bad {
		return nil // the caller complains
	}
	if ch.tx != nil {
		ch.tx.acks = append(ch.tx.acks, a)
		return nil
	}
	return ch.apply(a)
}

func (ch *channel) apply(a acknowledgement) error {
	ds, ok := ch.unacked.take(a.tag, a.multiple)
	if !ok {
		return failf(codePreconditionFailed, "unknown delivery tag %d", a.tag)
	}
	if a.requeue {
		// As in RabbitMQ 4, a reject says that the message could not be
		// processed and counts towards the delivery limit; a nack only returns
		// it.
		requeue(ds, a.method == basicReject)
		ch.roomFor(nil)
		return nil
	}
	for _, d := range ds {
		d.uncount()
		if a.method == basicAck {
			ch.conn.server.free(d.entry.msg)
		} else {
			d.queue.discard(d.entry, reasonRejected)
		}
	}
	ch.roomFor(ds)
	return nil
}

// roomFor resumes delivery to the consumers for which the acknowledgement of ds
// made room. If the whole channel was at its limit, these are all its consumers.
func (ch *channel) roomFor(ds []delivery) {
	if ch.limit > 0 {
		ch.pump()
		return
	}
	var last *queue
	for _, d := range ds {
		if d.queue != last { // usually all ds are from one queue
			d.queue.pump()
			last = d.queue
		}
	}
}

// recover handles basic.recover. Only requeue=true is supported, since no client
// has a use for the other.
func (ch *channel) recover(id methodID, d *decoder) error {
	if requeueAll := d.octet() != 0; !requeueAll {
		return failf(codeNotImplemented, "requeue=false")
	}
	requeue(ch.unacked.takeAll(), false)
	if id == basicRecover {
		ch.reply(basicRecoverOK, nil)
	}
	return nil
}
