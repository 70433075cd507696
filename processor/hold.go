package processor

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"
	"time"

	"sandbank/audit"
	"sandbank/fault"
	"sandbank/sim"
)

// stopsID is the one record of its kind, and stopsSome its status while there are holds.
const (
	stopsID   = "stops"
	stopsSome = "some"
)

// stops is its document: the holds in force. It is locked by every batch while there are some, so that what is
// held has one order, on all processors.
type stops struct {
	Version int64      `json:"version"`
	Last    int64      `json:"last"` // the greatest place that was given out
	List    []sim.Hold `json:"list"` // the oldest first
}

// holding is what a processor knows of the holds, without asking the store.
type holding struct {
	known atomic.Pointer[stops]
	stale atomic.Bool // another processor changed them
	read  time.Time   // by the computer's clock; the sweeper's own
}

// readHolds is how often the holds are read, in case the notice of a change was lost. It is of the computer's time.
const readHolds = 5 * time.Second

// Holds lists the holds in force that reach what is within reach, the oldest first.
func (p *Processor) Holds(in Reach) (list []sim.Hold) {
	for _, h := range p.known().List {
		if h.Merchant == "" || in.Sees(h.Merchant) {
			list = append(list, h)
		}
	}
	return list
}

// Hold is one of them.
func (p *Processor) Hold(in Reach, id string) (sim.Hold, error) {
	for _, h := range p.Holds(in) {
		if h.ID == id {
			return h, nil
		}
	}
	return sim.Hold{}, NoHold()
}

// NoHold is the error for a hold that is not in force, or not the caller's.
func NoHold() error {
	return fault.New(fault.NotFound, "hold_not_found", "There is no hold with this id in force.").
		Hinting("GET /sim/holds lists those in force. A hold is gone when one of its bounds is over.")
}

// HoldsOff refuses a hold where nothing is simulated on purpose.
func (p *Processor) HoldsOff() error {
	if !p.config.SimulateOff {
		return nil
	}
	return fault.New(fault.Forbidden, "simulation_off", "Nothing is held on purpose here: this processor runs with --simulate off.").
		Hinting("Run a processor of your own to hold payments on their way.")
}

// BeginHold begins to hold what is within reach: one payment, every payment of a merchant, or everything.
func (p *Processor) BeginHold(ctx context.Context, in Reach, h sim.Hold) (sim.Hold, error) {
	if err := p.HoldsOff(); err != nil {
		return h, err
	}
	h.Merchant = in.merchant
	if h.Payment != "" {
		pay, err := p.Payment(ctx, in, h.Payment)
		if err != nil {
			return h, err
		}
		h.Merchant = pay.Merchant
	}
	act, now := audit.Of(ctx), p.now()
	by := act.Sketch()
	h = h.Begun(p.config.Chance.NthID("hld", now, h.Merchant, p.config.Chance.Ordinal("hld", h.Merchant)), now, p.config.Computer.Now())
	_, err := submit(ctx, p.batch, func(l *Load) { l.Records = append(l.Records, stopsID) }, func(w *Work) (struct{}, error) {
		all := w.holds()
		if len(all.List) >= sim.MaxHolds {
			return struct{}{}, fault.New(fault.Conflict, "holds_too_many", "%d holds are in force, as many as there may be.", len(all.List)).Hinting("End one of them.")
		}
		all.List = append(slices.Clip(all.List), h)
		w.keepHolds(all)
		p.witness(w, by, h.ID, h.Merchant)
		return struct{}{}, nil
	})
	if act.About(h.ID); err == nil {
		act.Keep()
		p.config.Log.Warn("a hold begins, on purpose", "hold", h.ID, "says", h.Says(), "until", h.EndsAt, "at_most", h.Times)
	}
	return h, err
}

// EndHold ends a hold that is within reach. What it holds goes on, in order.
func (p *Processor) EndHold(ctx context.Context, in Reach, id string) error {
	h, err := p.Hold(in, id)
	if err != nil {
		return err
	}
	if h.Merchant == "" && !in.all {
		return fault.New(fault.Forbidden, "hold_of_all", "The hold %s is of every merchant's payments, and not yours to end.", id).
			Hinting("Ask an operator, or release what is held of yours: POST /sim/held/{id}.")
	}
	act := audit.Of(ctx)
	act.About(id)
	ended, err := p.endHolds(ctx, func(h sim.Hold) bool { return h.ID == id }, act.Sketch())
	if err != nil {
		return err
	}
	if len(ended) == 0 {
		return NoHold() // its bound was over just now
	}
	act.Keep()
	return nil
}

