package bank

import (
	"context"
	"time"

	"sandbank/broker"
	"sandbank/broker/wire"
	"sandbank/clock"
)

// follow sets the bank's clock to the processor's, and answers an ask once the bank is at rest.
// Earlier requests have come before it through the same queue. It is not recorded: a bank that
// restarts is told again, since its sign of life has its clock's version.
func (b *Bank) follow(session context.Context, c wire.Clock) {
	if b.Steered == nil {
		return
	}
	b.Steered.Follow(clock.State{Version: c.Version, At: c.Now, Since: clock.Real{}.Now(), Rate: c.Rate})
	b.knowsTime()
	if c.Ask == "" {
		b.turn()
		return
	}
	b.mu.Lock()
	b.asked = c.Ask
	b.mu.Unlock()
	b.spawn(func() { b.rest(session, c.Ask) })
}

// restLook is the time between two looks at whether the bank is at rest, of the computer's.
const restLook = 100 * time.Microsecond

// rest reports that the bank is at rest, as soon as it is, unless it was asked
// again.
func (b *Bank) rest(session context.Context, ask string) {
	for {
		l, telling := b.Look(), b.turns.Open() > 0 // whether it is there is told before that it is at rest
		b.mu.Lock()
		current := b.asked == ask
		b.mu.Unlock()
		switch {
		case !current || session.Err() != nil:
			return
		case l.Busy != "" || telling:
			_ = clock.Pause(session, restLook)
			continue
		}
		r := wire.Rest{Type: wire.RestType, ID: ask + " " + b.Identifier, Bank: b.Identifier, Ask: ask, SentAt: b.Clock.Now()}
		if !l.Next.IsZero() {
			r.NextDueAt = &l.Next
		}
		_, err := b.pub.Publish(session, []broker.Message{b.message(r.ID, r.Type, ask, r.SentAt, r)})
		if err != nil && session.Err() == nil {
			b.Log.Debug("the bank's rest did not get out", "bank", b.Identifier, "error", err)
		}
		return
	}
}
