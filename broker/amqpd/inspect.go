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

// ExchangeInfo is an exchange.
type ExchangeInfo struct {
	Name string // "" for the default exchange
	Kind string // "direct", "fanout", "topic" or "headers"
}

// BindingInfo leads from an exchange to a queue or to another exchange.
type BindingInfo struct {
	Source, Key, Destination string
	ToExchange               bool
}

// Topology is everything that messages can be routed by and kept in, at one moment.
type Topology struct {
	Exchanges []ExchangeInfo // in order of name
	Queues    []QueueInfo    // in order of name
	Bindings  []BindingInfo  // in order of source, destination and key
}

// Topology returns the exchanges, queues and bindings.
func (s *Server) Topology() (t Topology) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.Queues = s.queueInfos()
	for _, name := range slices.Sorted(maps.Keys(s.exchanges)) {
		x := s.exchanges[name]
		t.Exchanges = append(t.Exchanges, ExchangeInfo{Name: x.name, Kind: x.kind})
		from := len(t.Bindings)
		for _, b := range x.bindings {
			info := BindingInfo{Source: x.name, Key: b.key}
			if b.queue != nil {
				info.Destination = b.queue.name
			} else {
				info.Destination, info.ToExchange = b.target.name, true
			}
			t.Bindings = append(t.Bindings, info)
		}
		slices.SortFunc(t.Bindings[from:], func(a, b BindingInfo) int {
			return cmp.Or(cmp.Compare(a.Destination, b.Destination), cmp.Compare(a.Key, b.Key))
		})
	}
	return t
}

// Queues returns all queues in order of name.
func (s *Server) Queues() []QueueInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queueInfos()
}

// queueInfos is called with the lock held.
func (s *Server) queueInfos() []QueueInfo {
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
