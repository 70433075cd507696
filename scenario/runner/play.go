package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"sandbank/clock"
	"sandbank/scenario"
)

// play is one scenario under way.
type play struct {
	stage    Stage
	scenario scenario.Scenario
	api      *caller
	hooks    *receiver
	endpoint string // id of the webhook endpoint
	mark     string // that tells this run's references from those of others; "" where there are none
	ears     map[scenario.Channel]*ear
	before   baseline
	watch    func(scenario.Line)
	recorded Recorded
	options  Options

	mu       sync.Mutex
	kept     map[string]any    // what steps keep, by name
	payments map[string]string // ids, by name
	names    map[string]string // the other way round
	lines    []scenario.Line
	began    time.Time // of simulated time
	now      time.Time
	next     *time.Time // the next due moment; nil for none
	faults   []begun    // that have not been ended
	holds    []begun    // likewise
	away     []string   // banks that were taken offline
	told     int        // webhooks that are in the transcript
}

// begun is a fault at one processor, or a hold, which is at all of them.
type begun struct{ name, base, at string }

// Options say how scenarios are run.
type Options struct {
	Watch func(scenario.Line) // told of each line as it comes; nil for nobody
	// Recorded has what was recorded beside scenarios; nil for a place where nothing can be.
	Recorded Recorded
	// Pace is asked before each step of the first rank, and once after the last, by the number of
	// steps that are done; it waits as long as it likes, and its error ends the run. Nil waits for nobody.
	Pace func(ctx context.Context, done int, payments map[string]string) error
	// TokenLife is how long the tokens of the run are good; 0 is 15 minutes.
	TokenLife time.Duration

	allowance *allowance // of the computer's time; nil for none
}

// Run opens a stage, plays a scenario on it, and ends it.
func Run(ctx context.Context, s scenario.Scenario, open Opener, o Options) (r scenario.Result) {
	began := clock.Real{}.Now()
	r = scenario.Result{Scenario: s, Outcome: scenario.NotRun}
	defer func() { r.Took = clock.Real{}.Now().Sub(began) }()
	stage, err := open(ctx, s)
	if err != nil {
		return ended(ctx, r, fmt.Errorf("there is nothing to run it on: %w", err))
	}
	p := &play{stage: stage, scenario: s, watch: o.Watch, recorded: o.Recorded, options: o, kept: map[string]any{}, payments: map[string]string{}, names: map[string]string{}}
	err = p.begin(ctx)
	if err == nil {
		err = p.steps(ctx)
	}
	last := p.end(context.WithoutCancel(ctx))
	if r.Transcript = p.lines; err == nil {
		err = last
	}
	return ended(ctx, r, err)
}

// ended is a result with what the error of a run makes of it.
func ended(ctx context.Context, r scenario.Result, err error) scenario.Result {
	failure, failed := errors.AsType[*failedError](err)
	switch {
	case err == nil:
		r.Outcome = scenario.Held
	case failed:
		r.Outcome, r.Failure = scenario.Failed, &failure.Failure
	case errors.Is(context.Cause(ctx), scenario.ErrTooLong):
		r.Outcome, r.Err = scenario.TimedOut, fmt.Errorf("%w: %w", scenario.ErrTooLong, err)
	default:
		r.Err = err
	}
	return r
}

// failedError is an expectation that did not hold.
type failedError struct{ scenario.Failure }

func (f *failedError) Error() string {
	return fmt.Sprintf("%s: expected %s, and saw %s", f.Step.At, f.Expected, f.Seen)
}

// begin sets the stage: the clock, the merchant's endpoint, and those who listen.
func (p *play) begin(ctx context.Context) (err error) {
	if p.api, err = newCaller(ctx, p.stage, cmp.Or(p.options.TokenLife, tokenLife)); err != nil {
		return err
	}
	if err := p.setClock(ctx); err != nil {
		return err
	}
	if p.hooks, err = newReceiver(p.stage.Hooks, p.ask); err != nil {
		return err
	}
	made, err := p.api.must(ctx, request{method: "POST", path: "/v1/webhook-endpoints", by: "merchant", body: map[string]any{
		"url": p.hooks.url(), "events": []string{"*"}, "description": "of a scenario", // whose title may have a test card's number in it
	}})
	if err != nil {
		return fmt.Errorf("the merchant's endpoint: %w", err)
	}
	p.endpoint = textAt(made.tree, "id")
	if !p.stage.Own {
		p.mark = "-" + p.endpoint[len(p.endpoint)-12:]
	}
	p.hooks.trust(textAt(made.tree, "secret"))
	if p.ears, err = p.listen(ctx); err != nil {
		return err
	}
	return p.remember(ctx)
}

// pace waits until the next step may be done.
func (p *play) pace(ctx context.Context, done int) error {
	if p.options.Pace == nil {
		return nil
	}
	p.mu.Lock()
	payments := maps.Clone(p.payments)
	p.mu.Unlock()
	return p.options.Pace(ctx, done, payments)
}

// endTimeout is how long it may take to end a stage, in the computer's time, which may have much else to do.
const endTimeout = 2 * time.Minute

// end takes back what was begun.
func (p *play) end(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, endTimeout)
	defer cancel()
	var wrong []error
	for _, e := range p.ears {
		e.close()
	}
	if p.api != nil && !p.stage.Own {
		wrong = append(wrong, p.tidy(ctx))
	}
	if p.hooks != nil {
		p.hooks.close()
	} else if p.stage.Hooks != nil {
		_ = p.stage.Hooks.Close()
	}
	if p.api != nil {
		p.api.http.CloseIdleConnections()
	}
	if p.stage.Close != nil {
		wrong = append(wrong, p.stage.Close(ctx))
	}
	return errors.Join(wrong...)
}

// tidy leaves a stage that others use as it was found.
func (p *play) tidy(ctx context.Context) (err error) {
	for _, f := range p.faults {
		_, _ = p.api.call(ctx, request{method: "DELETE", path: f.at, by: "operator"}) // most have ended by themselves
	}
	for _, h := range p.holds {
		_, _ = p.api.call(ctx, request{method: "DELETE", path: h.at, by: "merchant"}) // likewise
	}
	for _, bic := range p.away {
		_, again := p.api.must(ctx, request{method: "POST", path: "/sim/banks/" + bic + "/online", by: "operator"})
		err = errors.Join(err, again)
	}
	if p.endpoint != "" {
		_, gone := p.api.must(ctx, request{method: "DELETE", path: "/v1/webhook-endpoints/" + p.endpoint, by: "merchant"})
		err = errors.Join(err, gone)
	}
	return err
}
