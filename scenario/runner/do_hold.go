package runner

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"sandbank/clock"
	"sandbank/scenario"
	"sandbank/sim"
)

// hold begins to hold payments, or ends that. Every processor knows of it when the step is done.
func (t *thread) hold(ctx context.Context, step scenario.Step, h scenario.Hold) error {
	if h.End != "" {
		return t.endHold(ctx, step, h)
	}
	wish := h.Wish
	if h.Payment != "" {
		wish.Payment = t.id(h.Payment)
	}
	err := t.request(ctx, step, h.Payment, "merchant", request{method: http.MethodPost, path: "/sim/holds", by: "merchant", body: wish}, h.Says(""))
	if err != nil || t.last.status >= 300 {
		return err
	}
	one := begun{name: step.As, at: "/sim/holds/" + textAt(t.last.tree, "id")}
	t.mu.Lock()
	t.holds = append(t.holds, one)
	t.mu.Unlock()
	return t.awaitHold(ctx, one.at, http.StatusOK)
}

func (t *thread) endHold(ctx context.Context, step scenario.Step, h scenario.Hold) error {
	for _, one := range t.named(&t.holds, h.End) {
		if err := t.request(ctx, step, "", "merchant", request{method: http.MethodDelete, path: one.at, by: "merchant"}, h.Says("")); err != nil {
			return err
		}
		if t.last.status < 300 {
			if err := t.awaitHold(ctx, one.at, http.StatusNotFound); err != nil {
				return err
			}
		}
	}
	return nil
}

// awaitHold waits until every processor answers as it has to when it knows of a hold, or of its end.
func (t *thread) awaitHold(ctx context.Context, at string, status int) error {
	ctx, cancel := context.WithTimeout(ctx, signTimeout)
	defer cancel()
	for _, base := range t.api.bases {
		for {
			a, err := t.api.call(ctx, request{method: http.MethodGet, path: base + at, by: "merchant"})
			if err != nil {
				return err
			}
			if a.status == status {
				break
			}
			if err := clock.Pause(ctx, signPause); err != nil {
				return fmt.Errorf("%s does not answer %s with %d, but with %s: %w", base, at, status, a.says(), err)
			}
		}
	}
	return nil
}

// move does something with the first thing that is held of a payment and fits.
func (t *thread) move(ctx context.Context, step scenario.Step, m scenario.Move) error {
	list, err := t.heldNow(ctx, m.Payment)
	if err != nil {
		return err
	}
	var others []string
	for _, h := range list {
		hop, kind := textAt(h, "hop"), textAt(h, "kind")
		if (m.Hop == "" || hop == string(m.Hop)) && (m.Kind == "" || kind == m.Kind) {
			q := request{method: http.MethodPost, path: "/sim/held/" + textAt(h, "id"), by: "merchant", body: m.Wish}
			return t.request(ctx, step, m.Payment, "merchant", q, m.Says())
		}
		others = append(others, hop+" "+kind)
	}
	what := m.What()
	if m.Hop == "" && m.Kind == "" {
		what = "something"
	}
	return t.failure(step, m.Payment, what+" to be held", orNothing(strings.Join(others, ", ")))
}

// goOn has the first thing go on that is held of a payment.
func (t *thread) goOn(ctx context.Context, step scenario.Step, g scenario.GoOn) error {
	list, err := t.heldNow(ctx, g.Payment)
	if err != nil {
		return err
	}
	q := request{method: http.MethodPost, path: "/sim/step", by: "merchant", body: map[string]any{"payment": t.id(g.Payment)}} // which says that nothing is held
	if len(list) > 0 {
		q.path, q.body = "/sim/held/"+textAt(list[0], "id"), sim.MoveWish{Action: string(sim.Release)}
	}
	return t.request(ctx, step, g.Payment, "merchant", q, g.Says())
}

// heldNow is what is held of a payment, in the order in which it goes on. On a Sandbank that others use, the merchant
// may have further endpoints, whose webhooks are none of the scenario's.
func (p *play) heldNow(ctx context.Context, payment string) ([]any, error) {
	a, err := p.api.must(ctx, request{method: http.MethodGet, path: "/sim/held?payment=" + p.id(payment), by: "merchant"})
	list, _ := memberAt(a.tree, "data").([]any)
	return slices.DeleteFunc(list, func(h any) bool {
		of := textAt(h, "endpoint")
		return of != "" && of != p.endpoint
	}), err
}

// lookAtHeld holds what is held of a payment to how much it has to be, hop by hop.
func (t *thread) lookAtHeld(ctx context.Context, e scenario.Expect) (*miss, error) {
	if e.Held == nil {
		return nil, nil
	}
	list, err := t.heldNow(ctx, e.Payment)
	if err != nil {
		return nil, err
	}
	found := map[string]int{}
	for _, h := range list {
		found[textAt(h, "hop")]++
	}
	if scenario.Brief(found) != scenario.Brief(without0(e.Held)) {
		return &miss{"of " + e.Payment + " to be held: " + orNothing(scenario.Brief(e.Held)), orNothing(scenario.Brief(found))}, nil
	}
	return nil, nil
}
