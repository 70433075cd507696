package processor

import (
	"context"
	"errors"
	"slices"
	"time"

	"sandbank/audit"
	"sandbank/broker"
	"sandbank/event"
	"sandbank/fault"
	"sandbank/sim"
)

// errMoved is why the end of a hold is tried again: something was taken or released meanwhile.
var errMoved = errors.New("processor: what is held has changed")

// endTries is how often the end of a hold is tried.
const endTries = 20

// endHolds ends holds, with an audit record for each. What they hold goes on in the same commit, in order, before
// anything else can pass.
func (p *Processor) endHolds(ctx context.Context, pick func(sim.Hold) bool, by audit.Record) (ended []sim.Hold, err error) {
	for range endTries {
		ended, err = p.tryEndHolds(ctx, pick, by)
		if !errors.Is(err, errMoved) {
			return ended, err
		}
		p.recallHolds(ctx)
	}
	return nil, fault.New(fault.Unavailable, "hold_busy", "The hold takes payments faster than it can be ended.").Hinting("Try again.").Because(err)
}

func (p *Processor) tryEndHolds(ctx context.Context, pick func(sim.Hold) bool, by audit.Record) ([]sim.Hold, error) {
	list, err := p.heldBack(ctx, RecordFilter{Status: string(sim.HeldNow)})
	if err != nil {
		return nil, err
	}
	picked := map[string]bool{}
	for _, h := range p.known().List {
		picked[h.ID] = pick(h)
	}
	list = slices.DeleteFunc(list, func(s stopped) bool { return !picked[s.Hold] })
	events := map[string]event.Event{}
	for _, s := range list {
		if events[s.Event], err = p.eventOf(ctx, s); err != nil {
			return nil, err
		}
	}
	var letters []*Letter
	load := func(l *Load) {
		l.Records = append(l.Records, stopsID)
		for _, s := range list {
			s.load(l)
		}
	}
	ended, err := submit(ctx, p.batch, load, func(w *Work) (ended []sim.Hold, err error) {
		letters = nil
		all := w.holds()
		ended = slices.DeleteFunc(slices.Clone(all.List), func(h sim.Hold) bool { return !pick(h) })
		waiting := 0
		for _, h := range ended {
			waiting += h.Held
		}
		for _, s := range list {
			if _, err := w.heldNow(s.ID); err == nil {
				waiting--
			}
		}
		if waiting != 0 {
			return nil, errMoved
		}
		all.List = slices.DeleteFunc(all.List, pick)
		w.keepHolds(all) // first: what goes on may come to the hop of another hold
		for _, s := range list {
			now, err := w.heldNow(s.ID)
			if err != nil {
				continue // it was released meanwhile
			}
			now.Status = sim.HeldReleased
			_, what, err := p.off(w, now, events[s.Event])
			if err != nil {
				return nil, err
			}
			letters = append(letters, p.letterOf(now, what))
		}
		for _, h := range ended {
			p.witness(w, by, h.ID, h.Merchant)
		}
		return ended, nil
	})
	if err != nil {
		return nil, err
	}
	for _, h := range ended {
		p.config.Log.Warn("a hold has ended", "hold", h.ID, "says", h.Says(), "taken", h.Taken, "released", h.Held)
	}
	return ended, p.lettersOf(ctx, letters...)
}

// letterOf is the dead letter of a held message that nobody can use; nil for one that was used.
func (p *Processor) letterOf(s stopped, what Handled) *Letter {
	if !what.Reject {
		return nil
	}
	p.config.Log.Warn("a result that was held goes to the dead letters", "held", s.ID, "reason", what.Note)
	return &Letter{
		ID: p.newID("ded"), At: p.now(), MessageID: s.ID, Exchange: broker.Results, Key: s.Bank, Queue: "held", Reason: "rejected", Type: s.Kind, Body: s.Message, Deliveries: 1,
	}
}

// lettersOf keeps dead letters, where there are any.
func (p *Processor) lettersOf(ctx context.Context, list ...*Letter) error {
	var all []Letter
	for _, l := range list {
		if l != nil {
			all = append(all, *l)
		}
	}
	if len(all) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return p.store.AddLetters(ctx, all)
}
