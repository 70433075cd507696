package processor

import (
	"context"
	"time"
)

// Work starts the processor without anything that goes by time, for tests that
// say themselves when that is: see [Processor.Sweep]. End stops it.
func (p *Processor) Work() (end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	p.batch.start(ctx, p.config.Workers)
	return func() { cancel(); p.batch.workers.Wait() }
}

// Sweep does all that is due now.
func (p *Processor) Sweep(ctx context.Context) {
	for !p.sweepOnce(ctx) {
	}
}

// LetGo lets all go that may, and reports how many payments did.
func (p *Processor) LetGo(ctx context.Context) (int, error) {
	var pass letGoPass
	for {
		if more, err := p.letGo(ctx, &pass); err != nil || !more {
			return pass.gone, err
		}
	}
}

// Pause is how long the sweeper sleeps now, where nobody wakes it.
func (p *Processor) Pause() time.Duration {
	next := p.due.look(p.now()).Next
	if next.IsZero() {
		return sweepIdle
	}
	return min(sweepIdle, next.Sub(p.now()))
}
