package node

import (
	"crypto/tls"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"sandbank/bank"
	"sandbank/bank/book"
	"sandbank/broker"
	"sandbank/broker/rabbitmq"
	"sandbank/clock"
	"sandbank/event/format"
	"sandbank/event/sink"
	"sandbank/identity"
	"sandbank/ledger"
	"sandbank/processor"
	"sandbank/scenario/lesson"
	"sandbank/scenario/run"
	"sandbank/secret"
	"sandbank/telemetry/trace"
	"sandbank/web/gate"
	"sandbank/webhook"
)

// Config says what a node is made of. The zero value is complete: an embedded broker and database
// in memory, the seven banks, the development credentials, free ports on this machine.
type Config struct {
	HTTP   HTTP
	AMQP   AMQP
	Store  Database
	Sinks  []Sink // further logs to which all events are written
	Banks  Banks
	People People
	Money  Money
	Shop   *Shop // the demo shop; nil for none
	// Dialects are other APIs over the same payments.
	Dialects Dialects

	Clock       clock.Simulated           // nil is the one that the store keeps, which can be steered
	AllowReset  bool                      // to begin anew also on a database or a broker that is not in this process
	FreezeAt    time.Time                 // where a clock that was never steered stands still; zero for one that goes
	Seed        uint64                    // of identifiers, of routing and of the banks' chances; 0 repeats no identifiers
	Log         *slog.Logger              // nil for none
	Observe     func(processor.Narration) // told of every step of a payment after its commit; nil for nobody
	SimulateOff bool                      // refuse whatever is to be simulated on purpose for a payment
	Hold        time.Duration             // how long an answer waits for its result, where that is asked for; 0 is 5 s
	// ObserveHooks is told of every try of a webhook, once it is recorded; nil for nobody.
	ObserveHooks func(webhook.Tried)
	// Play carries a scenario out for the dashboard, on a Sandbank of its own; nil has none carried out.
	Play  run.Player
	Plays int // how many at a time; 0 is [run.AtOnce]
	// Class is for students who join with their phones; nil for none.
	Class *Class
	// Teach gives a lesson for the dashboard, on a Sandbank of its own; nil has none given.
	Teach lesson.Player
	// Lessons can be given beside those that ship with the program.
	Lessons []lesson.Entry
	// Tracer records payments' traces; nil for none. Who opened it closes it, after the node.
	Tracer   *trace.Tracer
	TraceURL string // where a trace is shown, with {trace} for its id; "" for nowhere
	// Ended gets the store when everything else has ended, before the store is closed: nothing
	// changes any more, so that every invariant has to hold. Its error is one of Close. Nil for none.
	Ended func(Store) error
}

// HTTP says where the node serves, and what callers may ask for.
type HTTP struct {
	Addr           string   // to listen on; "" is a free port on loopback
	RedirectAddr   string   // that leads plain HTTP to HTTPS; "" for none
	PublicURL      string   // base of all links, without a slash at its end; "" is the address listened on
	AllowHosts     []string // further names under which the node may be asked; see host.Of
	TLS            TLS
	Limits         gate.Limits    // of callers; the zero value has none
	MaxConnections int            // at a time, further ones wait to be accepted; 0 is 10,000
	Webhooks       []netip.Prefix // inside networks that webhooks may go to, besides public addresses and, on loopback, loopback
	Receivers      webhook.Guard  // says where webhooks may go, instead of the usual rules; nil for those
}

// Dialects says where other APIs are spoken, and what they tell.
type Dialects struct {
	// StripeAddr is where Stripe's API is spoken. "" is, embedded, [StripeAddr] of this
	// machine or one of the next ports, and else nowhere; [NoDialect] is nowhere.
	StripeAddr string
	// Silence has them tell nothing of which the house's own API is silent, such as an
	// abandoned checkout.
	Silence bool
}

// NoDialect as the address of a dialect has it not spoken.
const NoDialect = "off"

// StripeAddr is where Stripe's API is spoken unless somebody says otherwise: users of
// stripe-mock know the port.
const StripeAddr = "127.0.0.1:12111"

// AMQP says which broker carries the messages: RabbitMQ where there is a URL, else an embedded one.
type AMQP struct {
	URL    secret.Text     // of RabbitMQ, amqp:// or amqps://; "" for the embedded broker
	Trust  *tls.Config     // for an amqps:// URL; nil is the system's authorities
	Admin  *rabbitmq.Admin // sets up Users on RabbitMQ; nil where somebody else does
	Users  []broker.User   // that are to be set up besides those of the merchants' clients
	Format format.Name     // of merchants' events: one of format.Whole; "" is format.Plain

	Addr        string // of the embedded broker; "" is a free port, the first from 5672 on where HTTP.Addr names a port
	SecureAddr  string // on which the embedded broker speaks TLS; "" for none
	SecureTrust string // file with the authorities, PEM, one of which SecureAddr's clients must come from; "" lets everybody in
}

