package bank

import (
	"fmt"

	"sandbank/clock"
)

// Look reports the bank's work in hand at the present simulated time, and its next due
// moment.
func (b *Bank) Look() clock.Look {
	now := b.Clock.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	l := clock.Look{Begun: b.tasks.Begun() + b.wakes.Begun() + b.agendas.Begun(), Next: b.wakeAt}
	if next, ok := b.schedule.next(); ok && (l.Next.IsZero() || next.Before(l.Next)) {
		l.Next = next
	}
	switch {
	case b.tasks.Open() > 0:
		l.Busy = fmt.Sprintf("%d requests are not answered yet", b.tasks.Open())
	case b.wakes.Open()+b.agendas.Open() > 0 || !l.Next.IsZero() && !l.Next.After(now):
		l.Busy = "what is due is not done yet"
	}
	return l
}

// Hand is how many requests the bank has taken from the broker and not acknowledged yet.
func (b *Bank) Hand() int {
	return b.hand.Len()
}
