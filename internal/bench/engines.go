package main

import (
	"context"

	"github.com/jackc/pgx/v5"

	"sandbank/internal/engine"
)

// engines are the private servers that a run is made on.
type engines struct {
	rabbit *engine.RabbitMQ
	pg     *engine.Postgres
}

// startEngines starts private servers.
func startEngines(ctx context.Context) (e engines, stop func(), err error) {
	say("Starting a private RabbitMQ and PostgreSQL, durable.")
	stop = func() {
		if e.rabbit != nil {
			_ = e.rabbit.Stop()
		}
		if e.pg != nil {
			_ = e.pg.Stop()
		}
	}
	if e.rabbit, err = engine.StartRabbitMQ(ctx, engine.RabbitMQOptions{AllCores: true}); err == nil {
		e.pg, err = engine.StartPostgres(ctx, engine.PostgresOptions{Settings: map[string]string{"max_wal_size": "8GB"}})
	}
	if err != nil {
		stop()
	}
	return e, stop, err
}

// clone makes a database that has what another one has, to which nobody is connected.
func (e engines) clone(ctx context.Context, from, to string) error {
	return e.execute(ctx, `CREATE DATABASE `+to+` TEMPLATE `+from)
}

func (e engines) execute(ctx context.Context, statements ...string) error {
	conn, err := pgx.Connect(ctx, e.pg.URL())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// with starts the product on a database, and on a virtual host of its own, and stops it after it did something.
func (e engines) with(ctx context.Context, host, url string, do func(*product) error) error {
	amqpURL, err := e.rabbit.AddVirtualHost(ctx, host)
	if err != nil {
		return err
	}
	p, err := start(ctx, amqpURL, url)
	if p != nil {
		defer p.stop()
	}
	if err != nil {
		return err
	}
	return do(p)
}
