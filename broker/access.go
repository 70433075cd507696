package broker

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"sandbank/secret"
)

// User is an account at the broker with its permissions. Each permission is a
// regular expression over names of exchanges and queues, as in RabbitMQ.
type User struct {
	Name     string
	Password secret.Text
	// Configure allows declaring and deleting; Write allows publishing to
	// exchanges and binding queues; Read allows consuming queues and binding to
	// exchanges.
	Configure, Write, Read string
	Topics                 []Topic
}

// Topic limits a user's routing keys on one topic exchange: Write those it
// publishes with, Read those it binds with.
type Topic struct{ Exchange, Write, Read string }

// Role is the part that a user plays at the broker.
type Role string

// The roles that have a user at the broker. Operators and auditors have none,
// because everything for them is on HTTP.
const (
	// RoleMerchant listens to the events of one merchant, and publishes nothing.
	RoleMerchant Role = "merchant"
	// RoleReader listens to the same events as its merchant, in queues of its
	// own.
	RoleReader Role = "merchant_reader"
	// RoleBank consumes the requests to its banks, and publishes their answers.
	RoleBank Role = "bank"
	// RoleProcessor declares the shared exchanges and queues, and uses the
	// processor's end of each.
	RoleProcessor Role = "processor"
)

// Roles lists the roles.
func Roles() []Role { return []Role{RoleMerchant, RoleReader, RoleBank, RoleProcessor} }

// nothing is a pattern that no routing key matches, not even the empty one,
// which "^$" would match.
const nothing = `^[^\s\S]$`

// access is the permissions of every role. Both brokers get theirs from this one
// table. {id} stands for the merchant's id or the banks' identifiers, and {user}
// for the user's own name, escaped for a regular expression.
//
// A merchant may declare, bind and consume queues whose names begin with its own
// prefix. It may bind them to its own events only: the key is two words for the
// type of event, without "#" (which stands for any number of words), and its own
// id at the end. RabbitMQ's MQTT plugin names a queue after the MQTT client's
// id, so that id begins with the merchant's id as well. A reader's queue names
// carry the reader's own name after the merchant's id, so that a reader cannot
// take messages out of the merchant's queues.
//
// A bank may declare and consume its own queues, bind them by its own keys and by
// that of all banks, and publish by its own keys. It needs write permission on the dead letters because
// its queue names that exchange, but no routing key lets it publish there.
//
// The processor may not use the banks' and merchants' queues.
var access = map[Role]User{
	RoleMerchant: {
		Configure: `^(merchant\.|mqtt-subscription-){id}\.`,
		Write:     `^(merchant\.|mqtt-subscription-){id}\.`,
		Read:      `^((merchant\.|mqtt-subscription-){id}\.|payment\.events$)`,
		Topics:    []Topic{{Exchange: Events, Write: nothing, Read: `^[^.#]+\.[^.#]+\.{id}$`}},
	},
	RoleReader: {
		Configure: `^(merchant\.|mqtt-subscription-){id}\.{user}\.`,
		Write:     `^(merchant\.|mqtt-subscription-){id}\.{user}\.`,
		Read:      `^((merchant\.|mqtt-subscription-){id}\.{user}\.|payment\.events$)`,
		Topics:    []Topic{{Exchange: Events, Write: nothing, Read: `^[^.#]+\.[^.#]+\.{id}$`}},
	},
	RoleBank: {
		Configure: `^bank\.{id}$`,
		Write:     `^(bank\.({id}|results|health)|dead\.letters)$`,
		Read:      `^bank\.({id}|requests)$`,
		Topics: []Topic{
			{Exchange: Health, Write: `^{id}$`, Read: nothing},
			{Exchange: Requests, Write: nothing, Read: `^({id}|all\.banks)$`},
			{Exchange: Results, Write: `^{id}$`, Read: nothing},
			{Exchange: DeadLetters, Write: nothing, Read: nothing},
		},
	},
	RoleProcessor: {
		Configure: `^(bank\.(requests|results|health)|payment\.events|dead\.letters|processor\.results|amq\.gen-.*)$`,
		Write:     `^(bank\.(requests|results)|payment\.events|dead\.letters|processor\.results|amq\.gen-.*)$`,
		Read:      `^(bank\.(results|health)|dead\.letters|processor\.results|amq\.gen-.*)$`,
		Topics:    []Topic{{Exchange: DeadLetters, Write: nothing, Read: `^#$`}},
	},
}

// Access returns the user of a role whose permissions are for one id, or for
// several when it connects several banks.
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

// MerchantQueue returns the full name of a merchant's queue.
func MerchantQueue(merchant, rest string) string { return "merchant." + merchant + "." + rest }

// ReaderQueue returns the full name of a queue of a merchant's reader.
func ReaderQueue(merchant, reader, rest string) string {
	return MerchantQueue(merchant, reader+"."+rest)
}

// MerchantKey returns the key that binds a queue to all events of a merchant.
func MerchantKey(merchant string) string { return "*.*." + merchant }

// Bounds keep unread queues from filling the broker. A client that declares a
// queue may choose narrower bounds, never wider ones.
type Bounds struct {
	Pattern  string        // a regular expression over queue names
	Messages int           // beyond this many, the oldest message is dropped
	Bytes    int           // beyond this many bytes of bodies, the oldest message is dropped
	Unused   time.Duration // a queue unused for this long is deleted
}

// MerchantBounds apply to every queue that a merchant may declare.
var MerchantBounds = Bounds{
	Pattern: `^(merchant\.|mqtt-subscription-)`, Messages: 20_000, Bytes: 32 << 20, Unused: 7 * 24 * time.Hour,
}

// Commands returns the rabbitmqctl commands by which an administrator grants a
// user its access by hand. Their order matters: at no moment may the user do
// more than in the end.
func (u User) Commands(host string) [][]string {
	list := [][]string{{"add_user", u.Name, u.Password.Reveal()}}
	for _, t := range u.Topics {
		list = append(list, []string{"set_topic_permissions", "--vhost", host, u.Name, t.Exchange, t.Write, t.Read})
	}
	return append(list, []string{"set_permissions", "--vhost", host, u.Name, u.Configure, u.Write, u.Read})
}

// PolicyName is the name of the operator policy that holds the bounds on
// RabbitMQ.
const PolicyName = "sandbank-merchants"

// Policy returns the bounds as the definition of an operator policy of RabbitMQ.
func (b Bounds) Policy() map[string]any {
	return map[string]any{"max-length": b.Messages, "max-length-bytes": b.Bytes, "expires": b.Unused.Milliseconds()}
}

// Command returns the command by which an administrator sets the bounds by hand.
func (b Bounds) Command(host string) []string {
	definition, err := json.Marshal(b.Policy())
	if err != nil {
		panic("broker: " + err.Error()) // numbers always encode
	}
	return []string{"set_operator_policy", "--vhost", host, "--apply-to", "queues", PolicyName, b.Pattern, string(definition)}
}
