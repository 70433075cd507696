package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// opens measures what many open payments, whose customers have walked away, cost a processor: its memory
// while they are open, and how fast they expire, of which nobody may be told.
func opens(ctx context.Context, o options) error {
	e, stop, err := startEngines(ctx)
	if err != nil {
		return err
	}
	defer stop()
	url, err := e.pg.CreateDatabase(ctx, "open")
	if err != nil {
		return err
	}
	err = e.with(ctx, "first", url, func(p *product) error { return create(ctx, p.url, template) })
	if err == nil {
		err = multiply(ctx, url, o.Open)
	}
	if err != nil {
		return err
	}
	return e.with(ctx, "open", url, func(p *product) error { return p.expire(ctx, url) })
}

// expire has time go on until all open payments have expired, and says what they cost.
func (p *product) expire(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	open, told, err := standing(ctx, conn)
	if err != nil {
		return err
	}
	pid := p.processes[0].Process.Pid
	say("With %d open payments the processor has %.0f MB of memory.", open, float64(memory(pid))/1024)
	before, err := used(pid)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := steer(ctx, p.url, fmt.Sprintf(`{"set": %q}`, time.Now().Add(24*time.Hour).UTC().Format(time.RFC3339))); err != nil {
		return err
	}
	left, now := open, told
	for left > 0 && time.Since(began) < 10*time.Minute {
		time.Sleep(100 * time.Millisecond)
		if left, now, err = standing(ctx, conn); err != nil {
			return err
		}
	}
	took := time.Since(began)
	after, err := used(pid)
	if err != nil {
		return err
	}
	say("They expired at %.0f/s, with %.0f µs of the processor's time each; it has %.0f MB then. %d are left; %d events and messages were made of it.",
		float64(open-left)/took.Seconds(), (after-before)/float64(max(1, open-left)), float64(memory(pid))/1024, left, now-told)
	return p.check(ctx)
}

// standing counts open payments, and what anybody was told.
func standing(ctx context.Context, conn *pgx.Conn) (open, told int, err error) {
	err = conn.QueryRow(ctx, `SELECT (SELECT count(*) FROM states WHERE due_at IS NOT NULL), (SELECT count(*) FROM events) + (SELECT count(*) FROM messages) + (SELECT count(*) FROM outbox)`).
		Scan(&open, &told)
	return open, told, err
}
