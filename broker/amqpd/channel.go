package amqpd

// channel is one session within a connection. Unless said otherwise its
// fields are guarded by the server's lock.
type channel struct {
	conn *conn
	id   uint16

	// Used by the reader goroutine alone.
	closing  bool // channel.close was sent
	incoming *incoming
	confirm  bool
	accepted uint64 // publishes handled in confirm mode
	told     uint64 // how many of these are confirmed to the client
	tx       *transaction

	queueName string // the queue declared last here; an empty name means it
	consumers map[string]*consumer
	unacked   deliveries
	prefetch  int // for each later consumer, 0 for no limit
	limit     int // for the whole channel, 0 for no limit
	inFlight  int // unacknowledged deliveries to consumers
}

func newChannel(c *conn, id uint16) *channel {
	return &channel{conn: c, id: id, consumers: map[string]*consumer{}}
}

func (ch *channel) reply(id methodID, args func(*encoder)) {
	ch.conn.out.method(ch.id, id, args)
}

// fail closes the channel and tells the client why.
func (ch *channel) fail(f *fault) {
	ch.conn.flushConfirms() // for the publishes accepted before the fault
	s := ch.conn.server
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cfg.Logger.Info("amqp channel closed", "user", ch.conn.user, "reason", f.text)
	ch.release()
	ch.closing = true
	ch.reply(channelClose, f.encode)
}

// release cancels the channel's consumers and puts back the deliveries they had
// not acknowledged, as if they had been returned.
func (ch *channel) release() {
	requeue(ch.detach(), true)
}

// detach cancels the consumers and returns the unacknowledged deliveries.
func (ch *channel) detach() []delivery {
	ch.incoming = nil
	ch.dropTransaction()
	for _, c := range ch.consumers {
		c.queue.removeConsumer(c)
	}
	clear(ch.consumers)
	return ch.unacked.takeAll()
}

// pump delivers messages to the channel's consumers with room.
func (ch *channel) pump() {
	for _, c := range ch.consumers {
		c.queue.pump()
	}
}

// modeMethod switches a channel to confirm mode or to transactions.
func (ch *channel) modeMethod(id methodID, d *decoder) error {
	switch id {
	case confirmSelect:
		if ch.tx != nil {
			return failf(codePreconditionFailed, "cannot switch from tx to confirm mode")
		}
		ch.confirm = true
		if noWait := d.octet() != 0; !noWait {
			ch.reply(confirmSelectOK, nil)
		}
		return nil
	case txSelect:
		if ch.confirm {
			return failf(codePreconditionFailed, "cannot switch from confirm to tx mode")
		}
		if ch.tx == nil {
			ch.tx = &transaction{}
		}
		ch.reply(txSelectOK, nil)
		return nil
	}
	if ch.tx == nil {
		return failf(codePreconditionFailed, "channel is not transactional")
	}
	switch id {
	case txCommit:
		return ch.commit()
	case txRollback:
		ch.dropTransaction()
		ch.reply(txRollbackOK, nil)
		return nil
	}
	return unknownMethod(id)
}
