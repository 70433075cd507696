package bank

import (
	"cmp"
	"context"
	"time"

	"sandbank/bank/book"
	"sandbank/broker/wire"
)

// command carries out a control request. A cut-off waits for its turn behind
// earlier requests; all other commands are carried out at once, even while the
// bank is away.
func (b *Bank) command(ctx context.Context, r wire.Request, ack func()) {
	if r.Controls.Command == wire.CommandAnswer {
		// It is not recorded: an answer that was already published is published
		// again, which does no harm.
		b.answerAnew(job{request: *r.Controls.Again, ack: ack, session: ctx, anew: true})
		return
	}
	if r.Controls.Command == wire.CommandClock {
		b.follow(ctx, *r.Controls.Clock)
		ack()
		return
	}
	b.mu.Lock()
	if b.book.Obeyed(r.ID) {
		b.mu.Unlock()
		ack()
		return
	}
	ok := b.obey(r)
	b.mu.Unlock()
	if !ok {
		return
	}
	b.turn()
	b.rouse()
	b.unpark()
	if r.Controls.Command != wire.CommandSettle {
		ack()
		return
	}
	b.enqueue(job{request: r, ack: ack, session: ctx, cutOff: true, currency: r.Amount.Currency()})
}

// obey books a command and its consequences. The caller holds the lock.
func (b *Bank) obey(r wire.Request) bool {
	if r.Controls.Command == wire.CommandSettle {
		return true // recorded when the cut-off is made
	}
	first := b.book.Decide(b.Clock.Now(), r, book.Wish{})
	b.book.Apply(first)
	records := []book.Record{first}
	if next, ok := b.book.Follow(b.Clock.Now(), r); ok {
		b.book.Apply(next)
		records = append(records, next)
	}
	return b.write(records)
}

// cutOff makes the batches of a settlement.
func (b *Bank) cutOff(j job) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	var records []book.Record
	if !j.daily {
		if b.book.Obeyed(j.request.ID) {
			return true
		}
		r := b.book.Decide(b.Clock.Now(), j.request, book.Wish{})
		b.book.Apply(r)
		records = append(records, r)
	}
	r := b.book.Settle(b.Clock.Now(), book.Order{Daily: j.daily, Currency: j.currency, Plants: b.Plants, Seed: b.Seed})
	b.book.Apply(r)
	return b.write(append(records, r))
}

// unpark continues with the requests that arrived while the bank was away.
func (b *Bank) unpark() {
	b.mu.Lock()
	var list []job
	if !b.asks() && !b.away() {
		list, b.parked = b.parked, nil
	}
	b.mu.Unlock()
	if len(list) == 0 {
		return
	}
	b.tasks.Begin(1)
	b.spawn(func() { // in the order in which they came
		defer b.tasks.End(1)
		for _, j := range list {
			if j.session.Err() == nil {
				b.take(j)
			}
		}
	})
}

// keepTime handles everything that falls due: disputes, authorizations that run
// out, the daily cut-off, the ends of outages.
func (b *Bank) keepTime(ctx context.Context) {
	b.mu.Lock()
	from := cmp.Or(b.book.LastCutOff(), b.Clock.Now())
	b.mu.Unlock()
	cutOff := b.nextCutOff(from)
	for ctx.Err() == nil {
		b.tasks.Begin(1)
		asked := int(b.agendas.Open())
		now := b.Clock.Now()
		if b.schedule.run(now) {
			b.settleDown(ctx, now)
		}
		if !now.Before(cutOff) {
			b.enqueue(job{session: ctx, cutOff: true, daily: true})
			cutOff = b.nextCutOff(now)
		}
		next := b.passTime(now, cutOff)
		timer := b.Clock.NewTimerAt(next)
		b.mu.Lock()
		b.wakeAt = next
		b.mu.Unlock()
		b.agendas.End(asked)
		b.tasks.End(1)
		select {
		case <-timer.C():
			b.tasks.Begin(1)
			b.turnIfNew()
			b.unpark()
			b.tasks.End(1)
		case <-b.agenda:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// passTime handles everything that is due and returns when to check again.
func (b *Bank) passTime(now, cutOff time.Time) (next time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var records []book.Record
	for r, ok := b.book.Tick(now); ok; r, ok = b.book.Tick(now) {
		b.book.Apply(r)
		records = append(records, r)
	}
	if next = cutOff; len(records) > 0 {
		b.write(records)
		b.rouse()
	}
	b.nextDue, _ = b.book.Due()
	if !b.nextDue.IsZero() && b.nextDue.Before(next) {
		next = b.nextDue
	}
	if _, edge := b.out(b.started, now); !edge.IsZero() && edge.Before(next) {
		next = edge
	}
	if first, some := b.schedule.next(); some && first.Before(next) {
		next = first
	}
	return next
}

// settleDown waits until the requests that were due are decided, if something else is due at the same
// moment: so what happens at one moment has one order.
func (b *Bank) settleDown(ctx context.Context, now time.Time) {
	b.mu.Lock()
	due, some := b.book.Due()
	b.mu.Unlock()
	if !some || due.After(now) {
		return
	}
	decided := make(chan struct{})
	b.enqueue(job{session: ctx, reached: decided})
	select {
	case <-decided:
	case <-ctx.Done():
	}
}
