package outage

import (
	"context"
	"net"
	"sync"

	"sandbank/sim"
)

// Line is the connections to one peer, which faults cut and slow down. It is safe for concurrent use.
type Line struct {
	board *Board
	cuts  Meeting
	slows Meeting

	mu    sync.Mutex
	conns map[*conn]struct{}
}

// Line makes a line. A fault that cuts meets ends its connections and refuses new ones; a fault that
// slows meets delays each read from them.
func (b *Board) Line(cuts, slows Meeting) *Line {
	l := &Line{board: b, cuts: cuts, slows: slows, conns: map[*conn]struct{}{}}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, l)
	return l
}

// Dial dials, unless a fault strikes.
func (l *Line) Dial(ctx context.Context, dial func(context.Context) (net.Conn, error)) (net.Conn, error) {
	if f, struck := l.board.Strike(l.cuts); struck {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: Error(f)}
	}
	inner, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: inner, line: l}
	l.mu.Lock()
	l.conns[c] = struct{}{}
	l.mu.Unlock()
	if f, struck := l.board.Strike(l.cuts); struck { // it began while this was dialed
		_ = c.Close()
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: Error(f)}
	}
	return c, nil
}

// cutBy reports whether a fault cuts this line.
func (l *Line) cutBy(f sim.Fault) bool { return l.cuts.meets(f) }

// cut cuts every connection of the line.
func (l *Line) cut() {
	l.mu.Lock()
	var all []*conn
	for c := range l.conns {
		all = append(all, c)
	}
	l.mu.Unlock()
	for _, c := range all {
		if tcp, ok := c.Conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // a reset, not a farewell
		}
		_ = c.Close()
	}
}

// conn is one connection of a line.
type conn struct {
	net.Conn
	line *Line
}

// Read implements [net.Conn].
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && c.line.board.count.Load() > 0 {
		_ = c.line.board.Pause(context.Background(), c.line.slows)
	}
	return n, err
}

// Close implements [net.Conn].
func (c *conn) Close() error {
	c.line.mu.Lock()
	delete(c.line.conns, c)
	c.line.mu.Unlock()
	return c.Conn.Close()
}
