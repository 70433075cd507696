package load

import (
	"context"
	"fmt"
	"time"

	"sandbank/clock"
	"sandbank/merchant/client"
)

// StalledError says that none of the payments under way moved for the length of
// the run's patience, which ended the run.
type StalledError struct {
	Patience time.Duration
	Waiting  int    // payments under way
	Done     int    // payments with a result, or failed
	Of       int    // payments asked for
	Last     string // the processor's or its checkout's last refusal of a request; "" for none
}

func (e *StalledError) Error() string {
	text := fmt.Sprintf("nothing has moved for %s: %d payments under way, %d of %d done", e.Patience, e.Waiting, e.Done, e.Of)
	if e.Last != "" {
		return text + "; the last answer was: " + e.Last + ". Is a bank online? The dashboard's /banks shows them; start one with \"bank --amqp-url …\""
	}
	return text + "; the payments were taken, and no result has come. Does a bank answer, and can the processor reach the receiver? The dashboard shows both; --receiver-url names the receiver's address"
}

// watch ends the run when nothing has moved for the length of its patience.
func (r *run) watch(ctx context.Context, end context.CancelCauseFunc) {
	for before := r.steps.Load(); ; {
		if clock.Sleep(ctx, r.Clock, r.Patience) != nil {
			return
		}
		now, waiting := r.steps.Load(), r.waiting.Load()
		if now == before && waiting > 0 {
			end(&StalledError{Patience: r.Patience, Waiting: int(waiting), Done: int(r.done.Load()), Of: r.Payments, Last: r.lastSaid()})
			return
		}
		before = now
	}
}

func (r *run) noteLast(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = err
}

// lastSaid is the last complaint, with its code where it has one.
func (r *run) lastSaid() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil {
		return ""
	}
	if code := client.Code(r.last); code != "" {
		return code + ", " + r.last.Error()
	}
	return r.last.Error()
}
