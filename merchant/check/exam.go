package check

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"sandbank/merchant/client"
	"sandbank/merchant/rule"
)

// Config is what a check is made of. Everything but Gateway, Skip and Progress is required.
type Config struct {
	Name     string
	API      *client.Client // as the merchant, past the gateway
	Operator *client.Client // steers time and faults
	Gateway  *Gateway       // in front of Sandbank, for the merchant's server; nil for none
	Begin    Beginner
	Order    string // URL of an order, with {reference} or {payment} in it
	Webhook  string // URL of the merchant's endpoint
	Secret   string // of its webhooks
	View     View
	// Patience is how long an order is waited for, in the computer's time, and Within how long a
	// webhook's answer may take.
	Patience, Within time.Duration
	Skip             []rule.ID
	Progress         func(string) // told what goes on; nil for nobody
}

// exam is a check under way.
type exam struct {
	Config
	http         *http.Client
	began        time.Time       // by the computer
	start        time.Time       // in simulated time
	known        map[string]bool // ids of payments that were begun
	takesRefunds bool            // the rule on refunds has held so far
	steers       sync.Mutex      // one at a time goes on with time
	took         sync.Mutex
	own          time.Duration // the slowest answer to the check's own webhooks
}

// answerTimeout bounds one answer of the merchant's server.
const answerTimeout = 20 * time.Second

// Run checks. An error means that nothing could be graded.
func Run(ctx context.Context, c Config) (Report, error) {
	if c.API == nil || c.Operator == nil || c.Begin == nil || c.Order == "" || c.Webhook == "" || c.Secret == "" || c.Patience <= 0 || c.Within <= 0 {
		return Report{}, errors.New("check: something of the configuration is missing")
	}
	if !strings.Contains(c.Order, "{reference}") && !strings.Contains(c.Order, "{payment}") {
		return Report{}, fmt.Errorf("check: the order's URL %q must have {reference} or {payment} in it", c.Order)
	}
	if c.Progress == nil {
		c.Progress = func(string) {}
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	defer transport.CloseIdleConnections()
	e := &exam{Config: c, began: time.Now(), known: map[string]bool{}, http: &http.Client{
		Transport: transport, Timeout: answerTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	trials, err := e.grade(ctx)
	if err != nil {
		return Report{}, err
	}
	r := Report{Name: c.Name, Took: time.Since(e.began)}
	r.Seconds = r.Took.Seconds()
	for _, t := range trials {
		r.Verdicts = append(r.Verdicts, t.verdict())
	}
	return r, nil
}

// grade does everything, stage by stage.
func (e *exam) grade(ctx context.Context) ([]*trial, error) {
	k, err := e.Operator.Clock(ctx)
	if err != nil {
		return nil, err
	}
	e.start = k.Now
	if err := e.endpoint(ctx); err != nil {
		return nil, err
	}
	if err := e.plain(ctx); err != nil {
		return nil, err
	}
	var trials []*trial
	for _, c := range courses() {
		r, _ := rule.Find(c.rule)
		t := &trial{exam: e, course: c, rule: r, orders: map[string]*order{}}
		t.skipped = slices.Contains(e.Skip, c.rule)
		trials = append(trials, t)
		for _, name := range c.orders {
			if t.skipped {
				continue
			}
			o, err := e.begin(ctx)
			if err != nil {
				return nil, err
			}
			t.orders[name] = o
		}
	}
	for _, s := range stages {
		e.Progress(s.says)
		if err := s.before(ctx, e, trials); err != nil {
			return nil, err
		}
		var all sync.WaitGroup
		for _, t := range trials {
			all.Go(func() { t.run(ctx, s.part(t.course)) })
		}
		all.Wait()
		e.takesRefunds = slices.ContainsFunc(trials, func(t *trial) bool { return t.course.rule == rule.Returned && !t.skipped && t.failure() == nil })
	}
	return trials, e.evidence(ctx, trials)
}

// endpoint sees to it that Sandbank has an endpoint at the merchant's address: its server may have
// registered one.
func (e *exam) endpoint(ctx context.Context) error {
	have, err := e.API.Endpoints(ctx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(have, func(w client.Endpoint) bool { return w.URL == e.Webhook }) {
		return nil
	}
	_, err = e.API.CreateEndpoint(ctx, client.NewEndpoint{URL: e.Webhook, Events: []string{"*"}, Secret: e.Secret, Description: "the check"})
	return err
}

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
		page, err := e.API.Payments(waiting, client.Filter{Limit: 20})
		if err != nil {
			return nil, err
		}
		for _, p := range page.Data {
			if !e.known[p.ID] {
				e.known[p.ID] = true
				url := strings.NewReplacer("{reference}", p.Reference, "{payment}", p.ID).Replace(e.Order)
				return &order{payment: p, url: url}, nil
			}
		}
		if pause(waiting, lookEvery) != nil {
			return nil, fmt.Errorf("check: a payment was begun, and within %s none came to Sandbank: does your server call the address in SANDBANK_URL?", patience)
		}
	}
}

// advance has simulated time go on; by 0 waits until everything has happened that is due now.
func (e *exam) advance(ctx context.Context, by time.Duration) error {
	e.steers.Lock()
	defer e.steers.Unlock()
	now, err := e.Operator.Clock(ctx)
	if err != nil {
		return err
	}
	to := now.Now.Add(by)
	for {
		_, err = e.Operator.SteerClock(ctx, client.ClockWish{Advance: &client.ClockAdvance{To: &to}, Within: "80s"})
		// A merchant's server that answers slowly keeps time from going on.
		if p, ok := errors.AsType[*client.Problem](err); !ok || p.Code != "clock_not_at_rest" {
			return err
		}
	}
}

// answered notes how long the answer to one of the check's own webhooks took.
func (e *exam) answered(d time.Duration) {
	e.took.Lock()
	defer e.took.Unlock()
	e.own = max(e.own, d)
}

// lookEvery is how often something is looked at that is waited for.
const lookEvery = 100 * time.Millisecond

// pause waits, in the computer's time.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
