package processor

import (
	"context"
	"sync"
	"time"

	"sandbank/payment"
)

// sweeper does what time alone does: abandonment and bank deadlines. Open
// payments cost no timer each; it sleeps until the earliest one is due, which
// the store knows, and which every commit may bring nearer.
type sweeper struct {
	mu   sync.Mutex
	next time.Time // when it means to wake; zero for not before idle
	wake chan struct{}
}

// sweepIdle bounds how long a payment that only another processor knows of can
// wait for this one, should that other one be gone.
const sweepIdle = 5 * time.Second

// sweepBatch is how many due payments are looked up at once.
const sweepBatch = 4 * maxBatch

// hint tells the sweeper that something is due at an instant.
func (s *sweeper) hint(at time.Time) {
	if at.IsZero() {
		return
	}
	s.mu.Lock()
	earlier := s.next.IsZero() || at.Before(s.next)
	if earlier {
		s.next = at
	}
	s.mu.Unlock()
	if earlier {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

func (p *Processor) sweep(ctx context.Context) {
	for ctx.Err() == nil {
		if !p.sweepOnce(ctx) {
			continue // there was work; there may be more
		}
		timer := p.Clock.NewTimer(p.due.pause(p.Clock.Now()))
		select {
		case <-ctx.Done():
		case <-timer.C():
		case <-p.due.wake:
		}
		timer.Stop()
	}
}

// pause is how long nothing is due.
func (s *sweeper) pause(now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next.IsZero() {
		return sweepIdle
	}
	return min(sweepIdle, max(0, s.next.Sub(now)))
}

// sweepOnce expires what is due and reports whether nothing is left for now.
func (p *Processor) sweepOnce(ctx context.Context) (idle bool) {
	ids, next, err := p.Store.Due(ctx, p.Clock.Now(), sweepBatch)
	if n, berr := p.Store.Backlog(ctx); berr == nil {
		p.backlog.Store(int64(n))
	}
	p.due.mu.Lock()
	p.due.next = next
	p.due.mu.Unlock()
	if err != nil {
		if ctx.Err() == nil {
			p.Log.Warn("the store does not answer; deadlines wait", "error", err)
		}
		return true
	}
	var all sync.WaitGroup
	for _, id := range ids {
		all.Go(func() {
			if err := p.expire(ctx, id); err != nil && ctx.Err() == nil {
				p.Log.Warn("a payment could not be expired yet", "payment", id, "error", err)
			}
		})
	}
	all.Wait()
	return len(ids) < sweepBatch
}

func (p *Processor) expire(ctx context.Context, id string) error {
	_, err := p.change(ctx, id, func(w *Work, pay payment.Payment) (payment.Payment, error) {
		next, due := pay.Expire(p.Clock.Now())
		if !due {
			return pay, nil // somebody was quicker
		}
		return p.expired(w, next), nil
	})
	return err
}

// expired takes up a payment whose time is over: what a bank may still be
// doing for it is undone there.
func (p *Processor) expired(w *Work, pay payment.Payment) payment.Payment {
	if pay.Status == payment.Failed {
		pay = p.reverse(w, pay, len(pay.Attempts))
	}
	w.update(pay)
	p.tell(w, pay, "")
	return pay
}
