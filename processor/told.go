package processor

import (
	"context"
	"time"

	"sandbank/clock/turn"
	"sandbank/payment"
	"sandbank/sim"
	"sandbank/webhook"
)

// HoldAnswer is how long the answer to a payment's creation may wait for the
// result, by the computer's clock, unless [Config.Hold] says otherwise.
const HoldAnswer = 5 * time.Second

// AwaitTold waits until a payment's bank has answered and each of its webhooks has
// been tried, [Config.Hold] at most, and reports whether that came about. The
// answer is that to an operation, or to the authorization where operation is "".
// Messages that are late or lost on purpose are not waited for.
func (p *Processor) AwaitTold(ctx context.Context, id, operation string) bool {
	turn.Yield(ctx)
	changes, stop := p.Watch(id)
	defer stop()
	over := p.config.Computer.NewTimer(p.config.Hold)
	defer over.Stop()
	for {
		if done, err := p.told(ctx, id, operation); done || err != nil {
			return done
		}
		// Tries of webhooks wake nobody: they are looked for again in a moment.
		again := p.config.Computer.NewTimer(10 * time.Millisecond)
		select {
		case <-changes:
		case <-again.C():
		case <-over.C():
			again.Stop()
			return false
		case <-ctx.Done():
			again.Stop()
			return false
		}
		again.Stop()
	}
}

func (p *Processor) told(ctx context.Context, id, operation string) (bool, error) {
	pay, err := p.store.Payment(ctx, id)
	if err != nil || !answered(pay, operation) {
		return false, err
	}
	story, err := p.store.Timeline(ctx, id)
	if err != nil {
		return false, err
	}
	for _, d := range story.Deliveries {
		if d.Status == webhook.DeliveryPending && len(d.Attempts) == 0 && d.Event.Courses[sim.Webhook].Lateness() == 0 {
			return false, nil
		}
	}
	return true, nil
}

// answered reports whether the bank has answered, or has let its time pass.
func answered(pay payment.Payment, operation string) bool {
	if o, ok := pay.Operation(operation); ok {
		return o.Status != payment.OpPending
	}
	return pay.Status != payment.Processing && (pay.Status != payment.Created || len(pay.Attempts) > 0)
}
