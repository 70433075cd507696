package bank

import (
	"context"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/broker"
	"sandbank/broker/wire"
)

// HealthInterval is the usual time between a bank's signs of life.
const HealthInterval = 2 * time.Second

// announce sends signs of life while the bank consumes: at each interval, at
// once when a processor calls, when the bank goes away, comes back or changes its
// behavior, and a last one when it ends.
func (b *Bank) announce(ctx context.Context) {
	select {
	case <-ctx.Done():
		return
	case <-b.ready:
	}
	var asked sync.Once
	tick := time.NewTicker(b.Interval)
	defer tick.Stop()
	for {
		about := int(b.turns.Open())
		b.mu.Lock()
		b.told = !b.away()
		online := b.told
		b.mu.Unlock()
		b.say(ctx, online)
		b.turns.End(about)
		asked.Do(func() { close(b.asking) })
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			b.say(last, false)
			return
		case <-b.turned:
		case <-tick.C:
		}
	}
}

func (b *Bank) say(ctx context.Context, online bool) {
	now := b.Clock.Now()
	h := wire.Health{
		Type: wire.HealthType, Bank: b.Identifier, Name: b.Name, Behavior: b.Behavior, Online: online,
		Currencies: b.Currencies, Weight: b.Weight, IntervalSeconds: int(b.Interval / time.Second), SentAt: now,
	}
	b.mu.Lock()
	temper := b.temper().forWire()
	b.signs++ // before it is sent, so that nobody has heard more signs than were counted
	b.mu.Unlock()
	if b.Steered != nil {
		version := b.Steered.State().Version
		h.ClockVersion, h.AsksTime = &version, b.asks()
	}
	if temper.Check() == nil { // a file may set longer delays than a message may carry
		h.Temper = &temper
	}
	_, err := b.health.Publish(ctx, []broker.Message{{
		Exchange: broker.Health, Key: b.Identifier, ID: b.Identifier + " " + now.Format(time.RFC3339Nano), Type: h.Type, Body: wire.Encode(h), At: now,
		Headers: amqp.Table{"bank": b.Identifier},
	}})
	if err != nil && ctx.Err() == nil {
		b.Log.Debug("a sign of life did not get out", "bank", b.Identifier, "error", err)
	}
}

// Signs is how many signs of life the bank has sent.
func (b *Bank) Signs() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.signs
}
