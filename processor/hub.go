package processor

import (
	"context"
	"sync"
	"time"

	"sandbank/payment"
)

// hub wakes the watchers of a payment. It carries no state: a woken watcher
// reads the store, so a missed wake-up shows nothing wrong.
type hub struct {
	mu       sync.Mutex
	watchers map[string]map[chan struct{}]struct{} // payment id, "" for all
}

// Watch returns a channel that receives after each change of the payment, or of
// any payment where id is "". Changes in quick succession may arrive as one.
// Stop ends it.
func (p *Processor) Watch(id string) (changes <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	h := &p.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watchers[id] == nil {
		h.watchers[id] = map[chan struct{}]struct{}{}
	}
	h.watchers[id][c] = struct{}{}
	return c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.watchers[id], c)
		if len(h.watchers[id]) == 0 {
			delete(h.watchers, id)
		}
	}
}

// Changed wakes the watchers of a payment that another processor changed, and learns of a change of the holds.
func (p *Processor) Changed(id string) {
	if id == stopsID {
		p.holding.stale.Store(true)
		p.due.stir()
		return
	}
	p.hub.changed(id)
}

func (h *hub) changed(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, watched := range [2]string{id, ""} {
		for c := range h.watchers[watched] {
			select {
			case c <- struct{}{}:
			default: // it is awake already
			}
		}
	}
}

// Await returns the payment when its version is past the given one, or in its present state when
// the wait is over, by the computer's clock. An abandonment does not end the wait: it is silent.
func (p *Processor) Await(ctx context.Context, id string, version int64, wait time.Duration) (payment.Payment, error) {
	return p.await(ctx, id, wait, func(pay payment.Payment) bool { return pay.Version > version && pay.Status != payment.Abandoned })
}

// await returns a payment when it is as it should be, or in its present state when the wait is over.
func (p *Processor) await(ctx context.Context, id string, wait time.Duration, done func(payment.Payment) bool) (payment.Payment, error) {
	changes, stop := p.Watch(id)
	defer stop()
	timer := p.config.Computer.NewTimer(wait)
	defer timer.Stop()
	for {
		pay, err := p.store.Payment(ctx, id)
		if err != nil || done(pay) {
			return pay, err
		}
		select {
		case <-changes:
		case <-timer.C():
			return pay, nil
		case <-ctx.Done():
			return pay, nil
		}
	}
}
