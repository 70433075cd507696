package broker

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Delivery is a message in hand. It can be settled only on the session that
// brought it; settling it after the session ended does nothing.
type Delivery struct {
	d amqp.Delivery
}

// Body is the message's body.
func (d Delivery) Body() []byte { return d.d.Body }

// Info is the message's envelope, for people.
func (d Delivery) Info() (id, kind, exchange, key string, headers amqp.Table) {
	return d.d.MessageId, d.d.Type, d.d.Exchange, d.d.RoutingKey, d.d.Headers
}

// Ack settles this delivery.
func (d Delivery) Ack() { _ = d.d.Ack(false) }

// Reject dead-letters this delivery.
func (d Delivery) Reject() { _ = d.d.Reject(false) }

// AckAll settles all deliveries of the session up to and including this one.
func (d Delivery) AckAll() { _ = d.d.Ack(true) }

// Consumer is how a queue is consumed.
type Consumer struct {
	Dial     Dialer
	Name     string // of the connection
	Prefetch int    // unsettled deliveries at a time; 0 for no bound
	Batch    int    // most deliveries handed over at once
	Log      *slog.Logger
	// Declare runs on every fresh connection. It returns the queue to consume.
	Declare func(*amqp.Channel) (queue string, err error)
	// Handle gets what is waiting, at least one delivery, in order. One call runs
	// at a time. Its context ends with the session: then it must return without
	// settling anything, and the broker delivers again.
	Handle func(context.Context, []Delivery)
	// Ready is called when a session begins to consume; it may be nil.
	Ready func()
	// Lost is called when a session ends other than by ctx; it may be nil.
	Lost func(error)
}

// Run consumes until ctx ends, over as many sessions as it takes. On the way out
// it waits for the handler.
func (c Consumer) Run(ctx context.Context) {
	var pause backoff
	for ctx.Err() == nil {
		err := c.session(ctx, pause.reset)
		if ctx.Err() != nil {
			return
		}
		if c.Lost != nil {
			c.Lost(err)
		}
		c.Log.Warn("connection to the broker lost; trying again", "connection", c.Name, "error", err)
		_ = pause.wait(ctx)
	}
}

func (c Consumer) session(ctx context.Context, established func()) error {
	conn, err := c.Dial(ctx, c.Name)
	if err != nil {
		return fmt.Errorf("broker: connect: %w", err)
	}
	defer func() { _ = conn.CloseDeadline(time.Now().Add(2 * time.Second)) }()
	ch, err := openChannel(conn, nil)
	if err != nil {
		return err
	}
	queue, err := c.Declare(ch)
	if err != nil {
		return err
	}
	if err := ch.Qos(c.Prefetch, 0, false); err != nil {
		return fmt.Errorf("broker: qos: %w", err)
	}
	closed := ch.NotifyClose(make(chan *amqp.Error, 1))
	canceled := ch.NotifyCancel(make(chan string, 1))
	deliveries, err := ch.ConsumeWithContext(context.WithoutCancel(ctx), queue, "", false, false, false, false, nil)
	if err != nil {
		return fmt.Errorf("broker: consume %s: %w", queue, err)
	}
	established()
	if c.Ready != nil {
		c.Ready()
	}
	return c.pump(ctx, deliveries, closed, canceled)
}

// pump hands deliveries to the handler until the session ends. The handler runs
// beside it, so that an end of the session reaches a handler at work.
func (c Consumer) pump(ctx context.Context, deliveries <-chan amqp.Delivery, closed <-chan *amqp.Error, canceled <-chan string) error {
	session, end := context.WithCancel(ctx)
	var handler sync.WaitGroup
	defer handler.Wait()
	defer end()
	// The library hands deliveries over one at a time. A buffer of our own lets
	// them pile up while the handler is at work, so that they make a batch.
	waiting := make(chan amqp.Delivery, c.Batch)
	handler.Go(func() { pile(session, deliveries, waiting) })
	handler.Go(func() { c.handle(session, waiting) })
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-closed:
		return closeError(err)
	case <-canceled:
		return fmt.Errorf("broker: the queue went away")
	}
}

func pile(ctx context.Context, from <-chan amqp.Delivery, to chan<- amqp.Delivery) {
	for {
		select {
		case d, ok := <-from:
			if !ok {
				return
			}
			select {
			case to <- d:
			case <-ctx.Done():
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

func (c Consumer) handle(ctx context.Context, waiting <-chan amqp.Delivery) {
	for {
		batch := make([]Delivery, 0, c.Batch)
		select {
		case <-ctx.Done():
			return
		case d := <-waiting:
			batch = append(batch, Delivery{d})
		}
		c.Handle(ctx, gather(batch, waiting))
	}
}

// gather adds what is waiting already.
func gather(batch []Delivery, waiting <-chan amqp.Delivery) []Delivery {
	for len(batch) < cap(batch) {
		select {
		case d := <-waiting:
			batch = append(batch, Delivery{d})
		default:
			return batch
		}
	}
	return batch
}

// Named declares with the given function and consumes a named queue.
func Named(queue string, declare func(*amqp.Channel) error) func(*amqp.Channel) (string, error) {
	return func(ch *amqp.Channel) (string, error) { return queue, declare(ch) }
}

// Own consumes a queue of this session's own, bound to an exchange; it goes
// away with the session.
func Own(exchange, key string) func(*amqp.Channel) (string, error) {
	return func(ch *amqp.Channel) (string, error) {
		if err := DeclareExchanges(ch); err != nil {
			return "", err
		}
		q, err := ch.QueueDeclare("", false, true, true, false, nil)
		if err != nil {
			return "", fmt.Errorf("broker: declare own queue: %w", err)
		}
		if err := ch.QueueBind(q.Name, key, exchange, false, nil); err != nil {
			return "", fmt.Errorf("broker: bind own queue: %w", err)
		}
		return q.Name, nil
	}
}
