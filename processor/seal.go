package processor

import (
	"context"
	"time"

	"sandbank/clock"
)

// Sealer gives booked entries their place in the hash chain.
type Sealer interface {
	// Seal seals up to limit entries, in the order of their commits, and reports
	// how many. While another processor is at it, it does nothing.
	Seal(ctx context.Context, limit int) (int, error)
}

const (
	sealGather = 200 * time.Millisecond // how long entries wait for company
	sealBatch  = 2000
	// sealIdle is how often to look when nothing was booked here: another
	// processor may have died between its booking and the seal.
	sealIdle = 10 * time.Second
)

// seal works beside the payments: a booking never waits for the chain. It looks
// once more after the last booking, since an entry may only become sealable when
// transactions older than its own have ended.
func (p *Processor) seal(ctx context.Context) {
	look := time.NewTimer(0)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		case <-p.booked:
			if clock.Sleep(ctx, clock.Real{}, sealGather) != nil {
				return
			}
		}
		for {
			n, err := p.Store.Seal(ctx, sealBatch)
			if err != nil && ctx.Err() == nil {
				p.Log.Warn("the ledger could not be sealed yet", "error", err)
			}
			if n > 0 || err != nil {
				look.Reset(2 * time.Second)
			} else {
				look.Reset(sealIdle)
			}
			if n < sealBatch {
				break
			}
		}
	}
}
