package check

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"sandbank/merchant/client"
	"sandbank/merchant/rule"
)

// Config is what a check is made of. Everything but Gateway, Stripe, Skip and Progress is required.
type Config struct {
	Name     string
	API      *client.Client // as the merchant, past the gateway
	Operator *client.Client // steers time and faults
	Gateway  *Gateway       // in front of Sandbank, for the merchant's server; nil for none
	Begin    Beginner
	Order    string         // URL of an order, with {reference} or {payment} in it
	Webhook  string         // URL of the merchant's endpoint
	Secret   string         // of its webhooks
	Stripe   *client.Stripe // where the merchant's server speaks Stripe's API; nil for the house's own
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
	known        map[string]bool // ids of payments that were begun, or were there before
	before       int64           // sequence of the newest webhook of before
	takesRefunds bool            // the rule on refunds has held so far
	takesForged  bool            // that on signatures has not
	steers       sync.Mutex      // one at a time goes on with time
	speech       speech
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
	if !strings.Contains(c.Order, "{reference}") && !strings.Contains(c.Order, "{payment}") && !strings.Contains(c.Order, "{session}") {
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
	e.speech = house{&e.Config}
	if c.Stripe != nil {
		e.speech = stripe{&e.Config}
	}
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
