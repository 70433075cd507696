// Package outage keeps the faults that are in force on purpose, and ends each when its bound is over.
// What may meet a fault asks the board at its seam:
//
//	connections to broker and database ── Line ──┐
//	what the database is asked ── Strike, Pause ─┤
//	webhook tries ── Receiver ───────────────────┼── Board ──▶ Actor: what begins and ends as a whole
//	streams ── Open ─────────────────────────────┤
//	requests to banks, payments ── Strike, Touching
//
// The faults end with the process. Processors on one database share them: a fault that begins at one of them acts
// at all, or, where its kind cannot, is listed at all. Where none is in force, asking costs one look at a number.
package outage

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sandbank/chance"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/sim"
)

// Actor brings about what begins and ends as a whole. Begin may refuse. End is called once for each
// fault whose Begin did not, and is tried again until it succeeds.
type Actor interface {
	Begin(ctx context.Context, f sim.Fault) error
	End(ctx context.Context, f sim.Fault) error
}

// Ending is why a fault ended.
type Ending string

// The endings.
const (
	Over     Ending = "its time is over"
	Spent    Ending = "it struck as often as it was to"
	Asked    Ending = "somebody ended it"
	Stopped  Ending = "the processor ends"
	Orphaned Ending = "the processor at which it began is gone"
	// Elsewhere is for a fault that ended at another processor, which has told of it.
	Elsewhere Ending = "it ended at another processor"
)

// Board keeps the faults in force. It is safe for concurrent use.
type Board struct {
	log    *slog.Logger
	clock  clock.Simulated
	actor  Actor
	ids    *chance.Source
	ended  func(sim.Fault, Ending)
	count  atomic.Int64 // of the faults on the board
	luck   map[string]*rand.Rand
	life   map[string]chan struct{} // closed when the fault has ended, unless it was spent
	stir   chan struct{}            // for Run: there is something to end
	mu     sync.Mutex
	force  []sim.Fault // the strongest first
	ending []farewell
	past   []sim.Fault // that ended lately, the newest last
	begun  int64
	change chan struct{} // closed at the next change
	lines  []*Line
	open   map[*context.CancelCauseFunc]struct{} // streams
	shared *shared                               // with the boards of other processors; nil for none
}

// farewell is a fault that is no more in force, and whose actor is still to be told.
type farewell struct {
	sim.Fault
	why     Ending
	foreign bool // it began at another processor
}

// kept is how many faults are remembered that have ended, for the payments that they touched.
const kept = 100

// New makes a board without faults. Start gives it what it needs to begin any.
func New(log *slog.Logger) *Board {
	return &Board{
		log: log, luck: map[string]*rand.Rand{}, life: map[string]chan struct{}{}, stir: make(chan struct{}, 1), change: make(chan struct{}),
		open: map[*context.CancelCauseFunc]struct{}{},
	}
}

// Start lets faults begin, on a clock. Ended is told of each that has ended.
func (b *Board) Start(c clock.Simulated, ids *chance.Source, a Actor, ended func(sim.Fault, Ending)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clock, b.ids, b.actor, b.ended = c, ids, a, ended
}

// Now is the board's time.
func (b *Board) Now() time.Time { return b.clock.Now() }

// List is the faults in force, the strongest first.
func (b *Board) List() []sim.Fault {
	if b == nil || b.count.Load() == 0 {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	list := slices.DeleteFunc(slices.Clone(b.force), func(f sim.Fault) bool { return !f.InForce(b.clock.Now()) })
	if b.shared == nil {
		return list
	}
	for i, f := range list {
		if list[i].ActsAt = sim.AtThisProcessor; f.Kind.Everywhere() {
			list[i].ActsAt = sim.AtEveryProcessor
		}
	}
	for _, f := range b.shared.elsewhere {
		if f.ActsAt = sim.AtAnotherProcessor; f.InForce(b.clock.Now()) {
			list = append(list, f)
		}
	}
	slices.SortStableFunc(list, sim.Stronger)
	return list
}

// Find is a fault in force.
func (b *Board) Find(id string) (sim.Fault, error) {
	for _, f := range b.List() {
		if f.ID == id {
			return f, nil
		}
	}
	return sim.Fault{}, fault.New(fault.NotFound, "fault_not_found", "There is no fault with this id in force.").
		Hinting("GET /sim/faults lists those in force. A fault is gone when its bound is over.")
}

// Begin has a fault begin now, under an id of its own.
func (b *Board) Begin(ctx context.Context, f sim.Fault) (sim.Fault, error) {
	now := b.clock.Now()
	id := b.ids.ID("flt", now)
	if b.shared != nil { // another processor may have the same seed
		id = b.ids.ID("flt", now, b.shared.peers.Name(), id)
	}
	if f = f.Begun(id, now); f.Share > 0 && f.Seed == 0 {
		f.Seed = 1 + b.ids.Number()>>16 // which fits a number of JSON
	}
	// The others are told first: they could not be while a database's fault is in force.
	if err := b.publish(ctx, f); err != nil {
		return f, err
	}
	err := b.post(f)
	if err == nil {
		if err = b.actor.Begin(ctx, f); err != nil {
			b.mu.Lock()
			b.remove(f.ID)
			b.mu.Unlock()
		}
	}
	if err != nil {
		return f, errors.Join(err, b.withdraw(context.WithoutCancel(ctx), f.ID))
	}
	b.log.Warn("a fault begins, on purpose", "fault", f.ID, "kind", f.Kind, "says", f.Says(), "until", f.EndsAt, "times", f.Times)
	b.strikeAtOnce(f)
	b.mu.Lock()
	b.changed()
	b.mu.Unlock()
	b.wake()
	if f.Kind.Everywhere() {
		b.awaitOthers(ctx)
	}
	if now, err := b.Find(f.ID); err == nil {
		f = now
	}
	return f, nil
}

// post puts a fault on the board.
func (b *Board) post(f sim.Fault) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.force) >= sim.MaxFaults {
		return fault.New(fault.Conflict, "faults_too_many", "%d faults are in force, as many as there may be.", len(b.force)).Hinting("End one of them.")
	}
	for _, other := range b.force {
		if err := collides(f, other); err != nil {
			return err
		}
	}
	b.put(f)
	return nil
}

