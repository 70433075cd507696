package check

import (
	"context"
	"fmt"
	"time"

	"sandbank/merchant/client"
)

// quick looks at how long each answer took.
func quick(ctx context.Context, t *trial) error {
	slowest, count := t.own, 0
	err := t.deliveries(ctx, func(d client.Delivery, a client.DeliveryAttempt) {
		if onPurpose(a) {
			return
		}
		count++
		slowest = max(slowest, time.Duration(a.Seconds*float64(time.Second)))
	})
	if err != nil {
		return err
	}
	t.note("check", "the slowest of %d answers took %s", count, slowest.Round(time.Millisecond))
	if slowest > t.Within {
		return &miss{fmt.Sprintf("each webhook is answered within %s", t.Within), fmt.Sprintf("one took %s", slowest.Round(time.Millisecond))}
	}
	return nil
}
