package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"sandbank/bank"
	"sandbank/event/format"
	"sandbank/node"
	runs "sandbank/scenario/embedded"
	"sandbank/secret"
)

// runCommand is the configuration, by flag or by SANDBANK_… variable.
type runCommand struct {
	Addr         string        `default:"127.0.0.1:8080" help:"Address to listen on; port 0 takes a free one."`
	PublicURL    string        `help:"Base URL under which others reach this processor, such as https://pay.example. Default: the address listened on."`
	AllowHosts   []string      `name:"allow-host" placeholder:"NAME" help:"Further name under which this processor may be asked, such as pay.test or *.pay.test; repeat for more. Default: this machine, --addr, and the host of --public-url."`
	AMQPURL      secret.Text   `name:"amqp-url" help:"RabbitMQ, amqp://user:password@host:5672/; the nodes of a cluster one after the other, with commas between. Default: an embedded broker."`
	AMQPAdminURL secret.Text   `name:"amqp-admin-url" help:"RabbitMQ's management API, http://administrator:password@host:15672 (of a cluster several, with commas between), to give each merchant an AMQP user. Without it, see the command amqp-users."`
	AMQPFormat   string        `name:"amqp-format" enum:"${formats}" default:"event" help:"How merchants' events are written on AMQP: event, or cloudevents (CloudEvents 1.0, structured)."`
	KafkaBrokers []string      `name:"kafka-brokers" placeholder:"HOST:PORT" help:"Brokers of a Kafka to which all events are written as well."`
	KafkaTopic   string        `name:"kafka-topic" default:"payment.events" help:"Topic for the events."`
	KafkaFormat  string        `name:"kafka-format" enum:"${formats}" default:"event" help:"How events are written there: event, or cloudevents (CloudEvents 1.0, structured)."`
	DatabaseURL  secret.Text   `name:"database-url" help:"PostgreSQL, postgres://user:password@host:5432/name. Default: embedded SQLite."`
	Data         string        `help:"Folder that keeps the embedded database. Default: in memory, gone at the end."`
	AMQPAddr     string        `name:"amqp-addr" help:"Address of the embedded broker. Default: 127.0.0.1:5672, or the next free port."`
	Banks        []string      `help:"BICs of the banks to run inside this process. Default: all seven when the broker is embedded, else none."`
	BanksConfig  string        `placeholder:"FILE" help:"YAML file that says how those banks behave; see examples/banks.yaml."`
	BanksFiles   string        `placeholder:"DIR" help:"Folder to which those banks deliver each settlement, as CSV, camt.053 (in two versions) and camt.054 files. Default: none."`
	NoShop       bool          `help:"Do not run the demo shop beside an embedded processor."`
	ShopManual   bool          `name:"shop-manual-capture" help:"Have the demo shop's payments only reserved; the money is taken, or released, in the shop's back office."`
	AllowReset   bool          `help:"Let POST /sim/reset empty a PostgreSQL database and the queues on RabbitMQ. Without it, only an embedded processor can be reset."`
	FreezeAt     time.Time     `placeholder:"TIME" help:"Begin with simulated time standing still here, such as 2027-01-01T08:00:00Z, until it is steered; with --seed, a run can then be repeated to the byte."`
	Seed         uint64        `help:"Seed of all identifiers and chances, so that a run can be repeated; of no key, token or other secret. Refused beyond loopback unless --allow-development-credentials. Default: chance."`
	StripeAddr   string        `name:"stripe-addr" placeholder:"ADDR" help:"Address on which Stripe's API is spoken, for programs with its libraries; off for nowhere. Default: 127.0.0.1:12111, or the next free port, beside an embedded processor, else off. See /docs/stripe."`
	Silence      bool          `name:"dialect-silence" help:"Have Stripe's and Mollie's APIs tell nothing of which this processor's own is silent, such as an abandoned checkout."`
	Simulate     string        `enum:"on,off" default:"on" help:"Whether callers may say what happens on purpose to a payment: on, or off for a shared demonstration."`
	ScenarioRuns int           `default:"2" placeholder:"N" help:"How many scenarios the dashboard runs at a time, each on a Sandbank of its own in this process; 0 for none."`
	BankTimeout  time.Duration `default:"60s" help:"How long a bank may take to answer before the payment fails."`
	keepFlags
	classFlags
	lessonFlags
	moneyFlags
	clientFlags
	bankFlags
	AllowDev  bool     `name:"allow-development-credentials" help:"Accept the published development credentials although the address is not loopback."`
	WebhookTo []string `name:"webhook-allow" placeholder:"CIDR" help:"Inside network that webhooks may go to, such as 172.16.0.0/12; repeat for more. Default: public addresses, and loopback while --addr is loopback."`
	limitFlags
	tlsFlags
	signInFlags
	readyFlags
	traceFlags
	LogFormat string `enum:"text,json" default:"text" help:"text or json."`
	Quiet     bool   `help:"Print only warnings and errors."`

	Drain time.Duration `placeholder:"SPAN" help:"How long it goes on when it is told to end, while /readyz says 503, so that a load balancer sends no more to it. Default: not at all."`
}

