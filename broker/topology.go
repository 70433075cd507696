// Package broker connects processor and banks over AMQP 0-9-1: the topology,
// publishing with confirms, consuming in batches, and reconnecting. It knows
// nothing of payments; package wire defines the bodies.
//
//	processor ─▶ bank.requests (key BIC) ─▶ bank.<BIC> ─▶ bank
//	processor ─▶ bank.requests (key all.banks) ─▶ the queue of each bank that is called with all others
//	bank ─▶ bank.results (key BIC) ─▶ processor.results ─▶ one of the processors
//	bank ─▶ bank.health (key BIC) ─▶ a queue of each processor's own
//	processor ─▶ payment.events (key <type>.<merchant>) ─▶ merchants' queues
//	rejected, undeliverable ─▶ dead.letters ─▶ dead.letters
//
// Every exchange is a topic exchange, even where no key has more than one word:
// a broker restricts users to routing keys on topic exchanges only, and banks
// must be restricted to their own keys.
//
// Publishing and consuming never share a connection: a blocked publisher would
// keep acknowledgements from getting through. The client library's own recovery
// is not used, because it lets an old session's acknowledgement hit a new
// session's message. After any failure, connection and channel are made anew.
package broker

import (
	"errors"
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

// DeliveryLimit is how often a message is delivered before it is dead-lettered.
// RabbitMQ 3.10 has no default limit and 4.x has another one, so it is always
// set.
const DeliveryLimit = 20

// BankQueue returns the name of the queue that holds the requests for a bank.
func BankQueue(bic string) string { return "bank." + bic }

// AllBanks is the key on [Requests] of what is said to all banks at once. It has two words, so that no
// bank's identifier is the same.
const AllBanks = "all.banks"

// Everything is the key that binds a queue to all messages of an exchange.
const Everything = "#"

// DeclareExchanges declares the exchanges that all processors and banks publish
// to. Only the processor may do so; a bank may not.
func DeclareExchanges(ch *amqp.Channel) error {
	for _, name := range []string{DeadLetters, Requests, Results, Health, Events} {
		if err := ch.ExchangeDeclare(name, amqp.ExchangeTopic, true, false, false, false, nil); err != nil {
			return fmt.Errorf("broker: declare exchange %s: %w", name, err)
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
	if err := declareQueue(ch, queue{name: DeadLetters, exchange: DeadLetters, key: Everything, last: true}); err != nil {
		return err
	}
	return declareQueue(ch, queue{name: ResultsQueue, exchange: Results, key: Everything})
}

// ErrNoProcessor says that no processor has declared the exchanges of this broker yet.
var ErrNoProcessor = errors.New("broker: no processor has been at this broker yet")

// DeclareBank declares the queue of one bank. The exchanges come with the first
// processor; until then there is nothing to bind to, and the error is [ErrNoProcessor].
// A user that may not bind its queue to [AllBanks] gets an error once; the bank goes
// on without from the next session on.
func DeclareBank(bic string) func(*amqp.Channel) error {
	uncalled := false
	return func(ch *amqp.Channel) error {
		if err := ch.ExchangeDeclarePassive(Requests, amqp.ExchangeTopic, true, false, false, false, nil); err != nil {
			var refused *amqp.Error
			if errors.As(err, &refused) && refused.Code == amqp.NotFound {
				return fmt.Errorf("%w: %w", ErrNoProcessor, err)
			}
			return fmt.Errorf("broker: look for the exchange %s: %w", Requests, err)
		}
		if err := declareQueue(ch, queue{name: BankQueue(bic), exchange: Requests, key: bic}); err != nil || uncalled {
			return err
		}
		var refused *amqp.Error
		err := ch.QueueBind(BankQueue(bic), AllBanks, Requests, false, nil)
		if errors.As(err, &refused) && refused.Code == amqp.AccessRefused { // it was set up before there was such a key
			uncalled = true
			return fmt.Errorf("broker: the bank %s goes on without being called, since its user may not bind %s: set the user up anew: %w", bic, AllBanks, err)
		}
		return err
	}
}

type queue struct {
	name, exchange, key string
	last                bool // nothing is dead-lettered from this queue
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
