package processor

import (
	"context"

	"sandbank/payment"
)

// Tally counts payments by what became of them.
type Tally struct {
	ByStatus map[payment.Status]int
	Disputed int // those of which a customer's bank has ever disputed anything
}

// All is how many payments there are.
func (t Tally) All() (n int) {
	for _, some := range t.ByStatus {
		n += some
	}
	return n
}

// Tally counts all payments within reach that are kept.
func (p *Processor) Tally(ctx context.Context, in Reach) (Tally, error) {
	merchant, ok := in.filter()
	if !ok {
		return Tally{}, nil
	}
	return p.store.Tally(ctx, merchant)
}
