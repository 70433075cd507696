package amqpd

import "errors"

// handle acts upon one frame. The error is nil, errDone, or a *fault that ends
// the connection; a fault that ends only a channel is handled here.
func (c *conn) handle(fr frame) error {
	switch {
	case fr.kind == frameHeartbeat:
		if fr.channel != 0 {
			return failf(codeUnexpectedFrame, "heartbeat on channel %d", fr.channel)
		}
		return nil
	case c.isEnding():
		return c.awaitClose(fr)
	case fr.channel == 0:
		return c.connectionFrame(fr)
	}
	ch := c.channels[fr.channel]
	if ch == nil {
		return c.openChannel(fr)
	}
	err := ch.handle(fr)
	if f, ok := errors.AsType[*fault](err); ok && !f.hard() {
		ch.fail(f)
		return nil
	}
	return err
}

// awaitClose discards every frame after connection.close except the answer to
// it.
func (c *conn) awaitClose(fr frame) error {
	if fr.kind != frameMethod || fr.channel != 0 {
		return nil
	}
	d := decoder{b: fr.payload}
	switch methodID(d.long()) {
	case connectionClose, connectionCloseOK:
		return errDone
	}
	return nil
}

func (c *conn) connectionFrame(fr frame) error {
	if fr.kind != frameMethod {
		return failf(codeUnexpectedFrame, "content on channel 0")
	}
	d := decoder{b: fr.payload}
	switch id := methodID(d.long()); id {
	case connectionClose:
		c.flushConfirms()
		c.server.mu.Lock()
		c.release()
		c.server.mu.Unlock()
		c.out.method(0, connectionCloseOK, nil)
		return errDone
	case connectionBlocked, connectionUnblocked: // only the client cares about these
		return nil
	default:
		return blame(id, failf(codeCommandInvalid, "method %d.%d is not for channel 0", id.class(), id.method()))
	}
}

func (c *conn) openChannel(fr frame) error {
	d := decoder{b: fr.payload}
	id := methodID(d.long())
	if fr.kind != frameMethod || id != channelOpen {
		return failf(codeChannelError, "expected 'channel.open' on channel %d", fr.channel)
	}
	if fr.channel > c.channelMax {
		return failf(codeNotAllowed, "channel %d exceeds the negotiated channel_max (%d)", fr.channel, c.channelMax)
	}
	c.server.mu.Lock()
	c.channels[fr.channel] = newChannel(c, fr.channel)
	c.server.mu.Unlock()
	c.out.method(fr.channel, channelOpenOK, func(e *encoder) { e.longstr("") })
	return nil
}

// handle acts upon one frame of an open channel.
func (ch *channel) handle(fr frame) error {
	if fr.kind != frameMethod {
		if ch.closing {
			return nil
		}
		return blame(basicPublish, ch.content(fr))
	}
	d := &decoder{b: fr.payload}
	id := methodID(d.long())
	if ch.closing {
		return ch.awaitClose(id)
	}
	if ch.incoming != nil {
		return failf(codeUnexpectedFrame, "expected content for method 60.40, got method %d.%d", id.class(), id.method())
	}
	err := ch.method(id, d)
	if err == nil && d.bad {
		err = failf(codeSyntaxError, "malformed method %d.%d", id.class(), id.method())
	}
	return blame(id, err)
}

// blame records in a fault which method it came from.
func blame(id methodID, err error) error {
	if f, ok := errors.AsType[*fault](err); ok {
		f.method = id
	}
	return err
}

// awaitClose discards every frame after channel.close except the answer to it,
// and a channel.close from the client that crossed ours.
func (ch *channel) awaitClose(id methodID) error {
	switch id {
	case channelCloseOK:
		ch.conn.server.mu.Lock()
		delete(ch.conn.channels, ch.id)
		ch.conn.server.mu.Unlock()
	case channelClose:
		ch.reply(channelCloseOK, nil)
	}
	return nil
}

// method runs under the server's lock.
func (ch *channel) method(id methodID, d *decoder) error {
	ch.conn.server.mu.Lock()
	defer ch.conn.server.mu.Unlock()
	switch id.class() {
	case classChannel:
		return ch.channelMethod(id, d)
	case classExchange:
		return ch.exchangeMethod(id, d)
	case classQueue:
		return ch.queueMethod(id, d)
	case classBasic:
		return ch.basicMethod(id, d)
	case classConfirm, classTx:
		return ch.modeMethod(id, d)
	}
	return unknownMethod(id)
}

func unknownMethod(id methodID) error {
	return failf(codeNotImplemented, "method %d.%d is not implemented", id.class(), id.method())
}

func (ch *channel) channelMethod(id methodID, d *decoder) error {
	switch id {
	case channelOpen:
		return failf(codeChannelError, "second 'channel.open' seen")
	case channelClose:
		ch.conn.flushConfirms()
		ch.release()
		delete(ch.conn.channels, ch.id)
		ch.reply(channelCloseOK, nil)
		return nil
	case channelFlow:
		if active := d.octet() != 0; !active {
			return failf(codeNotImplemented, "active=false")
		}
		ch.reply(channelFlowOK, func(e *encoder) { e.bit(true) })
		return nil
	case channelFlowOK, channelCloseOK:
		return nil
	}
	return unknownMethod(id)
}

func (ch *channel) basicMethod(id methodID, d *decoder) error {
	switch id {
	case basicPublish:
		return ch.publish(d)
	case basicAck, basicNack, basicReject:
		return ch.acknowledge(id, d)
	case basicConsume:
		return ch.consume(d)
	case basicCancel:
		return ch.cancel(d)
	case basicCancelOK:
		return nil
	case basicGet:
		return ch.get(d)
	case basicQos:
		return ch.qos(d)
	case basicRecover, basicRecoverAsync:
		return ch.recover(id, d)
	}
	return unknownMethod(id)
}
