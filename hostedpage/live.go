package hostedpage

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"sandbank/payment"
	"sandbank/web/gate"
)

const (
	heartbeat = 15 * time.Second
	maxLive   = 15 * time.Minute // then the browser asks anew, by itself
)

// live streams the state for the payment's page: its status, or that the bank
// has not answered for a while.
func (c *Checkout) live(v *visit) error {
	h := v.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // a proxy that gathers would hold the news back
	gate.Waits(v.r.Context())
	out := http.NewResponseController(v.w)
	// The server's write deadline is for pages, not for streams.
	_ = out.SetWriteDeadline(time.Time{})
	ctx, cancel := context.WithTimeout(v.r.Context(), maxLive)
	defer cancel()
	changes, stop := v.Processor.Watch(v.pay.ID)
	defer stop()
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	told := ""
	for {
		pay, err := v.current(ctx)
		if err != nil {
			return nil // the stream has begun: the browser connects again
		}
		line := ": still here\n\n"
		if now := v.state(pay); now != told {
			told = now
			line = fmt.Sprintf("event: status\ndata: %s\n\n", told)
		}
		if _, err := v.w.Write([]byte(line)); err != nil || out.Flush() != nil {
			return nil
		}
		if !v.untilNews(ctx, pay, changes, beat.C) {
			return nil
		}
	}
}

// untilNews waits until there may be something to tell; false is the end.
func (v *visit) untilNews(ctx context.Context, p payment.Payment, changes <-chan struct{}, beat <-chan time.Time) bool {
	var impatient <-chan time.Time
	if p.Status == payment.Processing && !v.unheard(p) {
		timer := v.Clock.NewTimerAt(v.impatientAt(p))
		defer timer.Stop()
		impatient = timer.C()
	}
	select {
	case <-ctx.Done():
		return false
	case <-changes:
	case <-beat:
	case <-impatient:
	}
	return true
}
