package amqpd

// settlement is a client's word on deliveries: basic.ack, nack or reject.
type settlement struct {
	method   methodID
	tag      uint64
	multiple bool
	requeue  bool
}

func (ch *channel) acknowledge(id methodID, d *decoder) error {
	s := settlement{method: id, tag: d.longlong()}
	bits := d.octet()
	switch id {
	case basicAck:
		s.multiple = bits&1 != 0
	case basicReject:
		s.requeue = bits&1 != 0
	case basicNack:
		s.multiple, s.requeue = bits&1 != 0, bits&2 != 0
	}
	if d.bad {
		return nil // the caller complains
	}
	if ch.tx != nil {
		ch.tx.settles = append(ch.tx.settles, s)
		return nil
	}
	return ch.settle(s)
}

func (ch *channel) settle(s settlement) error {
	ds, ok := ch.unacked.take(s.tag, s.multiple)
	if !ok {
		return failf(codePreconditionFailed, "unknown delivery tag %d", s.tag)
	}
	if s.requeue {
		// As in RabbitMQ 4, a reject says that the message could not be dealt
		// with and counts towards the delivery limit; a nack is a mere return.
		requeue(ds, s.method == basicReject)
		ch.roomFor(nil)
		return nil
	}
	for _, d := range ds {
		d.settled()
		if s.method == basicAck {
			ch.conn.server.free(d.entry.msg)
		} else {
			d.queue.discard(d.entry, reasonRejected)
		}
	}
	ch.roomFor(ds)
	return nil
}

// roomFor delivers to those who have room now that ds are settled. When the
// whole channel was at its limit, that is all its consumers.
func (ch *channel) roomFor(ds []delivery) {
	if ch.limit > 0 {
		ch.pump()
		return
	}
	var last *queue
	for _, d := range ds {
		if d.queue != last { // mostly they are all from one
			d.queue.pump()
			last = d.queue
		}
	}
}

// recover is basic.recover, of which only requeue=true is of use to anyone.
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
