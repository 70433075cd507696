package hostedpage

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"sandbank/payment"
)

const (
	heartbeat = 15 * time.Second
	maxLive   = 15 * time.Minute // then the browser asks anew, by itself
)

// live streams the payment's status to its own page.
func (c *Checkout) live(v *visit) error {
	h := v.w.Header()
	h.Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(v.w)
	// The server's write deadline is for pages, not for streams.
	_ = out.SetWriteDeadline(time.Time{})
	ctx, cancel := context.WithTimeout(v.r.Context(), maxLive)
	defer cancel()
	changes, stop := v.Processor.Watch(v.pay.ID)
	defer stop()
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	var told payment.Status
	for {
		pay, err := v.current(ctx)
		if err != nil {
			return nil // the stream has begun: the browser connects again
		}
		line := ": still here\n\n"
		if pay.Status != told {
			told = pay.Status
			line = fmt.Sprintf("event: status\ndata: %s\n\n", told)
		}
		if _, err := v.w.Write([]byte(line)); err != nil || out.Flush() != nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changes:
		case <-beat.C:
		}
	}
}
