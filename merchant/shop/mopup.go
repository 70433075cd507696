package shop

import (
	"context"
	"sync"
	"time"
)

// When the processor is asked, without a timer for each order:
//
//	a customer is on the page of an order that waits    patience later, once in askAgain
//	a payment's time is up, and nobody said a word      Grace later
//	it was asked in vain                                askSoon later, then longer, up to askAgain
const (
	// Grace is how long after its end an unheard payment is asked for: the
	// processor needs a moment to notice, and clocks differ.
	Grace    = 2 * time.Second
	patience = 3 * time.Second
	askSoon  = 5 * time.Second
	askAgain = 30 * time.Second
)

// askAtOnce is how many payments are asked for at a time.
const askAtOnce = 8

// mopUp asks for the payments without a notification. It is the part of an
// integration that is forgotten most: without it an order of a customer who
// walked away keeps its goods forever, and so does one whose webhook was lost.
func (s *Shop) mopUp(ctx context.Context) {
	for {
		now := s.Clock.Now()
		list, next := s.orders.due(now, askAtOnce)
		if len(list) > 0 {
			s.askAll(ctx, list)
			if ctx.Err() != nil {
				return
			}
			continue
		}
		wait := time.Hour // an order that comes sooner wakes us
		if !next.IsZero() {
			wait = next.Sub(now)
		}
		timer := s.Clock.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-s.wake:
		case <-timer.C():
		}
		timer.Stop()
	}
}

func (s *Shop) askAll(ctx context.Context, list []order) {
	var asking sync.WaitGroup
	for _, o := range list {
		asking.Go(func() { s.ask(ctx, o) })
	}
	asking.Wait()
}

func (s *Shop) ask(ctx context.Context, o order) {
	p, err := s.Client.Payment(ctx, o.payment)
	if ctx.Err() != nil {
		return
	}
	s.orders.change(o.number, func(o *order) {
		if err != nil {
			o.unanswered(err, s.Clock.Now())
			return
		}
		o.answered(p, s.Clock.Now())
	})
}
