// Package steer is the hand on simulated time: it freezes it, runs it at a rate, sets it forward, and
// advances it.
//
// To set time is to jump: what was due in between happens late, at the new time, as after an outage.
// To advance it keeps causes before effects: time goes from one due moment to the next, and on only
// when everything has happened that follows from the moment before.
//
//	hold ─▶ at rest? ─▶ next due moment ─▶ set it ─▶ at rest? ─▶ … ─▶ arrived ─▶ go on as before
package steer

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"sandbank/clock"
	"sandbank/fault"
)

// Elsewhere is the banks in other processes, which follow the clock by messages.
type Elsewhere interface {
	// Tell says which state is in force, and asks, by a name, to be told when they are at rest; "" asks
	// for nothing. It lists those that it told, whose answers come by [Hand.Rested].
	Tell(ctx context.Context, s clock.State, ask string) (told []string, err error)
	// There reports whether one of them is still there.
	There(name string) bool
}

// Config is what is steered.
type Config struct {
	Clock  *clock.Steered
	Keeper Keeper
	// Parts have to be at rest before time goes on.
	Parts []clock.Part
	// Elsewhere is who else has to be; nil for nobody.
	Elsewhere Elsewhere
	// Shared is for a store that other processors may be on: they follow the clock that is kept there,
	// and are asked whether they are at rest.
	Shared bool
	// Arrive, where it is set, takes in hand all that was sent to this processor before: what banks say reaches one of the
	// processors on a database, and another one hears that the bank is at rest.
	Arrive func(context.Context) error
	// Happened counts what this processor has done so far, by kind.
	Happened func() map[string]int
}

// Hand steers a clock. It is safe for concurrent use; one advance is made at a time.
type Hand struct {
	Config
	busy sync.Mutex
	asks atomic.Int64
	at   atomic.Bool // whether this hand is steering
	name string      // of this hand, and of its asks

	news    chan struct{} // holds one when the clock's document has changed
	said    chan struct{} // the same of the roll
	mu      sync.Mutex
	answers map[string]answer // of those elsewhere, the last of each
	relayed map[string]answer // the same, of those that another processor heard
	seen    map[string]seen   // the other processors
	peers   int64             // how often they took something in hand when time last went on
	shares  map[string]share  // of the other processors in what happens during an advance
}

// share is what another processor had done when an advance began, and when it answered last.
type share struct{ before, after map[string]int }

// answer is what somebody elsewhere said last.
type answer struct {
	Ask  string    `json:"ask"`
	Next time.Time `json:"next_due_at,omitzero"`
}

// New makes a hand.
func New(c Config) *Hand {
	return &Hand{
		Config: c, name: rand.Text(), answers: map[string]answer{}, seen: map[string]seen{}, news: make(chan struct{}, 1), said: make(chan struct{}, 1),
	}
}

// Mode is how simulated time passes.
type Mode string

// The modes.
const (
	Following Mode = "following" // as the computer's time does
	Frozen    Mode = "frozen"    // not at all
	Running   Mode = "running"   // at another rate
)

// View is what a clock shows.
type View struct {
	Now     time.Time  `json:"now"`
	Mode    Mode       `json:"mode"`
	Rate    float64    `json:"rate"`
	Version int64      `json:"version"`               // how often it was steered
	Next    *time.Time `json:"next_due_at,omitempty"` // the next moment at which something is due here
	Real    time.Time  `json:"computer_time"`         // for comparison
}

// Show is what the clock shows now.
func (h *Hand) Show() View {
	s := h.Clock.State()
	v := View{Now: h.Clock.Now(), Version: s.Version, Rate: s.Pace(), Real: clock.Real{}.Now(), Mode: Running}
	switch v.Rate {
	case 0:
		v.Mode = Frozen
	case 1:
		v.Mode = Following
	}
	if next, ok := h.next(clock.Ask(h.Parts).Next); ok {
		v.Next = &next
	}
	return v
}

// next is the earlier of the parts' next moment and that of the clock's timers.
func (h *Hand) next(parts time.Time) (time.Time, bool) {
	if !parts.IsZero() {
		parts = clock.Ceil(parts) // no clock tells what lies in between
	}
	timer, ok := h.Clock.Next()
	if ok && (parts.IsZero() || timer.Before(parts)) {
		return timer, true
	}
	return parts, !parts.IsZero()
}

// Report is what steering came to.
type Report struct {
	View
	Moments  int            `json:"moments"`  // at which time stood still on the way
	Happened map[string]int `json:"happened"` // on the way, by kind, on all processors
}

