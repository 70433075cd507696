package broker_test

import (
	"errors"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/broker"
	"sandbank/internal/bustest"
)

const mine, yours = "demo-shop", "other-shop"

// merchant is a bus on which everything is declared and one merchant has a user.
type merchant struct {
	*testing.T
	bus  *bustest.Bus
	conn *amqp.Connection
}

func merchantOn(t *testing.T, b *bustest.Bus) *merchant {
	t.Helper()
	if err := declared(b.Channel()); err != nil {
		t.Fatal(err)
	}
	u := broker.Access(broker.RoleMerchant, mine, "demo-shop-secret", mine)
	b.Grant(u)
	conn, err := b.As(u)(t.Context(), "merchant")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &merchant{t, b, conn}
}

// channel is a fresh one: a refusal closes the one it happened on.
func (m *merchant) channel() *amqp.Channel {
	m.Helper()
	ch, err := m.conn.Channel()
	if err != nil {
		m.Fatal(err)
	}
	return ch
}

// queue is a durable queue of the merchant's own, bound with the given keys.
func (m *merchant) queue(name string, args amqp.Table, keys ...string) string {
	m.Helper()
	ch := m.channel()
	name = broker.MerchantQueue(mine, name)
	if _, err := ch.QueueDeclare(name, true, false, false, false, args); err != nil {
		m.Fatal(err)
	}
	for _, key := range keys {
		if err := ch.QueueBind(name, key, broker.Events, false, nil); err != nil {
			m.Fatal(err)
		}
	}
	return name
}

func toMerchant(id, key string) broker.Message {
	return broker.Message{Exchange: broker.Events, Key: key, ID: id, Type: "payment.captured", Body: []byte(`{}`), At: time.Unix(1700000000, 0)}
}

func TestAccess_AMerchantHearsItsOwnAndNobodyElses(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		m := merchantOn(t, b)
		all := m.queue("all", nil, broker.MerchantKey(mine))
		some := m.queue("some", nil, "payment.captured."+mine)
		heard := map[string]<-chan amqp.Delivery{}
		for _, q := range []string{all, some} {
			list, err := m.channel().Consume(q, "", true, false, false, false, nil)
			if err != nil {
				t.Fatal(err)
			}
			heard[q] = list
		}
		publish(t, b.Publisher(nil),
			toMerchant("foreign", "payment.captured."+yours), toMerchant("declined", "payment.declined."+mine), toMerchant("captured", "payment.captured."+mine))
		for _, want := range []struct{ queue, id string }{{all, "declined"}, {all, "captured"}, {some, "captured"}} {
			if d := <-heard[want.queue]; d.MessageId != want.id {
				t.Errorf("%s heard %s, want %s", want.queue, d.MessageId, want.id)
			}
		}
	})
}

