// Package broker is how processor and banks talk over AMQP 0-9-1: the topology,
// publishing with confirms, consuming in batches, and reconnecting. It knows no
// payment; what the bodies mean is package wire's.
//
//	processor ─▶ bank.requests (direct, key BIC) ─▶ bank.<BIC> ─▶ bank
//	bank ─▶ bank.results (direct) ─▶ processor.results ─▶ one of the processors
//	bank ─▶ bank.health (fanout) ─▶ a queue of each processor's own
//	processor ─▶ payment.events (topic, <type>.<merchant>) ─▶ whoever listens
//	rejected, undeliverable ─▶ dead.letters (fanout) ─▶ dead.letters
//
// Publishing and consuming never share a connection: a blocked publisher would
// keep acknowledgements from getting through. The client library's own recovery
// is not used: it lets an old session's acknowledgement hit a new session's
// message. After any failure everything is made anew.
package broker

import (
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"
)

// The exchanges and queues.
const (
	Requests     = "bank.requests"
	Results      = "bank.results"
	Health       = "bank.health"
	Events       = "payment.events"
	DeadLetters  = "dead.letters"
	ResultsQueue = "processor.results"
)

// DeliveryLimit is how often a message is delivered before it is
// dead-lettered. RabbitMQ 3.10 sets none by itself and 4.x another, so it is
// always explicit.
const DeliveryLimit = 20

// BankQueue is where the requests for a bank wait.
func BankQueue(bic string) string { return "bank." + bic }

// DeclareExchanges declares what everybody may publish to.
func DeclareExchanges(ch *amqp.Channel) error {
	for _, x := range []struct{ name, kind string }{
		{DeadLetters, amqp.ExchangeFanout}, {Requests, amqp.ExchangeDirect}, {Results, amqp.ExchangeDirect},
		{Health, amqp.ExchangeFanout}, {Events, amqp.ExchangeTopic},
	} {
		if err := ch.ExchangeDeclare(x.name, x.kind, true, false, false, false, nil); err != nil {
			return fmt.Errorf("broker: declare exchange %s: %w", x.name, err)
		}
	}
	return nil
}

// DeclareProcessor declares the exchanges, the results queue and the dead
// letters.
func DeclareProcessor(ch *amqp.Channel) error {
	if err := DeclareExchanges(ch); err != nil {
		return err
	}
	if err := declareQueue(ch, queue{name: DeadLetters, exchange: DeadLetters, last: true}); err != nil {
		return err
	}
	return declareQueue(ch, queue{name: ResultsQueue, exchange: Results, key: ResultsQueue})
}

// DeclareBank declares the exchanges and the queue of one bank.
func DeclareBank(bic string) func(*amqp.Channel) error {
	return func(ch *amqp.Channel) error {
		if err := DeclareExchanges(ch); err != nil {
			return err
		}
		return declareQueue(ch, queue{name: BankQueue(bic), exchange: Requests, key: bic})
	}
}

type queue struct {
	name, exchange, key string
	last                bool // nothing is dead-lettered from here
}

func declareQueue(ch *amqp.Channel, q queue) error {
	args := amqp.Table{amqp.QueueTypeArg: amqp.QueueTypeQuorum}
	if !q.last {
		args["x-delivery-limit"] = int32(DeliveryLimit)
		args["x-dead-letter-exchange"] = DeadLetters
	}
	if _, err := ch.QueueDeclare(q.name, true, false, false, false, args); err != nil {
		return fmt.Errorf("broker: declare queue %s: %w", q.name, err)
	}
	if err := ch.QueueBind(q.name, q.key, q.exchange, false, nil); err != nil {
		return fmt.Errorf("broker: bind queue %s: %w", q.name, err)
	}
	return nil
}
