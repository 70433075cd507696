package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/broker"
	"sandbank/internal/engine"
	"sandbank/merchant/client"
	"sandbank/payment"
)

// A broker's troubles short of its death. All of them happen to one world with
// two processors, one after the other, and the invariants hold after each.
func TestBrokerTrouble(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, engine.RabbitMQOptions{}) // a bank without a queue is one of the troubles
	one, first := w.processor()
	w.awaitUp(first)
	two, second := w.processor()
	bank := w.bank("SANDNL2A")
	w.awaitReady(first)
	w.awaitReady(second)
	w.open()

	t.Run("every connection is closed under load", func(t *testing.T) {
		w := w.on(t)
		close := func() { w.ctl("close_all_connections", "--vhost", "/", "for a test") }
		w.nothingLost(w.load(1200, map[int]func(){200: close, 600: close, 900: close}, first, second))
		w.settled()
	})
	t.Run("a processor is terminated under load", func(t *testing.T) {
		w := w.on(t)
		w.nothingLost(w.load(1200, map[int]func(){
			200: func() { w.endsWell(one); one.start() },
			700: func() { w.endsWell(two); two.start() },
		}, first, second))
		w.awaitReady(first)
		w.awaitReady(second)
		w.settled()
	})
	t.Run("the memory alarm holds publishes back", func(t *testing.T) { memoryAlarm(w.on(t), first) })
	t.Run("the results queue is deleted", func(t *testing.T) { resultsDeleted(w.on(t), one, two, first) })
	t.Run("no queue takes a bank's requests", func(t *testing.T) { returned(w.on(t), bank, first, one) })
}

func (w *world) ctl(args ...string) {
	w.Helper()
	if _, err := w.rabbit.Ctl(w.Context(), args...); err != nil {
		w.Error(err)
	}
}

// endsWell terminates a processor and holds it to its word: exit code 0, which
// it has only where it was done within the time that it gives itself.
func (w *world) endsWell(p *process) {
	w.Helper()
	if code, took := p.terminate(); code != 0 {
		w.Errorf("terminated, it took %s and exited with %d", took, code)
	}
}

// memoryAlarm is longer than banks may be silent: a broker that takes no
// messages must not look as if all banks were away.
func memoryAlarm(w *world, base string) {
	c := w.merchant(base)
	w.ctl("set_vm_memory_high_watermark", "0.00001")
	w.Cleanup(func() { _, _ = w.rabbit.Ctl(context.Background(), "set_vm_memory_high_watermark", "0.4") })
	began := time.Now()
	var ids []string
	for n := 0; time.Since(began) < 9*time.Second; n++ {
		p := w.create(impatient(w, base), wish(fmt.Sprintf("alarm-%d", n), "SANDNL2A"))
		w.pay(p)
		ids = append(ids, p.ID)
		if _, err := c.Await(w.Context(), p.ID, 500*time.Millisecond); err != nil {
			w.Error(err)
		}
	}
	if n, err := w.open().Backlog(w.Context()); err != nil || n == 0 {
		w.Errorf("%d messages in the outbox, %v; the broker should take nothing", n, err)
	}
	for _, id := range ids {
		if p, err := c.Payment(w.Context(), id); err != nil || p.Status != client.Processing {
			w.Errorf("during the alarm %s is %s, %v", id, p.Status, err)
		}
	}
	w.ctl("set_vm_memory_high_watermark", "0.4")
	for _, id := range ids {
		w.ends(id, payment.Captured)
	}
	w.settled()
}

// impatient is the merchant that takes no error for an answer.
func impatient(w *world, base string) *client.Client {
	c, err := client.New(client.Config{Base: base, ID: "demo-shop", Secret: "demo-shop-secret", Patience: -1})
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(c.Close)
	return c
}

// channel is the test's own way to the broker.
func (w *world) channel() *amqp.Channel {
	w.Helper()
	conn, err := amqp.Dial(w.amqp)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		w.Fatal(err)
	}
	return ch
}

// resultsDeleted deletes the queue three times. Both processors lose their
// consumer, declare the queue again and go on. Each says so when it first happens;
// the same trouble again within a minute is counted, and not said.
func resultsDeleted(w *world, one, two *process, base string) {
	ch := w.channel()
	c := w.merchant(base)
	before := said(one, "the queue went away") + said(two, "the queue went away")
	for n := range 3 {
		if _, err := ch.QueueDelete(broker.ResultsQueue, false, false, false); err != nil {
			w.Fatal(err)
		}
		w.await("both consume again", func(context.Context) error {
			q, err := w.channel().QueueDeclarePassive(broker.ResultsQueue, true, false, false, false, nil)
			if err == nil && q.Consumers < 2 {
				err = fmt.Errorf("%d consumers", q.Consumers)
			}
			return err
		})
		p := w.buy(c, fmt.Sprintf("deleted-%d", n), "SANDNL2A")
		w.ends(p.ID, payment.Captured)
	}
	if lost := said(one, "the queue went away") + said(two, "the queue went away") - before; lost < 2 || lost > 6 {
		w.Errorf("the processors said %d times that they lost the queue, deleted three times; once each at least, and once each time at most", lost)
	}
	w.settled()
}

func said(p *process, what string) int { return strings.Count(p.log.String(), what) }

// returned deletes a bank's queue while the bank is down and not yet missed.
func returned(w *world, bank *process, base string, processor *process) {
	c := w.merchant(base)
	bank.kill()
	if _, err := w.channel().QueueDelete(broker.BankQueue("SANDNL2A"), false, false, false); err != nil {
		w.Fatal(err)
	}
	p := w.buy(c, "nobody-there", "SANDNL2A")
	w.await("the processor says that no queue takes it", func(context.Context) error {
		if said(processor, "no queue takes these messages") == 0 {
			return errors.New("it says nothing")
		}
		return nil
	})
	store := w.open()
	w.await("the request alone stays in the outbox, when all else has left", func(ctx context.Context) error {
		n, err := store.Backlog(ctx)
		if err == nil && n != 1 {
			err = fmt.Errorf("%d messages", n)
		}
		return err
	})
	w.ends(p.ID, payment.Processing)
	bank.start()
	w.ends(p.ID, payment.Captured)
	w.settled()
}

// The database is killed under load, twice: the API says 503 meanwhile, clients
// repeat, and nothing is lost.
func TestDatabaseKilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, first := w.processor()
	w.awaitUp(first)
	_, second := w.processor()
	w.bank("SANDNL2A")
	w.awaitReady(first)
	w.awaitReady(second)
	kill := func() {
		if err := w.postgres.Kill(); err != nil {
			t.Error(err)
		}
		w.await("the API says 503", func(ctx context.Context) error {
			_, err := impatient(w, first).CreatePayment(ctx, wish("away", ""), "")
			var problem *client.Problem
			if !errors.As(err, &problem) || problem.Status != http.StatusServiceUnavailable || problem.RetryAfter == 0 {
				return fmt.Errorf("it says %w", err)
			}
			return nil
		})
		if err := w.postgres.Restart(t.Context()); err != nil {
			t.Error(err)
		}
	}
	w.nothingLost(w.load(1500, map[int]func(){300: kill, 900: kill}, first, second))
	found := w.settled()
	if n := found.ByStatus[payment.Captured]; n != found.Entries || n < 1500 {
		t.Errorf("%d captured, %d entries: %v", n, found.Entries, found.ByStatus)
	}
}
