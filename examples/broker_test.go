package examples_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/broker"
	"sandbank/internal/engine"
)

// One payment, heard over AMQP, MQTT and STOMP, each in Go and in Node: the same
// event on all of them. The processor itself has set up the merchant's user.
func TestExamples_OverRabbitMQ(t *testing.T) {
	rabbit := engine.PrivateRabbitMQ(t, engine.RabbitMQOptions{
		Management: true, MQTT: true, STOMP: true, Settings: map[string]string{"mqtt.exchange": broker.Events},
	})
	admin := strings.Replace(rabbit.ManagementURL(), "http://", "http://guest:guest@", 1)
	s := newStage(t, "--amqp-url", rabbit.URL(), "--amqp-admin-url", admin, "--database-url", engine.Database(t), "--banks", "SANDNL2A")
	s.ready()
	s.tap(rabbit.URL())
	s.await("the merchant's user", func(context.Context) error {
		conn, err := amqp.Dial(rabbit.UserURL("demo-shop", "demo-shop-secret", ""))
		if err == nil {
			err = conn.Close()
		}
		return err
	})
	s.environ = append(s.environ, "SANDBANK_AMQP_URL=amqp://"+rabbit.Address()+"/",
		"SANDBANK_MQTT_URL=mqtt://"+rabbit.MQTTAddress(), "SANDBANK_STOMP_ADDR="+rabbit.STOMPAddress())
	listeners := map[string]*process{ // by queue
		"merchant.demo-shop.example-go":                s.inGo("amqp"),
		"merchant.demo-shop.example-node":              s.inNode("amqp"),
		"mqtt-subscription-demo-shop.example-goqos1":   s.inGo("mqtt"),
		"mqtt-subscription-demo-shop.example-nodeqos1": s.inNode("mqtt"),
		"merchant.demo-shop.example-stomp-go":          s.inGo("stomp"),
		"merchant.demo-shop.example-stomp-node":        s.inNode("stomp"),
	}
	for queue, p := range listeners {
		s.await(p.name, func(context.Context) error { return consumed(rabbit.URL(), queue) })
	}
	s.pay()
	said := map[string]bool{}
	for _, p := range listeners {
		line := s.heard(p)
		if words := strings.Fields(line); len(words) != 3 || words[0] != "payment.captured" || !strings.HasPrefix(words[1], "pay_") || !strings.HasPrefix(words[2], "evt_") {
			t.Errorf("%s heard %q", p.name, line)
		}
		said[line] = true
	}
	if len(said) != 1 {
		t.Errorf("the channels do not agree: %v", said)
	}
}

// consumed fails until a queue has a consumer.
func consumed(url, queue string) error {
	conn, err := amqp.Dial(url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	ch, err := conn.Channel()
	if err != nil {
		return err
	}
	q, err := ch.QueueDeclarePassive(queue, true, false, false, false, nil)
	if err == nil && q.Consumers == 0 {
		err = fmt.Errorf("nobody consumes %s", queue)
	}
	return err
}
