package broker

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/telemetry/trace"
)

// Message is a persistent message to publish.
type Message struct {
	Exchange, Key string
	ID            string // message_id: two messages with one id are the same message
	Type          string
	Correlation   string
	ReplyTo       string
	Mandatory     bool // the message comes back if no queue takes it
	Body          []byte
	ContentType   string // "" is application/json
	At            time.Time
	Expires       time.Duration // after which it is of no use to anybody who has not taken it; 0 for never
	Headers       amqp.Table
	Trace         trace.Context // of what causes it; "" for nothing
}

// Parcel is the messages that one transaction committed to the outbox: one row,
// however many messages.
type Parcel struct {
	ID       string // of the row: the id of its first message
	Messages []Message
}

// Fate is the outcome of publishing one message.
type Fate int

// The fates. Without a confirm the fate is unknown: the message is published
// again under the same id, and the receiver drops the copy.
const (
	Unknown Fate = iota
	Confirmed
	Returned // no queue accepted it
	// Refused is for messages that are not mandatory: a listener's queue is
	// full, and was declared to refuse new messages rather than to drop its
	// oldest. The other queues have the message. To publish it again would fill
	// those queues and hold up later messages.
	Refused
)

// maxPublish is the usual bound of one Publish call; the buffer for returned messages has the
// same size, so that the library never waits for us to read it.
const maxPublish = 1024

// confirmTimeout is the longest wait for a confirm; after it the connection is
// given up. Time under a broker's alarm does not count, because the broker
// announces it.
const confirmTimeout = 30 * time.Second

// Publisher publishes over a connection of its own, and makes a new one after a
// failure. One Publish runs at a time.
type Publisher struct {
	dial    Dialer
	name    string
	declare func(*amqp.Channel) error
	log     *slog.Logger
	// Held waits while nothing is to be published, as a broker's alarm would have it; nil for never.
	Held func(context.Context) error
	// Most bounds one Publish call; 0 is 1024. A connection holds room for so many returned messages, a quarter of a kilobyte each.
	Most int
	// Tracer records each message that has a trace, and names the record in its headers; nil for none.
	Tracer *trace.Tracer

	mu      sync.Mutex
	conn    *amqp.Connection
	cork    *cork // of its network connection
	ch      *amqp.Channel
	returns chan amqp.Return
	blocked chan amqp.Blocking
	closed  chan *amqp.Error
}

// NewPublisher returns a publisher that connects on first use. Declare runs on
// every fresh connection.
func NewPublisher(dial Dialer, name string, declare func(*amqp.Channel) error, log *slog.Logger) *Publisher {
	return &Publisher{dial: dial, name: name, declare: declare, log: log}
}

func (p *Publisher) most() int { return cmp.Or(p.Most, maxPublish) }

