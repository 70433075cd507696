package steer

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sandbank/clock"
	"sandbank/fault"
)

// restElsewhere asks everybody in other processes, and waits for their answers.
func (h *Hand) restElsewhere(ctx context.Context, at time.Time) (r clock.Rest, err error) {
	ask := fmt.Sprintf("%s-%d", h.name, h.asks.Add(1))
	if h.Elsewhere != nil {
		told, err := h.Elsewhere.Tell(ctx, h.Clock.State(), ask)
		if err != nil {
			return r, fault.New(fault.Unavailable, "clock_not_at_rest", "Time stopped at %s: the banks could not be told.", at.Format(time.RFC3339Nano)).Because(err)
		}
		if r, err = h.await(ctx, at, func() clock.Rest { return h.answered(told, ask) }); err != nil {
			return r, err
		}
	}
	if !h.Shared {
		return r, nil
	}
	others := h.present()
	if len(others) == 0 {
		return r, nil
	}
	if err := change(ctx, h.Keeper, func(d *document) { d.State, d.Ask, d.Leader = h.Clock.State(), ask, h.name }); err != nil {
		return r, err
	}
	p, err := h.await(ctx, at, func() clock.Rest { return h.peersAt(ctx, others, ask) })
	p.Next = sooner(p.Next, r.Next)
	return p, err
}

// Rested takes the answer of somebody elsewhere. One that answers another processor is kept for it.
func (h *Hand) Rested(ctx context.Context, name, ask string, next time.Time) {
	a := answer{Ask: ask, Next: next}
	if strings.HasPrefix(ask, h.name) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.answers[name] = a
		return
	}
	if !h.Shared {
		return
	}
	_ = change(ctx, h.Keeper, func(d *document) { // if it is lost, somebody is asked again
		if d.Answers == nil {
			d.Answers = map[string]answer{}
		}
		d.Answers[name] = a
	})
}

// answered is who of those that were told has not answered yet.
func (h *Hand) answered(told []string, ask string) (r clock.Rest) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, name := range told {
		a := h.answers[name]
		if a.Ask != ask {
			a = h.relayed[name]
		}
		if a.Ask != ask && h.Elsewhere.There(name) {
			return clock.Rest{Part: "the bank " + name, Busy: "it has not said that it is"}
		}
		r.Next = sooner(r.Next, a.Next)
	}
	return r
}
