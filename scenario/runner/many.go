package runner

import (
	"context"
	"errors"
	"sync"
	"time"

	"sandbank/clock"
	"sandbank/scenario"
)

// Plan says how many scenarios are run.
type Plan struct {
	Open     Opener
	Parallel int // how many at a time
	// Clock is for scenarios that share a Sandbank: those that are about more than their merchant have it to
	// themselves, after the others. Nil where each has one of its own.
	Clock    *Conductor
	FailFast bool          // begin no further one after the first that does not hold
	Limit    time.Duration // for each, in the computer's time, without what it waits for others; 0 for none
	// Recorded is as in [Options].
	Recorded Recorded
	// Began and Ended are told of each scenario, by its place in the list, one call at a time; nil
	// for nobody.
	Began func(int)
	Ended func(int, scenario.Result)
}

// errAfterFailure is why a scenario was not begun.
var errAfterFailure = errors.New("not begun, since another one had not held")

// Many runs scenarios, and returns their results in the order of the list.
func Many(ctx context.Context, list []scenario.Scenario, p Plan) []scenario.Result {
	results := make([]scenario.Result, len(list))
	var telling sync.Mutex
	stopped := false
	run := func(i int) {
		telling.Lock()
		if stopped || ctx.Err() != nil {
			results[i] = scenario.Result{Scenario: list[i], Outcome: scenario.NotRun, Err: errors.Join(ctx.Err(), errAfterFailure)}
			telling.Unlock()
			return
		}
		if p.Began != nil {
			p.Began(i)
		}
		telling.Unlock()
		r := p.one(ctx, list[i])
		telling.Lock()
		defer telling.Unlock()
		results[i] = r
		stopped = stopped || p.FailFast && r.Outcome != scenario.Held
		if p.Ended != nil {
			p.Ended(i, r)
		}
	}
	together, alone := p.divided(list)
	p.each(ctx, together, p.Parallel, run)
	p.each(ctx, alone, 1, run)
	return results
}

// divided tells, by their places, the scenarios that may run beside others from those that may not.
func (p Plan) divided(list []scenario.Scenario) (together, alone []int) {
	for i, s := range list {
		if p.Clock != nil && s.OfAll() {
			alone = append(alone, i)
		} else {
			together = append(together, i)
		}
	}
	return together, alone
}

// each runs the scenarios at some places, so many at a time.
func (p Plan) each(ctx context.Context, places []int, parallel int, run func(int)) {
	turns := make(chan int)
	var all sync.WaitGroup
	for range min(max(1, parallel), len(places)) {
		leave := p.Clock.enter() // before any begins, so that time waits for all
		all.Go(func() {
			defer leave()
			for i := range turns {
				p.Clock.begin(ctx)
				run(i)
			}
		})
	}
	for _, i := range places {
		turns <- i
	}
	close(turns)
	all.Wait()
}

func (p Plan) one(ctx context.Context, s scenario.Scenario) scenario.Result {
	ctx, allowance, stop := allowed(ctx, p.Limit, clock.Real{})
	defer stop()
	return Run(ctx, s, p.Open, Options{Recorded: p.Recorded, allowance: allowance})
}
