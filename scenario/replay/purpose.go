package replay

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/goccy/go-yaml"

	"sandbank/sim"
)

// outages has the faults begin and end again that the payment met. Payments that met the same one share it.
func (t *teller) outages() {
	for _, f := range t.Payment.Touched {
		if f.Wish == nil {
			t.note("It is without a fault that %s met: %s (%s), from %s on. Add a step fault.", t.name, f.Says, f.Kind, f.At.UTC().Format(time.RFC3339))
			continue
		}
		if t.faults[f.Fault] != "" {
			continue
		}
		name := fmt.Sprintf("fault%d", len(t.faults)+1)
		t.faults[f.Fault] = name
		index := t.index // right behind the payment
		if f.At.Before(t.Payment.CreatedAt) {
			index = -1
		}
		t.add(f.At, index, during, with(member("fault", tree(f.Wish)), "as", name))
		if f.Wish.Times != nil || f.Wish.Share != nil {
			t.note("The fault %s strikes some of what it meets; whatever else it met is not here, so it may strike others.", name)
		}
		if end, ended := t.Ended[f.Fault]; ended {
			t.step(end, during, member("fault", member("end", name)))
		}
	}
}

// holds has the payment held again, and what was held go on as it did. A hold takes no more of the payment than it took.
func (t *teller) holds() {
	for n, list := range holdsOf(t.Held) {
		name := "hold"
		if len(t.run.Payments) > 1 || n > 0 {
			name = fmt.Sprintf("%s_hold%d", t.name, n+1)
		}
		t.hold(name, list)
	}
}

// holdsOf is what was held, hold by hold, in the order in which they first took something; of a webhook to several
// endpoints, once.
func holdsOf(held []sim.Held) (holds [][]sim.Held) {
	held = slices.Clone(held)
	slices.SortStableFunc(held, func(a, b sim.Held) int { return a.Since.Compare(b.Since) })
	place, told := map[string]int{}, map[string]bool{}
	for _, h := range held {
		if h.Event != "" && h.CopyOf == "" {
			if told[h.Hold+h.Event] {
				continue
			}
			told[h.Hold+h.Event] = true
		}
		n, known := place[h.Hold]
		if !known {
			n = len(holds)
			place[h.Hold], holds = n, append(holds, nil)
		}
		holds[n] = append(holds[n], h)
	}
	return holds
}

// hold begins a hold at the instant at which it first took something, before what it took, and tells what became of that.
func (t *teller) hold(name string, list []sim.Held) {
	var hops []sim.Hop
	last := list[0].Since
	for _, h := range list {
		last = later(last, h.EndedAt)
		if !slices.Contains(hops, h.Hop) {
			hops = append(hops, h.Hop)
		}
	}
	slices.SortFunc(hops, func(a, b sim.Hop) int { return slices.Index(sim.Hops(), a) - slices.Index(sim.Hops(), b) })
	body := yaml.MapSlice{{Key: "payment", Value: t.name}, {Key: "hops", Value: hops}, {Key: "times", Value: len(list)}}
	if span := last.Sub(list[0].Since) + time.Hour; span > sim.DefaultHoldFor {
		body = append(body, yaml.MapItem{Key: "for", Value: span.Truncate(time.Second).String()})
	}
	begin := list[0].Since
	if answer := list[0].Hop != sim.HopRequest; answer { // it comes by itself, when time has gone on to it
		begin = later(t.Payment.CreatedAt, begin.Add(-time.Millisecond))
	}
	t.step(begin, during, with(member("hold", body), "as", name))
	slices.SortStableFunc(list, func(a, b sim.Held) int { return cmp.Or(a.EndedAt.Compare(b.EndedAt), sim.First(a, b)) })
	for _, h := range list {
		if h.CopyOf != "" {
			t.moved(h.Since, h, sim.Duplicate)
		}
	}
	for _, h := range list {
		switch h.Status {
		case sim.HeldNow:
		case sim.HeldDropped:
			t.moved(h.EndedAt, h, sim.Drop)
		default: // what a bank was told to answer is an order of its own
			t.moved(h.EndedAt, h, sim.Release)
		}
	}
}

func (t *teller) moved(at time.Time, h sim.Held, do sim.Move) {
	t.step(at, during, member("move", yaml.MapSlice{
		{Key: "action", Value: string(do)}, {Key: "payment", Value: t.name}, {Key: "hop", Value: string(h.Hop)}, {Key: "kind", Value: h.Kind},
	}))
}
