package bank_test

import (
	"context"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"go.uber.org/goleak"

	"sandbank/bank"
	"sandbank/broker"
	"sandbank/broker/wire"
	"sandbank/clock"
	"sandbank/internal/bustest"
	"sandbank/internal/engine"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
)

func TestMain(m *testing.M) { engine.Main(m, func() error { return goleak.Find() }) }

// A bank and a processor that each have a user for their own part, and nothing
// more, get a request answered; and the bank may begin before the processor.
func TestBank_WorksWithAUserOfItsOwn(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		const bic, password = "SANDNL2A", "long-enough-secret"
		own, other := broker.Access(broker.RoleBank, "a-bank", password, bic), broker.Access(broker.RoleProcessor, "a-processor", password)
		b.Grant(own)
		b.Grant(other)
		ctx, stop := context.WithCancel(t.Context())
		tempers, err := bank.Choose([]string{bic})
		if err != nil {
			t.Fatal(err)
		}
		// Its first sign of life is lost where the exchange is younger than the session; then, as later, only a call brings one.
		one := bank.New(tempers[0], bank.Config{Dial: b.As(own), Clock: clock.Following{}, Log: bustest.Silent, Interval: time.Hour})
		done := make(chan struct{})
		go func() { defer close(done); one.Run(ctx) }()
		defer func() { stop(); <-done }()

		ch, heard := listening(t, b.As(other))
		expect := func(exchange string) amqp.Delivery {
			t.Helper()
			select {
			case d := <-heard[exchange]:
				if d.RoutingKey != bic {
					t.Errorf("%s came with the key %q", d.Type, d.RoutingKey)
				}
				return d
			case <-time.After(5 * time.Minute):
				t.Fatalf("nothing came by %s", exchange)
			}
			return amqp.Delivery{}
		}
		<-one.Ready()
		at := time.Now()
		called := amqp.Publishing{Body: wire.Encode(wire.Call{Type: wire.CallType, ID: "call 1", SentAt: at})}
		if err := ch.PublishWithContext(ctx, broker.Requests, broker.AllBanks, true, false, called); err != nil {
			t.Fatal(err)
		}
		for answered := false; !answered; {
			sign, err := wire.ReadHealth(expect(broker.Health).Body)
			if err != nil {
				t.Fatal(err)
			}
			answered = !sign.SentAt.Before(at)
		}
		card, err := instrument.FromCard(instrument.CardForm{Name: "Test", Number: "4242424242424242", Expiry: "12/90", SecurityCode: "123"}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		r := wire.Request{
			Type: wire.Authorize, ID: "req_1", Payment: "pay_01890a5d-ac96-774b-bcce-b302099a8057", Attempt: 1, Bank: bic,
			Merchant: "demo-shop", Amount: money.Must("19.99", "EUR"), Instrument: &card, CreatedAt: time.Now(),
		}
		if err := ch.PublishWithContext(ctx, broker.Requests, bic, true, false, amqp.Publishing{Body: wire.Encode(r)}); err != nil {
			t.Fatal(err)
		}
		got, err := wire.ReadResult(expect(broker.Results).Body)
		if err != nil || got.RequestID != r.ID || got.Outcome != payment.OutcomeApproved {
			t.Errorf("asked %s to authorize %s: want it approved, got %+v, %v", bic, r.ID, got, err)
		}
	})
}

// A bank whose user was set up before there were calls does its work without them.
func TestBank_WorksWithAUserThatMayNotBeCalled(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		const bic = "SANDNL2A"
		old := broker.Access(broker.RoleBank, "an-old-bank", "long-enough-secret", bic)
		for i, topic := range old.Topics {
			if topic.Exchange == broker.Requests {
				old.Topics[i].Read = "^" + bic + "$"
			}
		}
		b.Grant(old)
		_, heard := listening(t, b.Dial)
		tempers, err := bank.Choose([]string{bic})
		if err != nil {
			t.Fatal(err)
		}
		one := bank.New(tempers[0], bank.Config{Dial: b.As(old), Clock: clock.Following{}, Log: bustest.Silent})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); one.Run(ctx) }()
		defer func() { stop(); <-done }()
		select {
		case d := <-heard[broker.Health]:
			if h, err := wire.ReadHealth(d.Body); err != nil || !h.Online {
				t.Errorf("it says %s", d.Body)
			}
		case <-time.After(5 * time.Minute):
			t.Fatal("it gives no sign of life")
		}
	})
}

// listening declares and consumes the processor's queues, as a user.
func listening(t *testing.T, dial broker.Dialer) (*amqp.Channel, map[string]<-chan amqp.Delivery) {
	t.Helper()
	conn, err := dial(t.Context(), "a processor")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	signs, err := broker.Own(broker.Health, broker.Everything)(ch)
	if err == nil {
		err = broker.DeclareProcessor(ch)
	}
	heard := map[string]<-chan amqp.Delivery{}
	for exchange, queue := range map[string]string{broker.Health: signs, broker.Results: broker.ResultsQueue} {
		if err == nil {
			heard[exchange], err = ch.Consume(queue, "", true, false, false, false, nil)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return ch, heard
}
