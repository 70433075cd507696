package stream

import (
	"bufio"
	"bytes"
	"net"
	"net/http"
	"sync"
	"time"

	"sandbank/web/gate"
)

// cork holds back what is written to a connection, so that a batch of frames
// leaves with one system call. While it holds, a write neither blocks nor fails.
type cork struct {
	net.Conn
	mu   sync.Mutex
	held *bytes.Buffer // nil while it lets through
}

// Write implements [net.Conn].
func (c *cork) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held != nil {
		return c.held.Write(p)
	}
	return c.Conn.Write(p)
}

func (c *cork) hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = buffers.Get().(*bytes.Buffer)
	c.held.Reset()
}

// release writes the held bytes, a piece at a time; patience is how long the
// reader may take no piece.
func (c *cork) release(patience time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	held := c.held
	c.held = nil
	defer buffers.Put(held)
	for held.Len() > 0 {
		// A deadline of the network, not of the simulation: it follows the real clock.
		if err := c.SetWriteDeadline(time.Now().Add(patience)); err != nil {
			return err
		}
		if _, err := c.Conn.Write(held.Next(gate.Piece)); err != nil {
			return err
		}
	}
	return c.SetWriteDeadline(time.Time{})
}

// uncorked puts a cork on the connection that is taken over from HTTP.
type uncorked struct {
	http.ResponseWriter
	cork *cork
}

// Hijack implements [http.Hijacker].
func (u *uncorked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, both, err := http.NewResponseController(u.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	_ = conn.SetDeadline(time.Time{}) // lifts the HTTP server's own
	u.cork = &cork{Conn: conn}
	return u.cork, bufio.NewReadWriter(both.Reader, bufio.NewWriterSize(u.cork, 512)), nil
}
