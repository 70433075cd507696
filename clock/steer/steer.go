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
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"sandbank/clock"
	"sandbank/clock/atrest"
	"sandbank/fault"
)

// Keeper keeps the clock's state. Change is called with what is kept, nil at first, under a lock that
// all processors on one store share.
type Keeper interface {
	ChangeSecret(ctx context.Context, name string, change func([]byte) ([]byte, error)) ([]byte, error)
}

// keptAs is the name of the clock's document.
const keptAs = "clock"

// Load reads the state that is kept; the computer's time where the clock was never steered.
func Load(ctx context.Context, k Keeper) (s clock.State, err error) {
	_, err = k.ChangeSecret(ctx, keptAs, func(old []byte) ([]byte, error) {
		s, err = decode(old)
		return encode(s), err
	})
	return s, err
}

func decode(doc []byte) (s clock.State, err error) {
	if len(doc) == 0 {
		return s, nil
	}
	if err := json.Unmarshal(doc, &s); err != nil {
		return s, fmt.Errorf("the clock's state cannot be read: %w", err)
	}
	return s, nil
}

func encode(s clock.State) []byte {
	doc, err := json.Marshal(s)
	if err != nil {
		panic("steer: " + err.Error()) // a state always encodes
	}
	return doc
}

// Config is what is steered.
type Config struct {
	Clock  *clock.Steered
	Keeper Keeper
	// Parts have to be at rest before time goes on.
	Parts []atrest.Part
	// Refuse is why the clock cannot be steered here; nil where it can.
	Refuse error
	// Happened counts what has happened so far, by kind.
	Happened func() map[string]int
}

// Hand steers a clock. It is safe for concurrent use; one advance is made at a time.
type Hand struct {
	Config
	busy sync.Mutex
}

// New makes a hand.
func New(c Config) *Hand { return &Hand{Config: c} }

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
	v := View{Now: h.Clock.Now(), Version: s.Version, Rate: s.Rate, Real: clock.Real{}.Now(), Mode: Running}
	switch {
	case s.Frozen():
		v.Mode = Frozen
	case s.Version == 0 || s.Rate == 1:
		v.Mode, v.Rate = Following, 1
	}
	if next, ok := h.next(atrest.Ask(h.Parts).Next); ok {
		v.Next = &next
	}
	return v
}

// next is the earlier of the parts' next moment and that of the clock's timers.
func (h *Hand) next(parts time.Time) (time.Time, bool) {
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
	Happened map[string]int `json:"happened"` // on the way, by kind
}

// Steer does what is wished, and returns when it is done. See [Wish] for what is refused.
func (h *Hand) Steer(ctx context.Context, w Wish) (Report, error) {
	if err := w.Check(); err != nil {
		return Report{}, err
	}
	if h.Refuse != nil {
		return Report{}, fault.New(fault.Conflict, "clock_not_steerable", "Simulated time cannot be steered here: %v.", h.Refuse).Hinting("Steer a processor that has its banks with it.")
	}
	if !h.busy.TryLock() {
		return Report{}, fault.New(fault.Conflict, "clock_busy", "Somebody is steering the clock right now.").Hinting("Wait until that is done, and ask again.")
	}
	defer h.busy.Unlock()
	before, r := h.happened(), Report{}
	err := h.steer(ctx, w, &r)
	for kind, n := range h.happened() {
		if n -= before[kind]; n > 0 {
			r.Happened[kind] = n
		}
	}
	r.View = h.Show()
	return r, err
}

func (h *Hand) happened() map[string]int {
	if h.Happened == nil {
		return nil
	}
	return h.Happened()
}

// steer moves time, and then has it pass as is wished, or as it did before.
func (h *Hand) steer(ctx context.Context, w Wish, r *Report) error {
	r.Happened = map[string]int{}
	before := h.Clock.State()
	rate := before.Rate
	if before.Version == 0 {
		rate = 1
	}
	if wished, ok := w.rate(); ok {
		rate = wished
	}
	now := h.Clock.Hold()
	to, err := now, error(nil)
	switch {
	case w.Set != nil:
		if to = w.Set.UTC().Truncate(time.Microsecond); to.Before(now) {
			err = backwards(to, now, "/set")
		}
	case w.Advance != nil:
		to, err = h.advance(ctx, now, w, rate, r)
	}
	if err != nil && to.Equal(now) || to.Before(now) {
		return errors.Join(err, h.Clock.Become(before)) // as if nobody had asked
	}
	return errors.Join(err, h.become(context.WithoutCancel(ctx), to, rate))
}

// backwards refuses to go back.
func backwards(to, now time.Time, at string) error {
	return fault.New(fault.Conflict, "clock_backwards", "It is %s in the simulation, and time does not go back.", now.Format(time.RFC3339Nano)).
		At(at, "must not be before %s, and is %s", now.Format(time.RFC3339Nano), to.UTC().Format(time.RFC3339Nano)).
		Hinting("Start anew, without what is stored, for an earlier time.")
}

// become keeps a state and takes it up. It is kept first: what was told is never after what is kept.
func (h *Hand) become(ctx context.Context, at time.Time, rate float64) error {
	s := clock.State{At: at, Since: clock.Real{}.Now(), Rate: rate}
	if err := h.keep(ctx, &s); err != nil {
		return err
	}
	return h.Clock.Become(s)
}

// keep gives a state its version and keeps it.
func (h *Hand) keep(ctx context.Context, s *clock.State) error {
	_, err := h.Keeper.ChangeSecret(ctx, keptAs, func(old []byte) ([]byte, error) {
		last, err := decode(old)
		s.Version = last.Version + 1
		return encode(*s), err
	})
	return err
}
