package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"sandbank/identity"
	"sandbank/internal/engine"
	"sandbank/merchant/load"
)

// product is Sandbank as its users run it on real engines: the programs, each a
// process. They are built and not made through package node, because the flags,
// the collector's settings and the processes' borders are part of what is measured.
type product struct {
	folder      string
	databaseURL string
	url         string
	processes   []*exec.Cmd
}

// start builds and starts a processor with further flags, and a bank.
func start(ctx context.Context, amqpURL, databaseURL string, flags ...string) (*product, error) {
	return startFrom(ctx, ".", amqpURL, databaseURL, flags...)
}

// startFrom does it with the programs of a checkout.
func startFrom(ctx context.Context, checkout, amqpURL, databaseURL string, flags ...string) (*product, error) {
	folder, err := os.MkdirTemp("", "sandbank-bench-")
	if err != nil {
		return nil, err
	}
	p := &product{folder: folder, databaseURL: databaseURL}
	build := exec.CommandContext(ctx, "go", "build", "-o", folder, "./cmd/processor", "./cmd/bank")
	build.Dir = checkout
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, errors.Join(fmt.Errorf("go build: %w", err), os.RemoveAll(folder))
	}
	addr, err := engine.FreeAddress()
	if err != nil {
		return p, err
	}
	p.url = "http://" + addr
	for _, args := range [][]string{
		append([]string{"processor", "--addr", addr, "--quiet", "--amqp-url", amqpURL, "--database-url", databaseURL}, flags...),
		{"bank", "--quiet", "--amqp-url", amqpURL, "--banks", "SANDNL2A", "--page-addr", "127.0.0.1:0"},
	} {
		c := exec.Command(filepath.Join(p.folder, args[0]), args[1:]...)
		c.Stdout, c.Stderr = os.Stdout, os.Stderr
		if err := c.Start(); err != nil {
			p.stop()
			return nil, err
		}
		p.processes = append(p.processes, c)
	}
	return p, p.awaitBank(ctx)
}

func (p *product) awaitBank(ctx context.Context) error {
	return await(ctx, "the bank", func() error {
		return exec.CommandContext(ctx, filepath.Join(p.folder, "processor"), "health", "--addr", p.url[len("http://"):]).Run()
	})
}

// await asks again until the answer is nil.
func await(ctx context.Context, what string, ask func() error) error {
	var err error
	for range 1200 { // a busy machine takes its time
		if err = ask(); err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("%s was not there within two minutes: %w", what, err)
}

// drive makes complete payments and notes how fast they were.
func (p *product) drive(ctx context.Context, o options, f *figures) error {
	r, err := load.Run(ctx, load.Options{
		Bases: []string{p.url}, ID: identity.DemoShop.ID, Secret: identity.DemoShop.Secret.Reveal(),
		Payments: o.Payments, Concurrency: o.Concurrency,
	}, func(load.Progress) {})
	if err != nil {
		return err
	}
	if !r.OK() {
		return fmt.Errorf("the load was not clean: %+v", r)
	}
	f.payments = r.PerSecond
	f.createP50, f.endP50, f.endP99 = r.Create.P50, r.EndToEnd.P50, r.EndToEnd.P99
	return nil
}

// check checks every invariant after the load.
func (p *product) check(ctx context.Context) error {
	c := exec.CommandContext(ctx, filepath.Join(p.folder, "processor"), "check", "--database-url", p.databaseURL)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	return c.Run()
}

// stop ends the processes that were started here, and nothing else.
func (p *product) stop() {
	for _, c := range p.processes {
		_ = c.Process.Signal(syscall.SIGTERM)
	}
	for _, c := range p.processes {
		_ = c.Wait()
	}
	_ = os.RemoveAll(p.folder)
}
