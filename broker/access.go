package broker

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"sandbank/secret"
)

// User is one who may connect to the broker, and what for. Each permission is a
// regular expression over names of exchanges and queues, as RabbitMQ has them.
type User struct {
	Name     string
	Password secret.Text
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

// The roles that have a user each. Operators and auditors have none: what there
// is for them is on HTTP.
const (
	// MerchantRole listens to the events of one merchant, and publishes nothing.
	MerchantRole Role = "merchant"
	// ReaderRole does the same beside its merchant, in queues of its own.
	ReaderRole Role = "merchant_reader"
	// BankRole consumes the requests to its banks, and answers as them.
	BankRole Role = "bank"
	// ProcessorRole declares what all share, and has all of its own ends.
	ProcessorRole Role = "processor"
)

// Roles lists the roles.
func Roles() []Role { return []Role{MerchantRole, ReaderRole, BankRole, ProcessorRole} }

// nothing matches no routing key, not even the empty one, as "^$" would.
const nothing = `^[^\s\S]$`

// access is who may do what: the one table, of which both brokers are told. {id}
// stands for the merchant's id or the banks' identifiers, and {user} for the
// user's own name, ready for a regular expression.
//
// A merchant may declare, bind and consume what begins with its own prefix, and
// binds it to its own events: two words for the type of event, no "#", which
// stands for any number of words, and at the end its own id. The queues of
// RabbitMQ's MQTT plugin are named after the MQTT client's id, which is how that
// begins with the merchant's as well. A reader's names have its own name after
// the merchant's, so that it takes nothing away from the queues of the merchant.
//
// A bank may declare and consume its own queues, bind them by its own keys, and
// publish by its own keys. It has to write to the dead letters, since its queue
// names them, but may publish there by no key at all.
//
// The processor has no business in the banks' and merchants' queues.
var access = map[Role]User{
	MerchantRole: {
		Configure: `^(merchant\.|mqtt-subscription-){id}\.`,
		Write:     `^(merchant\.|mqtt-subscription-){id}\.`,
		Read:      `^((merchant\.|mqtt-subscription-){id}\.|payment\.events$)`,
		Topics:    []Topic{{Exchange: Events, Write: nothing, Read: `^[^.#]+\.[^.#]+\.{id}$`}},
	},
	ReaderRole: {
		Configure: `^(merchant\.|mqtt-subscription-){id}\.{user}\.`,
		Write:     `^(merchant\.|mqtt-subscription-){id}\.{user}\.`,
		Read:      `^((merchant\.|mqtt-subscription-){id}\.{user}\.|payment\.events$)`,
		Topics:    []Topic{{Exchange: Events, Write: nothing, Read: `^[^.#]+\.[^.#]+\.{id}$`}},
	},
	BankRole: {
		Configure: `^bank\.{id}$`,
		Write:     `^(bank\.({id}|results|health)|dead\.letters)$`,
		Read:      `^bank\.({id}|requests)$`,
		Topics: []Topic{
			{Exchange: Health, Write: `^{id}$`, Read: nothing},
			{Exchange: Requests, Write: nothing, Read: `^{id}$`},
			{Exchange: Results, Write: `^{id}$`, Read: nothing},
			{Exchange: DeadLetters, Write: nothing, Read: nothing},
		},
	},
	ProcessorRole: {
		Configure: `^(bank\.(requests|results|health)|payment\.events|dead\.letters|processor\.results|amq\.gen-.*)$`,
		Write:     `^(bank\.(requests|results)|payment\.events|dead\.letters|processor\.results|amq\.gen-.*)$`,
		Read:      `^(bank\.(results|health)|dead\.letters|processor\.results|amq\.gen-.*)$`,
		Topics:    []Topic{{Exchange: DeadLetters, Write: nothing, Read: `^#$`}},
	},
}

// Access is the user of one role for the bearer of an id, or of several where it
// is several banks.
func Access(role Role, name, password string, ids ...string) User {
	quoted := make([]string, len(ids))
	for i, id := range ids {
		quoted[i] = regexp.QuoteMeta(id)
	}
	id := strings.Join(quoted, "|")
	if len(ids) > 1 {
		id = "(" + id + ")"
	}
	fill := strings.NewReplacer("{id}", id, "{user}", regexp.QuoteMeta(name)).Replace
	u := access[role]
	u.Name, u.Password, u.Configure, u.Write, u.Read = name, secret.Text(password), fill(u.Configure), fill(u.Write), fill(u.Read)
	topics := make([]Topic, len(u.Topics))
	for i, t := range u.Topics {
		topics[i] = Topic{Exchange: t.Exchange, Write: fill(t.Write), Read: fill(t.Read)}
	}
	u.Topics = topics
	return u
}

// MerchantQueue is the name that a merchant's queue has.
func MerchantQueue(merchant, rest string) string { return "merchant." + merchant + "." + rest }

// ReaderQueue is the name that a queue of a merchant's reader has.
func ReaderQueue(merchant, reader, rest string) string {
	return MerchantQueue(merchant, reader+"."+rest)
}

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
	list := [][]string{{"add_user", u.Name, u.Password.Reveal()}}
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
