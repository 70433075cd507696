package processor

import (
	"context"

	"sandbank/audit/chain"
)

// Sealer gives booked entries their place in the hash chain.
type Sealer interface {
	// Seal seals up to limit entries, in the order of their commits, and reports
	// how many. While another processor is at it, it does nothing.
	Seal(ctx context.Context, limit int) (int, error)
}

// seal works beside the payments: a booking never waits for the chain.
func (p *Processor) seal(ctx context.Context) {
	chain.Tend(ctx, p.booked, p.sealSome, func(err error) {
		p.config.Log.Warn("the ledger could not be sealed yet", "error", err)
	})
}

// sealSome seals, and has the tidier look again at payments that waited for it.
func (p *Processor) sealSome(ctx context.Context, limit int) (int, error) {
	n, err := p.store.Seal(ctx, limit)
	if n > 0 {
		p.old.look()
	}
	return n, err
}
