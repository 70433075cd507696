package node

import (
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/broker"
	"sandbank/identity"
)

// What a merchant lets expire at the embedded broker expires in simulated time, and not before.
func TestBroker_LetsMessagesExpireInSimulatedTime(t *testing.T) {
	s := staged(t, Config{FreezeAt: time.Date(2027, 1, 1, 8, 0, 0, 0, time.UTC)})
	url := "amqp://" + identity.DemoShop.ID + ":" + identity.DemoShop.Secret.Reveal() + "@" + s.AMQPAddr() + "/"
	conn, err := amqp.Dial(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	const name = "merchant.demo-shop.hourly"
	if _, err := ch.QueueDeclare(name, true, false, false, false, amqp.Table{"x-message-ttl": time.Hour.Milliseconds()}); err != nil {
		t.Fatal(err)
	}
	if err := ch.QueueBind(name, "*.*."+identity.DemoShop.ID, broker.Events, false, nil); err != nil {
		t.Fatal(err)
	}
	s.must("demo-shop", "POST", "/v1/payments", strings.TrimSuffix(order, "}")+`, "simulate": {"customer": [{"action": "pay"}]}}`)
	waiting := func(advance string) int {
		t.Helper()
		s.must("demo-operator", "POST", "/sim/clock", `{"advance": {"by": "`+advance+`"}}`)
		q, err := ch.QueueDeclarePassive(name, true, false, false, false, amqp.Table{"x-message-ttl": time.Hour.Milliseconds()})
		if err != nil {
			t.Fatal(err)
		}
		return q.Messages
	}
	if n := waiting("59m"); n != 2 {
		t.Errorf("after 59 minutes: want the 2 events in the queue, got %d", n)
	}
	if n := waiting("2m"); n != 0 {
		t.Errorf("after 61 minutes: want an empty queue, got %d messages", n)
	}
}