// known is the holds as this processor knows them.
func (p *Processor) known() stops {
	if k := p.holding.known.Load(); k != nil {
		return *k
	}
	return stops{}
}

// learn takes over what a commit changed of the holds.
func (p *Processor) learn(r Record) {
	if r.Kind == StoppedRecord && r.Payment != "" {
		p.hub.changed(r.Payment)
	}
	if r.Kind != StopsRecord {
		return
	}
	fresh, err := Decode[stops](r)
	if err != nil {
		p.config.Log.Error("the holds cannot be read", "error", err)
		return
	}
	for {
		old := p.holding.known.Load()
		if old != nil && old.Version >= fresh.Version {
			return
		}
		if p.holding.known.CompareAndSwap(old, &fresh) {
			p.hub.changed(stopsID)
			return
		}
	}
}

// recallHolds reads the holds from the store. Where nothing is simulated any more, they end.
func (p *Processor) recallHolds(ctx context.Context) {
	p.holding.stale.Store(false)
	r, err := p.store.RecordOf(ctx, StopsRecord, stopsID)
	switch {
	case err == nil:
		p.learn(r)
	case !fault.Is(err, fault.NotFound) && ctx.Err() == nil:
		p.holding.stale.Store(true)
		p.config.Log.Warn("the holds could not be read; trying again", "error", err)
	}
}

// tendHolds learns of holds that other processors begin and end, and ends those whose bound is over.
func (p *Processor) tendHolds(ctx context.Context) {
	by := p.config.Computer.Now()
	if p.holding.stale.Load() || by.Sub(p.holding.read) >= readHolds {
		p.holding.read = by
		p.recallHolds(ctx)
	}
	if err := p.endHoldsDue(ctx); err != nil && ctx.Err() == nil {
		p.config.Log.Warn("a hold is over and could not be ended; trying again", "error", err)
	}
}

// endHoldsDue ends the holds whose bound is over.
func (p *Processor) endHoldsDue(ctx context.Context) error {
	now, by := p.now(), p.config.Computer.Now()
	over := func(h sim.Hold) bool { return p.config.SimulateOff || h.Over(now, by) }
	if !slices.ContainsFunc(p.known().List, over) {
		return nil
	}
	_, err := p.endHolds(ctx, over, audit.Record{Actor: audit.Actor{Kind: audit.System}, Action: audit.HoldEnd, At: now})
	return err
}

// loadHolds has a batch load the holds, where there are any.
func (p *Processor) loadHolds(l *Load) {
	if len(p.known().List) > 0 {
		l.Records = append(l.Records, stopsID)
	}
}

// holds are those in force, as the commands so far left them.
func (w *Work) holds() stops {
	r, ok := w.RecordOf(stopsID)
	if !ok {
		return stops{}
	}
	all, _ := Decode[stops](r) // it is ours, and was written by keepHolds
	return all
}

// keepHolds keeps the holds.
func (w *Work) keepHolds(all stops) {
	r := Record{Kind: StopsRecord, ID: stopsID, Status: "none"}
	all.Version++
	for _, h := range all.List {
		if r.Status = stopsSome; r.DueAt.IsZero() || h.EndsAt.Before(r.DueAt) {
			r.DueAt = h.EndsAt
		}
	}
	w.keep(NewRecord(r, all))
}

// hold finds a hold by its id.
func (s *stops) hold(id string) (*sim.Hold, bool) {
	for i := range s.List {
		if s.List[i].ID == id {
			return &s.List[i], true
		}
	}
	return nil, false
}

// held is how much all of them hold.
func (s *stops) held() (n int) {
	for _, h := range s.List {
		n += h.Held
	}
	return n
}

// stop takes something off its way if a hold is there for it; false where it goes on. The oldest hold takes it.
func (p *Processor) stop(w *Work, t sim.Held, stream string) bool {
	all := w.holds()
	i := slices.IndexFunc(all.List, func(h sim.Hold) bool { return h.Takes(t) })
	if i < 0 || all.held() >= sim.MaxHeld {
		return false
	}
	h := &all.List[i]
	h.Taken++
	t.Hold, t.Status, t.Since = h.ID, sim.HeldNow, p.now()
	p.park(w, &all, t, stream)
	return true
}

// park keeps something that is held, behind everything else that is.
func (p *Processor) park(w *Work, all *stops, t sim.Held, stream string) sim.Held {
	h, _ := all.hold(t.Hold)
	h.Held++
	all.Last++
	t.Place = all.Last
	t.ID = p.newID("hop", t.Hold, cmp.Or(t.Payment, t.Merchant), string(t.Hop), itoa(t.Place))
	w.keepHolds(*all)
	w.keepHeld(stopped{t, stream}, h.EndsAt)
	return t
}
