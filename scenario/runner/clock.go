package runner

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// setClock has simulated time stand still at the scenario's start. Where that has passed, and time does
// not go back, the start is at the same time of a later day: what others left is settled by then.
func (p *play) setClock(ctx context.Context) error {
	a, err := p.api.must(ctx, request{method: "GET", path: "/sim/clock", by: "operator"})
	if err != nil {
		return err
	}
	if err := p.read(a); err != nil {
		return err
	}
	start := p.scenario.Start
	if late := p.now.Sub(start); late > 0 || late == 0 && !p.stage.Own {
		start = start.Add((late/(24*time.Hour) + 1) * 24 * time.Hour)
	}
	if p.stage.Clock != nil {
		if err := p.await(ctx, start, true); err != nil {
			return err
		}
	} else if !start.Equal(p.now) || textAt(a.tree, "mode") != "frozen" {
		if err := p.freezeAt(ctx, start); err != nil {
			return err
		}
	}
	p.began = p.now
	if err := p.rest(ctx); err != nil || p.stage.Own || !p.scenario.OfBooks() {
		return err
	}
	// What others left would be paid out with what is the scenario's own.
	if _, err := p.api.must(ctx, request{method: "POST", path: "/v1/payouts", by: "operator"}); err != nil {
		return err
	}
	return p.rest(ctx)
}

// read takes what a clock says.
func (p *play) read(a answer) error {
	now, err := time.Parse(time.RFC3339Nano, textAt(a.tree, "now"))
	if err != nil {
		return fmt.Errorf("the clock tells no time: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now, p.next = now, nil
	if next, err := time.Parse(time.RFC3339Nano, textAt(a.tree, "next_due_at")); err == nil {
		p.next = &next
	}
	return nil
}

// longestAdvance is how much of the computer's time one advance may take.
const longestAdvance = "80s"

func (p *play) steer(ctx context.Context, wish map[string]any) error {
	p.options.allowance.pause()
	free, err := p.stage.Clock.turn(ctx)
	p.options.allowance.resume()
	if err != nil {
		return err
	}
	defer free()
	a, err := p.api.must(ctx, request{method: "POST", path: "/sim/clock", by: "operator", body: wish})
	if err != nil {
		return err
	}
	return p.read(a)
}

// rest waits until everything has happened that follows from what was done, at this instant. While a
// fault is under way, something may not come to rest: then it waits for a moment only.
func (p *play) rest(ctx context.Context) error {
	if len(p.faults) == 0 {
		return p.move(ctx, p.now)
	}
	err := p.steer(ctx, map[string]any{"advance": map[string]any{"to": p.now.Format(time.RFC3339Nano)}, "within": "300ms"})
	if refused, ok := errors.AsType[*refusedError](err); ok && refused.status == http.StatusServiceUnavailable {
		return nil
	}
	return err
}

// advanceTo has time go on to an instant, or, where others are on the same Sandbank, waits until it has.
func (p *play) advanceTo(ctx context.Context, to time.Time) error {
	if p.stage.Clock == nil {
		return p.move(ctx, to)
	}
	return p.await(ctx, to, false)
}

// await waits until it is an instant, which others on the same Sandbank may bring about.
func (p *play) await(ctx context.Context, to time.Time, start bool) error {
	p.options.allowance.pause()
	err := p.stage.Clock.until(ctx, to, start, func(ctx context.Context, to time.Time, jump bool) error {
		p.options.allowance.resume()
		defer p.options.allowance.pause()
		if jump {
			return p.freezeAt(ctx, to)
		}
		return p.move(ctx, to)
	})
	p.options.allowance.resume()
	if err != nil {
		return err
	}
	a, err := p.api.must(ctx, request{method: "GET", path: "/sim/clock", by: "operator"})
	if err != nil {
		return err
	}
	return p.read(a)
}

func (p *play) freezeAt(ctx context.Context, at time.Time) error {
	return p.steer(ctx, map[string]any{"set": at.Format(time.RFC3339Nano), "freeze": true})
}

func (p *play) move(ctx context.Context, to time.Time) error {
	return p.steer(ctx, map[string]any{"advance": map[string]any{"to": to.Format(time.RFC3339Nano)}, "within": longestAdvance})
}

// instant is what time it is for the scenario.
func (p *play) instant() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

// since is how long after the scenario's start it is.
func (p *play) since() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now.Sub(p.began)
}

// ask is what time it is, or was when that was last heard, where nobody says.
func (p *play) ask(ctx context.Context) time.Time {
	if a, err := p.api.must(ctx, request{method: "GET", path: "/sim/clock", by: "operator"}); err == nil {
		if now, err := time.Parse(time.RFC3339Nano, textAt(a.tree, "now")); err == nil {
			return now
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}
