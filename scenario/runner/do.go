package runner

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"sandbank/scenario"
)

// thread is a row of steps that are done one after the other.
type thread struct {
	*play
	last    *answer        // of the last call; nil before the first
	refused *scenario.Step // whose call was refused, and not expected to be yet
	beside  bool           // others are under way
	lines   []scenario.Line
}

// steps does all steps of the scenario.
func (p *play) steps(ctx context.Context) error {
	t := &thread{play: p}
	for i, step := range p.scenario.Steps {
		if err := p.pace(ctx, i); err != nil {
			return err
		}
		if err := t.step(ctx, step); err != nil {
			return err
		}
	}
	if err := t.unexpected(); err != nil {
		return err
	}
	return p.pace(ctx, len(p.scenario.Steps))
}

// unexpected is the failure of a call that was refused and that nobody expected to be.
func (t *thread) unexpected() error {
	if t.refused == nil {
		return nil
	}
	step := *t.refused
	return t.failure(step, "", "that "+string(step.Do.Verb())+" is not refused", t.last.says())
}

func (t *thread) step(ctx context.Context, step scenario.Step) error {
	if e, ok := step.Do.(scenario.Expect); ok {
		if e.OfAnswer() {
			t.refused = nil
		}
		if err := t.unexpected(); err != nil {
			return err
		}
		return t.expect(ctx, step, e)
	}
	if err := t.unexpected(); err != nil {
		return err
	}
	if par, ok := step.Do.(scenario.Parallel); ok {
		return t.parallel(ctx, step, par)
	}
	if err := t.do(ctx, step); err != nil {
		return fmt.Errorf("%s: %s: %w", step.At, step.Do.Verb(), err)
	}
	if t.beside {
		return nil
	}
	return t.settled(ctx, step)
}

// settled waits for what follows from a step, and notes what was heard.
func (t *thread) settled(ctx context.Context, step scenario.Step) error {
	if err := t.rest(ctx); err != nil {
		return fmt.Errorf("%s: after %s: %w", step.At, step.Do.Verb(), err)
	}
	t.note()
	t.hooks.stepped()
	return nil
}

// parallel does branches at once. Their lines stand one branch after the other.
func (t *thread) parallel(ctx context.Context, step scenario.Step, par scenario.Parallel) error {
	var all sync.WaitGroup
	threads, wrong := make([]*thread, len(par.Branches)), make([]error, len(par.Branches))
	for i, branch := range par.Branches {
		threads[i] = &thread{play: t.play, beside: true}
		all.Go(func() {
			for _, s := range branch {
				if wrong[i] = threads[i].step(ctx, s); wrong[i] != nil {
					return
				}
			}
		})
	}
	all.Wait()
	for i, th := range threads {
		for _, l := range th.lines {
			t.say(l)
		}
		if wrong[i] != nil {
			return wrong[i]
		}
	}
	t.last = nil
	return t.settled(ctx, step)
}

// do does one step that is no expectation.
func (t *thread) do(ctx context.Context, step scenario.Step) error {
	switch a := step.Do.(type) {
	case scenario.Create:
		return t.create(ctx, step, a)
	case scenario.Customer:
		return t.request(ctx, step, a.Payment, "customer", request{method: "POST", path: "/sim/payments/" + t.id(a.Payment) + "/customer", by: "merchant", body: a.Act}, scenario.Brief(a.Act))
	case scenario.Bank:
		return t.bank(ctx, step, a)
	case scenario.Advance:
		return t.advance(ctx, step, a)
	case scenario.Fault:
		return t.fault(ctx, step, a)
	case scenario.Hold:
		return t.hold(ctx, step, a)
	case scenario.Move:
		return t.move(ctx, step, a)
	case scenario.GoOn:
		return t.goOn(ctx, step, a)
	case scenario.Settle:
		for _, bic := range a.Banks {
			if err := t.request(ctx, step, "", "operator", request{method: "POST", path: "/sim/banks/" + t.filled(bic) + "/settle", by: "operator"}, "has "+bic+" settle"); err != nil {
				return err
			}
		}
		return nil
	case scenario.PayOut:
		return t.request(ctx, step, "", "operator", request{method: "POST", path: "/v1/payouts", by: "operator"}, "pays out")
	case scenario.Dispute:
		return t.dispute(ctx, step, a)
	case scenario.Operation:
		return t.operate(ctx, step, a)
	case scenario.Call:
		return t.callRoute(ctx, step, a)
	case scenario.Receive:
		t.hooks.obey(a)
		t.say(t.line(step, "", "merchant", "", fmt.Sprintf("answers webhooks with %d%s from now on", a.Status, times(a.Times))))
		return nil
	}
	return fmt.Errorf("there is no way to do %T", step.Do)
}