// Steer does what is wished, and returns when it is done. See [Wish] for what is refused.
func (h *Hand) Steer(ctx context.Context, w Wish) (Report, error) {
	if err := w.Check(); err != nil {
		return Report{}, err
	}
	mine := h.busy.TryLock()
	if mine {
		defer h.busy.Unlock()
		h.at.Store(true)
		defer h.at.Store(false)
	}
	led, err := h.led(ctx)
	if err != nil {
		return Report{}, err
	}
	if !mine || led {
		return Report{}, fault.New(fault.Conflict, "clock_busy", "Somebody is steering the clock right now.").Hinting("Wait until that is done, and ask again.")
	}
	h.forget()
	before, r := h.happened(), Report{}
	err = h.steer(ctx, w, &r)
	r.Happened = map[string]int{}
	r.count(share{before, h.happened()})
	for _, s := range h.told() {
		r.count(s)
	}
	r.View = h.Show()
	return r, err
}

// Busy reports whether somebody is steering the clock right now, here or at another processor.
func (h *Hand) Busy(ctx context.Context) (bool, error) {
	if h.at.Load() {
		return true, nil
	}
	return h.led(ctx)
}

// count adds what one processor did.
func (r *Report) count(s share) {
	for kind, n := range s.after {
		if n -= s.before[kind]; n > 0 {
			r.Happened[kind] += n
		}
	}
}

func (h *Hand) happened() map[string]int {
	if h.Happened == nil {
		return nil
	}
	return h.Happened()
}

// steer moves time, and then has it pass as is wished, or as it did before.
func (h *Hand) steer(ctx context.Context, w Wish, r *Report) error {
	if err := w.forward(h.Clock.Now()); err != nil {
		return err
	}
	rate := h.Clock.State().Pace()
	if wished, ok := w.rate(); ok {
		rate = wished
	}
	to, err := h.Clock.Hold(), error(nil)
	switch {
	case w.Set != nil:
		to = later(to, *w.Set)
	case w.Advance != nil:
		to, err = h.advance(ctx, to, w, rate, r)
	}
	return errors.Join(err, h.become(context.WithoutCancel(ctx), to, rate))
}

// later is the later of two instants, as the databases keep it.
func later(a, b time.Time) time.Time {
	if b = b.UTC().Truncate(time.Microsecond); b.Before(a) {
		return a
	}
	return b
}

// forward refuses to go back behind the present, and beyond the end of time.
func (w Wish) forward(now time.Time) error {
	switch {
	case w.Set != nil && w.Set.Before(now):
		return backwards(*w.Set, now, "/set")
	case w.Advance != nil && w.Advance.To != nil && w.Advance.To.Before(now):
		return backwards(*w.Advance.To, now, "/advance/to")
	case w.Advance != nil && now.Add(w.Advance.by()).After(latest):
		return fault.New(fault.Invalid, "request_invalid", "Some fields are not right.").
			At("/advance/by", "must lead to a time before the year %d; it is %s in the simulation", latest.Year(), now.Format(time.RFC3339Nano))
	}
	return nil
}

// backwards refuses to go back.
func backwards(to, now time.Time, at string) error {
	return fault.New(fault.Conflict, "clock_backwards", "It is %s in the simulation, and time does not go back.", now.Format(time.RFC3339Nano)).
		At(at, "must not be before %s, and is %s", now.Format(time.RFC3339Nano), to.UTC().Format(time.RFC3339Nano)).
		Hinting("Reset for an earlier time: POST /sim/reset begins anew, at the time of the start.")
}

// become keeps a state and takes it up. It is kept first: what was told is never after what is kept.
func (h *Hand) become(ctx context.Context, at time.Time, rate float64) error {
	s := clock.State{At: at, Since: clock.Real{}.Now(), Rate: rate}
	if err := h.keep(ctx, &s, nil); err != nil {
		return err
	}
	if err := h.Clock.Become(s); err != nil || h.Elsewhere == nil {
		return err
	}
	_, err := h.Elsewhere.Tell(ctx, s, "")
	return err
}

// keep gives a state its version and keeps it, with what an advance has reserved; nil for none.
func (h *Hand) keep(ctx context.Context, s *clock.State, ahead *reserved) error {
	present := h.Clock.State().Version
	return change(ctx, h.Keeper, func(d *document) {
		s.Version = max(d.Version, present) + 1
		d.State, d.Ahead, d.Ask, d.Leader = *s, ahead, "", ""
	})
}
