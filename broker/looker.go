package broker

import (
	"context"
	"errors"
	"fmt"
	"sync"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Looker asks a broker over AMQP what it holds. AMQP has no list of anything: a passive declaration tells how
// many messages of a queue are ready, and how many consumers it has. It keeps one connection of its own, so
// that a queue that is not there disturbs nobody. Close it after use.
type Looker struct {
	dial Dialer
	mu   sync.Mutex
	conn *amqp.Connection // nil before the first look and after a failure
}

// NewLooker makes a Looker, which connects when it first looks.
func NewLooker(dial Dialer) *Looker { return &Looker{dial: dial} }

// Look completes what is known about a broker: queues and exchanges that are not there are left out, and what the
// broker tells of the others is added. When ctx ends, so does the connection.
func (l *Looker) Look(ctx context.Context, known Picture) (Picture, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p, err := l.look(ctx, known)
	if err != nil {
		l.drop()
		return Picture{}, fmt.Errorf("broker: look: %w", err)
	}
	return p, nil
}

func (l *Looker) look(ctx context.Context, known Picture) (p Picture, err error) {
	if l.conn == nil || l.conn.IsClosed() {
		if l.conn, err = l.dial(ctx, "processor looker"); err != nil {
			return p, err
		}
	}
	stop := context.AfterFunc(ctx, func(c *amqp.Connection) func() { return func() { _ = c.Close() } }(l.conn))
	defer stop()
	p.Engine, p.ToldBy = EngineRabbitMQ, ToldByAMQP
	there := map[string]bool{}
	for _, x := range known.Exchanges {
		err := l.ask(func(ch *amqp.Channel) error {
			return ch.ExchangeDeclarePassive(x.Name, x.Type, true, false, false, false, nil)
		})
		if there["exchange "+x.Name] = err == nil; err == nil {
			p.Exchanges = append(p.Exchanges, x)
		} else if !absent(err) {
			return p, err
		}
	}
	for _, q := range known.Queues {
		var found amqp.Queue
		err := l.ask(func(ch *amqp.Channel) (err error) {
			found, err = ch.QueueDeclarePassive(q.Name, true, false, false, false, nil)
			return err
		})
		if there["queue "+q.Name] = err == nil; err == nil {
			q.Ready, q.Consumers = &found.Messages, &found.Consumers
			p.Queues = append(p.Queues, q)
		} else if !absent(err) {
			return p, err
		}
	}
	for _, b := range known.Bindings {
		if there["exchange "+b.Exchange] && there[b.To+" "+b.Name] {
			p.Bindings = append(p.Bindings, b)
		}
	}
	return p, nil
}

// ask asks on a channel of its own, since a refusal ends the channel.
func (l *Looker) ask(question func(*amqp.Channel) error) error {
	ch, err := l.conn.Channel()
	if err != nil {
		return err
	}
	if err := question(ch); err != nil {
		return err
	}
	return ch.Close()
}

// absent reports whether the broker answered that a thing is not there, or may not be asked about.
func absent(err error) bool {
	var refused *amqp.Error
	return errors.As(err, &refused) && refused.Server &&
		(refused.Code == amqp.NotFound || refused.Code == amqp.AccessRefused || refused.Code == amqp.ResourceLocked)
}

func (l *Looker) drop() {
	if l.conn != nil {
		_ = l.conn.Close()
		l.conn = nil
	}
}

// Close ends the connection, if there is one.
func (l *Looker) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drop()
}
