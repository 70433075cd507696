package bank_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/bank"
	"sandbank/bank/book"
	"sandbank/broker"
	"sandbank/broker/wire"
	"sandbank/clock"
	"sandbank/internal/bustest"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/settlement/statement"
	"sandbank/web/contract/check"
)

// kept keeps records as a file would.
type kept struct {
	mu      sync.Mutex
	records []book.Record
}

func (k *kept) Append(_ context.Context, list []book.Record) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, r := range list {
		body, err := json.Marshal(r)
		var again book.Record
		if err == nil {
			err = json.Unmarshal(body, &again)
		}
		if err != nil {
			return err
		}
		k.records = append(k.records, again)
	}
	return nil
}

func (k *kept) Replay(_ context.Context, each func(book.Record) error) error {
	k.mu.Lock()
	list := slices.Clone(k.records)
	k.mu.Unlock()
	for _, r := range list {
		if err := each(r); err != nil {
			return err
		}
	}
	return nil
}

// counter is the other side of a bank: it asks, and hears.
type counter struct {
	*testing.T
	bus     *bustest.Bus
	ask     *broker.Publisher
	heard   chan amqp.Delivery
	clock   *clock.Manual
	steered *clock.Steered // the bank's instead, where it follows
	asks    bool           // and asks what time it is
	journal bank.Journal
	temper  bank.Temper
	files   func(statement.Statement) error
	stop    func()
	n       int
	seen    map[string]bool // message ids
	again   string          // one of them that is asked for again
}

func newCounter(t *testing.T, b *bustest.Bus, temper bank.Temper) *counter {
	c := &counter{T: t, bus: b, heard: make(chan amqp.Delivery, 1000), clock: clock.NewManual(noon), journal: &kept{}, temper: temper, seen: map[string]bool{}}
	c.ask = b.Publisher(broker.DeclareProcessor)
	if err := c.ask.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn, err := b.Dial(t.Context(), "counter")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	deliveries, err := ch.Consume(broker.ResultsQueue, "", true, false, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		for d := range deliveries {
			c.heard <- d
		}
	})
	t.Cleanup(func() { _ = conn.Close(); reading.Wait() })
	c.start()
	return c
}

// start runs a bank on the journal, as after a kill of the former one.
func (c *counter) start() *bank.Bank {
	ctx, cancel := context.WithCancel(context.Background())
	config := bank.Config{Dial: c.bus.Dial, Clock: c.clock, Seed: 7, Log: bustest.Silent, Journal: c.journal, Files: c.files}
	if c.steered != nil {
		config.Clock, config.Steered, config.AsksTime = c.steered, c.steered, c.asks
	}
	b := bank.New(c.temper, config)
	done := make(chan struct{})
	go func() { defer close(done); b.Run(ctx) }()
	c.stop = sync.OnceFunc(func() { cancel(); <-done })
	c.Cleanup(c.stop)
	<-b.Ready()
	return b
}

func (c *counter) publish(list ...wire.Request) {
	c.Helper()
	var messages []broker.Message
	for _, r := range list {
		body := wire.Encode(r)
		if err := check.CheckMessage(string(r.Type), body); err != nil {
			c.Error(err)
		}
		messages = append(messages, broker.Message{Exchange: broker.Requests, Key: r.Bank, ID: r.ID, Type: string(r.Type), Mandatory: true, Body: body, At: r.CreatedAt})
	}
	if _, err := c.ask.Publish(c.Context(), messages); err != nil {
		c.Fatal(err)
	}
}

// hear waits for a message. A bank that was killed before it acknowledged a
// request answers it again: repeated messages are skipped.
func (c *counter) hear(kind string) []byte {
	c.Helper()
	for {
		d := c.next(kind)
		copied := c.seen[d.MessageId]
		if c.seen[d.MessageId] = true; d.Type == kind && (!copied || c.again == d.MessageId) {
			return d.Body
		}
		if !copied {
			c.Fatalf("heard a %s, not a %s: %s", d.Type, kind, d.Body)
		}
	}
}

func (c *counter) next(kind string) (d amqp.Delivery) {
	c.Helper()
	select {
	case d = <-c.heard:
		if err := check.CheckMessage(d.Type, d.Body); err != nil {
			c.Error(err)
		}
	case <-time.After(5 * time.Minute):
		c.Fatalf("heard no %s", kind)
	}
	return d
}

func (c *counter) result() wire.Result {
	c.Helper()
	r, err := wire.ReadResult(c.hear("result"))
	if err != nil {
		c.Fatal(err)
	}
	return r
}

func (c *counter) settlement() wire.Settlement {
	c.Helper()
	s, err := wire.ReadSettlement(c.hear("settlement"))
	if err != nil {
		c.Fatal(err)
	}
	return s
}

func (c *counter) dispute() wire.Dispute {
	c.Helper()
	d, err := wire.ReadDispute(c.hear("dispute"))
	if err != nil {
		c.Fatal(err)
	}
	return d
}

func (c *counter) request(kind wire.RequestType, amount string) wire.Request {
	c.n++
	deadline := c.clock.Now().Add(time.Minute)
	return wire.Request{
		Type: kind, ID: fmt.Sprintf("req_%d", c.n), Payment: "pay_01890a5d-ac96-774b-bcce-b302099a8057", Attempt: 1, Bank: c.temper.Identifier,
		Merchant: "demo-shop", Amount: money.Must(amount, "EUR"), CreatedAt: c.clock.Now(), Deadline: &deadline,
	}
}

func (c *counter) authorize(amount string, capture payment.CaptureMode, behavior instrument.Behavior) wire.Request {
	r := c.request(wire.Authorize, amount)
	r.Capture, r.Instrument = capture, &instrument.Instrument{Kind: instrument.Card, Brand: "visa", Last4: "4242", Behavior: behavior, Rule: "r"}
	return r
}

func (c *counter) follow(kind wire.RequestType, auth wire.Request, amount string) wire.Request {
	r := c.request(kind, amount)
	r.Authorization = auth.ID
	return r
}

func (c *counter) control(x wire.Controls) wire.Request {
	c.n++
	return wire.Request{Type: wire.Control, ID: fmt.Sprintf("ctl_%d", c.n), Bank: c.temper.Identifier, Controls: &x, CreatedAt: c.clock.Now()}
}

// settle has the bank cut off in EUR.
func (c *counter) settle() wire.Settlement {
	c.Helper()
	r := c.control(wire.Controls{Command: wire.CommandSettle})
	r.Amount = money.Must("1.00", "EUR")
	c.publish(r)
	return c.settlement()
}

func prompt(t *testing.T) bank.Temper {
	t.Helper()
	list, err := bank.Choose([]string{"SANDNL2A"})
	if err != nil {
		t.Fatal(err)
	}
	return list[0]
}

func (c *counter) expect(r wire.Request, code string) wire.Result {
	c.Helper()
	c.publish(r)
	got := c.result()
	why := "approved"
	if got.Reason != nil {
		why = got.Reason.Code
	}
	if got.RequestID != r.ID || got.Payment != r.Payment || got.Attempt != r.Attempt || !got.Amount.Equal(r.Amount) || why != code || got.Rule == "" {
		c.Errorf("%s of %s gets %+v, want %s", r.Type, r.Amount, got, code)
	}
	return got
}
