package runner

import (
	"context"
	"errors"
	"sync"
	"time"

	"sandbank/scenario"
)

// Plan says how many scenarios are run.
type Plan struct {
	Open     Opener
	Parallel int           // how many at a time; 1 where they share a Sandbank
	FailFast bool          // begin no further one after the first that does not hold
	Limit    time.Duration // for each, in the computer's time; 0 for none
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
	turns := make(chan int)
	var all sync.WaitGroup
	var telling sync.Mutex
	stopped := false
	for range min(max(1, p.Parallel), max(1, len(list))) {
		all.Go(func() {
			for i := range turns {
				telling.Lock()
				if stopped || ctx.Err() != nil {
					results[i] = scenario.Result{Scenario: list[i], Outcome: scenario.NotRun, Err: errors.Join(ctx.Err(), errAfterFailure)}
					telling.Unlock()
					continue
				}
				if p.Began != nil {
					p.Began(i)
				}
				telling.Unlock()
				r := p.one(ctx, list[i])
				telling.Lock()
				results[i] = r
				stopped = stopped || p.FailFast && r.Outcome != scenario.Held
				if p.Ended != nil {
					p.Ended(i, r)
				}
				telling.Unlock()
			}
		})
	}
	for i := range list {
		turns <- i
	}
	close(turns)
	all.Wait()
	return results
}

func (p Plan) one(ctx context.Context, s scenario.Scenario) scenario.Result {
	if p.Limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, p.Limit, scenario.ErrTooLong)
		defer cancel()
	}
	return Run(ctx, s, p.Open, Options{Recorded: p.Recorded})
}
