package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sandbank/chance"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/scenario"
	"sandbank/scenario/board"
)

// Player carries a scenario out, and tells of each line as it comes. It returns soon after its context ends.
type Player func(ctx context.Context, s scenario.Scenario, watch func(scenario.Line)) scenario.Result

// The usual bounds.
const (
	AtOnce  = 2               // runs that are carried out
	Waiting = 8               // runs that wait for their turn
	Kept    = 50              // runs that are kept, with those under way
	Most    = 100             // scenarios of one run
	Limit   = 2 * time.Minute // of the computer's time, for one run
)

// Config is what a board is made of.
type Config struct {
	Play   Player // nil has none carried out
	Clock  clock.Simulated
	Chance *chance.Source
	AtOnce int           // 0 is [AtOnce]
	Limit  time.Duration // 0 is [Limit]
}

// Board has the runs.
type Board struct {
	Config
	*board.Board[Run, *kept] // oldest first
}

// kept is a run with what ends it.
type kept struct {
	Run
	ctx  context.Context
	stop context.CancelCauseFunc
}

// Key implements [board.Entry].
func (k *kept) Key() (id, owner string) { return k.ID, k.Owner }

// New makes a board without runs.
func New(c Config) *Board {
	if c.AtOnce == 0 {
		c.AtOnce = AtOnce
	}
	if c.Limit == 0 {
		c.Limit = Limit
	}
	return &Board{c, board.New[Run, *kept]()}
}

// Open reports whether anything can be carried out here.
func (b *Board) Open() bool { return b != nil && b.Play != nil }

// Causes with which a run ends early.
var (
	errStopped = errors.New("it was stopped")
	errEnded   = errors.New("the processor has ended")
)

// Begin has scenarios carried out, one after the other, and returns the run as it begins. Too many at a time,
// or too many scenarios, are refused.
func (b *Board) Begin(r Run, list []scenario.Scenario) (Run, error) {
	if !b.Open() {
		return r, fault.New(fault.Conflict, "scenarios_off", "No scenarios are run here.").Hinting("Run it with: merchant run FILE.")
	}
	if len(list) == 0 || len(list) > Most {
		return r, fault.New(fault.Invalid, "scenario_invalid", "One run has 1 to %d scenarios, and this one has %d.", Most, len(list)).Hinting("Run it with: merchant run FILE.")
	}
	b.Lock()
	defer b.Unlock()
	if b.Context().Err() != nil {
		return r, fault.New(fault.RateLimited, "scenarios_busy", "The processor is ending.")
	}
	if b.underWay() >= b.AtOnce+Waiting {
		return r, fault.New(fault.RateLimited, "scenarios_busy", "%d scenarios are run at a time, and %d wait for their turn.", b.AtOnce, Waiting).Hinting("Try again in a moment.")
	}
	ctx, stop := context.WithCancelCause(b.Context())
	k := &kept{Run: r, ctx: ctx, stop: stop}
	k.ID, k.BeganAt, k.State = b.Chance.ID("run", b.Clock.Now()), b.Clock.Now(), StateWaiting
	for _, s := range list {
		k.Items = append(k.Items, Item{Scenario: s, State: StateWaiting})
	}
	b.Kept = append(b.Kept, k)
	b.forget()
	began := k.Copied()
	b.advance()
	b.Tell()
	return began, nil
}

// underWay is how many have not ended.
func (b *Board) underWay() int { return b.in(StateWaiting) + b.in(StateRunning) }

func (b *Board) in(s State) (n int) {
	for _, k := range b.Kept {
		if k.State == s {
			n++
		}
	}
	return n
}

// advance has those that waited longest carried out, as many as may be.
func (b *Board) advance() {
	for _, k := range b.Kept {
		if k.State != StateWaiting || b.in(StateRunning) >= b.AtOnce {
			continue
		}
		k.State = StateRunning
		b.Running.Go(func() { b.carryOut(k) })
	}
}

// forget drops the oldest that have ended, beyond those that are kept.
func (b *Board) forget() {
	for len(b.Kept) > Kept {
		i := slices.IndexFunc(b.Kept, func(k *kept) bool { return k.State == StateEnded })
		if i < 0 {
			return
		}
		b.Kept = slices.Delete(b.Kept, i, i+1)
	}
}

// carryOut plays one scenario after the other.
func (b *Board) carryOut(k *kept) {
	defer b.Change(func() { k.State = StateEnded; b.advance() })
	defer k.stop(nil)
	ctx, cancel := context.WithTimeoutCause(k.ctx, b.Limit, scenario.ErrTooLong)
	defer cancel()
	for i := range k.Items {
		b.one(ctx, k, i)
	}
}

// one plays one scenario of a run.
func (b *Board) one(ctx context.Context, k *kept, i int) {
	s := k.Items[i].Scenario
	if ctx.Err() != nil {
		b.Change(func() { k.Items[i].end(notBegun(s, context.Cause(ctx))) })
		return
	}
	b.Change(func() { k.Items[i].State = StateRunning })
	r := b.Play(ctx, s, func(l scenario.Line) {
		b.Change(func() { k.Items[i].say(l) })
	})
	if cause := context.Cause(ctx); cause != nil && r.Outcome == scenario.NotRun {
		r.Err = fmt.Errorf("%w: %w", cause, r.Err)
	}
	b.Change(func() { k.Items[i].end(r) })
}

// notBegun is the result of a scenario that was not begun.
func notBegun(s scenario.Scenario, cause error) scenario.Result {
	r := scenario.Result{Scenario: s, Outcome: scenario.NotRun, Err: fmt.Errorf("not begun: %w", cause)}
	if errors.Is(cause, scenario.ErrTooLong) {
		r.Outcome = scenario.TimedOut
	}
	return r
}

// Stop ends a run early. One that has ended stays as it is.
func (b *Board) Stop(id string) {
	b.Lock()
	defer b.Unlock()
	if k, ok := b.Get(id); ok {
		b.cut(k, errStopped)
		b.Tell()
	}
}

// cut ends a run; one that waits has ended with that.
func (b *Board) cut(k *kept, why error) {
	k.stop(why)
	if k.State != StateWaiting {
		return
	}
	for i := range k.Items {
		k.Items[i].end(notBegun(k.Items[i].Scenario, why))
	}
	k.State = StateEnded
}

// Close ends every run, and waits until all have ended, or until ctx does.
func (b *Board) Close(ctx context.Context) {
	b.Lock()
	b.Shut(errEnded) // none begins any more
	for _, k := range b.Kept {
		b.cut(k, errEnded)
	}
	b.Tell()
	b.Unlock()
	b.Wait(ctx)
}
