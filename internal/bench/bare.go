package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	amqp "github.com/rabbitmq/amqp091-go"
)

const (
	inFlight = 256
	bodySize = 512
	writers  = 8
)

// bareHops is how many persistent messages a second travel over two quorum
// queues, each hop confirmed and acknowledged, 256 in flight: a publisher, a
// forwarder and a receiver, as payments have processor, bank and processor.
func bareHops(ctx context.Context, url string, span time.Duration) (rate float64, err error) {
	ctx, cancel := context.WithTimeout(ctx, span)
	defer cancel()
	var ends [3]*amqp.Connection
	for i := range ends {
		if ends[i], err = amqp.Dial(url); err != nil {
			return 0, err
		}
		defer func() { _ = ends[i].Close() }()
	}
	setUp, err := ends[0].Channel()
	if err != nil {
		return 0, err
	}
	for _, q := range []string{"bare.1", "bare.2"} {
		if _, err := setUp.QueueDeclare(q, true, false, false, false, amqp.Table{"x-queue-type": "quorum"}); err != nil {
			return 0, err
		}
		defer func() { _, _ = setUp.QueueDelete(q, false, false, false) }()
	}
	var arrived atomic.Int64
	window := make(chan struct{}, inFlight)
	forward, err := hop(ends[1], "bare.1", func(ch *amqp.Channel, list []amqp.Delivery) error {
		confirms := make([]*amqp.DeferredConfirmation, len(list))
		for i, d := range list {
			c, err := ch.PublishWithDeferredConfirmWithContext(context.WithoutCancel(ctx), "", "bare.2", false, false, message(d.Body))
			if err != nil {
				return err
			}
			confirms[i] = c
		}
		for _, c := range confirms {
			c.Wait()
		}
		return list[len(list)-1].Ack(true)
	})
	if err != nil {
		return 0, err
	}
	receive, err := hop(ends[2], "bare.2", func(_ *amqp.Channel, list []amqp.Delivery) error {
		arrived.Add(int64(len(list)))
		for range list {
			<-window
		}
		return list[len(list)-1].Ack(true)
	})
	if err != nil {
		return 0, err
	}
	began := time.Now()
	err = publishUntil(ctx, setUp, window)
	n, took := arrived.Load(), time.Since(began)
	for _, c := range ends {
		_ = c.Close()
	}
	forward.Wait()
	receive.Wait()
	return float64(n) / took.Seconds(), err
}

// hop consumes a queue, as many deliveries at a time as wait.
func hop(c *amqp.Connection, queue string, handle func(*amqp.Channel, []amqp.Delivery) error) (*sync.WaitGroup, error) {
	ch, err := c.Channel()
	if err != nil {
		return nil, err
	}
	if err := ch.Confirm(false); err != nil {
		return nil, err
	}
	if err := ch.Qos(inFlight, 0, false); err != nil {
		return nil, err
	}
	deliveries, err := ch.Consume(queue, "", false, false, false, false, nil)
	if err != nil {
		return nil, err
	}
	var done sync.WaitGroup
	waiting := make(chan amqp.Delivery, inFlight)
	done.Go(func() {
		defer close(waiting)
		for d := range deliveries {
			waiting <- d
		}
	})
	done.Go(func() {
		for d := range waiting {
			list := []amqp.Delivery{d}
			for more := len(waiting); more > 0; more-- {
				list = append(list, <-waiting)
			}
			if handle(ch, list) != nil {
				return
			}
		}
	})
	return &done, nil
}

func publishUntil(ctx context.Context, ch *amqp.Channel, window chan struct{}) error {
	if err := ch.Confirm(false); err != nil {
		return err
	}
	body := make([]byte, bodySize)
	for {
		select {
		case <-ctx.Done():
			return nil
		case window <- struct{}{}:
		}
		if _, err := ch.PublishWithDeferredConfirmWithContext(context.WithoutCancel(ctx), "", "bare.1", false, false, message(body)); err != nil {
			return err
		}
	}
}

func message(body []byte) amqp.Publishing {
	return amqp.Publishing{DeliveryMode: amqp.Persistent, Body: body}
}

// bareCommits is how many durable single-row transactions a second eight
// connections commit.
func bareCommits(ctx context.Context, url string, span time.Duration) (float64, error) {
	setUp, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, err
	}
	defer func() { _ = setUp.Close(ctx) }()
	if _, err := setUp.Exec(ctx, `CREATE TABLE IF NOT EXISTS bare (id bigserial PRIMARY KEY, body text NOT NULL)`); err != nil {
		return 0, err
	}
	defer func() { _, _ = setUp.Exec(ctx, `DROP TABLE bare`) }()
	var n atomic.Int64
	var all sync.WaitGroup
	failed := make(chan error, writers)
	began := time.Now()
	for range writers {
		all.Go(func() { failed <- commitUntil(ctx, url, began.Add(span), &n) })
	}
	all.Wait()
	took := time.Since(began)
	for range writers {
		if err := <-failed; err != nil {
			return 0, fmt.Errorf("commit: %w", err)
		}
	}
	return float64(n.Load()) / took.Seconds(), nil
}

func commitUntil(ctx context.Context, url string, end time.Time, n *atomic.Int64) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	body := fmt.Sprintf("%0*d", bodySize, 0)
	for time.Now().Before(end) {
		if _, err := conn.Exec(ctx, `INSERT INTO bare (body) VALUES ($1)`, body); err != nil {
			return err
		}
		n.Add(1)
	}
	return nil
}
