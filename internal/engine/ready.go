package engine

import (
	"context"
	"fmt"
	"time"
)

// startTimeout bounds a server's start. RabbitMQ needs 4 s alone on an ordinary machine; several
// test binaries starting theirs at once on two cores that others use, too, need more than a minute.
const startTimeout = 5 * time.Minute

const pollEvery = 25 * time.Millisecond

// awaitReady calls probe until it succeeds, the process ends, or time is up.
func awaitReady(ctx context.Context, p *process, probe func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		err := probe(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-p.done:
			return p.failure(err)
		case <-ctx.Done():
			failed := p.failure(fmt.Errorf("%w (last answer: %w)", ctx.Err(), err))
			_ = p.kill()
			return failed
		}
	}
}
