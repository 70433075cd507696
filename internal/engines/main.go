// Command engines starts a private RabbitMQ and PostgreSQL for trying things by
// hand, prints their URLs and ends them with itself.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"sandbank/internal/engine"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "engines:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	rabbit, err := engine.StartRabbitMQ(ctx, engine.RabbitMQOptions{AllCores: true})
	if err != nil {
		return err
	}
	defer func() { _ = rabbit.Stop() }()
	pg, err := engine.StartPostgres(ctx, engine.PostgresOptions{})
	if err != nil {
		return err
	}
	defer func() { _ = pg.Stop() }()
	fmt.Printf("export SANDBANK_AMQP_URL=%s\nexport SANDBANK_DATABASE_URL=%s\n", rabbit.URL(), pg.URL())
	<-ctx.Done()
	return nil
}
