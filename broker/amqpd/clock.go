package amqpd

import "time"

// Clock is the time by which messages and queues expire. Sockets (heartbeats,
// deadlines) always follow real time.
type Clock interface {
	// Now returns the present time.
	Now() time.Time
	// After returns a channel that gets a value once d has passed, unless stop
	// was called.
	After(d time.Duration) (c <-chan time.Time, stop func() bool)
}

// realClock is the default Clock.
type realClock struct{}

// Now implements Clock.
func (realClock) Now() time.Time { return time.Now() }

// After implements Clock.
func (realClock) After(d time.Duration) (<-chan time.Time, func() bool) {
	t := time.NewTimer(d)
	return t.C, t.Stop
}
