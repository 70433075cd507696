package runner

import (
	"context"
	"sync"
	"time"
)

// Conductor moves the one clock of a Sandbank on which several scenarios are played at a time. Time goes on when all of
// them wait for it, and to the earliest instant that one waits for: to each of them it stands still, as if it were alone.
//
//	A: until 10:05 ─┐
//	B: until 10:01 ─┼─ all wait ─▶ the clock goes to 10:01 ─▶ B goes on; A and C wait still
//	C: until 11:00 ─┘
type Conductor struct {
	mu      sync.Mutex
	here    int // workers, each with one scenario after the other
	waiting map[*wait]bool
	moving  bool          // the clock is on its way
	changed chan struct{} // is closed at any change
	hand    chan struct{} // is held by the one who steers the clock, which takes one command at a time
}

// wait is one scenario's, until an instant.
type wait struct {
	to    time.Time
	start bool // of a scenario, for which nothing has to happen on the way
	over  bool
	begun int // scenarios that began meanwhile
}

// mostBegun is how many scenarios may begin while one waits: each that begins has time stand still for a while, and one that
// waits for a late instant would wait for all of them.
const mostBegun = 8

// NewConductor makes a conductor, of nobody yet.
func NewConductor() *Conductor {
	return &Conductor{waiting: map[*wait]bool{}, changed: make(chan struct{}), hand: make(chan struct{}, 1)}
}

// turn waits until nobody else steers the clock. Without a conductor nobody does.
func (c *Conductor) turn(ctx context.Context) (free func(), err error) {
	if c == nil {
		return func() {}, nil
	}
	select {
	case c.hand <- struct{}{}:
		return func() { <-c.hand }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// enter has time wait for one scenario more, until it leaves.
func (c *Conductor) enter() (leave func()) {
	if c == nil {
		return func() {}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.here++
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.here--
		c.change()
	})
}

// begin waits until one scenario more may begin, while time does not wait for it.
func (c *Conductor) begin(ctx context.Context) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.overtaken() {
		c.here--
		c.change()
		for c.overtaken() && ctx.Err() == nil {
			c.pass(ctx)
		}
		c.here++
	}
	for w := range c.waiting {
		w.begun++
	}
}

// overtaken reports whether one waits that has let as many others begin as it has to.
func (c *Conductor) overtaken() bool {
	for w := range c.waiting {
		if w.begun >= mostBegun {
			return true
		}
	}
	return false
}

// pass waits for the next change. The caller holds the lock, which is free meanwhile.
func (c *Conductor) pass(ctx context.Context) {
	changed := c.changed
	c.mu.Unlock()
	defer c.mu.Lock()
	select {
	case <-changed:
	case <-ctx.Done():
	}
}

// change wakes all who wait. The caller holds the lock.
func (c *Conductor) change() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// mover has the clock go to an instant, for all. Where nobody has anything under way, it may jump there.
type mover func(ctx context.Context, to time.Time, jump bool) error

// until waits until it is an instant, of a scenario's start or in its course.
func (c *Conductor) until(ctx context.Context, to time.Time, start bool, move mover) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := &wait{to: to, start: start}
	c.waiting[w] = true
	defer delete(c.waiting, w)
	c.change()
	for !w.over {
		if len(c.waiting) >= c.here && !c.moving {
			if err := c.advance(ctx, move); err != nil {
				return err
			}
			continue
		}
		c.pass(ctx)
		if !w.over && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// advance moves the clock to the earliest instant that one waits for. The caller holds the lock, which is free meanwhile.
func (c *Conductor) advance(ctx context.Context, move mover) error {
	first, jump := time.Time{}, true
	for w := range c.waiting {
		if first.IsZero() || w.to.Before(first) {
			first = w.to
		}
		jump = jump && w.start
	}
	c.moving = true
	c.mu.Unlock()
	err := move(ctx, first, jump)
	c.mu.Lock()
	c.moving = false
	for w := range c.waiting {
		if err == nil && !w.to.After(first) {
			w.over = true
			delete(c.waiting, w)
		}
	}
	c.change()
	return err
}