// Operations beyond a merchant's permissions are refused with 403, each on a
// channel of its own.
func TestAccess_AMerchantMayNothingElse(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		m := merchantOn(t, b)
		q := m.queue("q", nil)
		foreign := broker.MerchantQueue(yours, "q")
		if _, err := b.Channel().QueueDeclare(foreign, true, false, false, false, nil); err != nil {
			t.Fatal(err)
		}
		bind := func(queue, key, exchange string) func(*amqp.Channel) error {
			return func(ch *amqp.Channel) error { return ch.QueueBind(queue, key, exchange, false, nil) }
		}
		declare := func(name string, args amqp.Table) func(*amqp.Channel) error {
			return func(ch *amqp.Channel) error {
				_, err := ch.QueueDeclare(name, true, false, false, false, args)
				return err
			}
		}
		consume := func(queue string) func(*amqp.Channel) error {
			return func(ch *amqp.Channel) error {
				_, err := ch.Consume(queue, "", true, false, false, false, nil)
				return err
			}
		}
		for what, do := range map[string]func(*amqp.Channel) error{
			"bind to everything":              bind(q, "#", broker.Events),
			"bind to every merchant":          bind(q, "payment.captured.*", broker.Events),
			"bind to every merchant, any":     bind(q, "*.*.*", broker.Events),
			"bind to every merchant, #":       bind(q, "payment.#", broker.Events),
			"bind to a foreign merchant":      bind(q, "payment.captured."+yours, broker.Events),
			"bind to a merchant that ends so": bind(q, "payment.captured.my-"+mine, broker.Events),
			"bind to what ends so":            bind(q, "#."+mine, broker.Events),
			"bind to the banks' requests":     bind(q, bic, broker.Requests),
			"bind to the banks' results":      bind(q, bic, broker.Results),
			"bind to the dead letters":        bind(q, "", broker.DeadLetters),
			"bind a foreign queue":            bind(foreign, broker.MerchantKey(mine), broker.Events),
			"bind a bank's queue":             bind(broker.BankQueue(bic), broker.MerchantKey(mine), broker.Events),
			"declare a bank's queue":          declare(broker.BankQueue("NEWBNL2A"), nil),
			"declare a foreign queue":         declare(foreign+"2", nil),
			"declare a queue that begins so":  declare("merchant."+mine+"2.q", nil),
			"declare a queue without a name":  declare("", nil),
			"send its dead letters to a bank": declare(q+"2", amqp.Table{"x-dead-letter-exchange": broker.Requests}),
			"send them to another merchant":   declare(q+"3", amqp.Table{"x-dead-letter-exchange": broker.Events}),
			"send them to any queue":          declare(q+"4", amqp.Table{"x-dead-letter-exchange": ""}),
			"consume a bank's queue":          consume(broker.BankQueue(bic)),
			"consume the results":             consume(broker.ResultsQueue),
			"consume the dead letters":        consume(broker.DeadLetters),
			"consume a foreign queue":         consume(foreign),
			"delete a foreign queue":          func(ch *amqp.Channel) error { _, err := ch.QueueDelete(foreign, false, false, false); return err },
			"purge a bank's queue":            func(ch *amqp.Channel) error { _, err := ch.QueuePurge(broker.BankQueue(bic), false); return err },
			"delete the exchange":             func(ch *amqp.Channel) error { return ch.ExchangeDelete(broker.Events, false, false) },
		} {
			m.refused(what, do(m.channel()))
		}
		for _, to := range []struct{ exchange, key string }{
			{broker.Events, "payment.captured." + mine}, {broker.Events, "payment.captured." + yours}, {broker.Requests, bic},
			{broker.Results, bic}, {broker.Health, bic}, {broker.DeadLetters, ""}, {"", q}, {"", broker.BankQueue(bic)}, {"amq.topic", "x"},
		} {
			ch := m.channel()
			closed := ch.NotifyClose(make(chan *amqp.Error, 1))
			if err := ch.PublishWithContext(t.Context(), to.exchange, to.key, false, false, amqp.Publishing{Body: []byte("forged")}); err != nil {
				t.Fatal(err)
			}
			m.refused("publish to "+to.exchange+" "+to.key, <-closed)
		}
		for _, q := range []string{q, foreign, broker.BankQueue(bic), broker.ResultsQueue, broker.DeadLetters} {
			if n := b.Depth(q); n != 0 {
				t.Errorf("%d messages on %s", n, q)
			}
		}
	})
}

func (m *merchant) refused(what string, err error) {
	m.Helper()
	var e *amqp.Error
	if !errors.As(err, &e) || e.Code != amqp.AccessRefused {
		m.Errorf("%s: %v", what, err)
	}
}

// A queue that nobody reads is bounded, however it was declared.
func TestAccess_AMerchantsQueueIsBounded(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		m := merchantOn(t, b)
		q := m.queue("q", nil, broker.MerchantKey(mine))
		p := b.Publisher(nil)
		batch := make([]broker.Message, 1000)
		for sent := 0; sent < broker.MerchantBounds.Messages+len(batch); sent += len(batch) {
			for i := range batch {
				batch[i] = toMerchant("m", "payment.captured."+mine)
			}
			publish(t, p, batch...)
		}
		b.Await("the bound", func() bool { return b.Depth(q) == broker.MerchantBounds.Messages })
	})
}

// A merchant whose full queue refuses holds up nobody: its other queues and the
// other merchants have the event.
func TestAccess_AFullQueueThatRefusesHoldsUpNobody(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		m := merchantOn(t, b)
		full := m.queue("full", amqp.Table{"x-max-length": int32(1), "x-overflow": "reject-publish"}, broker.MerchantKey(mine))
		other := m.queue("other", nil, broker.MerchantKey(mine))
		p := b.Publisher(declared)
		publish(t, p, toMerchant("first", "payment.captured."+mine))
		b.Await("a full queue", func() bool { return b.Depth(full) == 1 })
		fates := publish(t, p, toMerchant("second", "payment.captured."+mine), toBank("request"))
		if fates[0] != broker.Refused || fates[1] != broker.Confirmed {
			t.Errorf("fates %v", fates)
		}
		b.Await("the other queue", func() bool { return b.Depth(other) == 2 })
	})
}
