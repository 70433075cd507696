package clock

import (
	"sync"
	"time"
)

// Manual stands still until it is told to move. It is for tests, where it may be either clock: with two of
// them, a test shows which code follows which clock. Its zero value is not usable;
// see [NewManual].
type Manual struct {
	mu      sync.Mutex
	now     time.Time
	waiting map[*manualTimer]struct{}
	changed chan struct{} // closed and replaced whenever a timer is made
}

// NewManual returns a clock that stands at start.
func NewManual(start time.Time) *Manual {
	return &Manual{
		now:     start.UTC().Truncate(time.Microsecond),
		waiting: map[*manualTimer]struct{}{},
		changed: make(chan struct{}),
	}
}

func (*Manual) simulated() {}
func (*Manual) computer()  {}

// Now implements [Simulated] and [Computer].
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// NewTimer implements [Simulated] and [Computer]. A timer whose time has come fires at once.
func (m *Manual) NewTimer(d time.Duration) Timer {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.timer(m.now.Add(d))
}

// NewTimerAt implements [Simulated]. A timer whose time has come fires at once.
func (m *Manual) NewTimerAt(at time.Time) Timer {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.timer(at)
}

// timer makes a timer. The caller holds the lock.
func (m *Manual) timer(at time.Time) Timer {
	t := &manualTimer{clock: m, at: at, c: make(chan time.Time, 1)}
	if !at.After(m.now) {
		t.c <- m.now
		return t
	}
	m.waiting[t] = struct{}{}
	close(m.changed)
	m.changed = make(chan struct{})
	return t
}

// Advance moves the clock forward by d and fires every timer that falls due.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(d)
	for t := range m.waiting {
		if !t.at.After(m.now) {
			delete(m.waiting, t)
			t.c <- m.now
		}
	}
}

// AwaitTimers blocks until at least n timers wait on the clock, so that a test
// knows its subject has gone to sleep before it moves the time.
func (m *Manual) AwaitTimers(n int) {
	for {
		m.mu.Lock()
		enough, changed := len(m.waiting) >= n, m.changed
		m.mu.Unlock()
		if enough {
			return
		}
		<-changed
	}
}

// Timers is how many timers wait on the clock now.
func (m *Manual) Timers() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.waiting)
}

type manualTimer struct {
	clock *Manual
	at    time.Time
	c     chan time.Time
}

func (t *manualTimer) C() <-chan time.Time { return t.c }

func (t *manualTimer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	_, pending := t.clock.waiting[t]
	delete(t.clock.waiting, t)
	return pending
}
