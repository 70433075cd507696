package processor

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"sandbank/broker"
	"sandbank/broker/wire"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/telemetry/trace"
)

// HandleResults applies deliveries from the results queue and acknowledges them.
// A message that can never be applied is dead-lettered; while the store is away
// nothing is acknowledged and the deliveries are tried again, until the session
// ends and the broker redelivers them.
func (p *Processor) HandleResults(ctx context.Context, deliveries []broker.Delivery) {
	p.heard.Begin(len(deliveries))
	defer p.heard.End(len(deliveries))
	handled := make([]Handled, len(deliveries))
	waiting := p.inTurn(deliveries)
	pause := 100 * time.Millisecond
	for try := 1; len(waiting) > 0; try++ {
		list := make([]said, len(waiting))
		for i, at := range waiting {
			_, _, _, key, _ := deliveries[at].Info()
			list[i] = said{from: key, body: deliveries[at].Body(), last: try >= maxResultTries}
			if p.config.Tracer != nil {
				list[i].trace, list[i].began = deliveries[at].Trace(), p.config.Tracer.Now()
			}
		}
		var again []int
		for i, h := range p.resultsInHand(ctx, list) {
			if h.Err != nil && try >= maxResultTries && !fault.Is(h.Err, fault.Unavailable) {
				h = Handled{Reject: true, Note: "it cannot be applied: " + h.Err.Error()}
			}
			if handled[waiting[i]] = h; h.Err != nil {
				again = append(again, waiting[i])
			}
		}
		if waiting = again; len(waiting) > 0 {
			if ctx.Err() != nil {
				return
			}
			p.config.Log.Warn("results are tried again", "results", len(waiting), "error", handled[waiting[0]].Err)
			if clock.Pause(ctx, pause) != nil {
				return
			}
			pause = min(2*pause, 2*time.Second)
		}
	}
	p.settle(ctx, deliveries, handled)
}

// inTurn is the order in which results are applied: as they came, but where a run is to be repeated,
// the banks one after the other. Which bank's message comes first is a matter of chance.
func (p *Processor) inTurn(deliveries []broker.Delivery) []int {
	order := make([]int, len(deliveries))
	for i := range order {
		order[i] = i
	}
	if p.config.Turns.Held() {
		bank := func(i int) string { _, _, _, key, _ := deliveries[i].Info(); return key }
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(bank(a), bank(b)) })
	}
	return order
}

// maxResultTries is how often a message is tried that an available store refuses,
// or that came too early: it must not hold up the others for good. All tries
// together take a second and a half.
const maxResultTries = 5

// inHand is how long a commit under way may take once its session is over.
const inHand = 2 * time.Second

// resultsInHand lets a commit in progress end. If it were cut off, its outcome
// would be unknown, and its messages would wait until a lease has expired.
func (p *Processor) resultsInHand(session context.Context, list []said) []Handled {
	ctx, cancel := context.WithCancel(context.WithoutCancel(session))
	defer cancel()
	defer context.AfterFunc(session, func() {
		_ = clock.Pause(ctx, inHand)
		cancel()
	})()
	return p.results(ctx, list)
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
		p.config.Log.WarnContext(trace.With(ctx, deliveries[i].Trace()), "a result goes to the dead letters", "message", id, "reason", h.Note)
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
		if _, _, _, key, _ := d.Info(); err == nil && key != h.Bank {
			err = fmt.Errorf("it is by %s and came with the routing key %q", h.Bank, key)
		}
		if err != nil {
			p.config.Log.Warn("a bank's sign of life is not taken", "error", err)
			d.Reject()
			continue
		}
		p.ObserveBank(h)
		d.Ack()
	}
}
