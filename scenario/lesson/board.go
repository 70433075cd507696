package lesson

import (
	"context"
	"errors"
	"slices"
	"time"

	"sandbank/chance"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/scenario"
	"sandbank/scenario/board"
)

// The usual bounds.
const (
	Most = 6             // lessons that are given at a time
	Life = 3 * time.Hour // of the computer's time, for one lesson
	wait = 30 * time.Second
)

// Config is what a board is made of.
type Config struct {
	Play   Player // nil has no lesson given
	Clock  clock.Simulated
	Chance *chance.Source
	Life   time.Duration // 0 is [Life]
	Most   int           // 0 is [Most]
}

// Board has the lessons that are given.
type Board struct {
	Config
	*board.Board[Lesson, *given] // the one that was moved last is last
}

// given is a lesson with what moves it.
type given struct {
	Lesson
	going chan struct{} // one word lets the next scene be carried out
	stop  context.CancelCauseFunc
}

// Key implements [board.Entry].
func (g *given) Key() (id, owner string) { return g.ID, g.Owner }

// New makes a board without lessons.
func New(c Config) *Board {
	if c.Life == 0 {
		c.Life = Life
	}
	if c.Most == 0 {
		c.Most = Most
	}
	return &Board{c, board.New[Lesson, *given]()}
}

// Open reports whether any lesson can be given here.
func (b *Board) Open() bool { return b != nil && b.Play != nil }

// Causes with which a lesson ends.
var (
	errStopped = errors.New("it was ended")
	errEnded   = errors.New("the processor has ended")
	errAgain   = errors.New("it begins again")
)

// Begin opens a lesson, and returns it once its Sandbank is ready. Beyond the bound, the lesson that was moved
// longest ago makes room where it is over; else one more is refused.
func (b *Board) Begin(ctx context.Context, l Lesson) (Lesson, error) {
	if !b.Open() {
		return l, fault.New(fault.Conflict, "scenarios_off", "No lessons are given here.").Hinting("Start the processor with --scenario-runs 1 or more.")
	}
	g := &given{Lesson: l}
	b.Lock()
	if b.Context().Err() != nil || !b.room() {
		b.Unlock()
		return l, fault.New(fault.RateLimited, "scenarios_busy", "%d lessons are given at a time.", b.Most).Hinting("End one of them, and begin again.")
	}
	g.ID, g.Scenes = b.Chance.ID("les", b.Clock.Now()), l.Scenario.Scenes()
	b.Kept = append(b.Kept, g)
	b.start(g)
	b.Unlock()
	return b.settled(ctx, g.ID)
}

// room makes room for one more lesson; false where there is none.
func (b *Board) room() bool {
	for len(b.Kept) >= b.Most {
		i := slices.IndexFunc(b.Kept, func(g *given) bool { return g.Over })
		if i < 0 {
			return false
		}
		b.Kept[i].stop(errStopped)
		b.Kept = slices.Delete(b.Kept, i, i+1)
	}
	return true
}

// start has a lesson played from its beginning.
func (b *Board) start(g *given) {
	ctx, stop := context.WithCancelCause(b.Context())
	timed, cancel := context.WithTimeoutCause(ctx, b.Life, scenario.ErrTooLong)
	going := make(chan struct{}, 1)
	g.going, g.stop = going, stop
	g.Pages, g.Shown, g.Asking, g.Busy, g.Over, g.Trouble = nil, 0, false, true, false, ""
	b.Running.Go(func() {
		defer cancel()
		defer stop(nil)
		r := b.Play(timed, g.Scenario, func(ctx context.Context, at Position) error { return b.at(ctx, g, going, at) })
		b.ended(g, going, r, context.Cause(timed))
	})
	b.tell(g)
}

