// Package processor is the use cases of a payment processor, and the store they
// need. It owns the order of things: load, decide with the pure packages below,
// commit everything together, and only then tell anybody. Transports above call
// one method per request; stores and the broker are handed in.
//
//	HTTP, page ──▶ command ─┐                        ┌──▶ outbox ──▶ AMQP
//	bank result ─▶ command ─┼─▶ batch ─▶ one commit ─┼──▶ webhooks
//	time is up ──▶ command ─┘                        └──▶ watchers
package processor

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"sandbank/audit"
	"sandbank/broker"
	"sandbank/broker/wire"
	"sandbank/chance"
	"sandbank/clock"
	"sandbank/clock/turn"
	"sandbank/event"
	"sandbank/identity"
	"sandbank/ledger"
	"sandbank/payment"
	"sandbank/processor/routing"
	"sandbank/telemetry/trace"
	"sandbank/webhook"
)

// Config is what a processor is made of. Every field is required unless it
// says otherwise.
type Config struct {
	Banks    *routing.Directory
	Clients  *identity.Registry
	Clock    clock.Simulated
	Computer clock.Computer // bounds long polls and paces searches
	Chance   *chance.Source
	Address  Address
	Log      *slog.Logger
	Relay    Relay         // takes committed messages to the broker
	Lease    time.Duration // how long Relay may take until others find them in the outbox
	Delivery DeliveryTaker // takes committed webhook deliveries
	Streams  Streams       // takes committed events
	// Publish publishes at once, for what is not in the outbox: replayed letters.
	Publish func(context.Context, []broker.Message) ([]broker.Fate, error)
	// Broker asks the broker what it holds, given what is known without asking; nil for a broker that
	// nobody asks.
	Broker func(context.Context, broker.Picture) (broker.Picture, error)
	// Accepts reports why webhooks cannot go to a URL; nil accepts every one.
	Accepts  func(url string) error
	Fees     ledger.Schedule
	Deadline time.Duration   // how long a bank may take to answer
	Workers  int             // command workers; 0 means 1
	MaxOpen  int             // outbox backlog past which new work is refused; 0 means 20,000
	Transit  time.Duration   // how long a payout takes
	PayoutAt time.Duration   // time of day, UTC, of the daily payouts; negative for none
	Observe  func(Narration) // optional: told of every step after its commit
	Audited  func()          // optional: told after a commit that has audit records
	Rested   func(wire.Rest) // optional: called when a bank is at rest, after its earlier messages
	Keep     Keeping         // how much stays; the zero value lets nothing go
	// Turns has decisions follow one another in one order while a run is to be repeated; nil for not.
	Turns *turn.Table
	// Faults are what goes wrong on purpose; nil for nothing.
	Faults Faults
	// Loopback says that only this machine can ask: customers may be led back to an app by
	// any scheme.
	Loopback bool
	// Dialects tell of payments as other APIs do. ForeignSilence has them say nothing of
	// what this house is silent about.
	Dialects       []Dialect
	ForeignSilence bool
	// SimulateOff refuses every simulation on purpose for a payment.
	SimulateOff bool
	// Hold is how long the answer to a creation waits for the result, where that is
	// asked for; 0 means [HoldAnswer].
	Hold time.Duration
	// Tracer records what banks' messages come to; nil for nothing.
	Tracer *trace.Tracer
}

// Address makes the absolute URLs that resources carry.
type Address interface {
	payment.Address
	// Payout is a payout's URL.
	Payout(id string) string
}

// Relay publishes committed outbox messages.
type Relay interface {
	// Offer hands over a parcel right after its commit. It never blocks: a parcel
	// that it cannot take is found in the outbox later.
	Offer(parcel broker.Parcel)
}

// DeliveryTaker delivers webhooks.
type DeliveryTaker interface {
	// Offer hands over deliveries right after their commit. It never blocks.
	Offer(deliveries []webhook.Delivery)
	// Changed tells of an endpoint that was changed, once that is kept.
	Changed(e webhook.Endpoint)
	// Search has the store asked for due deliveries soon. It never blocks.
	Search()
	// Try makes one try now, outside the schedule, and keeps nothing of it.
	Try(ctx context.Context, d webhook.Delivery) webhook.Attempt
}

// Streams delivers events to listeners.
type Streams interface {
	// Committed hands over events right after their commit. It never blocks.
	Committed(events []event.Event)
}

// Processor carries out the use cases.
type Processor struct {
	config   Config
	store    Store // transports reach it through the reads alone
	batch    *batcher
	hub      hub
	due      sweeper
	old      tidier
	backlog  atomic.Int64
	inFlight sync.Map      // idempotency keys being worked on here
	booked   chan struct{} // entries were committed
	happened clock.Tally
	heard    clock.Count // banks' messages
	applied  clock.Count // those of heard that may change something

	nextPayout time.Time // of the daily ones; the sweeper's own
	holding    holding
	end        context.CancelFunc
	owned      sync.WaitGroup
}

