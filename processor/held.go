package processor

import (
	"context"
	"slices"
	"time"

	"sandbank/audit"
	"sandbank/broker/wire"
	"sandbank/chance"
	"sandbank/event"
	"sandbank/fault"
	"sandbank/payment"
	"sandbank/sim"
)

// Held lists what is held now within reach, in the order in which it goes on; of one payment, or with "" of all.
func (p *Processor) Held(ctx context.Context, in Reach, pay string) ([]sim.Held, error) {
	if len(p.known().List) == 0 {
		return nil, nil
	}
	merchant, ok := in.filter()
	if !ok {
		return nil, nil
	}
	found, err := p.heldBack(ctx, RecordFilter{Merchant: merchant, Payment: pay, Status: string(sim.HeldNow)})
	list := make([]sim.Held, 0, len(found))
	for _, s := range found {
		list = append(list, s.Held)
	}
	return list, err
}

// HeldEver lists what was ever held of a payment, in the order of its places. Whose the payment is has been looked at before.
func (p *Processor) HeldEver(ctx context.Context, pay string) (list []sim.Held, err error) {
	found, err := p.heldBack(ctx, RecordFilter{Payment: pay})
	for _, s := range found {
		list = append(list, s.Held)
	}
	return list, err
}

// heldBack reads what is held, or was, by place.
func (p *Processor) heldBack(ctx context.Context, f RecordFilter) ([]stopped, error) {
	f.Kind, f.Limit = StoppedRecord, sim.MaxHeld
	found, err := p.store.Records(ctx, f)
	if err != nil {
		return nil, err
	}
	list := make([]stopped, 0, len(found))
	for _, r := range found {
		s, err := Decode[stopped](r)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b stopped) int { return sim.First(a.Held, b.Held) })
	return list, nil
}

// NoHeld is the error for something that is not held any more, or not the caller's.
func NoHeld() error {
	return fault.New(fault.NotFound, "held_not_found", "Nothing with this id is held.").
		Hinting("GET /sim/held lists what is held. What was released or dropped is held no more, and so is what a hold held that has ended.")
}

// Step has the first thing go on that is held within reach; of one payment, or with "" of all.
func (p *Processor) Step(ctx context.Context, in Reach, pay string) (sim.Held, error) {
	list, err := p.Held(ctx, in, pay)
	if err != nil {
		return sim.Held{}, err
	}
	if len(list) == 0 {
		return sim.Held{}, fault.New(fault.Conflict, "nothing_held", "Nothing is held.").
			Hinting(`Begin a hold, POST /sim/holds, or advance the clock: POST /sim/clock {"advance": {"next": true}}.`)
	}
	return p.Move(ctx, in, list[0].ID, sim.MoveWish{Action: string(sim.Release)})
}

// Move does something with what is held, and returns it as it is then; of a duplicate, the copy.
func (p *Processor) Move(ctx context.Context, in Reach, id string, wish sim.MoveWish) (sim.Held, error) {
	act := audit.Of(ctx)
	act.About(id)
	if !chance.ValidID(prefixes[StoppedRecord], id) {
		return sim.Held{}, NoHeld()
	}
	r, err := p.store.RecordOf(ctx, StoppedRecord, id)
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			err = NoHeld()
		}
		return sim.Held{}, err
	}
	s, err := Decode[stopped](r)
	if err != nil {
		return s.Held, err
	}
	if !in.Sees(s.Merchant) || s.Status != sim.HeldNow {
		return sim.Held{}, NoHeld()
	}
	move, err := wish.Check()
	if err != nil {
		return s.Held, err
	}
	e, err := p.eventOf(ctx, s)
	if err != nil {
		return s.Held, err
	}
	by := act.Sketch()
	var letter *Letter
	done, err := submit(ctx, p.batch, func(l *Load) { s.load(l) }, func(w *Work) (stopped, error) {
		letter = nil
		now, err := w.heldNow(id)
		if err != nil {
			return now, err
		}
		next, what, err := p.move(w, now, move, wish, e)
		if err == nil {
			letter = p.letterOf(now, what)
			p.witness(w, by, id, now.Merchant)
		}
		return next, err
	})
	if err != nil {
		return sim.Held{}, err
	}
	act.Keep()
	return done.Held, p.lettersOf(ctx, letter)
}

// load names what a move of something that is held looks at.
func (s stopped) load(l *Load) {
	l.Records = append(l.Records, stopsID, s.ID)
	l.Tells = append(l.Tells, s.Merchant)
	if s.Payment != "" {
		l.Payments = append(l.Payments, s.Payment)
	}
	if s.Hop == sim.HopResult || s.Hop == sim.HopBooking {
		l.Inbox = append(l.Inbox, s.inboxOf()...)
	}
}

