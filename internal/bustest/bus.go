// Package bustest runs a test against both brokers that Sandbank works with: the
// embedded one, and a RabbitMQ of the test binary's own.
package bustest

import (
	"context"
	"log/slog"
	"path"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/broker"
	"sandbank/broker/amqpd"
	"sandbank/internal/engine"
)

// Bus is a broker with nothing on it, for one test alone.
type Bus struct {
	T    testing.TB
	Dial broker.Dialer
	// Drop cuts all connections.
	Drop func()
	// Grant makes a user; As dials as that user.
	Grant func(broker.User)
	As    func(broker.User) broker.Dialer
	// Block raises an alarm, under which nothing is accepted, or ends it.
	Block func(on bool)
}

// Each runs the test once per broker. TestMain must end in [engine.Main].
func Each(t *testing.T, test func(t *testing.T, b *Bus)) {
	t.Run("embedded", func(t *testing.T) { test(t, embedded(t)) })
	t.Run("rabbitmq", func(t *testing.T) { test(t, rabbitMQ(t)) })
}

func embedded(t *testing.T) *Bus {
	b := broker.MerchantBounds
	server, err := amqpd.New(amqpd.Config{Bounds: []amqpd.Bound{
		{Pattern: b.Pattern, Messages: int64(b.Messages), Bytes: int64(b.Bytes), Unused: b.Unused},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return &Bus{
		T: t, Dial: broker.InProcess("amqp://guest:guest@embedded/", server.Dial),
		Drop: func() { server.DropConnections() }, Block: server.Block,
		Grant: func(u broker.User) {
			if err := server.SetUser(Embedded(u)); err != nil {
				t.Error(err)
			}
		},
		As: func(u broker.User) broker.Dialer {
			return broker.InProcess("amqp://"+u.Name+":"+u.Password.Reveal()+"@embedded/", server.Dial)
		},
	}
}

// Embedded is a user as the embedded broker has it.
func Embedded(u broker.User) amqpd.User {
	out := amqpd.User{Name: u.Name, Password: u.Password.Reveal(), Configure: u.Configure, Write: u.Write, Read: u.Read}
	for _, topic := range u.Topics {
		out.Topics = append(out.Topics, amqpd.TopicPermission(topic))
	}
	return out
}

func rabbitMQ(t *testing.T) *Bus {
	address := engine.VirtualHost(t)
	server := engine.SharedRabbitMQ(t)
	dial, err := broker.URL(address)
	if err != nil {
		t.Fatal(err)
	}
	ctl := func(args ...string) {
		if _, err := server.Ctl(context.Background(), args...); err != nil {
			t.Error(err)
		}
	}
	return &Bus{
		T: t, Dial: dial,
		Drop: func() { ctl("close_all_connections", "--vhost", path.Base(address), "a test") },
		Block: func(on bool) {
			limit := "0.4"
			if on {
				limit = "0.0000001"
			}
			ctl("set_vm_memory_high_watermark", limit)
		},
		Grant: func(u broker.User) {
			for _, args := range append(u.Commands(path.Base(address)), broker.MerchantBounds.Command(path.Base(address))) {
				ctl(args...)
			}
			t.Cleanup(func() { ctl("delete_user", u.Name) })
		},
		As: func(u broker.User) broker.Dialer {
			dial, err := broker.URL(server.UserURL(u.Name, u.Password.Reveal(), path.Base(address)))
			if err != nil {
				t.Fatal(err)
			}
			return dial
		},
	}
}

// Silent is a log that nobody reads.
var Silent = slog.New(slog.DiscardHandler)

// Publisher is a publisher that ends with the test.
func (b *Bus) Publisher(declare func(*amqp.Channel) error) *broker.Publisher {
	p := broker.NewPublisher(b.Dial, "test publisher", declare, Silent)
	b.T.Cleanup(p.Close)
	return p
}

// Channel is a plain channel on a connection of its own, for a test's acts
// behind the back of the tested code.
func (b *Bus) Channel() *amqp.Channel {
	b.T.Helper()
	conn, err := b.Dial(b.T.Context(), "test")
	if err != nil {
		b.T.Fatal(err)
	}
	b.T.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		b.T.Fatal(err)
	}
	return ch
}

// patience is how long anything may take: a broker that is told to drop connections takes its time on a busy machine.
const patience = 5 * time.Minute

// Await waits until something holds.
func (b *Bus) Await(what string, holds func() bool) {
	b.T.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for give := time.After(patience); !holds(); {
		select {
		case <-tick.C:
		case <-give:
			b.T.Fatalf("waited in vain for %s", what)
		}
	}
}

// Depth is how many messages wait on a queue, -1 where there is no such queue.
func (b *Bus) Depth(queue string) int {
	b.T.Helper()
	conn, err := b.Dial(b.T.Context(), "test depth")
	if err != nil {
		return -1
	}
	defer func() { _ = conn.Close() }()
	ch, err := conn.Channel()
	if err != nil {
		return -1
	}
	q, err := ch.QueueDeclarePassive(queue, true, false, false, false, nil)
	if err != nil {
		return -1
	}
	return q.Messages
}
