package node

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/broker"
	"sandbank/broker/amqpd"
	"sandbank/certificate"
	"sandbank/clock"
	"sandbank/node/lifecycle"
	"sandbank/sim/outage"
)

// BrokerUser and BrokerPassword are the embedded broker's development user, with all permissions.
const BrokerUser, BrokerPassword = "guest", "guest"

// openBroker says how the broker is reached, and opens the embedded one where there is no other.
func (n *life) openBroker(ctx context.Context) error {
	if !n.config.AMQP.embedded() {
		n.parts.Add(lifecycle.Part{Name: "broker"}) // RabbitMQ, which neither starts nor stops here
		var err error
		if n.dial, err = n.dialRabbit(n.brokerLine("")); err != nil {
			return &FieldError{Field: "AMQP.URL", Err: err}
		}
		return nil
	}
	n.own = newOwnUsers(n.config.Banks.Tempers)
	server, err := amqpd.New(n.embeddedBroker())
	if err != nil {
		return err
	}
	n.broker = server
	n.parts.Add(lifecycle.Part{Name: "broker", Close: server.Close})
	if err := n.listenBroker(); err != nil {
		return err
	}
	n.dial = n.dialAs(n.own.processor, n.brokerLine(""))
	// At once, so that no bank begins before there is something to bind to, and requests that a former
	// process left in the outbox do not come before the banks' queues.
	everything := embeddedBrokerUser()
	return broker.Declare(ctx, n.dialAs(everything, n.brokerLine("")), func(ch *amqp.Channel) error {
		err := broker.DeclareProcessor(ch)
		for _, t := range n.config.Banks.Tempers {
			err = errors.Join(err, broker.DeclareBank(t.Identifier)(ch))
		}
		return err
	})
}

// embeddedBrokerUser is the embedded broker's development user.
func embeddedBrokerUser() broker.User {
	return broker.User{Name: BrokerUser, Password: BrokerPassword, Configure: ".*", Write: ".*", Read: ".*"}
}

// listenBroker has other programs reach the embedded broker.
func (n *life) listenBroker() (err error) {
	c := n.config.AMQP
	if c.Addr != "" {
		n.amqpAddr, err = n.broker.Listen("tcp", c.Addr)
	} else {
		n.amqpAddr, err = n.listenBrokerNear(5672)
	}
	if err != nil {
		return &FieldError{Field: "AMQP.Addr", Err: err}
	}
	if c.SecureAddr == "" {
		return nil
	}
	with := n.encryption.server.Clone()
	with.NextProtos = nil
	if c.SecureTrust != "" {
		if with, err = certificate.Demanding(with, c.SecureTrust); err != nil {
			return &FieldError{Field: "AMQP.SecureTrust", Err: err}
		}
	}
	if n.amqpsAddr, err = n.broker.ListenTLS("tcp", c.SecureAddr, with); err != nil {
		return &FieldError{Field: "AMQP.SecureAddr", Err: err}
	}
	return nil
}

func (n *life) listenBrokerNear(port int) (at net.Addr, err error) {
	if n.config.HTTP.anyPort() {
		return n.broker.Listen("tcp", "127.0.0.1:0")
	}
	for try := range nearby {
		if at, err = n.broker.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port+try))); err == nil {
			return at, nil
		}
	}
	return nil, fmt.Errorf("no free port from %d to %d: %w", port, port+nearby-1, err)
}

// embeddedBroker is the configuration of the embedded broker: its development user, this node's
// own users, and those to be set up.
func (n *life) embeddedBroker() amqpd.Config {
	b := broker.MerchantBounds
	config := amqpd.Config{
		Logger: n.log, Clock: brokerClock{n.config.Clock},
		Users:  []amqpd.User{embeddedUser(embeddedBrokerUser())},
		Bounds: []amqpd.Bound{{Pattern: b.Pattern, Messages: int64(b.Messages), Bytes: int64(b.Bytes), Unused: b.Unused}},
	}
	own := append(slices.Collect(maps.Values(n.own.banks)), n.own.processor)
	for _, u := range append(own, n.users()...) {
		config.Users = append(config.Users, embeddedUser(u))
	}
	return config
}

// embeddedUser is a user as the embedded broker has it.
func embeddedUser(u broker.User) amqpd.User {
	out := amqpd.User{Name: u.Name, Password: u.Password.Reveal(), Configure: u.Configure, Write: u.Write, Read: u.Read}
	for _, t := range u.Topics {
		out.Topics = append(out.Topics, amqpd.TopicPermission(t))
	}
	return out
}

// dialBankAs is how a bank of this node reaches the broker.
func (n *life) dialBankAs(bic string) broker.Dialer {
	if !n.config.AMQP.embedded() {
		dial, err := n.dialRabbit(n.brokerLine(bic))
		if err != nil { // its address was read before
			return n.dial
		}
		return dial
	}
	return n.dialAs(n.own.banks[bic], n.brokerLine(bic))
}

// dialAs dials the embedded broker as a user.
func (n *life) dialAs(u broker.User, line *outage.Line) broker.Dialer {
	return broker.InProcess("amqp://"+u.Name+":"+u.Password.Reveal()+"@embedded/", func(ctx context.Context) (net.Conn, error) {
		return line.Dial(ctx, n.broker.Dial)
	})
}

// dialRabbit dials RabbitMQ.
func (n *life) dialRabbit(line *outage.Line) (broker.Dialer, error) {
	return broker.SecureURLBy(n.config.AMQP.URL.Reveal(), n.config.AMQP.Trust, line.Dial)
}

// brokerClock has messages and queues of the embedded broker expire in simulated time.
type brokerClock struct{ clock clock.Simulated }

// Now implements [amqpd.Clock].
func (c brokerClock) Now() time.Time { return c.clock.Now() }

// After implements [amqpd.Clock].
func (c brokerClock) After(d time.Duration) (<-chan time.Time, func() bool) {
	t := c.clock.NewTimer(d)
	return t.C(), t.Stop
}
