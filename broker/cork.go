package broker

import (
	"context"
	"net"
	"sync"
)

// cork holds back what is written to a connection, so that a batch of messages leaves in few writes: the library
// writes each message by itself, which costs a system call here and a wake-up at the broker. Nothing is lost by it,
// since a message is with the broker when the broker has confirmed it and not before.
type cork struct {
	net.Conn

	mu   sync.Mutex
	in   bool
	held []byte
}

// mostHeld bounds what is held back, in bytes.
const mostHeld = 64 << 10

type corkKey struct{}

// corkable has the network connection that is dialed under the context put into a cork.
func corkable(ctx context.Context, c *cork) context.Context {
	return context.WithValue(ctx, corkKey{}, c)
}

// dialed is a network connection that was dialed under a context.
func dialed(ctx context.Context, conn net.Conn, err error) (net.Conn, error) {
	c, _ := ctx.Value(corkKey{}).(*cork)
	if c == nil || err != nil {
		return conn, err
	}
	c.Conn = conn
	return c, nil
}

// Write implements [net.Conn].
func (c *cork) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.in {
		return c.Conn.Write(b)
	}
	if len(c.held)+len(b) > mostHeld {
		if err := c.flush(); err != nil {
			return 0, err
		}
	}
	c.held = append(c.held, b...)
	return len(b), nil
}

// put holds back what is written until pull.
func (c *cork) put() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.in = true
}

// pull writes what was held back.
func (c *cork) pull() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.in = false
	return c.flush()
}

// flush writes what is held. The caller holds the lock.
func (c *cork) flush() error {
	if len(c.held) == 0 {
		return nil
	}
	_, err := c.Conn.Write(c.held)
	c.held = c.held[:0]
	return err
}
