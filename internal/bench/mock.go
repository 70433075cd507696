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
	"sync"
	"sync/atomic"
	"syscall"
	"time"

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
	mock, err = hammer(ctx, span, creators, inStripe(ctx, r.mockURL, "sk_test_123", ""))
	if err != nil {
		return 0, 0, err
	}
	token, err := token(ctx, r.embedded.url)
	if err != nil {
		return 0, 0, err
	}
	embedded, err = hammer(ctx, span, creators, func(c *http.Client) error { return createOne(ctx, c, r.embedded.url, token) })
	return mock, embedded, err
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

// hammer repeats a request on every client until the time is up, and says how many there were in a second.
func hammer(ctx context.Context, span time.Duration, clients int, request func(*http.Client) error) (float64, error) {
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	c := &http.Client{Transport: transport, Timeout: 30 * time.Second}
	var n atomic.Int64
	var all sync.WaitGroup
	failed := make(chan error, clients)
	began := time.Now()
	for range clients {
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