// Database says where the data is: PostgreSQL where there is a URL, else SQLite.
type Database struct {
	URL    secret.Text // of PostgreSQL; "" for SQLite
	Folder string      // of SQLite; "" is in memory
	// Keep is how many of the newest payments stay. Older ones go, with all that is about them, as soon
	// as they are final, settled and paid out. Nil is [KeepInMemory] in memory and everything elsewhere,
	// 0 is everything.
	Keep *int
	// KeepFor is how long payments stay, of simulated time, instead of a number of them; 0 goes by Keep.
	KeepFor time.Duration
	// Archive is a folder in which they are kept before they go; "" for nowhere.
	Archive string
}

// KeepInMemory is how many payments stay in a database in memory, unless it is said.
const KeepInMemory = 50_000

// keeps is how many payments stay; 0 for all, and where they stay for a time.
func (d Database) keeps() int {
	switch {
	case d.KeepFor > 0:
		return 0
	case d.Keep != nil:
		return *d.Keep
	case d.URL == "" && d.Folder == "":
		return KeepInMemory
	}
	return 0
}

// banksKeep is how many settled payments each bank remembers; 0 for the bank's own default. A
// payment can be refunded as long as the processor keeps it, and that may be a day longer than the
// number says, until it is paid out.
func (d Database) banksKeep() int {
	if n := d.keeps(); n > 0 {
		return min(max(2*n, 1000), book.Keep)
	}
	return 0
}

// Banks says which banks run in the node's process, and how patient it is with any.
type Banks struct {
	// Tempers are the banks. Nil is all seven on an embedded broker, else none; an empty list is none.
	Tempers []bank.Temper
	Files   string        // folder to which they deliver their settlements; "" for none
	Timeout time.Duration // for an answer, before the payment fails; 0 is a minute
}

// People says who may call, sign in, and connect.
type People struct {
	// Clients call the API. Nil is the development ones, and then nil People and Apps are, too.
	Clients []identity.Client
	People  []identity.Person // who may sign in to the dashboard
	Shown   []identity.Person // whose passwords the sign-in page shows
	Apps    []identity.App    // that people may sign in to
	SignIn  bool              // the dashboard asks people to sign in
}

// Money says what merchants pay, and when they are paid.
type Money struct {
	Fees     *ledger.Schedule // nil is [ledger.StandardSchedule]
	PayoutAt *time.Duration   // time of day, UTC, of the daily payouts; nil for none by itself
	Transit  time.Duration    // how long a payout takes to arrive
}

// Class bounds a class.
type Class struct {
	Students int           // at most; 0 is [class.Most]
	Life     time.Duration // of the computer's time; 0 is [class.Life]
}

// Shop says how the demo shop behaves.
type Shop struct {
	ManualCapture bool // its payments are only reserved
}

// Sink is a log elsewhere to which all events are written, at least once and in order.
type Sink struct {
	// Name stands for how far it has got: under another name everything is written again.
	Name string
	// Where says in words where it is, for people.
	Where string
	// Open makes the writer. Close is called when nothing is written any more.
	Open func() (Writer, error)
}

// Writer writes events to a sink.
type Writer interface {
	sink.Writer
	Close()
}

// FieldError is a fault of one field of [Config].
type FieldError struct {
	Field string // as in "HTTP.Addr"
	Value string // what it held; "" where that says nothing, or is a secret
	Err   error
}

func (e *FieldError) Error() string {
	if e.Value == "" {
		return e.Field + ": " + e.Err.Error()
	}
	return e.Field + " " + e.Value + ": " + e.Err.Error()
}

func (e *FieldError) Unwrap() error { return e.Err }

// Loopback reports whether only this machine can ask. Who comes by a proxy comes from outside,
// wherever the proxy stands.
func (h HTTP) Loopback() bool {
	host, _, err := net.SplitHostPort(h.Addr)
	return (h.Addr == "" || err == nil && IsLoopback(host)) && len(h.Limits.Proxies) == 0
}

// IsLoopback reports whether a host is this machine.
func IsLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// anyPort reports whether the node may choose its port; it then chooses the ports of its parts, too.
func (h HTTP) anyPort() bool {
	_, port, _ := net.SplitHostPort(h.Addr)
	return port == "0"
}

// embedded reports whether the node brings a broker of its own.
func (a AMQP) embedded() bool { return a.URL == "" }

// withDefaults fills in what was left out.
func (c Config) withDefaults() Config {
	fill(&c.HTTP.Addr, "127.0.0.1:0")
	fill(&c.HTTP.MaxConnections, 10_000)
	fill(&c.AMQP.Format, format.Plain)
	fill(&c.Banks.Timeout, time.Minute)
	if c.Banks.Tempers == nil && c.AMQP.embedded() {
		c.Banks.Tempers = bank.Seven()
	}
	if c.People.Clients == nil {
		c.People.Clients = identity.Development()
		if c.People.People == nil && c.HTTP.Loopback() {
			c.People.People = identity.DemoPeople()
			c.People.Shown = c.People.People
		}
		if c.People.Apps == nil {
			c.People.Apps = []identity.App{identity.DemoApp}
		}
	}
	if c.Money.Fees == nil {
		standard := ledger.StandardSchedule
		c.Money.Fees = &standard
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
