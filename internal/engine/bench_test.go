package engine_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/internal/engine"
)

// The bare servers' figures on this machine, to be read beside the product's own.

// inFlight is how many publishes wait for their confirm at once.
const inFlight = 256

func BenchmarkRabbitMQ_ConfirmedPublish(b *testing.B) {
	for _, kind := range []string{"classic", "quorum"} {
		b.Run(kind, func(b *testing.B) {
			broker := engine.PrivateRabbitMQ(b, engine.RabbitMQOptions{})
			ch := open(b, broker.URL())
			if _, err := ch.QueueDeclare("bench", true, false, false, false, amqp.Table{"x-queue-type": kind}); err != nil {
				b.Fatal(err)
			}
			if err := ch.Confirm(false); err != nil {
				b.Fatal(err)
			}
			publishAll(b, ch, "bench")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}

// publishAll sends b.N persistent messages of 512 bytes and waits for every confirm.
func publishAll(b *testing.B, ch *amqp.Channel, queue string) {
	body := make([]byte, 512)
	waiting := make(chan *amqp.DeferredConfirmation, inFlight)
	failed := make(chan error, 1)
	go func() {
		defer close(failed)
		for confirm := range waiting {
			if _, err := confirm.WaitContext(b.Context()); err != nil {
				failed <- err
				return
			}
		}
	}()
	b.ResetTimer()
	for range b.N {
		confirm, err := ch.PublishWithDeferredConfirmWithContext(b.Context(), "", queue, true, false,
			amqp.Publishing{DeliveryMode: amqp.Persistent, Body: body})
		if err != nil {
			b.Fatal(err)
		}
		waiting <- confirm
	}
	close(waiting)
	if err := <-failed; err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
}

func BenchmarkPostgres_DurableCommit(b *testing.B) {
	server := engine.PrivatePostgres(b, engine.PostgresOptions{})
	setUp := connect(b, server.URL())
	run(b, setUp, "CREATE TABLE note (id bigserial PRIMARY KEY, text text NOT NULL)")
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		conn, err := pgx.Connect(b.Context(), server.URL())
		if err != nil {
			b.Error(err)
			return
		}
		defer conn.Close(b.Context())
		for pb.Next() {
			if _, err := conn.Exec(b.Context(), "INSERT INTO note (text) VALUES ($1)", "benchmark"); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
}
