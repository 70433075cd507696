package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"

	"sandbank/identity"
	"sandbank/internal/engine"
	"sandbank/merchant/load"
)

// grows measures how the rate grows with processors side by side, in turn: each number of them on a
// database and a virtual host of its own, with one bank.
func grows(ctx context.Context, o options) error {
	e, stop, err := startEngines(ctx)
	if err != nil {
		return err
	}
	defer stop()
	rates, costs := make([][]float64, o.Processors), make([][]float64, o.Processors)
	for i := range o.Rounds + 1 {
		for n := 1; n <= o.Processors; n++ {
			rate, cpu, err := e.beside(ctx, o, fmt.Sprintf("beside_%d_%d", n, i), n)
			if err != nil {
				return fmt.Errorf("%d processors: %w", n, err)
			}
			say("  %-8s %d processors  %6.0f payments/s  %5.0f µs of processor time each, of processors, bank, PostgreSQL and RabbitMQ", name(i), n, rate, cpu)
			if i > 0 {
				rates[n-1], costs[n-1] = append(rates[n-1], rate), append(costs[n-1], cpu)
			}
		}
	}
	middle := func(list []float64) float64 {
		slices.Sort(list)
		return list[len(list)/2]
	}
	if o.Rounds == 0 {
		return nil
	}
	say("Processors side by side, on a machine of %d cores that has the engines, the bank and the customers as well; medians of %d rounds:", runtime.NumCPU(), o.Rounds)
	for n := range rates {
		say("  %d  %6.0f payments/s, %.2f of one processor's; %5.0f µs of processor time each", n+1, middle(rates[n]), middle(rates[n])/middle(rates[0]), middle(costs[n]))
	}
	return nil
}

// beside drives payments through so many processors, and returns the rate, and the processor time of each payment in µs.
func (e engines) beside(ctx context.Context, o options, name string, n int) (rate, cpu float64, err error) {
	amqpURL, err := e.rabbit.AddVirtualHost(ctx, name)
	if err != nil {
		return 0, 0, err
	}
	url, err := e.pg.CreateDatabase(ctx, name)
	if err != nil {
		return 0, 0, err
	}
	p, err := start(ctx, amqpURL, url)
	if p != nil {
		defer p.stop()
	}
	if err != nil {
		return 0, 0, err
	}
	bases := []string{p.url}
	for range n - 1 {
		base, err := p.another(ctx, amqpURL)
		if err != nil {
			return 0, 0, err
		}
		bases = append(bases, base)
	}
	before, err := e.time(p)
	if err != nil {
		return 0, 0, err
	}
	r, err := load.Run(ctx, load.Options{
		Bases: bases, ID: identity.DemoShop.ID, Secret: identity.DemoShop.Secret.Reveal(), Payments: o.Payments, Concurrency: o.Concurrency,
	}, func(load.Progress) {})
	if err == nil && !r.OK() {
		err = fmt.Errorf("the load was not clean: %+v", r)
	}
	if err != nil {
		return 0, 0, err
	}
	after, err := e.time(p)
	return r.PerSecond, (after - before) / float64(o.Payments), err
}

// another starts a further processor beside the first one.
func (p *product) another(ctx context.Context, amqpURL string) (base string, err error) {
	addr, err := engine.FreeAddress()
	if err != nil {
		return "", err
	}
	c := exec.Command(filepath.Join(p.folder, "processor"), "--addr", addr, "--quiet", "--amqp-url", amqpURL, "--database-url", p.databaseURL)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	if err := c.Start(); err != nil {
		return "", err
	}
	p.processes = append(p.processes, c)
	return "http://" + addr, await(ctx, "a further processor", func() error { return readyAt(ctx, addr) })
}

// time is the processor time of the product and its engines, in µs.
func (e engines) time(p *product) (sum float64, err error) {
	for _, c := range p.processes {
		t, err := used(c.Process.Pid)
		if err != nil {
			return 0, err
		}
		sum += t
	}
	pg, err := e.pg.CPU()
	if err != nil {
		return 0, err
	}
	rabbit, err := e.rabbit.CPU()
	return sum + micros(pg) + micros(rabbit), err
}
