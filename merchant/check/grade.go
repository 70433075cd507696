package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"sandbank/merchant/client"
	"sandbank/merchant/rule"
)

// grade does everything, stage by stage.
func (e *exam) grade(ctx context.Context) ([]*trial, error) {
	k, err := e.Operator.Clock(ctx)
	if err != nil {
		return nil, err
	}
	e.start = k.Now
	if err := e.remember(ctx); err != nil {
		return nil, err
	}
	if err := e.endpoint(ctx); err != nil {
		return nil, err
	}
	if err := e.plain(ctx); err != nil {
		return nil, err
	}
	trials, err := e.enroll(ctx)
	if err != nil {
		return nil, err
	}
	for i, s := range stages {
		e.Progress(s.says)
		if err := s.before(ctx, e, trials); err != nil {
			giveUp(trials, stages[i:], err)
			break
		}
		var all sync.WaitGroup
		for _, t := range trials {
			all.Go(func() { t.run(ctx, s.part(t.course)) })
		}
		all.Wait()
		e.takesForged = slices.ContainsFunc(trials, func(t *trial) bool { return t.course.rule == rule.Signature && t.failure() != nil })
		e.takesRefunds = slices.ContainsFunc(trials, func(t *trial) bool { return t.course.rule == rule.Returned && !t.skipped && t.failure() == nil })
	}
	if err := e.evidence(ctx, trials); err != nil && ctx.Err() == nil {
		return nil, err
	}
	return trials, nil
}

// enroll makes a trial of each rule, with the orders that it begins with.
func (e *exam) enroll(ctx context.Context) (trials []*trial, err error) {
	all := courses()
	for _, r := range e.speech.rules() {
		c := all[slices.IndexFunc(all, func(c course) bool { return c.rule == r.ID })]
		t := &trial{exam: e, course: c, rule: r, orders: map[string]*order{}, skipped: slices.Contains(e.Skip, c.rule)}
		trials = append(trials, t)
		if t.skipped {
			continue
		}
		for _, name := range c.orders {
			if t.orders[name], err = e.begin(ctx); err != nil {
				return nil, err
			}
		}
	}
	return trials, nil
}

// giveUp ends the trials that have a part in any of the stages that cannot be gone through.
func giveUp(trials []*trial, left []stage, err error) {
	for _, t := range trials {
		if slices.ContainsFunc(left, func(s stage) bool { return s.part(t.course) != nil }) {
			t.giveUp(err)
		}
	}
}

// endpoint sees to it that Sandbank has an endpoint at the merchant's address: its server may have
// registered one.
func (e *exam) endpoint(ctx context.Context) error {
	have, err := e.speech.hooks(ctx)
	if err != nil || len(have) > 0 {
		return err
	}
	return e.speech.register(ctx)
}

// remember notes what was there before the check: payments, and webhooks to the merchant's endpoint.
func (e *exam) remember(ctx context.Context) error {
	page, err := e.API.Payments(ctx, client.Filter{Limit: looked})
	if err != nil {
		return err
	}
	for _, p := range page.Data {
		e.known[p.ID] = true
	}
	have, err := e.speech.hooks(ctx)
	for _, w := range have {
		page, err := e.API.Deliveries(ctx, w.ID, "")
		if err != nil {
			return err
		}
		e.before = max(e.before, newest(page.Data))
	}
	return err
}

// looked is how many of the newest payments are looked through for one that was begun.
const looked = 20

// plain holds the merchant's server to the usual: without it there is nothing to grade.
func (e *exam) plain(ctx context.Context) error {
	e.Progress("one payment as usual")
	t := &trial{exam: e, orders: map[string]*order{}}
	o, err := e.begin(ctx)
	if err == nil {
		t.orders["plain"] = o
		err = t.pay(ctx, o)
	}
	if err == nil {
		err = t.await(ctx, o, Paid, "a payment was captured and told by webhook")
	}
	if m, ok := errors.AsType[*miss](err); ok {
		err = fmt.Errorf("check: one payment as usual: expected that %s, and saw that %s; until this works, nothing can be graded. Look at %s, and whether webhooks reach %s", m.expected, m.seen, o.url, e.Webhook)
	}
	return err
}

// begin has the merchant's server begin a payment, and finds it at Sandbank.
func (e *exam) begin(ctx context.Context) (*order, error) {
	if err := e.Begin(ctx, e.http); err != nil {
		return nil, err
	}
	const patience = 10 * time.Second
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		page, err := e.API.Payments(waiting, client.Filter{Limit: looked})
		if err != nil {
			return nil, err
		}
		for _, p := range page.Data {
			if !e.known[p.ID] {
				e.known[p.ID] = true
				url := strings.NewReplacer("{reference}", p.Reference, "{payment}", p.ID, "{session}", sessionOf(p)).Replace(e.Order)
				return &order{payment: p, url: url}, nil
			}
		}
		if pause(waiting, lookEvery) != nil {
			return nil, fmt.Errorf("check: a payment was begun, and within %s none came to Sandbank: does your server call the address in SANDBANK_URL?", patience)
		}
	}
}
