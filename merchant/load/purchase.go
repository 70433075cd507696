package load

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"sandbank/merchant/client"
)

// purchase is one payment from end to end.
func (r *run) purchase(ctx context.Context, customer, n int, due time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	t := r.book.begin(fmt.Sprintf("%s-%d", r.name, n), due)
	made, err := r.create(ctx, customer, t)
	if err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		if err := r.confirm(ctx, customer, t, made.CheckoutURL, attempt); err != nil {
			return err
		}
		select {
		case <-t.done:
			r.steps.Add(1)
			return nil
		case <-t.declined: // the customer tries again, as long as there are tries left
		case <-ctx.Done():
			return nil // asked for at the end
		}
	}
}

// site is where a customer goes: to its own processor, and to the next one when
// a try there has failed.
func (r *run) site(customer, try int) site { return r.sites[(customer+try)%len(r.sites)] }

// again does something until it is done, fails for good, or time is up.
func (r *run) again(ctx context.Context, passes func(error) bool, do func(try int) error) error {
	wait := 50 * time.Millisecond
	for try := 0; ; try++ {
		err := do(try)
		if err != nil && ctx.Err() == nil {
			r.noteLast(err)
		}
		if err == nil || !passes(err) || sleep(ctx, wait) != nil {
			return err
		}
		r.repeats.Add(1)
		wait = min(2*wait, time.Second)
	}
}

// create asks for the payment. The key makes it one payment, however often and
// at whichever processor the request is repeated.
func (r *run) create(ctx context.Context, customer int, t *trip) (made client.Payment, err error) {
	began := time.Now()
	err = r.again(ctx, client.Temporary, func(try int) (err error) {
		made, err = r.site(customer, try).client.CreatePayment(ctx, client.NewPayment{
			Amount: r.amount, Reference: t.reference, Bank: r.Bank, ReturnURL: r.receiver.url,
		}, client.IdempotencyKey(t.reference))
		return err
	})
	if err == nil {
		t.id, t.create = made.ID, time.Since(began)
		r.steps.Add(1)
	}
	return made, err
}

// confirm pays at the checkout: at its own path, on the customer's processor.
// However often it is repeated, the attempt's number makes it one.
func (r *run) confirm(ctx context.Context, customer int, t *trip, checkout string, attempt int) error {
	at, err := url.Parse(checkout)
	if err != nil {
		return err
	}
	err = r.again(ctx, passing, func(try int) error {
		s := r.site(customer, try)
		there := *at
		there.Scheme, there.Host = s.base.Scheme, s.base.Host
		return s.browsers[customer%len(s.browsers)].pay(ctx, there.String(), attempt)
	})
	if err == nil {
		t.paid = true
		r.steps.Add(1)
	}
	return err
}

const (
	asking   = 8 // payments asked for at a time
	askPause = time.Second
)

// askForOpen asks for the payments that were acknowledged and not heard of, all
// of them once, and then those that were paid for until time is up.
func (r *run) askForOpen(ctx context.Context) {
	for until := time.Now().Add(r.Timeout); ; {
		open := r.unheard()
		if len(open) == 0 {
			return
		}
		r.askAll(ctx, open)
		if time.Now().After(until) || sleep(ctx, askPause) != nil {
			return
		}
	}
}

// unheard lists what is still to be asked for. A payment that its customer
// could not pay for is done once it was found.
func (r *run) unheard() []*trip {
	return slices.DeleteFunc(r.book.open(), func(t *trip) bool { return t.id == "" || t.found && !t.paid })
}

func (r *run) askAll(ctx context.Context, list []*trip) {
	ctx, cancel := context.WithTimeout(ctx, r.Timeout+time.Duration(len(list))*20*time.Millisecond)
	defer cancel()
	queue := make(chan *trip)
	var askers sync.WaitGroup
	for number := range asking {
		askers.Go(func() {
			for t := range queue {
				r.ask(ctx, number, t)
			}
		})
	}
	for _, t := range list {
		queue <- t
	}
	close(queue)
	askers.Wait()
}

// ask looks how a payment stands.
func (r *run) ask(ctx context.Context, customer int, t *trip) {
	var p client.Payment
	err := r.again(ctx, client.Temporary, func(try int) (err error) {
		p, err = r.site(customer, try).client.Payment(ctx, t.id)
		return err
	})
	if problem, ok := errors.AsType[*client.Problem](err); ok && problem.Status == http.StatusNotFound {
		t.paid, t.found = true, false // acknowledged and then not found: lost, even if its customer gave up
	}
	if err != nil {
		return
	}
	t.found = true
	if !p.Status.Open() {
		r.book.answered(t, p.Status, time.Now())
	}
}
