package load

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sandbank/merchant/client"
	"sandbank/money"
	"sandbank/secret"
)

// Progress is how far a run is.
type Progress struct {
	Done int // payments that have a result, or failed
	Of   int
}

// run is one run and all it holds.
type run struct {
	Options
	amount   money.Amount
	name     string // begins every reference of the run
	sites    []site
	book     *book
	receiver *receiver
	began    time.Time

	next    atomic.Int64 // the number of the next payment
	done    atomic.Int64
	repeats atomic.Int64
	steps   atomic.Int64 // payments acknowledged, paid for or decided so far
	waiting atomic.Int64 // payments under way

	mu     sync.Mutex
	errors map[string]int
	last   error // of a request that was or would have been repeated
}

// site is one processor, as a merchant and its customers reach it.
type site struct {
	client   *client.Client
	base     *url.URL
	browsers []*browser
}

// Run makes the payments, tells progress a few times a second, and reports. The
// error says why the run could not be made or was cut short; what went wrong
// with single payments stands in the report.
func Run(ctx context.Context, o Options, progress func(Progress)) (Report, error) {
	o, amount, err := o.checked()
	if err != nil {
		return Report{}, err
	}
	r := &run{Options: o, amount: amount, name: "load-" + strings.ToLower(rand.Text()[:8]), book: newBook(), errors: map[string]int{}}
	transport := r.transport()
	defer transport.CloseIdleConnections()
	if err := r.open(transport); err != nil {
		return Report{}, err
	}
	if r.receiver, err = listen(ctx, o, r.book); err != nil {
		return Report{}, err
	}
	defer r.receiver.close()
	first := r.sites[0].client
	if err := r.register(ctx, first); err != nil {
		return Report{}, untaken(first.Base(), err)
	}
	stop := r.tell(progress)
	err = r.moving(ctx)
	stop()
	report := r.report()
	return report, errors.Join(err, r.receiver.unregister(ctx, first))
}

// register has the first processor send webhooks here, as long as one payment may take.
func (r *run) register(ctx context.Context, first *client.Client) error {
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	return r.receiver.register(ctx, first)
}

// moving makes the payments for as long as they move.
func (r *run) moving(ctx context.Context) error {
	ctx, end := context.WithCancelCause(ctx)
	var watching sync.WaitGroup
	watching.Go(func() { r.watch(ctx, end) })
	r.drive(ctx)
	err := context.Cause(ctx)
	if err == nil {
		r.askForOpen(ctx)
		err = context.Cause(ctx)
	}
	end(nil)
	watching.Wait()
	return err
}

// untaken says why a run cannot begin.
func untaken(base string, err error) error {
	if _, ok := errors.AsType[*client.UnreachedError](err); ok {
		return err // it says so itself
	}
	return fmt.Errorf("the processor at %s does not take this run: %w", base, err)
}

// transport keeps a connection for each customer: the run measures the
// processor, and not the cost of connections.
func (r *run) transport() *http.Transport {
	return &http.Transport{
		MaxIdleConns: 4 * r.Concurrency, MaxIdleConnsPerHost: 2 * r.Concurrency, IdleConnTimeout: time.Minute,
		DisableCompression: true,
		TLSClientConfig:    r.Trust.Clone(),
		DialContext:        (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
	}
}

// browsersPerSite is how many sessions the customers of one processor share:
// enough to be several, few enough that forms are not what is measured.
const browsersPerSite = 8

func (r *run) open(transport *http.Transport) error {
	visits := &http.Client{
		Transport: transport, Timeout: 15 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	for _, base := range r.Bases {
		c, err := client.New(client.Config{
			Base: base, ID: r.ID, Secret: secret.Text(r.Secret), HTTP: &http.Client{Transport: transport},
			Patience: -1, // repeated here, where repeats are counted and go to the next processor
		})
		if err != nil {
			return err
		}
		s := site{client: c}
		if s.base, err = url.Parse(c.Base()); err != nil {
			return err
		}
		for range min(browsersPerSite, r.Concurrency) {
			s.browsers = append(s.browsers, &browser{http: visits, card: r.Card})
		}
		r.sites = append(r.sites, s)
	}
	return nil
}

// drive lets the customers make their payments.
func (r *run) drive(ctx context.Context) {
	r.began = time.Now()
	var customers sync.WaitGroup
	for number := range r.Concurrency {
		customers.Go(func() { r.shop(ctx, number) })
	}
	customers.Wait()
}

// shop is one customer, who makes payments until there are enough.
func (r *run) shop(ctx context.Context, customer int) {
	for {
		n := int(r.next.Add(1)) - 1
		if n >= r.Payments {
			return
		}
		due := time.Now()
		if r.Rate > 0 {
			// Measured from when it was due: else a processor that makes
			// customers wait would have fewer of them, and look the better for it.
			due = r.began.Add(time.Duration(float64(n) / r.Rate * float64(time.Second)))
			if sleep(ctx, time.Until(due)) != nil {
				return
			}
		}
		if ctx.Err() != nil {
			return
		}
		if r.waiting.Add(1) == 1 {
			r.steps.Add(1) // where nobody waited, nothing stood still
		}
		err := r.purchase(ctx, customer, n, due)
		r.waiting.Add(-1)
		if err != nil && ctx.Err() == nil {
			r.note(err)
		}
		r.done.Add(1)
	}
}

// tell reports progress until it is stopped.
func (r *run) tell(progress func(Progress)) (stop func()) {
	if progress == nil {
		return func() {}
	}
	ended, told := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(told)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ended:
				progress(Progress{int(r.done.Load()), r.Payments})
				return
			case <-tick.C:
				progress(Progress{int(r.done.Load()), r.Payments})
			}
		}
	}()
	return func() { close(ended); <-told }
}

func (r *run) note(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errors[codeOf(err)]++
}

// codeOf groups errors for the report.
func codeOf(err error) string {
	if code := client.Code(err); code != "" {
		return code
	}
	if refused, ok := errors.AsType[*refusal](err); ok {
		return fmt.Sprintf("checkout_%s_%d", refused.step, refused.status)
	}
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return "timeout"
	}
	return "connection"
}