// Publish sends up to Most messages in order and waits until the broker has
// answered for each. An error means that at least one fate is unknown.
func (p *Publisher) Publish(ctx context.Context, messages []Message) ([]Fate, error) {
	if most := p.most(); len(messages) > most {
		return nil, fmt.Errorf("broker: %d messages at once; %d are allowed", len(messages), most)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	fates := make([]Fate, len(messages))
	if p.Held != nil {
		if err := p.Held(ctx); err != nil {
			return fates, err
		}
	}
	if err := p.connect(ctx); err != nil {
		return fates, err
	}
	messages, ended := traced(p.Tracer, messages)
	err := p.publish(ctx, messages, fates)
	ended(fates)
	if err != nil {
		p.drop()
	}
	return fates, err
}

func (p *Publisher) publish(ctx context.Context, messages []Message, fates []Fate) error {
	confirms := make([]*amqp.DeferredConfirmation, len(messages))
	// However the wait ends: a returned message was confirmed as well, and must
	// not count as accepted.
	defer p.markReturned(messages, fates)
	if err := p.send(ctx, messages, confirms); err != nil {
		return err
	}
	var failed error
	for i, c := range confirms {
		acked, err := p.confirmed(ctx, c)
		if err != nil {
			return err
		}
		switch {
		case acked:
			fates[i] = Confirmed
		case !messages[i].Mandatory && !p.ch.IsClosed():
			// When a channel closes, the library reports every pending publish
			// as refused.
			fates[i] = Refused
		default:
			failed = fmt.Errorf("broker: the broker refused message %s", messages[i].ID)
		}
	}
	return failed
}

// send writes the messages, together.
func (p *Publisher) send(ctx context.Context, messages []Message, confirms []*amqp.DeferredConfirmation) error {
	p.cork.put()
	for i, m := range messages {
		c, err := p.ch.PublishWithDeferredConfirmWithContext(ctx, m.Exchange, m.Key, m.Mandatory, false, publishing(m))
		if err != nil {
			_ = p.cork.pull()
			return fmt.Errorf("broker: publish to %s: %w", m.Exchange, err)
		}
		confirms[i] = c
	}
	if err := p.cork.pull(); err != nil {
		return fmt.Errorf("broker: publish: %w", err)
	}
	return nil
}

// markReturned reads the returned messages. A return comes before its confirm,
// and the buffer holds them all, so a message not in it now was not returned.
func (p *Publisher) markReturned(messages []Message, fates []Fate) {
	back := make(map[string]bool)
	for more := true; more; {
		select {
		case r, ok := <-p.returns:
			if more = ok; ok {
				back[r.MessageId] = true
			}
		default:
			more = false
		}
	}
	for i, m := range messages {
		if back[m.ID] && fates[i] == Confirmed {
			fates[i] = Returned
		}
	}
}

// confirmed waits for one confirm. Time during which the broker says that it is
// blocked does not count.
func (p *Publisher) confirmed(ctx context.Context, c *amqp.DeferredConfirmation) (bool, error) {
	select {
	case <-c.Done(): // as most are, behind the first one of a batch
		return c.Acked(), nil
	default:
	}
	timeout := time.NewTimer(confirmTimeout)
	defer timeout.Stop()
	for {
		select {
		case <-c.Done():
			return c.Acked(), nil
		case b, ok := <-p.blocked:
			if ok && b.Active {
				p.log.Warn("the broker accepts nothing for now", "reason", b.Reason)
				timeout.Stop()
			} else if ok {
				p.log.Info("the broker accepts messages again")
				timeout.Reset(confirmTimeout)
			}
			if !ok {
				p.blocked = nil
			}
		case err := <-p.closed:
			// Both channels may be ready at once; then the confirm counts.
			if c.Acked() {
				return true, nil
			}
			return false, fmt.Errorf("broker: connection lost before the confirm: %w", closeError(err))
		case <-timeout.C:
			return false, fmt.Errorf("broker: no confirm within %s", confirmTimeout)
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

func publishing(m Message) amqp.Publishing {
	p := amqp.Publishing{
		ContentType: cmp.Or(m.ContentType, "application/json"), DeliveryMode: amqp.Persistent, MessageId: m.ID, Type: m.Type,
		CorrelationId: m.Correlation, ReplyTo: m.ReplyTo, Timestamp: m.At, Headers: m.Headers, Body: m.Body,
	}
	if m.Expires > 0 {
		p.Expiration = strconv.FormatInt(m.Expires.Milliseconds(), 10)
	}
	return p
}

// Connect connects now, so that a wrong address is reported at the start.
func (p *Publisher) Connect(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.connect(ctx)
}

func (p *Publisher) connect(ctx context.Context) error {
	if p.ch != nil && !p.ch.IsClosed() {
		return nil
	}
	p.drop()
	held := &cork{}
	conn, err := p.dial(corkable(ctx, held), p.name)
	if err != nil {
		return fmt.Errorf("broker: connect: %w", err)
	}
	ch, err := openChannel(conn, p.declare)
	if err == nil {
		err = ch.Confirm(false)
	}
	if err != nil {
		_ = conn.Close()
		return err
	}
	p.conn, p.cork, p.ch = conn, held, ch
	p.returns = ch.NotifyReturn(make(chan amqp.Return, p.most()))
	p.blocked = conn.NotifyBlocked(make(chan amqp.Blocking, 8))
	p.closed = ch.NotifyClose(make(chan *amqp.Error, 1))
	return nil
}

func openChannel(conn *amqp.Connection, declare func(*amqp.Channel) error) (*amqp.Channel, error) {
	ch, err := conn.Channel()
	if err != nil {
		return nil, fmt.Errorf("broker: channel: %w", err)
	}
	if declare != nil {
		if err := declare(ch); err != nil {
			return nil, err
		}
	}
	return ch, nil
}

func (p *Publisher) drop() {
	if p.conn != nil {
		_ = p.conn.CloseDeadline(time.Now().Add(2 * time.Second))
	}
	p.conn, p.ch = nil, nil
}

// Close closes the connection.
func (p *Publisher) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop()
}

func closeError(err *amqp.Error) error {
	if err == nil {
		return amqp.ErrClosed
	}
	return err
}
