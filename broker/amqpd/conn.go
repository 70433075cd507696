package amqpd

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// errDone ends a connection that was closed in the way the protocol asks.
var errDone = errors.New("connection closed")

// readBuffer is the most that one read takes from a socket. All publishes of one
// read are confirmed together.
const readBuffer = 16 << 10

// conn is one client connection: a reader goroutine that owns its life, and a
// writer goroutine that owns the outbox.
type conn struct {
	server *Server
	id     string // unique among connections
	nc     net.Conn
	frames *frameReader
	out    *outbox

	// Used by the reader goroutine alone.
	channelMax   uint16
	capabilities table
	unconfirmed  []*channel // channels with confirms to send
	published    bool       // since the last call of waitAlarm

	// Guarded by server.mu.
	user     string
	name     string // the name that the client gave itself
	opened   bool
	channels map[uint16]*channel // changed only by the reader
	starved  bool                // a delivery was held back because out was full

	beats   chan time.Duration // the heartbeat interval, once agreed
	written chan struct{}      // closed when the writer has ended

	life    sync.Mutex
	done    chan struct{} // closed when the connection is to end
	ending  bool          // done is closed
	timeout time.Duration // how long the client may be silent, 0 for ever
	until   time.Time     // when the handshake must have ended; zero after it
}

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{
		server:   s,
		id:       connID(nc),
		nc:       nc,
		out:      newOutbox(),
		channels: map[uint16]*channel{},
		beats:    make(chan time.Duration, 1),
		written:  make(chan struct{}),
		done:     make(chan struct{}),
		until:    time.Now().Add(handshakeTimeout),
	}
	c.frames = newFrameReader(readerFunc(c.receive), readBuffer, defaultFrameMax)
	return c
}

// pipes numbers the connections that have no address.
var pipes atomic.Int64

func connID(nc net.Conn) string {
	if addr := nc.RemoteAddr(); addr.Network() != "pipe" {
		return addr.String()
	}
	return fmt.Sprintf("in-process:%d", pipes.Add(1))
}

// readerFunc is an io.Reader that is a function.
type readerFunc func([]byte) (int, error)

// Read implements io.Reader.
func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// receive reads from the socket. It is called when everything received so far
// has been handled, so this is the moment to send the confirms.
func (c *conn) receive(p []byte) (int, error) {
	c.flushConfirms()
	c.life.Lock()
	switch {
	case c.ending:
	case !c.until.IsZero(): // however slowly the client sends
		_ = c.nc.SetDeadline(c.until)
	case c.timeout > 0:
		_ = c.nc.SetReadDeadline(time.Now().Add(c.timeout))
	}
	c.life.Unlock()
	return c.nc.Read(p)
}

// read is the reader goroutine: it runs from the handshake until the socket is
// closed.
func (c *conn) read() {
	err := c.handshake()
	for err == nil {
		err = c.step()
	}
	log := c.server.cfg.Logger.With("connection", c.name, "user", c.user)
	if errors.Is(err, errDone) || errors.Is(err, io.EOF) {
		log.Debug("amqp connection ended")
	} else {
		log.Info("amqp connection lost", "error", err)
	}
	c.server.forget(c)
	c.out.close()
	c.expire(closeGrace)
	<-c.written
	if _, told := errors.AsType[*fault](err); told || errors.Is(err, errDone) {
		// The client closes its socket first, so that the TIME_WAIT state, and
		// the port, stay on its side.
		_, _ = io.Copy(io.Discard, c.nc)
	}
	c.server.guard.leave(c.nc)
	_ = c.nc.Close()
}

// step handles one frame. It returns an error only when the connection must end.
func (c *conn) step() error {
	fr, err := c.frames.next()
	if err == nil {
		err = c.handle(fr)
	}
	if f, ok := errors.AsType[*fault](err); ok {
		c.shutdown(f)
		err = nil
		if f.code == codeFrameError {
			return f // the start of the next frame cannot be found
		}
	}
	if err != nil {
		return err
	}
	if c.published {
		c.published = false
		c.waitAlarm()
	}
	c.out.waitRoom()
	return nil
}

