package rabbitmq_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/go-stomp/stomp/v3"
	"github.com/go-stomp/stomp/v3/frame"
	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/broker"
	"sandbank/internal/engine"
)

const patience = 5 * time.Minute

// A merchant has the same permissions over MQTT and STOMP as over AMQP: the
// plugins ask the same permissions.
func TestGrant_HoldsForThePlugins(t *testing.T) {
	server := engine.PrivateRabbitMQ(t, engine.RabbitMQOptions{
		Management: true, MQTT: true, STOMP: true, Settings: map[string]string{"mqtt.exchange": broker.Events},
	})
	conn, err := amqp.Dial(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	if err := broker.DeclareExchanges(ch); err != nil {
		t.Fatal(err)
	}
	user := broker.Access(broker.RoleMerchant, "demo-shop", "demo-shop-secret", "demo-shop")
	if err := admin(t, as(t, server.ManagementURL(), "guest", "guest"), "/").Grant(t.Context(), broker.MerchantBounds, user); err != nil {
		t.Fatal(err)
	}
	publish := func(key string) {
		if err := ch.PublishWithContext(t.Context(), broker.Events, key, false, false, amqp.Publishing{Body: []byte(key), DeliveryMode: amqp.Persistent}); err != nil {
			t.Error(err)
		}
	}
	whole := t // what is subscribed stays until the end
	t.Run("MQTT", func(t *testing.T) {
		heard := make(chan string, 10)
		if err := subscribeMQTT(server.MQTTAddress(), "demo-shop.good", "payment/+/demo-shop", heard, whole); err != nil {
			t.Fatal(err)
		}
		publish("payment.captured.other-shop")
		publish("payment.declined.demo-shop")
		if got := <-heard; got != "payment.declined.demo-shop" {
			t.Errorf("heard %s", got)
		}
		for i, c := range []struct{ id, topic string }{
			{"demo-shop.%d", "payment/captured/other-shop"}, {"demo-shop.%d", "#"}, {"demo-shop.%d", "payment/#"}, {"demo-shop.%d", "+/+/+"},
			{"other-shop.%d", "payment/+/demo-shop"}, {"demo-shop2.%d", "payment/+/demo-shop"}, {"anyone%d", "payment/+/demo-shop"},
		} {
			if err := subscribeMQTT(server.MQTTAddress(), fmt.Sprintf(c.id, i), c.topic, heard, whole); err == nil {
				t.Errorf("client %s subscribed to %s", c.id, c.topic)
			}
		}
	})
	t.Run("STOMP", func(t *testing.T) {
		own := stomp.SubscribeOpt.Header("x-queue-name", "merchant.demo-shop.stomp")
		events, err := subscribeSTOMP(server.STOMPAddress(), "/exchange/payment.events/payment.*.demo-shop", whole, own)
		if err != nil {
			t.Fatal(err)
		}
		// A subscription has no answer: it is there when the queue has a consumer.
		for there := false; !there; {
			out, err := server.Ctl(t.Context(), "list_queues", "name", "consumers")
			if there = strings.Contains(out, "merchant.demo-shop.stomp\t1"); err != nil {
				t.Fatal(err)
			}
		}
		publish("payment.captured.other-shop")
		publish("payment.declined.demo-shop")
		if m := <-events; m.Err != nil || string(m.Body) != "payment.declined.demo-shop" {
			t.Errorf("heard %+v", m)
		}
		for _, c := range []struct {
			destination string
			header      func() (string, string)
		}{
			{"/exchange/payment.events/payment.*.other-shop", func() (string, string) { return "x-queue-name", "merchant.demo-shop.a" }},
			{"/exchange/payment.events/#", func() (string, string) { return "x-queue-name", "merchant.demo-shop.b" }},
			{"/exchange/payment.events/payment.*.demo-shop", func() (string, string) { return "x-queue-name", "merchant.other-shop.c" }},
			{"/exchange/payment.events/payment.*.demo-shop", func() (string, string) { return "x-nothing", "" }},
			{"/queue/bank.SANDNL2A", func() (string, string) { return "x-nothing", "" }},
			{"/amq/queue/processor.results", func() (string, string) { return "x-nothing", "" }},
		} {
			events, err := subscribeSTOMP(server.STOMPAddress(), c.destination, whole, stomp.SubscribeOpt.Header(c.header()))
			if err != nil {
				t.Fatal(err)
			}
			select {
			case m := <-events:
				if m == nil || m.Err == nil {
					t.Errorf("subscribed to %s: want an error, got %+v", c.destination, m)
				}
			case <-time.After(patience):
				t.Errorf("%s was not refused", c.destination)
			}
		}
	})
	out, err := server.Ctl(t.Context(), "list_bindings", "source_name", "routing_key")
	if err != nil || strings.Contains(out, "other-shop") || strings.Contains(out, "#") || strings.Count(out, broker.Events) != 2 {
		t.Errorf("bound are: %s %v", out, err)
	}
}

// subscribeMQTT complains where the broker refuses, by its answer or by hanging up.
func subscribeMQTT(address, id, topic string, heard chan<- string, t *testing.T) error {
	lost := make(chan error, 1)
	options := mqtt.NewClientOptions().AddBroker("mqtt://" + address).SetUsername("demo-shop").SetPassword("demo-shop-secret").
		SetClientID(id).SetAutoReconnect(false).SetConnectRetry(false).
		SetConnectionLostHandler(func(_ mqtt.Client, err error) { lost <- err })
	c := mqtt.NewClient(options)
	if token := c.Connect(); !token.WaitTimeout(patience) || token.Error() != nil {
		return fmt.Errorf("connect: %w", token.Error())
	}
	t.Cleanup(func() { c.Disconnect(100) })
	token := c.Subscribe(topic, 1, func(_ mqtt.Client, m mqtt.Message) { heard <- string(m.Payload()) })
	select {
	case <-token.Done():
		if given := token.(*mqtt.SubscribeToken).Result()[topic]; token.Error() == nil && given > 2 {
			return fmt.Errorf("refused with %#x", given)
		}
		return token.Error()
	case err := <-lost:
		return err
	case <-time.After(patience):
		t.Fatal("no answer")
		return nil
	}
}

func subscribeSTOMP(address, destination string, t *testing.T, option func(*frame.Frame) error) (<-chan *stomp.Message, error) {
	conn, err := stomp.Dial("tcp", address, stomp.ConnOpt.Login("demo-shop", "demo-shop-secret"), stomp.ConnOpt.Host("/"))
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = conn.MustDisconnect() })
	s, err := conn.Subscribe(destination, stomp.AckAuto, option)
	if err != nil {
		return nil, err
	}
	return s.C, nil
}
