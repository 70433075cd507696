package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"sandbank/internal/bench/skeleton"
)

// The words by which the bench runs a part of the skeleton, in a process of its own as Sandbank's programs are.
const (
	skeletonWord     = "serve-skeleton"
	skeletonBankWord = "serve-skeleton-bank"
)

// servesSkeleton does what such a word asks for.
func servesSkeleton(ctx context.Context, args []string) (served bool, err error) {
	switch {
	case len(args) == 4 && args[0] == skeletonWord:
		debug.SetGCPercent(400) // as the processor has it
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return true, err
		}
		fmt.Println("http://" + l.Addr().String())
		return true, skeleton.Server{Listener: l, AMQP: args[1], Database: args[2], Receiver: args[3]}.Serve(ctx)
	case len(args) == 2 && args[0] == skeletonBankWord:
		debug.SetGCPercent(200) // as the bank has it
		return true, skeleton.Bank(ctx, args[1])
	}
	return false, nil
}

// bones are a running skeleton, with the merchant's receiver in this process.
type bones struct {
	db        *pgx.Conn
	processes []*exec.Cmd // server, bank
	url       string
	receiver  *httptest.Server
	received  atomic.Int64
	rates     []float64 // payments per second
	costs     []cost
}

// startBones starts a skeleton on a virtual host and a database of its own.
func (e engines) startBones(ctx context.Context) (*bones, error) {
	amqpURL, err := e.rabbit.AddVirtualHost(ctx, "skeleton")
	if err != nil {
		return nil, err
	}
	database, err := e.pg.CreateDatabase(ctx, "skeleton")
	if err != nil {
		return nil, err
	}
	if err := skeleton.Prepare(ctx, amqpURL, database); err != nil {
		return nil, err
	}
	b := &bones{}
	b.receiver = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var said struct{ Payment, Result string }
		if json.NewDecoder(r.Body).Decode(&said) == nil && said.Payment != "" {
			b.received.Add(1)
		}
	}))
	if err := b.run(ctx, skeletonBankWord, amqpURL); err != nil {
		return b, err
	}
	if err := b.run(ctx, skeletonWord, amqpURL, database, b.receiver.URL); err != nil {
		return b, err
	}
	b.processes[0], b.processes[1] = b.processes[1], b.processes[0]
	b.db, err = pgx.Connect(ctx, database)
	return b, err
}

func (b *bones) run(ctx context.Context, args ...string) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	c := exec.CommandContext(ctx, program, args...)
	c.Stderr = os.Stderr
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		return err
	}
	b.processes = append(b.processes, c)
	if args[0] == skeletonWord {
		said, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			return fmt.Errorf("the skeleton did not say where it is: %w", err)
		}
		b.url = strings.TrimSpace(said)
	}
	return nil
}

// drive makes payments and returns how many a second were done, from the first create to the last event.
func (b *bones) drive(ctx context.Context, o options) (float64, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: o.Concurrency}}
	defer client.CloseIdleConnections()
	want := b.received.Load() + int64(o.Payments)
	began := time.Now()
	var begun atomic.Int64
	var all sync.WaitGroup
	failed := make(chan error, o.Concurrency)
	for range o.Concurrency {
		all.Go(func() {
			for begun.Add(1) <= int64(o.Payments) {
				if err := b.purchase(ctx, client); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	all.Wait()
	select {
	case err := <-failed:
		return 0, err
	default:
	}
	for b.received.Load() < want {
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
	return float64(o.Payments) / time.Since(began).Seconds(), nil
}

func (b *bones) purchase(ctx context.Context, c *http.Client) error {
	var made struct {
		CheckoutURL string `json:"checkout_url"`
	}
	answer, err := b.post(ctx, c, "/v1/payments", "application/json",
		`{"amount":{"value":"19.99","currency":"EUR"},"reference":"bench","return_url":"https://shop.example/"}`)
	if err == nil {
		err = json.Unmarshal(answer, &made)
	}
	if err == nil {
		_, err = b.post(ctx, c, made.CheckoutURL, "application/x-www-form-urlencoded", "card=4242424242424242&exp=12%2F30&cvc=123")
	}
	return err
}

func (b *bones) post(ctx context.Context, c *http.Client, path, contentType, body string) ([]byte, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url+path, bytes.NewBufferString(body))
	if err != nil {
		return nil, err
	}
	q.Header.Set("Content-Type", contentType)
	answer, err := c.Do(q)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode >= http.StatusBadRequest {
		return nil, fmt.Errorf("the skeleton answered %s", answer.Status)
	}
	return io.ReadAll(answer.Body)
}

func (b *bones) stop(ctx context.Context) error {
	if b == nil {
		return nil
	}
	var errs []error
	if b.db != nil {
		errs = append(errs, b.db.Close(ctx))
	}
	for _, c := range b.processes {
		_ = c.Process.Signal(syscall.SIGTERM)
		errs = append(errs, c.Wait())
	}
	b.receiver.Close()
	return errors.Join(errs...)
}
