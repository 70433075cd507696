package broker

import (
	"cmp"
	"slices"
	"strings"
)

// Picture is what a broker holds at one moment, as far as it tells. What it does not
// tell is nil, never 0.
type Picture struct {
	Engine string `json:"engine"`  // "embedded" or "rabbitmq"
	ToldBy string `json:"told_by"` // "broker", "management_api" or "amqp"
	// Notes say in sentences what is not told here, and how it could be.
	Notes     []string       `json:"notes"`
	Exchanges []ExchangeInfo `json:"exchanges"` // in order of name; the default one is left out
	Queues    []QueueInfo    `json:"queues"`    // in order of name
	Bindings  []BindingInfo  `json:"bindings"`  // in order of exchange, queue and key
}

// What a [Picture] is told by.
const (
	ToldByBroker     = "broker"         // the embedded broker itself: everything, at this moment
	ToldByManagement = "management_api" // RabbitMQ's: everything, some seconds old
	ToldByAMQP       = "amqp"           // depth and consumers of the queues that a processor knows by name
)

// The engines of a [Picture].
const (
	EngineEmbedded = "embedded"
	EngineRabbitMQ = "rabbitmq"
)

// ExchangeInfo is one exchange.
type ExchangeInfo struct {
	Name string `json:"name"`
	Type string `json:"type"` // "topic", "direct", "fanout" or "headers"
}

// QueueInfo is one queue with its messages.
type QueueInfo struct {
	Name string `json:"name"`
	Type string `json:"type,omitempty"` // "quorum" or "classic"; "" where it is not told
	// Ready messages wait for a consumer. Unacknowledged ones are in flight: delivered, and neither
	// acknowledged nor rejected.
	Ready          *int `json:"ready,omitempty"`
	Unacknowledged *int `json:"unacknowledged,omitempty"`
	Consumers      *int `json:"consumers,omitempty"`
}

// BindingInfo leads what an exchange gets with a key to a queue or to another exchange.
type BindingInfo struct {
	Exchange string `json:"exchange"`
	Key      string `json:"key"`
	To       string `json:"to"` // "queue" or "exchange"
	Name     string `json:"name"`
}

// Idle reports whether a queue certainly has no message and no consumer.
func (q QueueInfo) Idle() bool {
	none := func(n *int) bool { return n != nil && *n == 0 }
	return none(q.Ready) && none(q.Consumers) && (q.Unacknowledged == nil || none(q.Unacknowledged))
}

// Known lists what processors and banks declare at the broker themselves, and so know of without being
// told: the exchanges, the queues of these banks and of the processors, and the bindings between them. Each processor's
// own queue of signs of life has a name that the broker makes up.
func Known(banks ...string) (p Picture) {
	for _, name := range []string{Health, Requests, Results, DeadLetters, Events} {
		p.Exchanges = append(p.Exchanges, ExchangeInfo{Name: name, Type: "topic"})
	}
	bound := func(exchange, key, queue string) {
		p.Queues = append(p.Queues, QueueInfo{Name: queue})
		p.Bindings = append(p.Bindings, BindingInfo{Exchange: exchange, Key: key, To: "queue", Name: queue})
	}
	for _, bic := range banks {
		bound(Requests, bic, BankQueue(bic))
	}
	bound(DeadLetters, Everything, DeadLetters)
	bound(Results, Everything, ResultsQueue)
	slices.SortFunc(p.Exchanges, func(a, b ExchangeInfo) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(p.Queues, func(a, b QueueInfo) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(p.Bindings, func(a, b BindingInfo) int {
		return cmp.Or(cmp.Compare(a.Exchange, b.Exchange), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Key, b.Key))
	})
	return p
}

// About says in a few words what the messages of a queue are, by its name; "" for a queue that is none of ours.
func About(queue string) string {
	switch bic, bank := strings.CutPrefix(queue, BankQueue("")); {
	case queue == ResultsQueue:
		return "Banks' answers, for the processors"
	case queue == DeadLetters:
		return "Messages that nobody could use, on their way to the list of dead letters"
	case bank:
		return "Requests to the bank " + bic
	case strings.HasPrefix(queue, "amq.gen-"):
		return "A reader's own, gone with its connection, such as banks' signs of life for one processor"
	case strings.HasPrefix(queue, "merchant."), strings.HasPrefix(queue, "mqtt-subscription-"):
		return "Events, for a merchant's listener"
	}
	return ""
}
