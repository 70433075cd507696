package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sandbank/identity"
	"sandbank/internal/engine"
)

// template is how many real payments are made, settled and paid out, of which all others are copies.
const template = 500

// sized is a database of a size, and the product on it.
type sized struct {
	name    string
	url     string
	product *product
	rates   []float64
}

// sizes measures how much slower everything is with many stored payments: a database that has them, and one
// that has next to none, in turn. The many are copies of real ones, down to their bank's batches and their
// payouts, under identifiers of their own; the store seals them, so that chains and books hold.
func sizes(ctx context.Context, o options) error {
	e, stop, err := startEngines(ctx)
	if err != nil {
		return err
	}
	defer stop()
	few, many, err := e.fill(ctx, o)
	if err != nil {
		return err
	}
	for _, s := range []*sized{few, many} {
		amqpURL, err := e.rabbit.AddVirtualHost(ctx, s.name)
		if err != nil {
			return err
		}
		if s.product, err = start(ctx, amqpURL, s.url); s.product != nil {
			defer s.product.stop()
		}
		if err != nil {
			return err
		}
		if err := s.starts(ctx, o, amqpURL); err != nil {
			return err
		}
	}
	if err := reads(ctx, few, many); err != nil {
		return err
	}
	for i := range o.Rounds + 1 {
		for _, s := range []*sized{few, many} {
			var f figures
			if err := s.product.drive(ctx, o, &f); err != nil {
				return err
			}
			if i > 0 {
				s.rates = append(s.rates, f.payments)
			}
			say("  %-8s %-5s %6.0f payments/s  create p50 %.1f ms, end to end p50 %.1f ms, p99 %.1f ms", name(i), s.name, f.payments, f.createP50, f.endP50, f.endP99)
		}
	}
	ratios := make([]float64, len(few.rates))
	for i := range ratios {
		ratios[i] = many.rates[i] / few.rates[i]
	}
	slices.Sort(ratios)
	if len(ratios) > 0 {
		say("With %d stored payments the rate is %.3f of the one with %d (median of %d rounds, from %.3f to %.3f).",
			o.AtSize, ratios[len(ratios)/2], template, len(ratios), ratios[0], ratios[len(ratios)-1])
	}
	began := time.Now()
	if err := many.product.check(ctx); err != nil {
		return err
	}
	say("It took %s to check all of it.", time.Since(began).Round(time.Second))
	return nil
}

// fill makes the two databases.
func (e engines) fill(ctx context.Context, o options) (few, many *sized, err error) {
	few, many = &sized{name: "few"}, &sized{name: "many", url: e.pg.DatabaseURL("many")}
	if few.url, err = e.pg.CreateDatabase(ctx, few.name); err != nil {
		return nil, nil, err
	}
	if err := e.real(ctx, o, few.url); err != nil {
		return nil, nil, fmt.Errorf("the real payments: %w", err)
	}
	if err := e.clone(ctx, few.name, many.name); err != nil {
		return nil, nil, err
	}
	if err := multiply(ctx, many.url, o.AtSize); err != nil {
		return nil, nil, err
	}
	return few, many, e.say(ctx, many.url)
}

// real makes payments that go all the way, by the product itself: captured, told, settled and paid out.
func (e engines) real(ctx context.Context, o options, url string) error {
	return e.with(ctx, "real", url, func(p *product) error {
		o.Payments = template
		if err := p.drive(ctx, o, &figures{}); err != nil {
			return err
		}
		if err := steer(ctx, p.url, `{"advance": {"by": "26h"}, "within": "80s", "follow": true}`); err != nil {
			return err
		}
		return await(ctx, "the payout", func() error { return paidOut(ctx, url) })
	})
}

// paidOut returns an error while anything of a database's payments is under way.
func paidOut(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	var open int
	err = conn.QueryRow(ctx, `SELECT (SELECT count(*) FROM items WHERE state <> 'settled' OR pays AND payout = '') + (SELECT count(*) FROM outbox)
			+ (SELECT count(*) FROM deliveries WHERE status = 'pending') + (SELECT count(*) FROM records WHERE kind = 'payout' AND status <> 'paid')`).Scan(&open)
	if err == nil && open > 0 {
		err = fmt.Errorf("%d things are under way", open)
	}
	return err
}

// steer moves simulated time.
func steer(ctx context.Context, base, wish string) error {
	token, err := tokenOf(ctx, base, identity.DemoOperator)
	if err != nil {
		return err
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/sim/clock", bytes.NewBufferString(wish))
	if err != nil {
		return err
	}
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Authorization", "Bearer "+token)
	return exchange(http.DefaultClient, q, http.StatusOK)
}

// say prints what is stored.
func (e engines) say(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	var payments, events, entries, size int64
	err = conn.QueryRow(ctx, `SELECT (SELECT count(*) FROM payments), (SELECT count(*) FROM events), (SELECT count(*) FROM entries), pg_database_size(current_database())`).
		Scan(&payments, &events, &entries, &size)
	say("  %d payments, %d events and %d entries are stored, in %.1f GB", payments, events, entries, float64(size)/1e9)
	return err
}

// starts measures how long a further processor takes until it is ready.
func (s *sized) starts(ctx context.Context, o options, amqpURL string) error {
	var took []time.Duration
	for range max(1, o.Rounds) {
		addr, err := engine.FreeAddress()
		if err != nil {
			return err
		}
		c := exec.Command(filepath.Join(s.product.folder, "processor"), "--addr", addr, "--quiet", "--amqp-url", amqpURL, "--database-url", s.url)
		c.Stdout, c.Stderr = os.Stdout, os.Stderr
		began := time.Now()
		if err := c.Start(); err != nil {
			return err
		}
		err = await(ctx, "a further processor", func() error { return readyAt(ctx, addr) })
		took = append(took, time.Since(began))
		if err := errors.Join(err, c.Process.Signal(os.Interrupt), c.Wait()); err != nil {
			return err
		}
	}
	slices.Sort(took)
	say("  %-5s a processor is ready after %s", s.name, took[len(took)/2].Round(time.Millisecond))
	return nil
}

func readyAt(ctx context.Context, addr string) error {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/readyz", strings.NewReader(""))
	if err != nil {
		return err
	}
	return exchange(http.DefaultClient, q, http.StatusOK)
}
