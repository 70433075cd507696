package amqpd

import (
	"cmp"
	"maps"
	"slices"
)

// QueueInfo is the state of a queue at the time of the question.
type QueueInfo struct {
	Name      string
	Type      string // "classic" or "quorum"
	Depth     int    // messages ready to be delivered
	Unacked   int    // delivered and not acknowledged
	Bytes     int64  // bodies of the ready messages
	Consumers int
}

// ConnectionInfo is the state of a client connection at the time of the
// question.
type ConnectionInfo struct {
	// ID is the client's address and stays the same for the connection's life.
	ID string
	// Name is the client's name for itself, if it has one.
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

// HeldBytes returns the part of Config.MemoryLimit that is in use.
func (s *Server) HeldBytes() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held
}

// DropConnections cuts all connections as a broken network would, and returns
// their number. Their unacknowledged deliveries are redelivered.
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
