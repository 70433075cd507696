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
	"sandbank/broker"
	"sandbank/broker/rabbitmq"
	"sandbank/identity"
	"sandbank/secret"
	"sandbank/web/gate"
)

// runCommand is the configuration, by flag or by SANDBANK_… variable.
type runCommand struct {
	Addr         string        `default:"127.0.0.1:8080" help:"Address to listen on; port 0 takes a free one."`
	PublicURL    string        `help:"Base URL under which others reach this processor, such as https://pay.example. Default: the address listened on."`
	AMQPURL      secret.Text   `name:"amqp-url" help:"RabbitMQ, amqp://user:password@host:5672/. Default: an embedded broker."`
	AMQPAdminURL secret.Text   `name:"amqp-admin-url" help:"RabbitMQ's management API, http://administrator:password@host:15672, to give each merchant an AMQP user. Without it, see the command amqp-users."`
	AMQPFormat   string        `name:"amqp-format" enum:"event,cloudevents" default:"event" help:"How merchants' events are written on AMQP: event, or cloudevents (CloudEvents 1.0, structured)."`
	KafkaBrokers []string      `name:"kafka-brokers" placeholder:"HOST:PORT" help:"Brokers of a Kafka to which all events are written as well."`
	KafkaTopic   string        `name:"kafka-topic" default:"payment.events" help:"Topic for the events."`
	KafkaFormat  string        `name:"kafka-format" enum:"event,cloudevents" default:"event" help:"How events are written there: event, or cloudevents (CloudEvents 1.0, structured)."`
	DatabaseURL  secret.Text   `name:"database-url" help:"PostgreSQL, postgres://user:password@host:5432/name. Default: embedded SQLite."`
	Data         string        `help:"Folder that keeps the embedded database. Default: in memory, gone at the end."`
	AMQPAddr     string        `name:"amqp-addr" help:"Address of the embedded broker. Default: 127.0.0.1:5672, or the next free port."`
	Banks        []string      `help:"BICs of the banks to run inside this process. Default: all seven when the broker is embedded, else none."`
	BanksConfig  string        `placeholder:"FILE" help:"YAML file that says how those banks behave; see examples/banks.yaml."`
	BanksFiles   string        `placeholder:"DIR" help:"Folder to which those banks deliver each settlement, as CSV, camt.053 and camt.054 files. Default: none."`
	NoShop       bool          `help:"Do not run the demo shop beside an embedded processor."`
	ShopManual   bool          `name:"shop-manual-capture" help:"Have the demo shop's payments only reserved; the money is taken, or released, in the shop's back office."`
	Seed         uint64        `help:"Seed of all identifiers and chances, so that a run can be repeated. Default: chance."`
	BankTimeout  time.Duration `default:"60s" help:"How long a bank may take to answer before the payment fails."`
	moneyFlags
	clientFlags
	bankFlags
	AllowDev  bool     `name:"allow-development-credentials" help:"Accept the published development credentials although the address is not loopback."`
	WebhookTo []string `name:"webhook-allow" placeholder:"CIDR" help:"Inside network that webhooks may go to, such as 172.16.0.0/12; repeat for more. Default: public addresses, and loopback while --addr is loopback."`
	limitFlags
	tlsFlags
	signInFlags
	LogFormat string `enum:"text,json" default:"text" help:"text or json."`
	Quiet     bool   `help:"Print only warnings and errors."`
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
	loopback bool
	banks    []bank.Temper
	clients  []identity.Client
	users    []broker.User   // of the broker, to be set up
	admin    *rabbitmq.Admin // nil where nobody sets up users
	inside   []netip.Prefix  // networks that webhooks may go to
	limits   gate.Limits
	who      who
	money    moneyRules
}

// check reports all faults of the configuration together.
func (c runCommand) check() (settings, error) {
	s := settings{runCommand: c}
	var faults []error
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		faults = append(faults, fmt.Errorf("--addr %q: write it as host:port, such as 127.0.0.1:8080", c.Addr))
	} else if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		faults = append(faults, fmt.Errorf("--addr %q: the port must be a number from 0 to 65535", c.Addr))
	}
	// Who comes by a proxy comes from outside, wherever the proxy stands.
	s.loopback = isLoopback(host) && len(c.TrustedProxies) == 0
	if err := c.checkAddresses(); err != nil {
		faults = append(faults, err)
	}
	s.PublicURL = strings.TrimRight(c.PublicURL, "/")
	if c.DatabaseURL != "" && c.Data != "" {
		faults = append(faults, errors.New("--data and --database-url: choose one; --data is for the embedded database"))
	}
	if (c.DatabaseURL == "") != (c.AMQPURL == "") {
		faults = append(faults, errors.New("--amqp-url and --database-url: give both for RabbitMQ and PostgreSQL, or neither for the embedded ones"))
	}
	for _, text := range c.WebhookTo {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			faults = append(faults, fmt.Errorf("--webhook-allow %q: write it as a network, such as 172.16.0.0/12", text))
		}
		s.inside = append(s.inside, prefix)
	}
	if c.BankTimeout < time.Second || c.BankTimeout > 24*time.Hour {
		faults = append(faults, fmt.Errorf("--bank-timeout %s: must be 1s to 24h", c.BankTimeout))
	}
	if s.limits, err = c.limitFlags.check(s.loopback); err != nil {
		faults = append(faults, err)
	}
	if err := c.tlsFlags.check(c); err != nil {
		faults = append(faults, err)
	}
	if err := c.checkKafka(); err != nil {
		faults = append(faults, err)
	}
	if s.admin, err = c.administrator(); err != nil {
		faults = append(faults, err)
	}
	if s.banks, err = c.chooseBanks(); err != nil {
		faults = append(faults, err)
	}
	if bic := twice(c.Banks); bic != "" {
		faults = append(faults, fmt.Errorf("--banks: %s is named twice", bic))
	}
	if c.AMQPURL != "" && len(c.Banks) == 0 {
		s.banks = nil
	}
	if s.clients, err = c.clientFlags.parse(); err != nil {
		faults = append(faults, err)
	}
	if s.money, err = c.moneyFlags.check(s.clients); err != nil {
		faults = append(faults, err)
	}
	if s.users, err = c.brokerUsers(s.clients); err != nil {
		faults = append(faults, err)
	}
	if !s.loopback && len(c.Clients) == 0 && !c.AllowDev {
		faults = append(faults, fmt.Errorf("--addr %q is reachable from outside, itself or by a --trusted-proxy, and the development credentials are public: give --client ID:SECRET:NAME, or --allow-development-credentials if you mean it", c.Addr))
	}
	if s.who, err = c.signInFlags.check(s.clients, s.loopback, len(c.Clients) == 0, c.AllowDev); err != nil {
		faults = append(faults, err)
	}
	return s, errors.Join(faults...)
}

// chooseBanks are the banks inside this process, as their file changes them.
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
	return list, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
