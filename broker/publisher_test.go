package broker_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/broker"
	"sandbank/internal/bustest"
)

const bic = "SANDNL2A"

// declared declares everything of one processor and one bank.
func declared(ch *amqp.Channel) error {
	if err := broker.DeclareProcessor(ch); err != nil {
		return err
	}
	return broker.DeclareBank(bic)(ch)
}

func toBank(id string) broker.Message {
	return broker.Message{Exchange: broker.Requests, Key: bic, ID: id, Type: "authorize", Mandatory: true, Body: []byte(id), At: time.Unix(1700000000, 0)}
}

func numbered(from, n int) (list []broker.Message) {
	for i := range n {
		list = append(list, toBank(fmt.Sprintf("m%05d", from+i)))
	}
	return list
}

func publish(t *testing.T, p *broker.Publisher, list ...broker.Message) []broker.Fate {
	t.Helper()
	fates, err := p.Publish(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	return fates
}

func TestPublish_ConfirmedAndReturned(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		p := b.Publisher(declared)
		lost := toBank("lost")
		lost.Key = "NOPENL2A"
		unheard := broker.Message{Exchange: broker.Events, Key: "payment.captured.m", ID: "unheard", Body: []byte("{}")}
		fates := publish(t, p, toBank("1"), lost, unheard, lost, toBank("2"))
		// The same message twice without a queue: neither may pass for delivered.
		if want := []broker.Fate{broker.Confirmed, broker.Returned, broker.Confirmed, broker.Returned, broker.Confirmed}; !slices.Equal(fates, want) {
			t.Errorf("fates %v, want %v", fates, want)
		}
		if n := b.Depth(broker.BankQueue(bic)); n != 2 {
			t.Errorf("%d on the bank's queue", n)
		}
		// A return is not taken for the next batch's.
		if fates := publish(t, p, toBank("3")); fates[0] != broker.Confirmed {
			t.Errorf("the next: %v", fates)
		}
	})
}

func TestPublish_CarriesItsEnvelope(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		m := toBank("req_1")
		m.Correlation, m.ReplyTo, m.Headers = "pay_1", broker.ResultsQueue, amqp.Table{"traceparent": "00-1-2-03"}
		publish(t, b.Publisher(declared), m)
		d, ok, err := b.Channel().Get(broker.BankQueue(bic), true)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		if d.MessageId != "req_1" || d.CorrelationId != "pay_1" || d.ReplyTo != broker.ResultsQueue || d.Type != "authorize" || d.DeliveryMode != amqp.Persistent ||
			d.ContentType != "application/json" || d.Timestamp.Unix() != 1700000000 || d.Headers["traceparent"] != "00-1-2-03" || string(d.Body) != "req_1" {
			t.Errorf("published req_1: want its whole envelope, got %+v", d)
		}
	})
}

func TestPublish_BoundsItsBatch(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		p := b.Publisher(declared)
		if _, err := p.Publish(t.Context(), numbered(0, 1025)); err == nil {
			t.Error("1025 messages at once")
		}
		for _, m := range publish(t, p, numbered(0, 1024)...) {
			if m != broker.Confirmed {
				t.Fatal("not all of 1024 were confirmed")
			}
		}
		if fates, err := p.Publish(t.Context(), nil); err != nil || len(fates) != 0 {
			t.Errorf("nothing at all: %v, %v", fates, err)
		}
		// As many returns as fit into one batch do not stall it.
		all := numbered(0, 1024)
		for i := range all {
			all[i].Key = "NOPENL2A"
		}
		for _, f := range publish(t, p, all...) {
			if f != broker.Returned {
				t.Fatal("not all of 1024 were returned")
			}
		}
	})
}

// Connections drop again and again in the middle: unconfirmed messages are
// published again, and everything arrives at least once.
func TestPublish_NothingIsLostOverDroppedConnections(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		p := b.Publisher(declared)
		publish(t, p, toBank("first"))
		want := map[string]bool{"first": true}
		failed := 0
		for round := 0; round < 3 || failed == 0 && round < 100; round++ {
			dropped := make(chan struct{})
			go func() { defer close(dropped); b.Drop() }()
			for batch, over := 0, false; !over; batch++ {
				list := numbered(round*1000+batch%20*50, 50)
				for i, m := range list {
					want[m.ID] = true
					list[i].Mandatory = i%2 == 0 // as requests are, and events are not
				}
				failed += untilConfirmed(t, p, list)
				select {
				case <-dropped:
					over = true
				default:
				}
			}
		}
		if failed == 0 {
			t.Error("no publish was interrupted")
		}
		arrived, err := b.Channel().Consume(broker.BankQueue(bic), "", true, false, false, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		for give := time.After(5 * time.Minute); len(want) > 0; {
			select {
			case d := <-arrived:
				delete(want, d.MessageId)
			case <-give:
				t.Fatalf("%d messages were confirmed and lost: %v", len(want), want)
			}
		}
	})
}

// untilConfirmed publishes what is not confirmed again, and counts the failures.
func untilConfirmed(t *testing.T, p *broker.Publisher, list []broker.Message) (failed int) {
	t.Helper()
	for len(list) > 0 {
		if failed > 1000 {
			t.Fatal("it does not get through")
		}
		fates, err := p.Publish(t.Context(), list)
		if err != nil {
			failed++
		}
		var again []broker.Message
		for i, m := range list {
			if fates[i] == broker.Refused {
				t.Fatal("a lost connection passed for a refusal")
			}
			if fates[i] != broker.Confirmed {
				again = append(again, m)
			}
		}
		list = again
	}
	return failed
}

func TestPublish_WaitsOutAnAlarm(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		p := b.Publisher(declared)
		publish(t, p, toBank("before"))
		b.Block(true)
		raised := true
		defer func() {
			if raised {
				b.Block(false)
			}
		}()
		done := make(chan error, 1)
		go func() { _, err := p.Publish(context.WithoutCancel(t.Context()), numbered(0, 20)); done <- err }()
		select {
		case err := <-done:
			t.Errorf("accepted under an alarm: %v", err)
		case <-time.After(300 * time.Millisecond): // that nothing comes has no signal
		}
		b.Block(false)
		raised = false
		if err := <-done; err != nil {
			t.Error(err)
		}
		if n := b.Depth(broker.BankQueue(bic)); n != 21 {
			t.Errorf("%d on the queue", n)
		}
	})
}

func TestPublish_GivesUpWithItsContext(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		p := b.Publisher(declared)
		publish(t, p, toBank("before"))
		b.Block(true)
		defer b.Block(false)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan []broker.Fate, 1)
		go func() {
			fates, err := p.Publish(ctx, numbered(0, 1))
			if err == nil {
				t.Error("no error")
			}
			done <- fates
		}()
		cancel()
		if fates := <-done; fates[0] != broker.Unknown {
			t.Errorf("fates %v", fates)
		}
	})
}

func TestConnect_ReportsAWrongAddress(t *testing.T) {
	if _, err := broker.URL("http://example"); err == nil {
		t.Error("an address that is not AMQP's was taken")
	}
	dial, err := broker.URL("amqp://guest:guest@127.0.0.1:1/")
	if err != nil {
		t.Fatal(err)
	}
	p := broker.NewPublisher(dial, "test", nil, bustest.Silent)
	if err := p.Connect(t.Context()); err == nil {
		t.Error("nobody is there, and it connected")
	}
	p.Close()
	p.Close()
}
