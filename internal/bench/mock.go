package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"sandbank/dialect/stripe"
	"sandbank/identity"
	"sandbank/internal/engine"
)

// creators is how many clients create at the same time.
const creators = 32

// rival is the stateless mock that the embedded processor is measured against:
// it validates a request and answers from a fixture, and keeps nothing.
type rival struct {
	mock     *exec.Cmd
	mockURL  string
	embedded *embedded
}

// startRival builds the mock, and starts it and an embedded processor.
func startRival(ctx context.Context, folder string) (*rival, error) {
	r := &rival{}
	mock := filepath.Join(folder, "stripe-mock")
	build := exec.CommandContext(ctx, "go", "build", "-modfile=tools/stripemock/go.mod", "-o", mock, "github.com/stripe/stripe-mock")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return r, fmt.Errorf("go build stripe-mock: %w", err)
	}
	addr, err := engine.FreeAddress()
	if err != nil {
		return r, err
	}
	r.mockURL = "http://" + addr
	r.mock = exec.Command(mock, "-http-addr", addr)
	r.mock.Stderr = os.Stderr
	if err := r.mock.Start(); err != nil {
		return r, err
	}
	if r.embedded, err = startEmbedded(ctx, 0); err != nil {
		return r, err
	}
	return r, await(ctx, "the mock", func() error {
		answer, err := http.Get(r.mockURL)
		if err == nil {
			_ = answer.Body.Close()
		}
		return err
	})
}

// creates measures both, for the same time each, in creates per second.
func (r *rival) creates(ctx context.Context, span time.Duration) (mock, embedded float64, err error) {
	mock, err = hammer(ctx, span, inStripe(ctx, r.mockURL, "sk_test_123", ""))
	if err != nil {
		return 0, 0, err
	}
	token, err := token(ctx, r.embedded.url)
	if err != nil {
		return 0, 0, err
	}
	embedded, err = hammer(ctx, span, func(c *http.Client) error { return createOne(ctx, c, r.embedded.url, token) })
	return mock, embedded, err
}

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

// dialects measures, round by round, what the mock creates, which keeps nothing, and how many PaymentIntents are created,
// paid and told of in Stripe's dialect; and likewise at other servers, by their URLs.
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
	ways := []struct {
		name string
		do   func(*http.Client) error
	}{
		{"stateless mock, create", inStripe(ctx, r.mockURL, "sk_test_123", "")},
		{"Sandbank, create", inStripe(ctx, r.embedded.stripe, stripe.KeysOf(identity.DemoShop).Secret, "")},
		{"Sandbank, create and confirm", inStripe(ctx, r.embedded.stripe, stripe.KeysOf(identity.DemoShop).Secret, confirming)},
	}
	for _, url := range o.Beside {
		ways = append(ways, struct {
			name string
			do   func(*http.Client) error
		}{url + ", create and confirm", inStripe(ctx, url, "sk_test_12345", confirming)})
	}
	rates := make([][]float64, len(ways))
	for round := range o.Rounds + 1 {
		for i, w := range ways {
			rate, err := hammer(ctx, o.Bare, w.do)
			if err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			if round > 0 { // the first warms up
				rates[i] = append(rates[i], rate)
			}
		}
	}
	say("Medians of %d rounds, by %d clients:", o.Rounds, creators)
	for i, w := range ways {
		slices.Sort(rates[i])
		say("  %-48s %8.0f /s", w.name, rates[i][len(rates[i])/2])
	}
	return nil
}

func exchange(c *http.Client, q *http.Request, want int) error {
	answer, err := c.Do(q)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err
	}
	if answer.StatusCode != want {
		return fmt.Errorf("%s %s answered %s", q.Method, q.URL, answer.Status)
	}
	return nil
}

// hammer repeats a request on every creator until the time is up.
func hammer(ctx context.Context, span time.Duration, request func(*http.Client) error) (float64, error) {
	transport := &http.Transport{MaxIdleConnsPerHost: creators}
	defer transport.CloseIdleConnections()
	c := &http.Client{Transport: transport, Timeout: 10 * time.Second}
	var n atomic.Int64
	var all sync.WaitGroup
	failed := make(chan error, creators)
	began := time.Now()
	for range creators {
		all.Go(func() {
			for ctx.Err() == nil && time.Since(began) < span {
				if err := request(c); err != nil {
					failed <- err
					return
				}
				n.Add(1)
			}
		})
	}
	all.Wait()
	select {
	case err := <-failed:
		return 0, err
	default:
		return float64(n.Load()) / time.Since(began).Seconds(), nil
	}
}

func token(ctx context.Context, base string) (string, error) {
	return tokenOf(ctx, base, identity.DemoShop)
}

func tokenOf(ctx context.Context, base string, c identity.Client) (string, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/oauth/token", bytes.NewBufferString("grant_type=client_credentials"))
	if err != nil {
		return "", err
	}
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	q.SetBasicAuth(c.ID, c.Secret.Reveal())
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	var body struct {
		Token string `json:"access_token"`
	}
	err = json.NewDecoder(answer.Body).Decode(&body)
	return body.Token, err
}

func (r *rival) stop() {
	if r.mock != nil && r.mock.Process != nil {
		_ = r.mock.Process.Signal(syscall.SIGTERM)
		_ = r.mock.Wait()
	}
	if r.embedded != nil {
		_ = r.embedded.stop()
	}
}
