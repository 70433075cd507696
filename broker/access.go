package broker

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"
)

// User is one who may connect to the broker, and what for. Each permission is a
// regular expression over names of exchanges and queues, as RabbitMQ has them.
type User struct {
	Name, Password string
	// Configure is for declaring and deleting; Write for publishing to exchanges and
	// for binding queues; Read for consuming queues and for binding to exchanges.
	Configure, Write, Read string
	Topics                 []Topic
}

// Topic narrows a user's routing keys on a topic exchange: those published with
// (Write), and those bound with (Read).
type Topic struct{ Exchange, Write, Read string }

// Role is what somebody is to the broker.
type Role string

// The roles that have a user each.
const (
	// MerchantRole listens to the events of one merchant, and publishes nothing.
	MerchantRole Role = "merchant"
)

// nothing matches no name that there is.
const nothing = "^$"

// access is who may do what: the one table, of which both brokers are told. {id}
// is the merchant's id, ready for a regular expression.
//
// A merchant may declare, bind and consume what begins with its own prefix, and
// binds it to its own events: two words for the type of event, no "#", which
// stands for any number of words, and at the end its own id. The queues of
// RabbitMQ's MQTT plugin are named after the MQTT client's id, which is how that
// begins with the merchant's as well.
var access = map[Role]User{
	MerchantRole: {
		Configure: `^(merchant\.|mqtt-subscription-){id}\.`,
		Write:     `^(merchant\.|mqtt-subscription-){id}\.`,
		Read:      `^((merchant\.|mqtt-subscription-){id}\.|payment\.events$)`,
		Topics:    []Topic{{Exchange: Events, Write: nothing, Read: `^[^.#]+\.[^.#]+\.{id}$`}},
	},
}

// Access is the user of one role for the bearer of an id.
func Access(role Role, name, password, id string) User {
	u := access[role]
	fill := func(s string) string { return strings.ReplaceAll(s, "{id}", regexp.QuoteMeta(id)) }
	u.Name, u.Password, u.Configure, u.Write, u.Read = name, password, fill(u.Configure), fill(u.Write), fill(u.Read)
	topics := make([]Topic, len(u.Topics))
	for i, t := range u.Topics {
		topics[i] = Topic{Exchange: t.Exchange, Write: fill(t.Write), Read: fill(t.Read)}
	}
	u.Topics = topics
	return u
}

// MerchantQueue is the name that a merchant's queue has.
func MerchantQueue(merchant, rest string) string { return "merchant." + merchant + "." + rest }

// MerchantKey binds a queue to all events of a merchant.
func MerchantKey(merchant string) string { return "*.*." + merchant }

// Bounds keep queues that nobody reads from filling the broker. Whoever declares
// one may choose narrower ones, but no wider.
type Bounds struct {
	Pattern  string        // of the queues' names
	Messages int           // past which the oldest is dropped
	Bytes    int           // of bodies, likewise
	Unused   time.Duration // after which a queue goes
}

// MerchantBounds hold for everything that a merchant may declare.
var MerchantBounds = Bounds{
	Pattern: `^(merchant\.|mqtt-subscription-)`, Messages: 20_000, Bytes: 32 << 20, Unused: 7 * 24 * time.Hour,
}

// Commands is how an administrator grants a user's access by hand: the arguments
// of rabbitmqctl, one command each. The order matters: at no moment may the user
// do more than it is to.
func (u User) Commands(host string) [][]string {
	list := [][]string{{"add_user", u.Name, u.Password}}
	for _, t := range u.Topics {
		list = append(list, []string{"set_topic_permissions", "--vhost", host, u.Name, t.Exchange, t.Write, t.Read})
	}
	return append(list, []string{"set_permissions", "--vhost", host, u.Name, u.Configure, u.Write, u.Read})
}

// PolicyName is what the operator policy with the bounds is called on RabbitMQ.
const PolicyName = "sandbank-merchants"

// Policy is the bounds as the definition of an operator policy of RabbitMQ.
func (b Bounds) Policy() map[string]any {
	return map[string]any{"max-length": b.Messages, "max-length-bytes": b.Bytes, "expires": b.Unused.Milliseconds()}
}

// Command is how an administrator sets the bounds by hand.
func (b Bounds) Command(host string) []string {
	definition, err := json.Marshal(b.Policy())
	if err != nil {
		panic("broker: " + err.Error()) // numbers always encode
	}
	return []string{"set_operator_policy", "--vhost", host, "--apply-to", "queues", PolicyName, b.Pattern, string(definition)}
}