// ownPayout is what payouts of the scenario are called.
const ownPayout = "payout"

func times(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %d times,", n)
}

// id is the id of a payment by its name.
func (p *play) id(name string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return url.PathEscape(p.payments[name])
}

// request makes a call, keeps its answer, and says so.
func (t *thread) request(ctx context.Context, step scenario.Step, about, from string, q request, text string) error {
	a, err := t.api.call(ctx, q)
	if err != nil {
		return err
	}
	t.took(step, a)
	came := fmt.Sprint(a.status)
	if status := textAt(a.tree, "status"); status != "" && a.status < 300 {
		came += ", " + status
	} else if a.status >= 300 {
		came += ", " + a.problem()
	}
	if t.beside {
		came = "at once with others" // whoever wins
	}
	t.say(t.line(step, about, from, "processor", text+" → "+came))
	return nil
}

// took notes the answer to a step's call.
func (t *thread) took(step scenario.Step, a answer) {
	t.last = &a
	if a.status >= 400 {
		t.refused = &step
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := step.Do.(scenario.PayOut); ok {
		list, _ := memberAt(a.tree, "data").([]any)
		for _, one := range list {
			t.names[textAt(one, "id")] = ownPayout
		}
	}
	if step.As == "" || a.tree == nil {
		return
	}
	t.kept[step.As] = a.tree
	if step.Creates() {
		id := textAt(a.tree, "id")
		t.names[id] = step.As
		if house := housePayment(id); house != "" {
			t.names[house], id = step.As, house
		}
		t.payments[step.As] = id
	}
}

func (t *thread) create(ctx context.Context, step scenario.Step, c scenario.Create) error {
	body := map[string]any{"amount": amount(t.filled(c.Amount)), "reference": step.As + t.mark, "return_url": "https://shop.example/orders/" + step.As}
	for name, value := range map[string]string{"reference": c.Reference, "return_url": c.ReturnURL, "bank": c.Bank, "description": c.Description, "capture": c.Capture} {
		if value != "" {
			body[name] = t.filled(value)
		}
	}
	if c.Attempts > 0 {
		body["attempts"] = c.Attempts
	}
	if c.ExpiresIn > 0 {
		body["expires_in_seconds"] = int(c.ExpiresIn / time.Second)
	}
	if c.Metadata != nil {
		body["metadata"] = c.Metadata
	}
	if c.Simulate != nil {
		body["simulate"] = t.filledTree(c.Simulate)
	}
	text := "asks for " + t.filled(c.Amount)
	if c.Bank != "" {
		text += " at " + t.filled(c.Bank)
	}
	return t.request(ctx, step, step.As, "merchant", request{method: "POST", path: "/v1/payments", by: "merchant", body: body, header: t.key(c.Key)}, text)
}

// key is the header of an idempotency key, which on a Sandbank that others use is this run's own.
func (t *thread) key(key string) map[string]string {
	if key == "" {
		return nil
	}
	return map[string]string{"Idempotency-Key": `"` + escaped.Replace(t.filled(key)+t.mark) + `"`}
}

// escaped is a text as a string of a structured field has it, between its quotes.
var escaped = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