// maxScenarioRuns bounds the scenarios that are run at a time.
const maxScenarioRuns = 64

// formats are those that the flags offer, in kong's words.
func formats() string {
	var names []string
	for _, name := range format.Whole() {
		names = append(names, string(name))
	}
	return strings.Join(names, ",")
}

// Format implements [fmt.Formatter], also for the settings: package fmt does not
// ask what is in unexported fields how it wants to be shown, JSON leaves them out.
func (c runCommand) Format(s fmt.State, _ rune) {
	shown, err := json.Marshal(c)
	if err != nil {
		shown = []byte(err.Error())
	}
	_, _ = s.Write(shown)
}

// settings is the configuration after it was checked.
type settings struct {
	runCommand
	node node.Config
}

// check reports all faults of the configuration together.
func (c runCommand) check() (settings, error) {
	s := settings{runCommand: c}
	var faults []error
	fault := func(err error) {
		if err != nil {
			faults = append(faults, err)
		}
	}
	fault(c.checkListener())
	fault(c.checkAddresses())
	fault(c.checkEngines())
	fault(c.readyFlags.check())
	fault(c.traceFlags.check())
	if c.Drain < 0 || c.Drain > maxDrain {
		fault(fmt.Errorf("--drain %s: must be at most %s", c.Drain, maxDrain))
	}
	if c.BankTimeout < time.Second || c.BankTimeout > 24*time.Hour {
		fault(fmt.Errorf("--bank-timeout %s: must be 1s to 24h", c.BankTimeout))
	}
	var err error
	n := &s.node
	n.HTTP = node.HTTP{Addr: c.Addr, RedirectAddr: c.HTTPRedirect, PublicURL: strings.TrimRight(c.PublicURL, "/"), AllowHosts: c.AllowHosts, MaxConnections: c.MaxConnections}
	loopback := n.HTTP.Loopback() && len(c.TrustedProxies) == 0
	n.HTTP.Limits, err = c.limitFlags.check(loopback)
	fault(err)
	n.HTTP.Webhooks, err = c.webhookNetworks()
	fault(err)
	n.AMQP = node.AMQP{
		URL: c.AMQPURL, Format: format.Name(c.AMQPFormat), Addr: c.AMQPAddr, SecureAddr: c.AMQPSAddr, SecureTrust: c.AMQPSClientCA,
	}
	fault(c.tlsFlags.check(c))
	n.Store = node.Database{URL: c.DatabaseURL, Folder: c.Data}
	fault(c.keepFlags.check(&n.Store))
	n.Sinks, err = c.sinks()
	fault(err)
	n.AMQP.Admin, err = c.administrator()
	fault(err)
	n.Dialects = node.Dialects{StripeAddr: c.StripeAddr, Silence: c.Silence}
	n.SimulateOff = c.Simulate == "off"
	if c.ScenarioRuns < 0 || c.ScenarioRuns > maxScenarioRuns {
		fault(fmt.Errorf("--scenario-runs %d: must be 0 to %d", c.ScenarioRuns, maxScenarioRuns))
	} else if c.ScenarioRuns > 0 {
		n.Play, n.Plays, n.Teach = runs.Alone, c.ScenarioRuns, runs.Lesson
	}
	n.Banks = node.Banks{Files: c.BanksFiles, Timeout: c.BankTimeout}
	n.Banks.Tempers, err = c.chooseBanks()
	fault(err)
	if !c.NoShop && c.AMQPURL == "" && loopback {
		n.Shop = &node.Shop{ManualCapture: c.ShopManual}
	}
	n.Class, err = c.classFlags.check(c)
	fault(err)
	n.Lessons, err = c.lessonFlags.check(c)
	fault(err)
	n.TraceURL = c.TraceURL
	n.Seed, n.FreezeAt, n.AllowReset = c.Seed, c.FreezeAt, c.AllowReset
	clients, err := c.clientFlags.parse()
	fault(err)
	n.Money, err = c.moneyFlags.check(clients)
	fault(err)
	n.AMQP.Users, err = c.brokerUsers(clients)
	fault(err)
	if !loopback && len(c.Clients) == 0 && !c.AllowDev {
		fault(fmt.Errorf("--addr %q is reachable from outside, itself or by a --trusted-proxy, and the development credentials are public: give --client ID:SECRET:NAME, or --allow-development-credentials if you mean it", c.Addr))
	}
	if !loopback && c.Seed != 0 && !c.AllowDev {
		fault(fmt.Errorf("--seed %d makes identifiers and outcomes that can be guessed, and --addr %q is reachable from outside, itself or by a --trusted-proxy: leave it out, or give --allow-development-credentials if you mean it", c.Seed, c.Addr))
	}
	n.People, err = c.signInFlags.check(clients, loopback, len(c.Clients) == 0, c.AllowDev)
	fault(err)
	return s, errors.Join(faults...)
}

