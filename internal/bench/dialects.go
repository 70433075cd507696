package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"sandbank/dialect/stripe"
	"sandbank/identity"
)

// confirming has a PaymentIntent paid as it is created.
const confirming = "&confirm=true&payment_method=pm_card_visa"

// inStripe creates a PaymentIntent in Stripe's API.
func inStripe(ctx context.Context, base, key, more string) func(*http.Client) error {
	return func(c *http.Client) error {
		q, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/v1/payment_intents", bytes.NewBufferString("amount=1999&currency=eur"+more))
		if err != nil {
			return err
		}
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		q.SetBasicAuth(key, "")
		return exchange(c, q, http.StatusOK)
	}
}

// rivalry is one server and what it is asked for.
type rivalry struct {
	name    string
	pid     int // of the server; 0 where it is not known
	do      func(*http.Client) error
	rates   []float64 // requests per second, of every round that counts
	costs   []float64 // µs of the server's processor time for each request
	latency []float64 // ms that a client waited, in the mean
}

// dialects measures, round by round, what the mock creates, which keeps nothing, and how many PaymentIntents are created,
// paid and told of in Stripe's dialect; and likewise at other servers. All have as many clients, the bank answers at once,
// and on a machine that others use as well the processor time of a request says more than the rate.
func dialects(ctx context.Context, o options) error {
	folder, err := os.MkdirTemp("", "sandbank-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	r, err := startRival(ctx, folder)
	defer r.stop()
	if err != nil {
		return err
	}
	key := stripe.KeysOf(identity.DemoShop).Secret
	mock, ours := r.mock.Process.Pid, r.embedded.process.Process.Pid
	ways := []*rivalry{
		{name: "stateless mock, create", pid: mock, do: inStripe(ctx, r.mockURL, "sk_test_123", "")},
		{name: "stateless mock, create and confirm", pid: mock, do: inStripe(ctx, r.mockURL, "sk_test_123", confirming)},
		{name: "Sandbank, create", pid: ours, do: inStripe(ctx, r.embedded.stripe, key, "")},
		{name: "Sandbank, create and confirm", pid: ours, do: inStripe(ctx, r.embedded.stripe, key, confirming)},
	}
	for _, beside := range o.Beside {
		url, of, _ := strings.Cut(beside, "#")
		pid, _ := strconv.Atoi(of)
		ways = append(ways, &rivalry{name: url + ", create and confirm", pid: pid, do: inStripe(ctx, url, "sk_test_12345", confirming)})
	}
	for round := range o.Rounds + 1 {
		for _, w := range ways {
			if err := w.measure(ctx, o, round > 0); err != nil { // the first warms up
				return fmt.Errorf("%s: %w", w.name, err)
			}
		}
	}
	say("Medians of %d rounds of %s, by %d clients each:", o.Rounds, o.Bare, o.Clients)
	for _, w := range ways {
		say("  %-48s %8.0f /s %8.0f µs of processor time each, %6.1f ms waited", w.name, middle(w.rates), middle(w.costs), middle(w.latency))
	}
	return nil
}

// measure asks for as long as a measurement takes.
func (w *rivalry) measure(ctx context.Context, o options, counts bool) error {
	var before, after float64
	var err error
	if w.pid != 0 {
		if before, err = used(w.pid); err != nil {
			return err
		}
	}
	var n atomic.Int64
	rate, err := hammer(ctx, o.Bare, o.Clients, func(c *http.Client) error { n.Add(1); return w.do(c) })
	if err != nil || !counts {
		return err
	}
	w.rates, w.latency = append(w.rates, rate), append(w.latency, float64(o.Clients)/rate*1000)
	if w.pid == 0 {
		return nil
	}
	time.Sleep(settleTime / 3) // what is written beside the payments
	if after, err = used(w.pid); err == nil {
		w.costs = append(w.costs, (after-before)/float64(n.Load()))
	}
	return err
}
