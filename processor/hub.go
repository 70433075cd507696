package processor

import (
	"context"
	"sync"
	"time"

	"sandbank/payment"
)

// hub wakes the watchers of a payment. What this processor committed comes along, so
// that nobody has to read it from the store again; after a change of another
// processor's a woken watcher reads the store.
type hub struct {
	mu       sync.Mutex
	watchers map[string]map[*watcher]struct{} // payment id, "" for all
}

// watcher is one who waits.
type watcher struct {
	wake chan struct{}
	// Newest is the payment as this processor committed it last, since it was taken; nil where the store has to be read.
	newest *payment.Payment
}

// Watch returns a channel that receives after each change of the payment, or of
// any payment where id is "". Changes in quick succession may arrive as one.
// Stop ends it.
func (p *Processor) Watch(id string) (changes <-chan struct{}, stop func()) {
	w, stop := p.hub.watch(id)
	return w.wake, stop
}

func (h *hub) watch(id string) (w *watcher, stop func()) {
	w = &watcher{wake: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watchers[id] == nil {
		h.watchers[id] = map[*watcher]struct{}{}
	}
	h.watchers[id][w] = struct{}{}
	return w, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.watchers[id], w)
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

// changed wakes those who have to read the store.
func (h *hub) changed(id string) { h.tell(id, nil) }

// committed wakes with what this processor committed.
func (h *hub) committed(pay payment.Payment) { h.tell(pay.ID, &pay) }

func (h *hub) tell(id string, pay *payment.Payment) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, watched := range [2]string{id, ""} {
		for w := range h.watchers[watched] {
			if pay == nil || w.newest == nil || w.newest.Version <= pay.Version { // two commits may be told in either order
				w.newest = pay
			}
			select {
			case w.wake <- struct{}{}:
			default: // it is awake already
			}
		}
	}
}

// take is what a woken watcher was told; nil where it has to read the store.
func (h *hub) take(w *watcher) *payment.Payment {
	h.mu.Lock()
	defer h.mu.Unlock()
	pay := w.newest
	w.newest = nil
	return pay
}

// Await returns the payment when its version is past the given one, or in its present state when
// the wait is over, by the computer's clock. An abandonment does not end the wait: it is silent.
func (p *Processor) Await(ctx context.Context, id string, version int64, wait time.Duration) (payment.Payment, error) {
	return p.await(ctx, id, wait, func(pay payment.Payment) bool { return pay.Version > version && pay.Status != payment.Abandoned })
}

// await returns a payment when it is as it should be, or in its present state when the wait is over.
func (p *Processor) await(ctx context.Context, id string, wait time.Duration, done func(payment.Payment) bool) (payment.Payment, error) {
	w, stop := p.hub.watch(id)
	defer stop()
	pay, err := p.store.Payment(ctx, id)
	if err != nil {
		return pay, err
	}
	return p.awaitFrom(ctx, w, pay, wait, done)
}

// awaitFrom is await for a watcher who knows the payment as it is.
func (p *Processor) awaitFrom(ctx context.Context, w *watcher, pay payment.Payment, wait time.Duration, done func(payment.Payment) bool) (payment.Payment, error) {
	timer := p.config.Computer.NewTimer(wait)
	defer timer.Stop()
	for !done(pay) {
		select {
		case <-w.wake:
		case <-timer.C():
			return pay, nil
		case <-ctx.Done():
			return pay, nil
		}
		now, err := p.newest(ctx, w, pay)
		if err != nil {
			return pay, err
		}
		pay = now
	}
	return pay, nil
}

// newest is a payment as it is when a watcher was woken.
func (p *Processor) newest(ctx context.Context, w *watcher, pay payment.Payment) (payment.Payment, error) {
	told := p.hub.take(w)
	switch {
	case told == nil:
		return p.store.Payment(ctx, pay.ID)
	case told.Version < pay.Version:
		return pay, nil
	}
	return *told, nil
}

// expectation watches a payment from the moment at which its identifier is known, within its commit.
type expectation struct {
	hub     *hub
	mu      sync.Mutex
	watcher *watcher
	stop    func()
	over    bool
}

// begin is called for each time that the creation is decided.
func (e *expectation) begin(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stop != nil {
		e.stop()
	}
	if !e.over { // the caller may have given up
		e.watcher, e.stop = e.hub.watch(id)
	}
}

func (e *expectation) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.over = true; e.stop != nil {
		e.stop()
	}
}