// New makes a processor that works on a store; Start sets it to work.
func New(store Store, c Config) *Processor {
	if c.Workers == 0 {
		c.Workers = 1 // a second one halves the batches, and waits for the same merchants' sequences
	}
	if c.Hold == 0 {
		c.Hold = HoldAnswer
	}
	if c.MaxOpen == 0 {
		c.MaxOpen = 20_000
	}
	p := &Processor{config: c, store: store}
	p.hub.watchers = map[string]map[*watcher]struct{}{}
	p.due.wake = make(chan struct{}, 1)
	p.old.wake = make(chan struct{}, 1)
	p.booked = make(chan struct{}, 1)
	p.batch = newBatcher(store, c.Lease, p.committed)
	p.batch.load, p.batch.prepare = p.loadHolds, func(w *Work) { w.stops = p.stop }
	if c.Faults == nil {
		p.config.Faults = noFaults{}
	}
	return p
}

// Start begins to work on commands and to watch the time. Close ends it.
func (p *Processor) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	p.end = cancel
	p.batch.start(ctx, p.config.Workers)
	p.recallHolds(ctx)
	p.owned.Go(func() { p.sweep(ctx) })
	p.owned.Go(func() { p.seal(ctx) })
	if p.config.Keep.lets() {
		p.owned.Go(func() { p.tidy(ctx) })
	}
}

// Close finishes the batches in hand and stops. It is safe to call twice.
func (p *Processor) Close() {
	if p.end == nil {
		return
	}
	p.end()
	p.batch.workers.Wait()
	p.owned.Wait()
}

// committed tells the waiting parts of a commit.
func (p *Processor) committed(w *Work) {
	if messages := outgoing(w); len(messages) > 0 {
		p.config.Relay.Offer(broker.Parcel{ID: messages[0].ID, Messages: messages})
	}
	if len(w.Deliveries) > 0 {
		list, later := handedOver(w)
		if p.config.Delivery.Offer(list); later {
			p.config.Delivery.Search()
		}
	}
	if len(w.Events) > 0 {
		p.config.Streams.Committed(w.Events)
	}
	if len(w.Entries) > 0 {
		select {
		case p.booked <- struct{}{}:
		default:
		}
	}
	if len(w.Audits) > 0 && p.config.Audited != nil {
		p.config.Audited()
	}
	for _, list := range [][]payment.Payment{w.Created, w.Updated} {
		for _, pay := range list {
			p.hub.committed(pay)
			p.due.hint(pay.WakeAt())
		}
	}
	for _, r := range w.Records {
		p.due.hint(r.DueAt)
		p.learn(r)
	}
	if p.config.Keep.lets() {
		p.old.committed(w, p.config.Keep.step())
	}
	p.count(w)
	if p.config.Observe != nil {
		narrate(w, p.config.Observe)
	}
}

// outgoing lists the messages for the relay. Events go first: a bank that is
// asked before its merchant heard "processing" could make "captured" overtake it.
func outgoing(w *Work) []broker.Message {
	out := make([]broker.Message, 0, len(w.Events)+len(w.Messages))
	for _, e := range w.toAMQP() {
		out = append(out, copies(e)...)
	}
	for _, m := range w.Messages {
		if m.Direction == Out {
			out = append(out, BankMessage(m))
		}
	}
	for i, m := range out {
		out[i].Trace = w.traceOf(m.Correlation)
	}
	return out
}

// EventMessage is an event on its way to the merchant's AMQP queue.
func EventMessage(e event.Event) broker.Message {
	return broker.Message{
		Exchange: broker.Events, Key: e.Type + "." + e.Merchant, ID: e.ID,
		Type: e.Type, Body: e.Body(), At: e.At, Correlation: e.Payment,
	}
}

// BankMessage is a request on its way to its bank.
func BankMessage(m Message) broker.Message {
	return broker.Message{
		Exchange: broker.Requests, Key: m.Bank, ID: m.ID, Type: m.Kind, Body: m.Body, At: m.At,
		Mandatory: true, ReplyTo: m.Bank, Correlation: m.Payment,
	}
}

// ObserveBank takes a bank's sign of life.
func (p *Processor) ObserveBank(h wire.Health) {
	if p.config.Banks.Observe(h, p.now()) {
		state := "offline"
		if h.Online {
			state = "online"
		}
		p.config.Log.Info("bank "+state, "bank", h.Bank, "name", h.Name)
	}
}

// witness adds the audit record of the change to its commit. A record without
// an action is not kept.
func (p *Processor) witness(w *Work, by audit.Record, object, merchant string) {
	if by.Action == "" {
		return
	}
	by.ID, by.Object, by.Merchant, by.Outcome = p.newID("aud", object, string(by.Action), by.Request), object, cmp.Or(by.Merchant, merchant), audit.Allowed
	w.Audits = append(w.Audits, by.Clean())
}

// newID makes the identifier of the thing that of names; see [chance.Source.ID].
func (p *Processor) newID(prefix string, of ...string) string {
	return p.config.Chance.ID(prefix, p.now(), of...)
}

// now is the present simulated time.
func (p *Processor) now() time.Time { return p.config.Clock.Now() }
