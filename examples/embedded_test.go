package examples_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"
	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/broker"
	"sandbank/event"
	"sandbank/internal/engine"
)

// The same examples on the broker that comes along, with events as CloudEvents,
// in which they find the same members.
func TestExamples_OverTheEmbeddedBroker(t *testing.T) {
	addr := engine.Address(t)
	s := newStage(t, "--amqp-addr", addr, "--amqp-format", "cloudevents", "--no-shop", "--banks", "SANDNL2A")
	s.environ = append(s.environ, "SANDBANK_AMQP_URL=amqp://"+addr+"/")
	s.ready()
	s.tap("amqp://guest:guest@" + addr + "/")
	conn, err := amqp.Dial("amqp://demo-shop:demo-shop-secret@" + addr + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	heard := listen(t, conn)
	listeners := map[string]*process{"example-go": s.inGo("amqp"), "example-node": s.inNode("amqp")}
	for name, p := range listeners {
		s.await(p.name, func(context.Context) error {
			return consumed("amqp://guest:guest@"+addr+"/", broker.MerchantQueue("demo-shop", name))
		})
	}
	s.pay()
	select {
	case d := <-heard:
		var c cloudevents.Event
		if err := json.Unmarshal(d.Body, &c); err != nil || c.Validate() != nil || d.ContentType != event.CloudEventType || c.Source() != s.base+"/merchants/demo-shop" {
			t.Fatalf("%v %v %s\n%s", err, c.Validate(), d.ContentType, d.Body)
		}
		want := c.Type() + " " + c.Subject() + " " + c.ID()
		for _, p := range listeners {
			if line := s.heard(p); line != want {
				t.Errorf("%s heard %q, not %q", p.name, line, want)
			}
		}
	case <-time.After(patience):
		t.Fatal("nothing was heard")
	}
}

// listen consumes a queue of the merchant's own, bound to payments that are paid.
func listen(t *testing.T, conn *amqp.Connection) <-chan amqp.Delivery {
	t.Helper()
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	q, err := ch.QueueDeclare(broker.MerchantQueue("demo-shop", "test"), false, false, true, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := ch.QueueBind(q.Name, "payment.captured.demo-shop", broker.Events, false, nil); err != nil {
		t.Fatal(err)
	}
	list, err := ch.Consume(q.Name, "", true, true, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	return list
}
