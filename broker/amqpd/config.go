package amqpd

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"
)

// Defaults of Config.
const (
	// DefaultMemoryLimit is the number of bytes of messages at which the broker
	// blocks publishers.
	DefaultMemoryLimit = 256 << 20
	// DefaultMaxMessageSize is RabbitMQ 4's default.
	DefaultMaxMessageSize = 16 << 20
	// DefaultMaxConnections and DefaultMaxPerAddress are the greatest numbers of
	// open connections, in all and from one address.
	DefaultMaxConnections = 4000
	DefaultMaxPerAddress  = 1000
)

// The broker's offers in connection.tune are RabbitMQ's.
const (
	defaultFrameMax   = 131072
	defaultChannelMax = 2047
	defaultHeartbeat  = 60 * time.Second
)

// Config holds the settings of a Server. The zero value is usable: one user
// "guest" with password "guest" and all permissions.
type Config struct {
	// Users are the accounts that may connect. Empty means guest/guest with all
	// permissions.
	Users []User
	// MemoryLimit in bytes bounds the messages held; 0 is DefaultMemoryLimit.
	MemoryLimit int64
	// MaxMessageSize in bytes bounds one body; 0 is DefaultMaxMessageSize.
	MaxMessageSize int64
	// MaxConnections and MaxPerAddress bound the connections over a network; 0 is
	// the default. Further ones are closed at once.
	MaxConnections, MaxPerAddress int
	// Bounds limit queues by name, over the limits that a client asks for.
	Bounds []Bound
	// Product and Version are told to clients. Product defaults to "amqpd".
	Product, Version string
	// Logger gets messages for the operator; nil discards them.
	Logger *slog.Logger
	// Clock decides when messages and queues expire; nil is real time.
	Clock Clock
}

// Bound narrows the limits of the queues whose names match, as an operator
// policy of RabbitMQ does: of the requested limit and this one, the smaller
// applies. A zero field narrows nothing.
type Bound struct {
	Pattern  string // a regular expression over the queue's name
	Messages int64
	Bytes    int64
	Unused   time.Duration // the queue expires when unused for this long
}

// User is a name with a password and permissions. Each permission is a regular
// expression over names of exchanges and queues that need not match the whole
// name; as in RabbitMQ, the empty one matches nothing.
type User struct {
	Name, Password string
	// Configure allows declaring and deleting; Write allows publishing and being
	// bound to; Read allows consuming and binding from.
	Configure, Write, Read string
	// Topics restricts the routing keys of the user, per topic exchange.
	Topics []TopicPermission
}

// Format implements [fmt.Formatter]: the password is not shown.
func (u User) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "{%s [redacted] configure:%q write:%q read:%q topics:%v}", u.Name, u.Configure, u.Write, u.Read, u.Topics)
}

// LogValue implements [slog.LogValuer].
func (u User) LogValue() slog.Value { return slog.StringValue(u.Name) }

// MarshalText implements [encoding.TextMarshaler].
func (u User) MarshalText() ([]byte, error) { return []byte(u.Name), nil }

// TopicPermission restricts a user's routing keys on one topic exchange: Write
// those it publishes with, Read those it binds with.
type TopicPermission struct{ Exchange, Write, Read string }

// pattern is a compiled permission. The two common ones skip the regexp.
type pattern struct {
	all bool
	re  *regexp.Regexp // nil matches nothing, unless all is set
}

func compile(s string) (pattern, error) {
	switch s {
	case "":
		return pattern{}, nil
	case ".*", "^.*$", "^.*", ".*$":
		return pattern{all: true}, nil
	}
	re, err := regexp.Compile(s)
	return pattern{re: re}, err
}

func (p pattern) matches(name string) bool {
	return p.all || p.re != nil && p.re.MatchString(name)
}

// user is a User with its patterns compiled.
type user struct {
	name, password         string
	configure, write, read pattern
	topicWrite, topicRead  map[string]pattern // per exchange
}

// compileUser reports all the faults of u together.
func compileUser(u User) (*user, error) {
	out := &user{name: u.Name, password: u.Password,
		topicWrite: map[string]pattern{}, topicRead: map[string]pattern{}}
	var errs []error
	if u.Name == "" {
		errs = append(errs, errors.New("user without a name"))
	}
	set := func(what, expr string) pattern {
		p, err := compile(expr)
		if err != nil {
			errs = append(errs, fmt.Errorf("user %q: %s permission: %w", u.Name, what, err))
		}
		return p
	}
	out.configure = set("configure", u.Configure)
	out.write = set("write", u.Write)
	out.read = set("read", u.Read)
	for _, t := range u.Topics {
		out.topicWrite[t.Exchange] = set("topic write", t.Write)
		out.topicRead[t.Exchange] = set("topic read", t.Read)
	}
	return out, errors.Join(errs...)
}

// withDefaults fills in the fields left zero.
func (c Config) withDefaults() Config {
	if len(c.Users) == 0 {
		c.Users = []User{{Name: "guest", Password: "guest", Configure: ".*", Write: ".*", Read: ".*"}}
	}
	if c.MemoryLimit <= 0 {
		c.MemoryLimit = DefaultMemoryLimit
	}
	if c.MaxMessageSize <= 0 {
		c.MaxMessageSize = DefaultMaxMessageSize
	}
	if c.MaxConnections <= 0 {
		c.MaxConnections = DefaultMaxConnections
	}
	if c.MaxPerAddress <= 0 {
		c.MaxPerAddress = DefaultMaxPerAddress
	}
	if c.Product == "" {
		c.Product = "amqpd"
	}
	if c.Version == "" {
		c.Version = "1.0.0"
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = realClock{}
	}
	return c
}
