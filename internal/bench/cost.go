package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"sandbank/internal/engine"
)

// candidate is one build of Sandbank whose cost is measured: this one, or that of another checkout.
type candidate struct {
	name     string
	db       *pgx.Conn // its own database, for the server's statistics
	product  *product
	embedded *plain // the processor alone, as it runs without a flag
	costs    [3][]cost
	rates    []float64 // complete payments per second
}

// cost is what one round came to, for each payment. Times are processor time: unlike the clock on the
// wall, they say the same on a machine that others use, too.
type cost struct {
	processor, bank, postgres, rabbit float64 // µs
	load                              float64 // µs, of the customers, the merchant and its receiver, who are this process
	wal                               float64 // bytes
	commits                           float64
	inserted, updated, hot, deleted   float64 // rows
}

// what is measured, in the order of a candidate's costs.
var measured = [...]string{"a create, embedded", "a create, on PostgreSQL", "a complete payment, on RabbitMQ and PostgreSQL"}

// costs measures what payments cost this build and those of other checkouts, in turn.
func costs(ctx context.Context, o options) error {
	e, stop, err := startEngines(ctx)
	if err != nil {
		return err
	}
	defer stop()
	var list []*candidate
	defer func() {
		for _, c := range list {
			c.stop(ctx)
		}
	}()
	for i, folder := range append([]string{"."}, o.Against...) {
		c, err := e.candidate(ctx, folder, i)
		if c != nil {
			list = append(list, c)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", folder, err)
		}
	}
	bare, err := e.startBones(ctx)
	defer func() { _ = bare.stop(ctx) }()
	if err != nil {
		return fmt.Errorf("skeleton: %w", err)
	}
	for i := range o.Rounds + 1 {
		for _, c := range list {
			if err := c.round(ctx, o, e, i > 0); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
		if err := bare.round(ctx, o, e, i > 0); err != nil {
			return fmt.Errorf("skeleton: %w", err)
		}
		say("  %s done", name(i))
	}
	for kind, what := range measured {
		say("")
		say("For %s, medians of %d rounds:", what, o.Rounds)
		for _, c := range list {
			median(c.costs[kind]).print(c.name, median(list[0].costs[kind]))
		}
	}
	bare.compare(list)
	return list[0].product.check(ctx)
}

// candidate builds and starts what is in a folder, on a database and a virtual host of its own.
func (e engines) candidate(ctx context.Context, folder string, i int) (*candidate, error) {
	host, database := fmt.Sprintf("bench-%d", i), fmt.Sprintf("bench_%d", i)
	amqpURL, err := e.rabbit.AddVirtualHost(ctx, host)
	if err != nil {
		return nil, err
	}
	url, err := e.pg.CreateDatabase(ctx, database)
	if err != nil {
		return nil, err
	}
	c := &candidate{name: "this"}
	if i > 0 {
		c.name = filepath.Base(folder)
	}
	if c.product, err = startFrom(ctx, folder, amqpURL, url); err != nil {
		return c, err
	}
	if c.embedded, err = startPlain(ctx, c.product.folder); err != nil {
		return c, err
	}
	c.db, err = pgx.Connect(ctx, url)
	return c, err
}

// round measures each of the three once.
func (c *candidate) round(ctx context.Context, o options, e engines, counts bool) error {
	var f figures
	for kind, do := range []func() error{
		func() error { return create(ctx, c.embedded.url, o.Payments) },
		func() error { return create(ctx, c.product.url, o.Payments) },
		func() error { return c.product.drive(ctx, o, &f) },
	} {
		spent, err := spending(o, func() (cost, error) { return c.meter(ctx, e, kind) }, do)
		if err != nil {
			return err
		}
		if counts {
			c.costs[kind] = append(c.costs[kind], spent)
		}
	}
	if counts {
		c.rates = append(c.rates, f.payments)
	}
	return nil
}

// spending is what payments cost, each, by a meter that is read before and after them.
func spending(o options, meter func() (cost, error), do func() error) (cost, error) {
	before, err := meter()
	if err != nil {
		return cost{}, err
	}
	if err := do(); err != nil {
		return cost{}, err
	}
	time.Sleep(settleTime) // seals and marks are written beside the payments
	after, err := meter()
	return after.less(before, float64(o.Payments)), err
}

// settleTime is how long a processor may write after the last payment, and the server takes to count it.
const settleTime = 3 * time.Second

// meter reads everything that is counted, from the beginning.
func (c *candidate) meter(ctx context.Context, e engines, kind int) (m cost, err error) {
	if kind == 0 {
		m.processor, err = used(c.embedded.process.Process.Pid)
		return m, err
	}
	return e.meter(ctx, c.db, c.product.processes)
}

// meter reads what a server and its bank have used so far, with their engines and this process.
func (e engines) meter(ctx context.Context, db *pgx.Conn, processes []*exec.Cmd) (m cost, err error) {
	if m.processor, err = used(processes[0].Process.Pid); err != nil {
		return m, err
	}
	if m.bank, err = used(processes[1].Process.Pid); err != nil {
		return m, err
	}
	pg, err := e.pg.CPU()
	if err != nil {
		return m, err
	}
	rabbit, err := e.rabbit.CPU()
	if err != nil {
		return m, err
	}
	m.postgres, m.rabbit = micros(pg), micros(rabbit)
	load, err := engine.OwnCPU(os.Getpid())
	if err != nil {
		return m, err
	}
	m.load = micros(load)
	err = db.QueryRow(ctx, `SELECT pg_current_wal_lsn() - '0/0'::pg_lsn, xact_commit, i, u, h, d FROM pg_stat_database,
		(SELECT sum(n_tup_ins) AS i, sum(n_tup_upd) AS u, sum(n_tup_hot_upd) AS h, sum(n_tup_del) AS d FROM pg_stat_user_tables) t
		WHERE datname = current_database()`).Scan(&m.wal, &m.commits, &m.inserted, &m.updated, &m.hot, &m.deleted)
	return m, err
}

func used(pid int) (float64, error) {
	t, err := engine.CPU(pid)
	return micros(t), err
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// fields are all figures of a cost, in the order in which they are printed.
func (c *cost) fields() []*float64 {
	return []*float64{&c.processor, &c.bank, &c.postgres, &c.rabbit, &c.load, &c.wal, &c.commits, &c.inserted, &c.updated, &c.hot, &c.deleted}
}

// less is the difference for each of n payments.
func (c cost) less(before cost, n float64) cost {
	was := before.fields()
	for i, f := range c.fields() {
		*f = (*f - *was[i]) / n
	}
	return c
}

// median has the median of each field.
func median(rounds []cost) (m cost) {
	for i, f := range m.fields() {
		var list []float64
		for _, round := range rounds {
			list = append(list, *round.fields()[i])
		}
		*f = middle(list)
	}
	return m
}

func middle(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}

func (c cost) print(name string, first cost) {
	say("  %-12s processor time, µs: processor %5.0f  PostgreSQL %5.0f  RabbitMQ %4.0f  bank %4.0f   together %5.0f (%.3f of this)   load %4.0f",
		name, c.processor, c.postgres, c.rabbit, c.bank, c.product(), c.product()/first.product(), c.load)
	if c.wal > 0 {
		say("  %-12s WAL %5.0f B in %.2f commits; rows: %.2f inserted, %.2f updated (%.2f of them HOT), %.2f deleted",
			"", c.wal, c.commits, c.inserted, c.updated, c.hot, c.deleted)
	}
}

// product is the processor time of all but the load.
func (c cost) product() float64 { return c.processor + c.bank + c.postgres + c.rabbit }

func (c *candidate) stop(ctx context.Context) {
	if c.db != nil {
		_ = c.db.Close(ctx)
	}
	if c.embedded != nil {
		c.embedded.stop()
	}
	if c.product != nil {
		c.product.stop()
	}
}
