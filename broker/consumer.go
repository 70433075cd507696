package broker

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/telemetry/trace"
)

// Delivery is a message that a queue delivered and that waits for its
// acknowledgement. It can be acknowledged only on the session that brought it;
// after that session has ended, Ack and Reject do nothing.
type Delivery struct {
	d amqp.Delivery
}

// Body is the message's body.
func (d Delivery) Body() []byte { return d.d.Body }

// Info returns the message's envelope, to be shown to people.
func (d Delivery) Info() (id, kind, exchange, key string, headers amqp.Table) {
	return d.d.MessageId, d.d.Type, d.d.Exchange, d.d.RoutingKey, d.d.Headers
}

// Trace is where the sender was in a trace; "" where it does not say so.
func (d Delivery) Trace() trace.Context {
	parent, _ := d.d.Headers[trace.HeaderParent].(string)
	state, _ := d.d.Headers[trace.HeaderState].(string)
	return trace.Parse(parent, state)
}

// Ack acknowledges this delivery.
func (d Delivery) Ack() { _ = d.d.Ack(false) }

// Reject dead-letters this delivery.
func (d Delivery) Reject() { _ = d.d.Reject(false) }

// AckAll acknowledges all deliveries of the session up to and including this
// one.
func (d Delivery) AckAll() { _ = d.d.Ack(true) }

// Consumer says how to consume a queue.
type Consumer struct {
	Dial     Dialer
	Name     string // the connection's name
	Prefetch int    // greatest number of unacknowledged deliveries; 0 for no bound
	Batch    int    // greatest number of deliveries in one call of Handle
	Log      *slog.Logger
	// Declare runs on every fresh connection. It returns the queue to consume.
	Declare func(*amqp.Channel) (queue string, err error)
	// Handle gets the waiting deliveries in order, at least one. One call runs
	// at a time. Its context ends with the session; then it must return without
	// acknowledging anything, and the broker delivers again.
	Handle func(context.Context, []Delivery)
	// Gather may wait for more deliveries before Handle gets them: more takes up the deliveries that
	// have come, and returns how many there are. The function it returns is called after Handle. It
	// may be nil, and Handle then gets the deliveries that are there.
	Gather func(ctx context.Context, more func() int) (done func())
	// Ready is called when a session begins to consume; it may be nil.
	Ready func()
	// Lost is called when a session ends for any other reason than ctx; it may
	// be nil.
	Lost func(error)
	// Drains brings requests to handle all that had come by then. Each has room for the answer: nil when that is done, or why the
	// session ended before. Until then the consumer takes nothing more from the queue. It may be nil.
	Drains <-chan chan<- error
	// Awaits reports whether an error only means that the queue is not there yet: then
	// another session is tried, and nothing is logged. It may be nil.
	Awaits func(error) bool
}

// Lost is what a consumer logs when it has no connection, also at its first try.
const Lost = "connection to the broker lost; trying again"

// Run consumes until ctx ends, reconnecting as often as needed. Before it
// returns, it waits for the handler.
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
		if c.Awaits == nil || !c.Awaits(err) {
			c.Log.Warn(Lost, "connection", c.Name, "error", err)
		}
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
	const tag = "sandbank"
	for first := true; ; first = false {
		deliveries, err := ch.ConsumeWithContext(context.WithoutCancel(ctx), queue, tag, false, false, false, false, nil)
		if err != nil {
			return fmt.Errorf("broker: consume %s: %w", queue, err)
		}
		if first {
			established()
			if c.Ready != nil {
				c.Ready()
			}
		}
		drained, err := c.pump(ctx, deliveries, closed, canceled, func() error { return ch.Cancel(tag, false) })
		if drained != nil {
			drained <- err
		}
		if err != nil {
			return err
		}
	}
}

// pump passes deliveries to the handler until the session ends, or until a request to drain is met. It returns the request that came,
// if one did, whichever of both ended it. The handler runs in a goroutine of its own, so that the end of the session reaches it while it
// works.
func (c Consumer) pump(ctx context.Context, deliveries <-chan amqp.Delivery, closed <-chan *amqp.Error, canceled <-chan string, cancel func() error) (drain chan<- error, err error) {
	session, end := context.WithCancel(ctx)
	var handler sync.WaitGroup
	defer handler.Wait()
	defer end()
	// The library passes on one delivery at a time. In a buffer of our own they
	// gather while the handler works, and make a batch.
	waiting := make(chan amqp.Delivery, c.Batch)
	handled := make(chan struct{})
	handler.Go(func() { pile(session, deliveries, waiting); close(waiting) })
	handler.Go(func() { c.handle(session, waiting); close(handled) })
	drains, all := c.Drains, (<-chan struct{})(nil)
	for {
		select {
		case drain = <-drains:
			// The queue confirms it behind what it has sent; the library then passes on all that, and no more.
			if err := cancel(); err != nil {
				return drain, fmt.Errorf("broker: cancel: %w", err)
			}
			drains, all = nil, handled
		case <-all:
			return drain, nil
		case <-ctx.Done():
			return drain, ctx.Err()
		case err := <-closed:
			return drain, closeError(err)
		case <-canceled:
			return drain, fmt.Errorf("broker: the queue went away")
		}
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
		case d, ok := <-waiting:
			if !ok {
				return
			}
			batch = append(batch, Delivery{d})
		}
		batch = gather(batch, waiting)
		if c.Gather == nil {
			c.Handle(ctx, batch)
			continue
		}
		done := c.Gather(ctx, func() int {
			batch = gather(slices.Grow(batch, c.Batch), waiting)
			return len(batch)
		})
		c.Handle(ctx, batch)
		done()
	}
}

// gather adds the deliveries that are already waiting.
func gather(batch []Delivery, waiting <-chan amqp.Delivery) []Delivery {
	for len(batch) < cap(batch) {
		select {
		case d, ok := <-waiting:
			if !ok {
				return batch
			}
			batch = append(batch, Delivery{d})
		default:
			return batch
		}
	}
	return batch
}

// Named returns a Declare function that calls the given one and consumes a named
// queue.
func Named(queue string, declare func(*amqp.Channel) error) func(*amqp.Channel) (string, error) {
	return func(ch *amqp.Channel) (string, error) { return queue, declare(ch) }
}

// Own returns a Declare function for a queue of the session's own, bound to an
// exchange; the queue ends with the session.
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
