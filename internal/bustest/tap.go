package bustest

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/broker"
	"sandbank/web/contract/check"
)

// Tap holds every message that is published on a broker, from now until the
// test ends, to its description, and fails the test where one differs. Messages
// that a test forges on purpose carry [Forged] in their headers, and are left
// out. Requests are seen only of the named banks: from then on their messages
// are routed, whether or not the bank has its queue. The function it returns
// tells how many messages were looked at.
func Tap(t testing.TB, dial broker.Dialer, banks ...string) (seen func() int) {
	t.Helper()
	tap := &tap{t: t}
	ctx, end := context.WithCancel(context.Background())
	var running sync.WaitGroup
	ready := make(chan struct{})
	begun := sync.OnceFunc(func() { close(ready) })
	running.Go(func() {
		broker.Consumer{
			Dial: dial, Name: "tap", Batch: 256, Log: slog.New(slog.DiscardHandler),
			Declare: declareTap(banks), Handle: tap.take, Ready: begun,
		}.Run(ctx)
	})
	t.Cleanup(func() { end(); running.Wait() })
	select {
	case <-ready:
	case <-time.After(patience):
		t.Errorf("the tap found no broker in %s", patience)
	}
	return tap.count
}

// Forged marks a message that is wrong on purpose.
const Forged = "x-forged"

type tap struct {
	t  testing.TB
	mu sync.Mutex
	n  int
}

func (p *tap) take(_ context.Context, list []broker.Delivery) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range list {
		_, kind, exchange, key, headers := d.Info()
		if _, forged := headers[Forged]; forged {
			continue
		}
		p.n++
		if err := check.CheckPublished(exchange, kind, d.Body()); err != nil {
			p.t.Errorf("published to %s with key %s: %v", exchange, key, err)
		}
	}
	list[len(list)-1].AckAll()
}

func (p *tap) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.n
}

// declareTap binds a queue of its own to all that is published.
func declareTap(banks []string) func(*amqp.Channel) (string, error) {
	keys := map[string][]string{broker.Results: {broker.Everything}, broker.Health: {broker.Everything}, broker.Requests: banks}
	return func(ch *amqp.Channel) (string, error) {
		name, err := broker.Own(broker.Events, "#")(ch)
		if err != nil {
			return "", err
		}
		for exchange, list := range keys {
			for _, key := range list {
				if err := ch.QueueBind(name, key, exchange, false, nil); err != nil {
					return "", err
				}
			}
		}
		return name, nil
	}
}
