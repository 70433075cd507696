package amqptest_test

import (
	"context"
	"testing"

	"sandbank/broker/amqptest"
	"sandbank/internal/engine"
)

// TestRabbitMQ holds RabbitMQ to the suite: the embedded broker is held to
// RabbitMQ's behavior. The broker is this package's own, so that its users and
// its memory alarm disturb no other package.
func TestRabbitMQ(t *testing.T) {
	broker := engine.SharedRabbitMQ(t)
	amqptest.Run(t, amqptest.Target{
		URL:     broker.URL(),
		SetUser: func(u amqptest.User) error { return setUser(broker, u) },
		Block:   func(on bool) error { return block(broker, on) },
	})
}

func setUser(broker *engine.RabbitMQ, u amqptest.User) error {
	ctx := context.Background()
	if _, err := broker.Ctl(ctx, "add_user", u.Name, u.Password); err != nil {
		return err
	}
	for _, t := range u.Topics {
		if _, err := broker.Ctl(ctx, "set_topic_permissions", u.Name, t.Exchange, t.Write, t.Read); err != nil {
			return err
		}
	}
	_, err := broker.Ctl(ctx, "set_permissions", u.Name, u.Configure, u.Write, u.Read)
	return err
}

// block has the broker believe that it may use no memory, or the usual share.
func block(broker *engine.RabbitMQ, on bool) error {
	limit := "0.4"
	if on {
		limit = "0"
	}
	_, err := broker.Ctl(context.Background(), "set_vm_memory_high_watermark", limit)
	return err
}
