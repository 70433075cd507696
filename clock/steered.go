package clock

import (
	"container/heap"
	"errors"
	"sync"
	"time"
)

// ErrBackwards is the answer to a state whose time is before one that was told already.
var ErrBackwards = errors.New("clock: simulated time does not go back")

// Steered is simulated time that can be steered: it follows the computer's clock, stands still, runs
// at a rate, or is set forward. Timers follow it. It never goes back behind a time that it told. The
// zero value is not usable; see [NewSteered].
type Steered struct {
	mu     sync.Mutex
	state  State
	told   time.Time // the latest time that was told
	timers timers
	alarm  *time.Timer // for the earliest of them; nil while simulated time stands still
}

// NewSteered returns a clock in a state.
func NewSteered(s State) *Steered { return &Steered{state: s} }

func (*Steered) simulated() {}

// Now implements [Simulated].
func (c *Steered) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

// now is the present. The caller holds the lock.
func (c *Steered) now() time.Time {
	if now := c.state.Time(time.Now()); now.After(c.told) {
		c.told = now // the computer's own clock may be set back
	}
	return c.told
}

// State is how the clock goes at present.
func (c *Steered) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// Become takes up a state, and fires what falls due with it. It returns [ErrBackwards] for one whose
// time is before what was told.
func (c *Steered) Become(s State) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.Time(time.Now()).Before(c.now()) {
		return ErrBackwards
	}
	c.state = s
	c.fire()
	return nil
}

// Follow takes up a state of a clock somewhere else, if its version is newer than the present one.
// Whoever joins takes its time, also if that is before his own.
func (c *Steered) Follow(s State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.Version <= c.state.Version {
		return
	}
	if now := s.Time(time.Now()); c.state.Version == 0 || now.After(c.told) {
		c.told = now
	}
	c.state = s
	c.fire()
}

// Hold has time stand still where it is, as a state of its own, and returns where that is.
// [Steered.Become] ends it.
func (c *Steered) Hold() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state = State{Version: c.state.Version + 1, At: c.now(), Since: time.Now(), Rate: 0}
	c.rearm()
	return c.told
}

// Next is the earliest moment for which a timer waits; false where none does.
func (c *Steered) Next() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.timers) == 0 {
		return time.Time{}, false
	}
	return c.timers[0].at, true
}

// NewTimer implements [Simulated]. A timer whose time has come fires at once.
func (c *Steered) NewTimer(d time.Duration) Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.timer(c.now().Add(d))
}

// NewTimerAt implements [Simulated]. A timer whose time has come fires at once.
func (c *Steered) NewTimerAt(at time.Time) Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.timer(at)
}

// timer makes a timer. The caller holds the lock.
func (c *Steered) timer(at time.Time) Timer {
	t := &steeredTimer{clock: c, at: Ceil(at), c: make(chan time.Time, 1), place: -1}
	if !t.at.After(c.now()) {
		t.c <- c.told
		return t
	}
	heap.Push(&c.timers, t)
	if t.place == 0 {
		c.rearm()
	}
	return t
}

// fire fires every timer that is due, and sets the alarm for the next. The caller holds the lock.
func (c *Steered) fire() {
	for now := c.now(); len(c.timers) > 0 && !c.timers[0].at.After(now); {
		t, _ := heap.Pop(&c.timers).(*steeredTimer)
		t.c <- now
	}
	c.rearm()
}

// rearm sets the alarm for the earliest timer. The caller holds the lock.
func (c *Steered) rearm() {
	if c.alarm != nil {
		c.alarm.Stop()
		c.alarm = nil
	}
	if len(c.timers) == 0 {
		return
	}
	if d, ever := c.state.until(c.timers[0].at, time.Now()); ever {
		c.alarm = time.AfterFunc(d, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.fire()
		})
	}
}

type steeredTimer struct {
	clock *Steered
	at    time.Time
	c     chan time.Time
	place int // in the heap; -1 for none
}

func (t *steeredTimer) C() <-chan time.Time { return t.c }

func (t *steeredTimer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	if t.place < 0 {
		return false
	}
	first := t.place == 0
	heap.Remove(&t.clock.timers, t.place)
	if first {
		t.clock.rearm()
	}
	return true
}

// timers are those that wait, the earliest on top.
type timers []*steeredTimer

func (h timers) Len() int           { return len(h) }
func (h timers) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h timers) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push implements [heap.Interface].
func (h *timers) Push(x any) {
	t, _ := x.(*steeredTimer)
	t.place = len(*h)
	*h = append(*h, t)
}

// Pop implements [heap.Interface].
func (h *timers) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h, t.place = old[:len(old)-1], -1
	return t
}
