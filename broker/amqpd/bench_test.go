package amqpd_test

import (
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/broker/amqpd"
)

// The benchmarks publish persistent messages with confirms, 256 in flight,
// and consume and acknowledge them on another connection; an operation is one
// message all the way.

func BenchmarkPublishConsume_InProcess(b *testing.B) {
	s := serving(b, amqpd.Config{})
	_, pub := open(b, s)
	_, sub := open(b, s)
	publishConsume(b, pub, sub)
}

func BenchmarkPublishConsume_TCP(b *testing.B) {
	_, addr := listening(b, amqpd.Config{})
	channel := func() *amqp.Channel {
		conn, err := amqp.Dial("amqp://guest:guest@" + addr + "/")
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { conn.Close() })
		ch, err := conn.Channel()
		if err != nil {
			b.Fatal(err)
		}
		return ch
	}
	pub, sub := channel(), channel()
	if err := pub.Confirm(false); err != nil {
		b.Fatal(err)
	}
	publishConsume(b, pub, sub)
}

func publishConsume(b *testing.B, pub, sub *amqp.Channel) {
	declare(b, pub, "q", amqp.Table{"x-queue-type": "quorum"})
	if err := sub.Qos(256, 0, false); err != nil {
		b.Fatal(err)
	}
	in, err := sub.Consume("q", "", false, false, false, false, nil)
	if err != nil {
		b.Fatal(err)
	}
	m := amqp.Publishing{DeliveryMode: amqp.Persistent, ContentType: "application/json",
		MessageId: "0199d4f2-0000-7000-8000-000000000000", Body: make([]byte, 300),
		Headers: amqp.Table{"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}}
	b.ReportAllocs()
	b.ResetTimer()
	done := make(chan error, 1)
	go func() { done <- publishAll(b.N, pub, m) }()
	for range b.N {
		d := <-in
		if err := d.Ack(false); err != nil {
			b.Fatal(err)
		}
	}
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msgs/s")
}

// publishAll keeps 256 publishes in flight.
func publishAll(n int, ch *amqp.Channel, m amqp.Publishing) error {
	flying := make(chan *amqp.DeferredConfirmation, 256)
	failed := make(chan error, 1)
	go func() {
		defer close(failed)
		for c := range flying {
			c.Wait()
		}
	}()
	defer func() { <-failed }()
	defer close(flying)
	for range n {
		c, err := ch.PublishWithDeferredConfirm("", "q", false, false, m)
		if err != nil {
			return err
		}
		flying <- c
	}
	return nil
}
