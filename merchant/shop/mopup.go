package shop

import (
	"context"
	"sync"
	"time"

	"sandbank/clock"
)

// When the processor is asked, without a timer for each order:
//
//	a customer is on the page of an order that waits    patience later, once in askAgain
//	a payment's time is up, and nobody said a word      Grace later
//	it was asked in vain                                askSoon later, then longer, up to askAgain
//	the processor's time is not the shop's              askAgain later, until it is decided
const (
	// Grace is how long after its end an unheard payment is asked for: the
	// processor needs a moment to notice, and clocks differ.
	Grace    = 2 * time.Second
	patience = 3 * time.Second
	askSoon  = 5 * time.Second
	askAgain = 30 * time.Second
	agreed   = time.Minute // by how much the two clocks may differ
)

// askAtOnce is how many payments are asked for at a time.
const askAtOnce = 8

// mopUp asks for the payments without a notification. It is the part of an
// integration that is forgotten most: without it an order of a customer who
// walked away keeps its goods forever, and so does one whose webhook was lost.
func (s *Shop) mopUp(ctx context.Context) {
	for {
		roused := int(s.roused.Open())
		list, next := s.orders.due(s.Clock.Now(), askAtOnce)
		if len(list) > 0 {
			s.askAll(ctx, list)
			if ctx.Err() != nil {
				return
			}
			continue
		}
		s.roused.End(roused)
		if !s.sleep(ctx, next) {
			return
		}
	}
}

// sleep waits until a moment, for ever where it is zero, or until somebody wakes the mop-up; false where ctx ends.
func (s *Shop) sleep(ctx context.Context, until time.Time) bool {
	var due <-chan time.Time
	if !until.IsZero() {
		timer := s.Clock.NewTimerAt(until)
		defer timer.Stop()
		due = timer.C()
	}
	select {
	case <-ctx.Done():
		return false
	case <-s.wake:
	case <-due:
	}
	return true
}

// rouse has the mop-up look at the orders anew.
func (s *Shop) rouse() {
	s.roused.Begin(1)
	poke(s.wake)
}

// Look says whether the shop is at rest at the present simulated time, and when it will ask for a payment: time
// that is advanced waits for the answer.
func (s *Shop) Look() clock.Look {
	l := clock.Look{Begun: s.roused.Begun() + s.asked.Begun()}
	switch _, l.Next = s.orders.due(s.Clock.Now(), 0); {
	case s.roused.Open() > 0:
		l.Busy = "it has not looked at its orders yet"
	case s.asked.Open() > 0 || !l.Next.IsZero() && !l.Next.After(s.Clock.Now()):
		l.Busy = "it asks for payments of which it heard nothing"
	}
	return l
}

func (s *Shop) askAll(ctx context.Context, list []order) {
	var asking sync.WaitGroup
	for _, o := range list {
		asking.Go(func() { s.ask(ctx, o) })
	}
	asking.Wait()
}

func (s *Shop) ask(ctx context.Context, o order) {
	s.asked.Begin(1)
	defer s.asked.End(1)
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
