package amqpd

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// pipeBuffer is the capacity of one direction of a pipe, similar to a socket's.
const pipeBuffer = 64 << 10

// newPipe returns the two ends of a connection within the process. Unlike the
// ends of net.Pipe they are buffered, so that a client behaves as over TCP: it
// may write a little while the broker does not read.
func newPipe() (client, server net.Conn) {
	there, back := newStream(), newStream()
	return &pipeEnd{in: back, out: there}, &pipeEnd{in: there, out: back}
}

// pipeEnd is a net.Conn.
type pipeEnd struct{ in, out *stream }

// Read implements net.Conn.
func (p *pipeEnd) Read(b []byte) (int, error) { return p.in.read(b) }

// Write implements net.Conn.
func (p *pipeEnd) Write(b []byte) (int, error) { return p.out.write(b) }

// Close implements net.Conn. Data already written can still be read.
func (p *pipeEnd) Close() error {
	p.in.close(&p.in.reader)
	p.out.close(&p.out.writer)
	return nil
}

// LocalAddr implements net.Conn.
func (p *pipeEnd) LocalAddr() net.Addr { return pipeAddr{} }

// RemoteAddr implements net.Conn.
func (p *pipeEnd) RemoteAddr() net.Addr { return pipeAddr{} }

// SetDeadline implements net.Conn.
func (p *pipeEnd) SetDeadline(t time.Time) error {
	p.in.setDeadline(&p.in.reader, t)
	p.out.setDeadline(&p.out.writer, t)
	return nil
}

// SetReadDeadline implements net.Conn.
func (p *pipeEnd) SetReadDeadline(t time.Time) error {
	p.in.setDeadline(&p.in.reader, t)
	return nil
}

// SetWriteDeadline implements net.Conn.
func (p *pipeEnd) SetWriteDeadline(t time.Time) error {
	p.out.setDeadline(&p.out.writer, t)
	return nil
}

// pipeAddr is a net.Addr.
type pipeAddr struct{}

// Network and String implement net.Addr.
func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "in-process" }

// stream is one direction.
type stream struct {
	mu             sync.Mutex
	changed        *sync.Cond
	buf            []byte // written and not yet read
	reader, writer side
}

// side is the state of one of the two users of a stream.
type side struct {
	closed   bool
	deadline time.Time
	timer    *time.Timer // wakes the side at its deadline
}

func newStream() *stream {
	s := &stream{}
	s.changed = sync.NewCond(&s.mu)
	return s
}

// err returns why the side cannot go on.
func (d *side) err() error {
	switch {
	case d.closed:
		return io.ErrClosedPipe
	case !d.deadline.IsZero() && !time.Now().Before(d.deadline):
		return os.ErrDeadlineExceeded
	}
	return nil
}

func (s *stream) read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if err := s.reader.err(); err != nil {
			return 0, err
		}
		if len(s.buf) > 0 || len(b) == 0 {
			break
		}
		if s.writer.closed {
			return 0, io.EOF
		}
		s.changed.Wait()
	}
	n := copy(b, s.buf)
	if s.buf = s.buf[n:]; len(s.buf) == 0 {
		s.buf = nil
	}
	s.changed.Broadcast()
	return n, nil
}

func (s *stream) write(b []byte) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(b) > 0 {
		if err := s.writer.err(); err != nil {
			return n, err
		}
		if s.reader.closed {
			return n, io.ErrClosedPipe
		}
		part := b[:min(len(b), pipeBuffer-len(s.buf))]
		if len(part) == 0 {
			s.changed.Wait()
			continue
		}
		s.buf = append(s.buf, part...)
		b, n = b[len(part):], n+len(part)
		s.changed.Broadcast()
	}
	return n, nil
}

func (s *stream) close(d *side) {
	s.setDeadline(d, time.Time{})
	s.mu.Lock()
	defer s.mu.Unlock()
	d.closed = true
	s.changed.Broadcast()
}

func (s *stream) setDeadline(d *side, t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	d.deadline = t
	if t.IsZero() || d.closed {
		return
	}
	d.timer = time.AfterFunc(time.Until(t), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.changed.Broadcast()
	})
}