// heldNow is something that is held, as the commands so far left it.
func (w *Work) heldNow(id string) (stopped, error) {
	r, ok := w.RecordOf(id)
	if !ok || r.Status != string(sim.HeldNow) {
		return stopped{}, NoHeld() // somebody was quicker
	}
	return Decode[stopped](r)
}

// move does one move.
func (p *Processor) move(w *Work, s stopped, move sim.Move, wish sim.MoveWish, e event.Event) (next stopped, what Handled, err error) {
	all := w.holds()
	h, ok := all.hold(s.Hold)
	if !ok {
		return s, what, NoHeld()
	}
	until := h.EndsAt
	switch move {
	case sim.Duplicate:
		if h.Taken >= h.Times || all.held() >= sim.MaxHeld {
			return s, what, fault.New(fault.Conflict, "hold_full", "The hold %s has taken %d things, as many as it may.", h.ID, h.Taken).
				Hinting("Release some, or begin another hold with more \"times\".")
		}
		h.Taken++
		copied := s
		if copied.CopyOf == "" {
			copied.CopyOf = s.ID
		}
		copied.Since = p.now()
		return stopped{p.park(w, &all, copied.Held, s.Stream), s.Stream}, what, nil
	case sim.GoFirst, sim.GoLast:
		if all.Last++; move == sim.GoFirst {
			s.Place = -all.Last
		} else {
			s.Place = all.Last
		}
		w.keepHolds(all)
		w.keepHeld(s, until)
		return s, what, nil
	case sim.AnswerIt:
		if s, err = p.ordered(w, s, wish); err != nil {
			return s, what, err
		}
		s.Status = sim.HeldAnswered
	case sim.Drop:
		s.Status = sim.HeldDropped
	case sim.Release:
		s.Status = sim.HeldReleased
	}
	h.Held--
	w.keepHolds(all)
	return p.off(w, s, e)
}

// off has something go that is held no more: on, or nowhere. Its status says which.
func (p *Processor) off(w *Work, s stopped, e event.Event) (stopped, Handled, error) {
	s.EndedAt = p.now()
	w.keepHeld(s, time.Time{})
	if s.Status == sim.HeldDropped {
		if s.Hop == sim.HopWebhook {
			p.letWebhook(w, s, e, true)
		}
		return s, Handled{}, nil
	}
	return s, p.letGoOn(w, s, e), nil
}

// ordered is a held request with an order to its bank how to answer it, which the payment keeps as it keeps any
// other that is asked for on purpose.
func (p *Processor) ordered(w *Work, s stopped, wish sim.MoveWish) (stopped, error) {
	part, ok := s.Part()
	if !ok {
		return s, fault.New(fault.Conflict, "held_not_answerable", "Only a request to authorize, capture or refund can be answered; this is %q at the hop %q.", s.Kind, s.Hop).
			Hinting("Release it, or drop it.")
	}
	reply, err := wish.Reply(part)
	if err != nil {
		return s, err
	}
	pay, there := w.Loaded(s.Payment)
	if !there {
		return s, NoPayment(s.Payment)
	}
	next, err := pay.Simulate(p.now(), reply.Plan(part))
	if err != nil {
		return s, err
	}
	next, request, open := next.Reorder(p.now(), part)
	asked, err := wire.ReadRequest(s.Message)
	if err != nil || !open || asked.ID != request {
		return s, fault.New(fault.Conflict, "held_too_late", "The payment does not wait for the answer to this request any more.").Hinting("Release it, or drop it.")
	}
	again := p.orderedRequest(next, part, request)
	s.Message = wire.Encode(again)
	w.update(next)
	return s, nil
}

// orderedRequest is a request that is under way, with the order that the payment has for it now.
func (p *Processor) orderedRequest(pay payment.Payment, part sim.Part, request string) wire.Request {
	if o, is := pay.ByRequest(request); is && part != sim.Authorize {
		return operationRequest(pay, o)
	}
	return p.authorize(pay)
}

// rescue has something go on whose hold is gone, and that did not go with it.
func (p *Processor) rescue(ctx context.Context, r Record) error {
	s, err := Decode[stopped](r)
	if err != nil {
		return err
	}
	e, err := p.eventOf(ctx, s)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	_, err = submit(ctx, p.batch, func(l *Load) { s.load(l) }, func(w *Work) (struct{}, error) {
		all := w.holds()
		now, err := w.heldNow(r.ID)
		if _, on := all.hold(s.Hold); err != nil || on {
			return struct{}{}, nil
		}
		now.Status = sim.HeldReleased
		_, _, err = p.off(w, now, e)
		return struct{}{}, err
	})
	return err
}