// write is the writer goroutine.
func (c *conn) write() {
	defer close(c.written)
	var tick <-chan time.Time
	quiet, beat := true, false // nothing but heartbeats was written
	for {
		b, last := c.out.take()
		if len(b) > 0 {
			_, err := c.nc.Write(b)
			if err != nil {
				c.out.fail()
				c.drop()
				return
			}
			c.out.wrote(b)
			c.feed()
			quiet, beat = beat, false
			continue
		}
		if last {
			return
		}
		select {
		case <-c.out.wake:
		case every := <-c.beats:
			t := time.NewTicker(every)
			defer t.Stop()
			tick = t.C
		case <-tick:
			if beat = quiet; beat {
				c.out.heartbeat()
			}
			quiet = true
		}
	}
}

// feed resumes deliveries that were held back because the outbox was full.
func (c *conn) feed() {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	if !c.starved || c.out.full() {
		return
	}
	c.starved = false
	for _, ch := range c.channels {
		ch.pump()
	}
}

// waitAlarm holds a publishing connection while the broker has too much in
// memory, until the alarm or the connection ends.
func (c *conn) waitAlarm() {
	c.server.mu.Lock()
	cleared := c.server.cleared
	c.server.mu.Unlock()
	if cleared == nil {
		return
	}
	c.flushConfirms()
	told := c.capable("connection.blocked")
	if told {
		c.out.method(0, connectionBlocked, func(e *encoder) { e.shortstr("low on memory") })
	}
	select {
	case <-cleared:
	case <-c.done:
	}
	if told {
		c.out.method(0, connectionUnblocked, nil)
	}
}

func (c *conn) capable(name string) bool {
	v, _ := c.capabilities.get(name)
	b, _ := v.(bool)
	return b
}

// shutdown tells the client why the connection ends, and gives it closeGrace to
// agree. Any goroutine may call it; only the first call counts.
func (c *conn) shutdown(f *fault) {
	if !c.expire(closeGrace) {
		return
	}
	c.server.cfg.Logger.Info("amqp connection refused to go on", "user", c.user, "reason", f.text)
	c.out.method(0, connectionClose, f.encode)
	c.out.close()
}

// encode writes the arguments of connection.close and channel.close.
func (f *fault) encode(e *encoder) {
	e.short(uint16(f.code))
	e.shortstr(f.text)
	e.short(f.method.class())
	e.short(f.method.method())
}

// expire sets the socket's last deadline, d from now, and reports whether this
// was the first call.
func (c *conn) expire(d time.Duration) bool {
	c.life.Lock()
	defer c.life.Unlock()
	if c.ending {
		return false
	}
	c.ending = true
	close(c.done)
	_ = c.nc.SetDeadline(time.Now().Add(d))
	return true
}

// drop cuts the connection in the way a broken network would.
func (c *conn) drop() {
	c.expire(0)
	_ = c.nc.Close()
}

func (c *conn) isEnding() bool {
	c.life.Lock()
	defer c.life.Unlock()
	return c.ending
}

// forget removes an ended connection from the broker's state.
func (s *Server) forget(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	c.release()
}

// release gives back everything the connection held: deliveries, consumers,
// exclusive queues. A second call does nothing.
func (c *conn) release() {
	// All consumers are cancelled before anything is put back. Otherwise a
	// message that one channel returns would be delivered to the next channel
	// and counted twice.
	var unacked []delivery
	for _, ch := range c.channels {
		unacked = append(unacked, ch.detach()...)
	}
	clear(c.channels)
	for _, q := range c.server.queues {
		if q.owner == c {
			q.delete()
		}
	}
	requeue(unacked, true)
}
