package outbox_test

import (
	"encoding/json"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"

	"sandbank/broker"
	"sandbank/broker/outbox"
	"sandbank/event"
	"sandbank/event/format"
	"sandbank/internal/bustest"
	"sandbank/processor"
)

func TestAs_ChangesEventsAndNothingElse(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		e := event.Event{
			ID: "evt_1", Type: "payment.captured", Merchant: "demo-shop", Payment: "pay_1", Sequence: 3,
			At: time.Date(2026, 3, 14, 14, 5, 31, 0, time.UTC), Data: json.RawMessage(`{"id":"pay_1","links":{"self":"https://pay.example/v1/payments/pay_1"}}`),
		}
		arrived := arrivals(t, b)
		ch := b.Channel()
		q, err := ch.QueueDeclare("listener", false, false, false, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := ch.QueueBind(q.Name, broker.MerchantKey("demo-shop"), broker.Events, false, nil); err != nil {
			t.Fatal(err)
		}
		s := newShelf()
		r, _ := run(t, s, outbox.As(format.Of(format.Clouds), b.Publisher(declared)))
		request := numbered(0, 1)[0]
		r.Offer(s.put(processor.EventMessage(e), request))
		b.Await("an empty outbox", func() bool { return s.left() == 0 })
		d, ok, err := ch.Get(q.Name, true)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		var c cloudevents.Event
		if err := json.Unmarshal(d.Body, &c); err != nil || c.Validate() != nil {
			t.Fatalf("%v %v\n%s", err, c.Validate(), d.Body)
		}
		if d.ContentType != event.CloudEventType || d.MessageId != e.ID || d.Type != e.Type || c.ID() != e.ID || c.Subject() != "pay_1" || c.Source() != "https://pay.example/merchants/demo-shop" {
			t.Errorf("wrote event %s as a CloudEvent: want the envelope and the event to agree, got %+v", e.ID, d)
		}
		if d := <-arrived; string(d.Body) != string(request.Body) || d.ContentType != "application/json" {
			t.Errorf("the bank got %+v", d)
		}
	})
}
