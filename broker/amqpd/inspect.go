package amqpd

import (
	"cmp"
	"maps"
	"slices"
)

// QueueInfo is a queue as it was when asked for.
type QueueInfo struct {
	Name      string
	Type      string // "classic" or "quorum"
	Depth     int    // messages ready to be delivered
	Unacked   int    // delivered and not acknowledged
	Bytes     int64  // bodies of those ready
	Consumers int
}

// ConnectionInfo is a client connection as it was when asked for.
type ConnectionInfo struct {
	// ID is the client's address and stays the same for the connection's life.
	ID string
	// Name is what the client calls itself, if it does.
	Name     string
	User     string
	Channels int
}

// Queues returns all queues in order of name.
func (s *Server) Queues() []QueueInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]QueueInfo, 0, len(s.queues))
	for _, q := range s.queues {
		out = append(out, QueueInfo{Name: q.name, Type: q.queueType(), Depth: q.ready.n,
			Unacked: q.unacked, Bytes: q.ready.bytes, Consumers: len(q.consumers)})
	}
	slices.SortFunc(out, func(a, b QueueInfo) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// Exchanges returns the names of all exchanges in order; the default
// exchange's is empty.
func (s *Server) Exchanges() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.exchanges))
}

// Connections returns all connections that are past the handshake.
func (s *Server) Connections() []ConnectionInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]ConnectionInfo, 0, len(s.conns))
	for c := range s.conns {
		if c.opened {
			out = append(out, ConnectionInfo{ID: c.id, Name: c.name, User: c.user, Channels: len(c.channels)})
		}
	}
	slices.SortFunc(out, func(a, b ConnectionInfo) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// HeldBytes returns how much the messages held take of Config.MemoryLimit.
func (s *Server) HeldBytes() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held
}

// DropConnections cuts all connections as a broken network would, and returns
// how many there were. What their clients had not acknowledged is redelivered.
func (s *Server) DropConnections() int {
	return s.drop(func(*conn) bool { return true })
}

// DropConnection cuts the one connection with the ID, and reports whether
// there was one.
func (s *Server) DropConnection(id string) bool {
	return s.drop(func(c *conn) bool { return c.id == id }) > 0
}

func (s *Server) drop(which func(*conn) bool) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		if which(c) {
			c.drop()
			n++
		}
	}
	return n
}
