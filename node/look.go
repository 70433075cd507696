package node

import (
	"context"
	"time"

	"sandbank/broker"
)

// lookPatience is how long a broker may take to say what it holds.
const lookPatience = 5 * time.Second

// What a page about the broker says of what it is not told.
const (
	someSecondsOld = "RabbitMQ counts its messages every few seconds: what has just come may not be counted yet."
	amqpSaysLittle = "AMQP tells how many messages of a queue are ready and how many consumers it has, and only for a queue that is asked for by name: " +
		"those of merchants and what is in flight are not told. With --amqp-admin-url, RabbitMQ's management API tells the rest."
	asDeclared   = "Exchanges and bindings are those that processors and banks declare; AMQP lists no others."
	adminIsQuiet = "RabbitMQ's management API did not answer; this is what AMQP tells."
)

// lookAtBroker asks the broker what it holds: the embedded one itself, RabbitMQ by its management API where
// there is one, and else over AMQP.
func (n *life) lookAtBroker(ctx context.Context, known broker.Picture) (p broker.Picture, err error) {
	ctx, end := context.WithTimeout(ctx, lookPatience)
	defer end()
	if n.broker != nil {
		return n.embeddedPicture(), nil
	}
	var quiet []string
	if admin := n.config.AMQP.Admin; admin != nil {
		if p, err = admin.Look(ctx); err == nil {
			p.Notes = []string{someSecondsOld}
			return p, nil
		}
		n.log.Debug("RabbitMQ's management API did not say what the broker holds", "error", err)
		quiet = []string{adminIsQuiet}
	}
	p, err = n.looker.Look(ctx, known)
	p.Notes = append(quiet, amqpSaysLittle, asDeclared)
	return p, err
}

func (n *life) embeddedPicture() broker.Picture {
	p := broker.Picture{Engine: broker.EngineEmbedded, ToldBy: broker.ToldByBroker, Notes: []string{}, Bindings: []broker.BindingInfo{}}
	t := n.broker.Topology()
	for _, x := range t.Exchanges {
		if x.Name != "" {
			p.Exchanges = append(p.Exchanges, broker.ExchangeInfo{Name: x.Name, Type: x.Kind})
		}
	}
	for _, q := range t.Queues {
		p.Queues = append(p.Queues, broker.QueueInfo{Name: q.Name, Type: q.Type, Ready: &q.Depth, Unacknowledged: &q.Unacked, Consumers: &q.Consumers})
	}
	for _, b := range t.Bindings {
		to := "queue"
		if b.ToExchange {
			to = "exchange"
		}
		p.Bindings = append(p.Bindings, broker.BindingInfo{Exchange: b.Source, Key: b.Key, To: to, Name: b.Destination})
	}
	return p
}
