package amqpd

import (
	"errors"
	"io"
	"strings"
	"time"
)

// handshakeTimeout bounds the time until connection.open-ok.
const handshakeTimeout = 10 * time.Second

var protocolHeader = []byte("AMQP\x00\x00\x09\x01")

// handshake leads a new connection to connection.open-ok.
func (c *conn) handshake() error {
	var header [8]byte
	if _, err := io.ReadFull(c.frames.r, header[:]); err != nil {
		return err
	}
	if string(header[:]) != string(protocolHeader) {
		c.out.raw(protocolHeader)
		return errDone
	}
	c.out.method(0, connectionStart, c.encodeStart)
	for _, step := range []struct {
		id  methodID
		act func(*decoder) error
	}{
		{connectionStartOK, c.startOK},
		{connectionTuneOK, c.tuneOK},
		{connectionOpen, c.open},
	} {
		err := c.expect(step.id, step.act)
		if f, ok := errors.AsType[*fault](err); ok {
			c.shutdown(f)
			return nil // the main loop awaits close-ok
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// expect reads a method, which must be the one named.
func (c *conn) expect(id methodID, act func(*decoder) error) error {
	fr, err := c.frames.next()
	for err == nil && fr.kind == frameHeartbeat {
		fr, err = c.frames.next()
	}
	if err != nil {
		return err
	}
	d := &decoder{b: fr.payload}
	got := methodID(d.long())
	switch {
	case fr.kind == frameMethod && fr.channel == 0 && got == connectionClose:
		c.out.method(0, connectionCloseOK, nil)
		return errDone
	case fr.kind != frameMethod || fr.channel != 0 || got != id:
		return failf(codeCommandInvalid, "expected method %d.%d during the handshake", id.class(), id.method())
	}
	err = act(d)
	if err == nil && d.bad {
		return failf(codeSyntaxError, "malformed method %d.%d", id.class(), id.method())
	}
	return err
}

func (c *conn) encodeStart(e *encoder) {
	e.octet(0)
	e.octet(9)
	e.table(table{
		{"capabilities", table{
			{"publisher_confirms", true},
			{"exchange_exchange_bindings", true},
			{"basic.nack", true},
			{"consumer_cancel_notify", true},
			{"connection.blocked", true},
			{"authentication_failure_close", true},
			{"per_consumer_qos", true},
		}},
		{"product", c.server.cfg.Product},
		{"version", c.server.cfg.Version},
		{"platform", "Go"},
		{"information", "In-memory AMQP 0-9-1 broker for development and tests"},
	})
	e.longstr("PLAIN AMQPLAIN")
	e.longstr("en_US")
}

func (c *conn) startOK(d *decoder) error {
	props := d.table()
	mechanism := d.shortstr()
	response := d.longstr()
	d.shortstr() // locale
	if d.bad {
		return nil // expect complains
	}
	caps, _ := props.get("capabilities")
	c.capabilities, _ = caps.(table)
	name, password, err := credentials(mechanism, response)
	if err != nil {
		return err
	}
	right, looked := c.server.guard.guess(c.nc, name, time.Now())
	if !looked || !c.server.authenticate(name, password) {
		c.server.cfg.Logger.Warn("amqp login refused", "user", name, "address", c.nc.RemoteAddr().String(), "too_many_failures", !looked)
		if !c.capable("authentication_failure_close") {
			return errDone // the older protocol just disconnects
		}
		return failf(codeAccessRefused, "Login was refused using authentication mechanism %s. "+
			"For details see the broker logfile.", mechanism)
	}
	right()
	c.server.mu.Lock()
	c.user, c.name = name, props.text("connection_name")
	c.server.mu.Unlock()
	c.out.method(0, connectionTune, func(e *encoder) {
		e.short(defaultChannelMax)
		e.long(defaultFrameMax)
		e.short(uint16(defaultHeartbeat / time.Second))
	})
	return nil
}

// credentials takes name and password out of a SASL response.
func credentials(mechanism string, response []byte) (name, password string, err error) {
	switch mechanism {
	case "PLAIN":
		parts := strings.Split(string(response), "\x00")
		if len(parts) == 3 {
			return parts[1], parts[2], nil
		}
	case "AMQPLAIN": // a table without its length
		var e encoder
		e.longstr(string(response))
		d := decoder{b: e.b}
		t := d.table()
		if !d.bad {
			return t.text("LOGIN"), t.text("PASSWORD"), nil
		}
	default:
		return "", "", failf(codeNotAllowed, "unknown authentication mechanism '%s'", mechanism)
	}
	return "", "", failf(codeSyntaxError, "malformed %s response", mechanism)
}

func (c *conn) tuneOK(d *decoder) error {
	channelMax, frameMax, heartbeat := d.short(), d.long(), d.short()
	if channelMax == 0 {
		channelMax = defaultChannelMax
	}
	if frameMax == 0 {
		frameMax = defaultFrameMax
	}
	switch {
	case d.bad:
		return nil // expect complains
	case frameMax < frameMinMax:
		return failf(codeNotAllowed, "negotiated frame_max = %d is lower than the minimum allowed value (%d)",
			frameMax, frameMinMax)
	case frameMax > defaultFrameMax:
		return failf(codeNotAllowed, "negotiated frame_max = %d is higher than the maximum allowed value (%d)",
			frameMax, defaultFrameMax)
	case channelMax > defaultChannelMax:
		return failf(codeNotAllowed, "negotiated channel_max = %d is higher than the maximum allowed value (%d)",
			channelMax, defaultChannelMax)
	}
	c.channelMax = channelMax
	c.frames.max = frameMax
	c.out.setFrameMax(int(frameMax))
	c.setHeartbeat(time.Duration(heartbeat) * time.Second)
	return nil
}

// setHeartbeat sends two heartbeats per interval and tolerates two silent
// intervals.
func (c *conn) setHeartbeat(interval time.Duration) {
	if interval > 0 {
		c.beats <- interval / 2
	}
	c.life.Lock()
	defer c.life.Unlock()
	c.timeout = 2 * interval
}

// finishHandshake lifts the handshake's deadline.
func (c *conn) finishHandshake() {
	c.life.Lock()
	defer c.life.Unlock()
	if c.until = (time.Time{}); !c.ending {
		_ = c.nc.SetDeadline(time.Time{})
	}
}

func (c *conn) open(d *decoder) error {
	vhost := d.shortstr()
	if vhost != "/" {
		return failf(codeNotAllowed, "vhost %s not found", vhost)
	}
	c.server.mu.Lock()
	c.opened = true
	c.server.mu.Unlock()
	c.finishHandshake()
	c.out.method(0, connectionOpenOK, func(e *encoder) { e.shortstr("") })
	return nil
}
