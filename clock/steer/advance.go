package steer

import (
	"context"
	"errors"
	"time"

	"sandbank/clock"
	"sandbank/fault"
)

// look is how long the parts are left alone between two looks at them, in the computer's time.
const look = 50 * time.Microsecond

// reserve is how much simulated time is kept ahead of an advance: a crash on the way costs that much,
// and never tells a time twice.
const reserve = 24 * time.Hour

// advance goes on step by step from now, where time is held, and returns where it has arrived, also
// if that is not as far as was wished. Rate is how time passes afterwards.
func (h *Hand) advance(ctx context.Context, now time.Time, w Wish, rate float64, r *Report) (arrived time.Time, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, w.patience(), errPatience)
	defer cancel()
	rest, err := h.rest(ctx, now)
	if err != nil {
		return now, err
	}
	next, due := h.next(rest.Next)
	goal := w.Advance.goal(now, next, due)
	for ahead := now; err == nil && now.Before(goal); next, due = h.next(rest.Next) {
		step := goal
		if due && next.Before(goal) {
			step = next
		}
		if step.After(ahead) {
			if ahead = step.Add(reserve); ahead.After(goal) {
				ahead = goal
			}
			s := h.Clock.State()
			if err = h.keep(ctx, &s, &reserved{ahead, rate}); err != nil {
				break
			}
		}
		s := h.Clock.State()
		s.Version, s.At, now = s.Version+1, step, step
		if err = h.Clock.Become(s); err == nil {
			r.Moments++
			rest, err = h.rest(ctx, now)
		}
	}
	return now, err
}

// goal is where an advance leads to.
func (a *Advance) goal(now, next time.Time, due bool) time.Time {
	switch {
	case a.Next && (!due || next.After(latest)):
		return now // nothing is ever due: time stays
	case a.Next:
		return next
	case a.To != nil:
		return later(now, *a.To)
	}
	return now.Add(a.by()).Truncate(time.Microsecond)
}

// by is how far an advance leads that says so; 0 for any other.
func (a *Advance) by() time.Duration {
	d, _ := time.ParseDuration(a.By) // which Check has seen
	return d
}

// errPatience is why an advance ends that takes too long.
var errPatience = errors.New("the advance takes too long")

// rest waits until everything has happened that is due at an instant, here and elsewhere. Others may
// have something to do by what was done here, and the other way round: they are asked until nobody
// took anything in hand between two answers.
func (h *Hand) rest(ctx context.Context, at time.Time) (clock.Rest, error) {
	for {
		here, err := h.await(ctx, at, func() clock.Rest { return clock.Ask(h.Parts) })
		if err != nil || h.Elsewhere == nil && !h.Shared {
			return here, err
		}
		there, err := h.restElsewhere(ctx, at)
		if err != nil {
			return there, err
		}
		// What banks said before their answers has come before them, to somebody: it was taken in hand.
		if h.arrive(ctx) != nil {
			continue // as long as there is time
		}
		again := clock.Ask(h.Parts)
		if again.Part == "" && again.Begun == here.Begun && there.Begun == h.peers {
			again.Next = sooner(again.Next, there.Next)
			return again, nil
		}
		h.peers = there.Begun
	}
}

// arrive takes in hand all that others have sent here so far, which is nothing new where nobody shares the work.
func (h *Hand) arrive(ctx context.Context) error {
	if h.Arrive == nil || len(h.present()) == 0 {
		return nil
	}
	return h.Arrive(ctx)
}

// sooner is the earlier of two moments, of which zero is never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// await looks again and again until somebody is at rest.
func (h *Hand) await(ctx context.Context, at time.Time, ask func() clock.Rest) (clock.Rest, error) {
	var r clock.Rest
	for {
		if now := ask(); ctx.Err() == nil || r.Part == "" { // else it may not even have been able to ask
			r = now
		}
		if r.Part == "" {
			return r, nil
		}
		if clock.Pause(ctx, look) == nil {
			continue
		}
		if errors.Is(context.Cause(ctx), errPatience) {
			return r, fault.New(fault.Unavailable, "clock_not_at_rest", "Time stopped at %s: %s is not at rest: %s.", at.Format(time.RFC3339Nano), r.Part, r.Busy).
				Hinting("Advance on when it is, or give it longer with \"within\". GET /sim/clock says where time stands.")
		}
		return r, context.Cause(ctx)
	}
}
