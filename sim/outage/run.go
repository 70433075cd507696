package outage

import (
	"context"
	"slices"
	"sync"
	"time"

	"sandbank/clock"
	"sandbank/sim"
)

// again is how long the board waits before it tries anew to undo a fault.
const again = time.Second

// Run ends faults when their bounds are over, until ctx ends; then it ends those that are left, while
// last lasts.
func (b *Board) Run(ctx context.Context, last time.Duration) {
	var following sync.WaitGroup
	defer following.Wait()
	if b.shared != nil {
		following.Go(func() { b.follow(ctx) })
	}
	for ctx.Err() == nil {
		b.endDue(ctx)
		b.rest(ctx)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), last)
	defer cancel()
	for _, f := range b.List() {
		b.mu.Lock()
		foreign := b.foreign(f.ID)
		taken := b.remove(f.ID)
		b.mu.Unlock()
		if taken {
			_ = b.farewell(ctx, farewell{f, Stopped, foreign})
		}
	}
}

// endDue takes the faults off whose bound is over, and undoes them.
func (b *Board) endDue(ctx context.Context) {
	b.mu.Lock()
	now := b.clock.Now()
	for _, f := range slices.Clone(b.force) {
		if f.InForce(now) {
			continue
		}
		why := Over
		if f.Times > 0 && f.Struck >= f.Times {
			why = Spent
		}
		b.ending = append(b.ending, farewell{f, why, b.foreign(f.ID)})
		b.remove(f.ID)
	}
	list := slices.Clone(b.ending)
	b.mu.Unlock()
	for _, f := range list {
		if err := b.farewell(ctx, f); err != nil {
			continue
		}
		b.mu.Lock()
		b.ending = slices.DeleteFunc(b.ending, func(other farewell) bool { return other.ID == f.ID })
		b.mu.Unlock()
	}
}

// farewell undoes a fault. A bank is told by whoever was asked to end the fault, or else where it began; so are the
// other processors.
func (b *Board) farewell(ctx context.Context, f farewell) error {
	mine := f.why == Asked || f.why != Elsewhere && !f.foreign
	var err error
	if mine || f.Kind != sim.BankOffline {
		err = b.actor.End(ctx, f.Fault)
	}
	if err == nil && mine {
		err = b.withdraw(ctx, f.ID)
	}
	if err != nil {
		b.log.Warn("a fault is over and cannot be undone; trying again", "fault", f.ID, "kind", f.Kind, "error", err)
		return err
	}
	b.log.Warn("a fault has ended", "fault", f.ID, "kind", f.Kind, "says", f.Says(), "why", string(f.why), "struck", f.Struck)
	if mine {
		b.ended(f.Fault, f.why)
	}
	return nil
}

// rest waits until there is something to end.
func (b *Board) rest(ctx context.Context) {
	b.mu.Lock()
	var next time.Time
	for _, f := range b.force {
		if next.IsZero() || f.EndsAt.Before(next) {
			next = f.EndsAt
		}
	}
	retry := len(b.ending) > 0
	b.mu.Unlock()
	var due, anew <-chan time.Time
	if !next.IsZero() {
		timer := b.clock.NewTimerAt(next)
		defer timer.Stop()
		due = timer.C()
	}
	if retry {
		timer := clock.Real{}.NewTimer(again)
		defer timer.Stop()
		anew = timer.C()
	}
	select {
	case <-ctx.Done():
	case <-b.stir:
	case <-due:
	case <-anew:
	}
}

// Touching lists the faults that may have touched a payment at a bank since an instant.
func (b *Board) Touching(bank string, since time.Time) (list []sim.Touch) {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.force) == 0 && len(b.past) == 0 {
		return nil
	}
	for _, f := range append(slices.Clone(b.past), b.force...) {
		if f.Concerns(bank) && f.EndsAt.After(since) {
			list = append(list, sim.Touch{Fault: f.ID, Kind: f.Kind, Says: f.Says(), At: f.BeganAt, Wish: f.Wish()})
		}
	}
	return list
}