// checkListener reports a fault of the address to listen on.
func (c runCommand) checkListener() error {
	_, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return fmt.Errorf("--addr %q: write it as host:port, such as 127.0.0.1:8080", c.Addr)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("--addr %q: the port must be a number from 0 to 65535", c.Addr)
	}
	return nil
}

// checkEngines reports engines that do not go together.
func (c runCommand) checkEngines() error {
	var faults []error
	if c.DatabaseURL != "" && c.Data != "" {
		faults = append(faults, errors.New("--data and --database-url: choose one; --data is for the embedded database"))
	}
	if (c.DatabaseURL == "") != (c.AMQPURL == "") {
		faults = append(faults, errors.New("--amqp-url and --database-url: give both for RabbitMQ and PostgreSQL, or neither for the embedded ones"))
	}
	return errors.Join(faults...)
}

// webhookNetworks are the inside networks that webhooks may go to.
func (c runCommand) webhookNetworks() (list []netip.Prefix, err error) {
	var faults []error
	for _, text := range c.WebhookTo {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			faults = append(faults, fmt.Errorf("--webhook-allow %q: write it as a network, such as 172.16.0.0/12", text))
		}
		list = append(list, prefix)
	}
	return list, errors.Join(faults...)
}

// chooseBanks are the banks inside this process, as their file changes them: none beside RabbitMQ
// where none is named.
func (c runCommand) chooseBanks() ([]bank.Temper, error) {
	var file []bank.Temper
	if c.BanksConfig != "" {
		var err error
		if file, err = bank.Load(c.BanksConfig); err != nil {
			return nil, fmt.Errorf("--banks-config: %w", err)
		}
	}
	list, err := bank.Choose(c.Banks, file...)
	if err != nil {
		return nil, fmt.Errorf("--banks: %w", err)
	}
	if bic := twice(c.Banks); bic != "" {
		return nil, fmt.Errorf("--banks: %s is named twice", bic)
	}
	if c.AMQPURL != "" && len(c.Banks) == 0 {
		return nil, nil
	}
	return list, nil
}
