package processor

import (
	"context"
	"time"
)

// Waiting is what has been accepted and has not come to its end yet: what a monitor looks at to see
// whether work is left behind.
type Waiting struct {
	// Outbox counts messages that the broker has not confirmed.
	Outbox int
	// OutboxUntil is the earliest instant, of the store's clock, until which a part of the outbox is left to
	// the processor that made it; what is past it is sent by whoever finds it. Zero where the outbox is empty.
	OutboxUntil time.Time
	// Deliveries counts webhooks that will be tried, or tried again.
	Deliveries int
	// DeliveryDue is when the earliest of them is due, in simulated time; zero for none.
	DeliveryDue time.Time
	// Unsealed counts entries of the ledger that have no place in the chain yet.
	Unsealed int
	// Letters counts messages of banks that could not be understood.
	Letters int
	// Breaks counts open breaks: what a bank settled otherwise than it is booked.
	Breaks int
}

// Backlogs tells what waits.
type Backlogs interface {
	Waiting(ctx context.Context) (Waiting, error)
}
