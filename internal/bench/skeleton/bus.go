package skeleton

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"
	amqp "github.com/rabbitmq/amqp091-go"
)

const (
	requests = "skeleton.requests"
	results  = "skeleton.results"
	ahead    = 1024 // deliveries that may wait for their acknowledgement
)

// publisher publishes persistent messages to one queue, and has each confirmed.
type publisher struct {
	conn  *amqp.Connection
	ch    *amqp.Channel
	queue string
}

func newPublisher(url, queue string) (*publisher, error) {
	conn, err := amqp.Dial(url)
	if err != nil {
		return nil, err
	}
	p := &publisher{conn: conn, queue: queue}
	if p.ch, err = conn.Channel(); err == nil {
		err = p.ch.Confirm(false)
	}
	return p, err
}

func (p *publisher) send(body []byte) (*amqp.DeferredConfirmation, error) {
	return p.ch.PublishWithDeferredConfirmWithContext(context.Background(), "", p.queue, false, false,
		amqp.Publishing{DeliveryMode: amqp.Persistent, Body: body})
}

func (p *publisher) close() { _ = p.conn.Close() }

// listen hands over what arrives at a queue. Closing the connection ends it.
func listen(url, queue string, prefetch int, take func(amqp.Delivery)) (*amqp.Connection, error) {
	conn, err := amqp.Dial(url)
	if err != nil {
		return nil, err
	}
	ch, err := conn.Channel()
	if err != nil {
		return conn, err
	}
	if err := ch.Qos(prefetch, 0, false); err != nil {
		return conn, err
	}
	arrived, err := ch.Consume(queue, "", false, false, false, false, nil)
	if err != nil {
		return conn, err
	}
	go func() {
		for d := range arrived {
			take(d)
		}
	}()
	return conn, nil
}

// request is what the bank is asked, and answer what it says.
type request struct {
	Payment  uuid.UUID `json:"payment"`
	Type     string    `json:"type"`
	Amount   string    `json:"amount"`
	Currency string    `json:"currency"`
	Card     string    `json:"card"`
}

type answer struct {
	request
	Result string `json:"result"`
}

// Bank approves everything until the context ends: an answer is confirmed before its request is acknowledged.
func Bank(ctx context.Context, url string) error {
	out, err := newPublisher(url, results)
	if err != nil {
		return err
	}
	defer out.close()
	failed := make(chan error, 1)
	type sent struct {
		delivery amqp.Delivery
		confirm  *amqp.DeferredConfirmation
	}
	under := make(chan sent, ahead)
	go func() {
		for s := range under {
			s.confirm.Wait()
			_ = s.delivery.Ack(false)
		}
	}()
	in, err := listen(url, requests, ahead/2, func(d amqp.Delivery) {
		a := answer{Result: "approved"}
		err := json.Unmarshal(d.Body, &a.request)
		var body []byte
		if err == nil {
			body, err = json.Marshal(a)
		}
		var c *amqp.DeferredConfirmation
		if err == nil {
			c, err = out.send(body)
		}
		if err != nil {
			select {
			case failed <- err:
			default:
			}
			return
		}
		under <- sent{d, c}
	})
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}