// collides refuses a fault beside another one where the end of one would end both.
func collides(f, other sim.Fault) error {
	if f.Kind.Strikes() || other.Kind != f.Kind || other.Bank != f.Bank {
		return nil
	}
	return fault.New(fault.Conflict, "fault_in_force", "The fault %s is of the same kind, and in force.", other.ID).Hinting("End it first.")
}

// put puts a fault on the board. The caller holds the lock.
func (b *Board) put(f sim.Fault) {
	b.begun++
	b.life[f.ID] = make(chan struct{})
	b.luck[f.ID] = chance.For(f.Seed, "fault")
	b.force = append(b.force, f)
	slices.SortFunc(b.force, sim.Stronger)
	b.recount()
	b.changed()
}

// recount says how many faults there are to look for. The caller holds the lock.
func (b *Board) recount() {
	n := len(b.force)
	if b.shared != nil {
		n += len(b.shared.elsewhere)
	}
	b.count.Store(int64(n))
}

// strikeAtOnce cuts what is connected when a cut begins; that is its first strike.
func (b *Board) strikeAtOnce(f sim.Fault) {
	streams := f.Kind == sim.StreamsCut
	var cut []*Line
	for _, l := range b.lines {
		if l.cutBy(f) {
			cut = append(cut, l)
		}
	}
	if len(cut) == 0 && !streams {
		return
	}
	if mine, err := b.strikes(f); !mine || err != nil {
		return
	}
	if streams {
		b.mu.Lock()
		b.endStreams(f)
		b.mu.Unlock()
	}
	for _, l := range cut { // after the strike is counted and the lock is free: who is cut dials at once
		l.cut()
	}
}

// End ends a fault at once.
func (b *Board) End(ctx context.Context, id string) (sim.Fault, error) {
	f, err := b.Find(id)
	if err != nil {
		return f, err
	}
	if f.ActsAt == sim.AtAnotherProcessor {
		return f, b.endElsewhere(ctx, f)
	}
	b.mu.Lock()
	foreign := b.foreign(id)
	taken := b.remove(id)
	b.mu.Unlock()
	if !taken {
		return f, nil // by its bound, just now
	}
	b.bye(ctx, farewell{f, Asked, foreign})
	b.awaitOthers(ctx)
	return f, nil
}

// bye undoes a fault that was taken off the board, now or as soon as it can be.
func (b *Board) bye(ctx context.Context, f farewell) {
	if err := b.farewell(ctx, f); err != nil {
		b.mu.Lock()
		b.ending = append(b.ending, f)
		b.mu.Unlock()
		b.wake()
	}
}

// foreign reports whether a fault began at another processor. The caller holds the lock.
func (b *Board) foreign(id string) bool { return b.shared != nil && b.shared.foreign[id] }

// remove takes a fault off the board, and reports whether it was there. The caller holds the lock.
func (b *Board) remove(id string) bool {
	i := slices.IndexFunc(b.force, func(f sim.Fault) bool { return f.ID == id })
	if i < 0 {
		return false
	}
	gone := b.force[i]
	gone.EndsAt = earlier(gone.EndsAt, b.clock.Now())
	b.past = append(b.past, gone)
	b.past = b.past[max(0, len(b.past)-kept):]
	b.force = slices.Delete(b.force, i, i+1)
	if gone.Times == 0 || gone.Struck < gone.Times {
		close(b.life[id])
	}
	delete(b.life, id)
	delete(b.luck, id)
	if b.shared != nil {
		delete(b.shared.foreign, id)
	}
	b.recount()
	b.changed()
	return true
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// changed wakes the goroutines that wait for a change of the board. The caller holds the lock.
func (b *Board) changed() {
	close(b.change)
	b.change = make(chan struct{})
}

func (b *Board) wake() {
	select {
	case b.stir <- struct{}{}:
	default:
	}
}

// Look says what the board is busy with: faults whose time is over, and that are not undone yet.
func (b *Board) Look() clock.Look {
	b.mu.Lock()
	defer b.mu.Unlock()
	l, now := clock.Look{Begun: b.begun}, b.clock.Now()
	if len(b.ending) > 0 {
		l.Busy = "the fault " + b.ending[0].ID + " is not undone yet"
	}
	for _, f := range b.force {
		switch {
		case !f.InForce(now):
			l.Busy = "the fault " + f.ID + " is not undone yet"
		case l.Next.IsZero() || f.EndsAt.Before(l.Next):
			l.Next = f.EndsAt
		}
	}
	return l
}
