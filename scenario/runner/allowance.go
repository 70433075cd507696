package runner

import (
	"context"
	"sync"
	"time"

	"sandbank/clock"
	"sandbank/scenario"
)

// allowance is how much of the computer's time a scenario may take. While it waits for others, who are on the same
// Sandbank, none of it is used up: how long that is says nothing about the scenario.
type allowance struct {
	clock clock.Computer

	mu      sync.Mutex
	left    time.Duration
	since   time.Time     // from when it is used up
	waiting int           // how many of the scenario's branches wait for others
	changed chan struct{} // is closed when that changes
}

// allowed ends a context when the allowance is used up. The caller calls stop in the end.
func allowed(ctx context.Context, limit time.Duration, by clock.Computer) (_ context.Context, a *allowance, stop func()) {
	if limit <= 0 {
		return ctx, nil, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	a = &allowance{clock: by, left: limit, since: by.Now(), changed: make(chan struct{})}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		a.watch(ctx, cancel)
	}()
	return ctx, a, func() {
		cancel(nil)
		<-ended
	}
}

func (a *allowance) watch(ctx context.Context, cancel context.CancelCauseFunc) {
	for {
		left, used, changed := a.look()
		if left <= 0 {
			cancel(scenario.ErrTooLong)
			return
		}
		over, stop := (<-chan time.Time)(nil), func() bool { return true }
		if used {
			timer := a.clock.NewTimer(left)
			over, stop = timer.C(), timer.Stop
		}
		select {
		case <-over:
		case <-changed:
		case <-ctx.Done():
		}
		stop()
		if ctx.Err() != nil {
			return
		}
	}
}

// look is what is left, and whether it is being used up.
func (a *allowance) look() (left time.Duration, used bool, changed <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if left = a.left; a.waiting == 0 {
		left -= a.clock.Now().Sub(a.since)
	}
	return left, a.waiting == 0, a.changed
}

// pause is called before the scenario waits for others, and resume afterwards. Nil has nothing to do.
func (a *allowance) pause() { a.wait(1) }

func (a *allowance) resume() { a.wait(-1) }

func (a *allowance) wait(more int) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.clock.Now()
	if a.waiting == 0 {
		a.left -= now.Sub(a.since)
	}
	a.waiting += more
	a.since = now
	close(a.changed)
	a.changed = make(chan struct{})
}