// at keeps the page of a scene that is done, and waits until the next one is wanted.
func (b *Board) at(ctx context.Context, g *given, going chan struct{}, at Position) error {
	b.Lock()
	l := g.Lesson.Copied()
	current := g.going == going
	b.Unlock()
	scenes := len(l.Pages) // that the page to come is about, with the one before the first
	if !current {
		return errAgain
	}
	if scenes > 0 && at.Done < l.Scenes[scenes-1].Until {
		return nil // in the middle of a scene
	}
	page, err := look(ctx, l, at)
	if err != nil {
		return err
	}
	b.Lock()
	if g.going == going {
		g.Pages = append(g.Pages, page)
		g.Busy, g.Shown = false, len(g.Pages)-1
		b.tell(g)
	}
	b.Unlock()
	select {
	case <-going:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// ended notes why a lesson cannot go on.
func (b *Board) ended(g *given, going chan struct{}, r scenario.Result, cause error) {
	b.Lock()
	defer b.Unlock()
	if g.going != going {
		return // it has begun again
	}
	g.Busy, g.Over = false, true
	switch {
	case errors.Is(cause, scenario.ErrTooLong):
		g.Trouble = "The time of this lesson is up: begin it again."
	case r.Failure != nil:
		g.Trouble = "Expected " + r.Failure.Expected + ", and saw " + r.Failure.Seen + "."
	case r.Err != nil && cause == nil:
		g.Trouble = r.Err.Error()
	}
	b.tell(g)
}

// tell wakes everybody who waits for a change.
func (b *Board) tell(g *given) {
	g.Revision++
	b.Tell()
}

// Next shows what comes next: the question of a scene, or else what it does. It returns when that is done.
func (b *Board) Next(ctx context.Context, id string) (Lesson, error) {
	b.move(id, func(g *given) {
		if !g.CanGoOn() {
			return
		}
		if coming, _ := g.Coming(); coming.Ask != nil && !g.Asking {
			g.Asking = true
			return
		}
		g.Asking = false
		if g.Shown < len(g.Pages)-1 {
			g.Shown++
			return
		}
		g.Busy = true
		g.going <- struct{}{} // nothing is in it: the lesson was not busy
	})
	return b.settled(ctx, id)
}

// Back shows what was shown before.
func (b *Board) Back(ctx context.Context, id string) (Lesson, error) {
	b.move(id, func(g *given) {
		switch {
		case !g.CanGoBack():
		case g.Asking:
			g.Asking = false
		default:
			g.Shown--
		}
	})
	return b.settled(ctx, id)
}

// Again begins a lesson anew, on a new Sandbank.
func (b *Board) Again(ctx context.Context, id string) (Lesson, error) {
	b.move(id, func(g *given) {
		g.stop(errAgain)
		b.start(g)
	})
	return b.settled(ctx, id)
}

// End ends a lesson, and forgets it.
func (b *Board) End(id string) {
	b.move(id, func(g *given) {
		g.stop(errStopped)
		g.Over, g.Busy = true, false
		b.Kept = slices.DeleteFunc(b.Kept, func(other *given) bool { return other == g })
	})
}

// move changes a lesson, which is then the one that was moved last.
func (b *Board) move(id string, do func(*given)) {
	b.Lock()
	defer b.Unlock()
	g, ok := b.Get(id)
	if !ok {
		return
	}
	b.Kept = append(slices.DeleteFunc(b.Kept, func(other *given) bool { return other == g }), g)
	do(g)
	b.tell(g)
}

// settled waits until nothing is carried out, for a while, and returns the lesson.
func (b *Board) settled(ctx context.Context, id string) (Lesson, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for {
		next := b.Changed()
		l, ok := b.Find(id)
		if !ok {
			return l, fault.New(fault.NotFound, "scenario_not_found", "There is no such lesson, or it has ended.").Hinting("The list of lessons has what there is.")
		}
		if !l.Busy {
			return l, nil
		}
		select {
		case <-next:
		case <-ctx.Done():
			return l, nil
		}
	}
}

// Close ends every lesson, and waits until all have ended, or until ctx does.
func (b *Board) Close(ctx context.Context) {
	b.Shut(errEnded)
	b.Wait(ctx)
}
