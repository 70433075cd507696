package feed

import (
	"errors"
	"os"
	"sync"

	"sandbank/fault"
)

// Seats bounds the number of open streams, over all transports. Its zero value
// has no seats: see [NewSeats].
type Seats struct {
	each, all int
	// Dropped is told of each stream that ended since its reader stalled, by transport; it is set before
	// the first is taken. Nil tells nobody.
	Dropped func(transport string)

	mu      sync.Mutex
	taken   map[string]int
	total   int
	closed  bool
	drained chan struct{} // closed when the last stream has ended after Close
}

// The default bounds. A stream costs about 50 KB.
const (
	SeatsPerMerchant = 1000
	SeatsInAll       = 4000
)

// NewSeats returns bounds for the streams of each merchant, and of all merchants
// together.
func NewSeats(each, all int) *Seats {
	return &Seats{each: each, all: all, taken: map[string]int{}, drained: make(chan struct{})}
}

// Take takes one of a merchant's seats until leave is called, which may be
// called twice.
func (s *Seats) Take(merchant string) (leave func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, Refused(ErrClosed)
	case s.taken[merchant] >= s.each:
		return nil, fault.New(fault.RateLimited, "too_many_streams", "You have %d streams open, and that is as many as there can be.", s.each).
			Hinting("Close those you do not need. One stream carries all your payments.")
	case s.total >= s.all:
		return nil, fault.New(fault.Unavailable, "streams_full", "All streams that this processor can carry are taken.").
			Hinting("Try again later, or poll GET /v1/events meanwhile.")
	}
	s.taken[merchant]++
	s.total++
	return sync.OnceFunc(func() { s.leave(merchant) }), nil
}

func (s *Seats) leave(merchant string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken[merchant]--; s.taken[merchant] == 0 {
		delete(s.taken, merchant)
	}
	if s.total--; s.total == 0 && s.closed {
		close(s.drained)
	}
}

// Wrote takes the end of a write to a stream, and tells of a reader that took nothing for as long as it may.
func (s *Seats) Wrote(transport string, err error) {
	if s.Dropped != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		s.Dropped(transport)
	}
}

// Taken returns the number of open streams.
func (s *Seats) Taken() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// Close gives out no more seats, and returns a channel that is closed once the
// last stream has ended. The transports end their streams themselves.
func (s *Seats) Close() (drained <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		if s.total == 0 {
			close(s.drained)
		}
	}
	return s.drained
}

// Refused is the error for a caller whose listener could not be opened.
func Refused(err error) error {
	if errors.Is(err, ErrClosed) {
		return fault.New(fault.Unavailable, "stopping", "Sandbank is about to end.").Hinting("Connect again in a moment.")
	}
	return err
}

// Open is how many streams are open.
func (s *Seats) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}
