package bank

import (
	"context"
	"log/slog"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/broker"
	"sandbank/clock"
	"sandbank/payment"
	"sandbank/wire"
)

// Config is what a bank needs besides its temperament.
type Config struct {
	Dial  broker.Dialer
	Clock clock.Clock
	Seed  uint64
	Log   *slog.Logger
	// Challenges keeps the customers that are asked to confirm and serves their
	// page. Nil for a bank without one, which then approves instead.
	Challenges *Challenges
}

// Bank is one bank at work.
type Bank struct {
	Temper
	Config
	pub     *broker.Publisher
	health  *broker.Publisher
	answers chan outgoing
	delayed sync.WaitGroup
	online  sync.Once
	ready   chan struct{}
}

// outgoing is an answer on its way, with the request it settles.
type outgoing struct {
	results []wire.Result
	settle  func() // nil where there is nothing to acknowledge
}

// HealthInterval is how often a bank gives a sign of life.
const HealthInterval = 2 * time.Second

const (
	inHand = 10_000 // requests a slow bank may hold at a time
	batch  = 256
)

// New makes a bank; Run sets it to work.
func New(t Temper, c Config) *Bank {
	name := "bank " + t.Identifier
	return &Bank{
		Temper: t, Config: c,
		pub:     broker.NewPublisher(c.Dial, name+" results", nil, c.Log),
		health:  broker.NewPublisher(c.Dial, name+" health", nil, c.Log),
		answers: make(chan outgoing, 4*batch),
		ready:   make(chan struct{}),
	}
}

// Ready is closed when the bank consumes for the first time.
func (b *Bank) Ready() <-chan struct{} { return b.ready }

// Run works until ctx ends. Requests whose answer is not out by then stay with
// the broker.
func (b *Bank) Run(ctx context.Context) {
	var parts sync.WaitGroup
	parts.Go(func() { b.publish(ctx) })
	parts.Go(func() { b.announce(ctx) })
	if b.Config.Challenges != nil {
		b.Config.Challenges.join(b)
	}
	broker.Consumer{
		Dial: b.Dial, Name: "bank " + b.Identifier, Prefetch: inHand, Batch: batch, Log: b.Log,
		Declare: broker.Named(broker.BankQueue(b.Identifier), broker.DeclareBank(b.Identifier)),
		Handle:  b.handle,
		Ready:   func() { b.online.Do(func() { close(b.ready) }) },
	}.Run(ctx)
	parts.Wait()
	b.delayed.Wait()
	b.pub.Close()
	b.health.Close()
}

// handle decides on each request. Answers that are due now go out together and
// are settled together; the others wait, unsettled, until their time.
func (b *Bank) handle(ctx context.Context, deliveries []broker.Delivery) {
	for _, d := range deliveries {
		r, err := wire.ReadRequest(d.Body())
		if err != nil {
			b.Log.Warn("a request that cannot be read goes to the dead letters", "bank", b.Identifier, "error", err)
			d.Reject()
			continue
		}
		if r.Type == wire.Reverse {
			b.Log.Debug("reversed", "bank", b.Identifier, "payment", r.Payment)
			d.Ack()
			continue
		}
		b.answer(ctx, r, Decide(b.Seed, b.Temper, r), d.Ack)
	}
}

func (b *Bank) answer(ctx context.Context, r wire.Request, d Decision, settle func()) {
	if d.Silent {
		settle()
		return
	}
	send := func() {
		first := b.word(r, d)
		results := []wire.Result{first}
		if d.Twice {
			second := first
			second.ID += "-again"
			results = append(results, second)
		}
		select {
		case b.answers <- outgoing{results, settle}:
		case <-ctx.Done():
		}
	}
	if d.Delay <= 0 {
		send()
		return
	}
	timer := b.Clock.NewTimer(d.Delay)
	b.delayed.Go(func() { // ends with the session at the latest
		defer timer.Stop()
		select {
		case <-timer.C():
			send()
		case <-ctx.Done():
		}
	})
}

// word turns a decision into a message; a challenge gets its page.
func (b *Bank) word(r wire.Request, d Decision) wire.Result {
	now := b.Clock.Now()
	if d.Outcome == payment.OutcomeChallenge && b.Config.Challenges == nil {
		d.Outcome, d.Rule = payment.OutcomeApproved, d.Rule+" (this bank has no page; approved)"
	}
	result := answer(b.Seed, r, d, now)
	if d.Outcome == payment.OutcomeChallenge {
		result.ChallengeURL = b.Config.Challenges.URL(b.Seed, r)
	}
	return result
}

// publish sends answers, as many at a time as wait, and settles their requests
// when the broker has confirmed them.
func (b *Bank) publish(ctx context.Context) {
	for {
		var waiting []outgoing
		select {
		case <-ctx.Done():
			return
		case first := <-b.answers:
			waiting = append(waiting, first)
		}
		for more := true; more && len(waiting) < batch; {
			select {
			case next := <-b.answers:
				waiting = append(waiting, next)
			default:
				more = false
			}
		}
		b.publishAll(ctx, waiting)
	}
}

func (b *Bank) publishAll(ctx context.Context, waiting []outgoing) {
	var messages []broker.Message
	for _, o := range waiting {
		for _, r := range o.results {
			messages = append(messages, broker.Message{
				Exchange: broker.Results, Key: r.Bank, ID: r.ID, Type: r.Type,
				Correlation: r.RequestID, Mandatory: true, Body: wire.Encode(r), At: r.DecidedAt,
			})
		}
	}
	for ctx.Err() == nil {
		fates, err := b.pub.Publish(ctx, messages)
		if err == nil && !contains(fates, broker.Returned) {
			break
		}
		if ctx.Err() == nil {
			b.Log.Warn("answers wait for the processor's queue", "bank", b.Identifier, "answers", len(messages), "error", err)
			_ = clock.Sleep(ctx, clock.Real{}, 500*time.Millisecond)
		}
	}
	if ctx.Err() != nil {
		return
	}
	for _, o := range waiting {
		if o.settle != nil {
			o.settle()
		}
	}
}

func contains(fates []broker.Fate, f broker.Fate) bool {
	for _, got := range fates {
		if got == f {
			return true
		}
	}
	return false
}

// announce gives signs of life once the bank consumes, and a last one when it
// goes.
func (b *Bank) announce(ctx context.Context) {
	select {
	case <-ctx.Done():
		return
	case <-b.ready:
	}
	tick := time.NewTicker(HealthInterval)
	defer tick.Stop()
	for {
		b.say(ctx, true)
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			b.say(last, false)
			return
		case <-tick.C:
		}
	}
}

func (b *Bank) say(ctx context.Context, online bool) {
	now := b.Clock.Now()
	h := wire.Health{
		Type: wire.HealthType, Bank: b.Identifier, Name: b.Name, Behavior: b.Behavior, Online: online,
		Currencies: b.Currencies, Weight: b.Weight, IntervalSeconds: int(HealthInterval / time.Second), SentAt: now,
	}
	_, err := b.health.Publish(ctx, []broker.Message{{
		Exchange: broker.Health, Key: b.Identifier, ID: b.Identifier + " " + now.Format(time.RFC3339Nano), Type: h.Type, Body: wire.Encode(h), At: now,
		Headers: amqp.Table{"bank": b.Identifier},
	}})
	if err != nil && ctx.Err() == nil {
		b.Log.Debug("a sign of life did not get out", "bank", b.Identifier, "error", err)
	}
}
