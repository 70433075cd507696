package amqpd

// memory counts the messages held and decides when publishers must wait. It
// is part of the Server and guarded by its lock.
type memory struct {
	held   int64 // bytes of messages
	forced bool  // set by Block
	// cleared is nil normally; during an alarm it is the channel that is closed
	// when the alarm ends.
	cleared chan struct{}
}

// messageOverhead is the approximate memory of a message besides its octets.
const messageOverhead = 256

// Block raises or lifts an alarm by hand, as if memory had run out: publishers
// are told connection.blocked, and the broker stops reading from them until it
// is lifted.
func (s *Server) Block(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forced = on
	s.judge()
}

// account changes the number of held bytes by n.
func (s *Server) account(n int64) {
	s.held += n
	s.judge()
}

// judge raises the alarm above the limit and lifts it below four fifths of the
// limit, so that it does not flap.
func (s *Server) judge() {
	switch {
	case s.cleared == nil && (s.forced || s.held > s.cfg.MemoryLimit):
		s.cleared = make(chan struct{})
		s.cfg.Logger.Warn("amqp publishers blocked", "held_bytes", s.held, "by_hand", s.forced)
	case s.cleared != nil && !s.forced && s.held <= s.cfg.MemoryLimit/5*4:
		close(s.cleared)
		s.cleared = nil
		s.cfg.Logger.Info("amqp publishers unblocked", "held_bytes", s.held)
	}
}
