package amqpd

import (
	"errors"
	"io"
	"net"
	"testing"
)

// rawClient speaks the protocol octet by octet, for what no well-behaved
// client would say.
type rawClient struct {
	t testing.TB
	net.Conn
	frames *frameReader
}

func rawDial(t testing.TB, s *Server) *rawClient {
	t.Helper()
	nc, err := s.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	return &rawClient{t, nc, newFrameReader(nc, readBuffer, defaultFrameMax)}
}

// open does the handshake and opens channel 1.
func (c *rawClient) open(capabilities table, heartbeat uint16) *rawClient {
	c.t.Helper()
	c.login(capabilities, "PLAIN", "\x00guest\x00guest")
	c.expect(connectionTune)
	c.send(0, connectionTuneOK, func(e *encoder) {
		e.short(100)
		e.long(frameMinMax)
		e.short(heartbeat)
	})
	c.send(0, connectionOpen, func(e *encoder) { e.b = append(e.b, "\x01/\x00\x00"...) })
	c.expect(connectionOpenOK)
	c.send(1, channelOpen, func(e *encoder) { e.shortstr("") })
	c.expect(channelOpenOK)
	return c
}

func (c *rawClient) login(capabilities table, mechanism, response string) {
	c.t.Helper()
	c.write(protocolHeader)
	c.expect(connectionStart)
	c.send(0, connectionStartOK, func(e *encoder) {
		e.table(table{{"capabilities", capabilities}})
		e.shortstr(mechanism)
		e.longstr(response)
		e.shortstr("en_US")
	})
}

func (c *rawClient) write(b []byte) {
	c.t.Helper()
	if _, err := c.Write(b); err != nil {
		c.t.Fatalf("write: %v", err)
	}
}

func (c *rawClient) send(channel uint16, id methodID, args func(*encoder)) {
	c.t.Helper()
	var e encoder
	e.frame(frameMethod, channel, func() {
		e.long(uint32(id))
		if args != nil {
			args(&e)
		}
	})
	c.write(e.b)
}

// play writes the frames of a script.
func (c *rawClient) play(parts ...func(*script)) {
	c.t.Helper()
	s := &script{}
	for _, p := range parts {
		p(s)
	}
	c.write(s.e.b)
}

// next is the next frame that is not a heartbeat.
func (c *rawClient) next() (frame, error) {
	fr, err := c.frames.next()
	for err == nil && fr.kind == frameHeartbeat {
		fr, err = c.frames.next()
	}
	return fr, err
}

// expect reads frames up to the method, which must come, and returns its
// arguments.
func (c *rawClient) expect(id methodID) *decoder {
	c.t.Helper()
	for {
		fr, err := c.next()
		if err != nil {
			c.t.Fatalf("waiting for method %d.%d: %v", id.class(), id.method(), err)
		}
		d := &decoder{b: fr.payload}
		if fr.kind == frameMethod && methodID(d.long()) == id {
			return d
		}
	}
}

// expectClose reads up to connection.close, answers, and sees the socket closed.
func (c *rawClient) expectClose(code replyCode) (reason string) {
	c.t.Helper()
	d := c.expect(connectionClose)
	if got := replyCode(d.short()); got != code {
		c.t.Errorf("closed with %d %s, want %d", got, d.shortstr(), code)
	}
	reason = d.shortstr()
	c.send(0, connectionCloseOK, nil)
	c.expectEnd()
	return reason
}

func (c *rawClient) expectEnd() {
	c.t.Helper()
	_ = c.Close() // a client closes its socket first
	if _, err := c.next(); !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrClosedPipe) {
		c.t.Errorf("after the end: %v", err)
	}
}
