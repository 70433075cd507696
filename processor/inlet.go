package processor

import (
	"context"
	"time"

	"sandbank/broker"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/wire"
)

// maxRefusals is how often a result is tried that the store answers, and
// refuses: over about a second and a half.
const maxRefusals = 5

// HandleResults applies deliveries from the results queue and settles them. What
// can never be applied is dead-lettered; while the store is away, nothing is
// settled and the deliveries are tried again, until the session ends and the
// broker delivers them to somebody else. What a store that is there refuses again
// and again is dead-lettered too, to be looked at: it must not hold up the rest.
func (p *Processor) HandleResults(ctx context.Context, deliveries []broker.Delivery) {
	handled := make([]Handled, len(deliveries))
	waiting := make([]int, len(deliveries))
	for i := range waiting {
		waiting[i] = i
	}
	refusals := 0
	for pause := 100 * time.Millisecond; len(waiting) > 0; pause = min(2*pause, 2*time.Second) {
		bodies := make([][]byte, len(waiting))
		for i, at := range waiting {
			bodies[i] = deliveries[at].Body()
		}
		var again []int
		refused := false
		for i, h := range p.Results(ctx, bodies) {
			there := h.Err != nil && !fault.Is(h.Err, fault.Unavailable)
			refused = refused || there
			if there && refusals >= maxRefusals-1 {
				h = Handled{Reject: true, Note: "the store refuses it: " + h.Err.Error()}
			}
			if handled[waiting[i]] = h; h.Err != nil {
				again = append(again, waiting[i])
			}
		}
		if refused {
			refusals++
		}
		if waiting = again; len(waiting) > 0 {
			p.Log.Warn("results wait for the store", "results", len(waiting), "error", handled[waiting[0]].Err)
			if clock.Sleep(ctx, clock.Real{}, pause) != nil {
				return
			}
		}
	}
	p.settle(ctx, deliveries, handled)
}

// settle rejects what is to be rejected, one by one, and acknowledges the rest
// at once.
func (p *Processor) settle(ctx context.Context, deliveries []broker.Delivery, handled []Handled) {
	if ctx.Err() != nil {
		return // the session is over, and these deliveries with it
	}
	last := -1
	for i, h := range handled {
		if !h.Reject {
			last = i
			continue
		}
		id, _, _, _, _ := deliveries[i].Info()
		p.Log.Warn("a result goes to the dead letters", "message", id, "reason", h.Note)
		deliveries[i].Reject()
	}
	if last >= 0 {
		deliveries[last].AckAll()
	}
}

// HandleHealth takes banks' signs of life.
func (p *Processor) HandleHealth(_ context.Context, deliveries []broker.Delivery) {
	for _, d := range deliveries {
		h, err := wire.ReadHealth(d.Body())
		if err != nil {
			p.Log.Warn("a bank's sign of life cannot be read", "error", err)
			d.Reject()
			continue
		}
		p.ObserveBank(h)
		d.Ack()
	}
}
