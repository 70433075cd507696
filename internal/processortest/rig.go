// Package processortest is a processor to test against: a real one on a store in
// memory, with a clock that stands still and with its messages caught where they
// would leave. Every rig checks all invariants at the end of its test.
package processortest

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"sandbank/broker"
	"sandbank/broker/wire"
	"sandbank/chance"
	"sandbank/clock"
	"sandbank/event/feed"
	"sandbank/identity"
	"sandbank/ledger"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/processor/invariant"
	"sandbank/processor/routing"
	"sandbank/store/sqlite"
	"sandbank/web/contract/check"
	"sandbank/webhook"
)

// Start is when a rig's clock begins.
var Start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// Deadline is how long a rig's banks may take.
const Deadline = 30 * time.Second

// Base is the public address in a rig's links.
const Base = "http://127.0.0.1:8080"

// Rig is a processor at work, with the parts that a test reaches into.
type Rig struct {
	*processor.Processor
	T     testing.TB
	Disk  *sqlite.Store
	Clock *clock.Manual // simulated time
	// Computer is the computer's time: it paces searches and bounds long polls.
	Computer *clock.Manual
	Tokens   identity.Checkout
	Config   processor.Config // what the processor was made of
	Log      *Log
	Feed     *feed.Feed // of committed events
	ended    bool

	mu         sync.Mutex
	messages   []broker.Message
	deliveries []webhook.Delivery
	changed    []webhook.Endpoint
	searches   int
	tried      []webhook.Delivery
}

// New starts a processor, which ends with the test. Configure, if not nil, may
// change how it is made.
func New(t testing.TB, configure func(*processor.Config)) *Rig {
	t.Helper()
	return NewOver(t, nil, configure)
}

// NewOver is New with something between the processor and its store, if it is
// not nil.
func NewOver(t testing.TB, over func(processor.Store) processor.Store, configure func(*processor.Config)) *Rig {
	t.Helper()
	disk, err := sqlite.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	r := &Rig{
		T: t, Disk: disk, Clock: clock.NewManual(Start), Computer: clock.NewManual(Start), Log: &Log{},
		Tokens: identity.NewCheckout([]byte("a key of a checkout, of 32 bytes")),
	}
	r.Feed = feed.New(disk, slog.New(slog.NewTextHandler(r.Log, nil)))
	banks := routing.NewDirectory(1, r.Computer)
	config := processor.Config{
		Banks: banks, Clients: identity.NewRegistry(identity.DemoShop, identity.OtherShop), Clock: r.Clock, Computer: r.Computer,
		Chance: chance.Crypto(), Address: address{r.Tokens, banks}, Log: slog.New(slog.NewTextHandler(r.Log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Relay: relay{r}, Lease: time.Hour, Delivery: taker{r}, Streams: r.Feed, Fees: ledger.StandardSchedule, PayoutAt: -1, Deadline: Deadline,
	}
	if configure != nil {
		configure(&config)
	}
	r.Config = config
	store := processor.Store(disk)
	if over != nil {
		store = over(store)
	}
	r.Processor = processor.New(store, config)
	for _, bic := range []string{"SANDNL2A", "SLOWDE2A"} {
		r.ObserveBank(Health(bic))
	}
	r.Start()
	t.Cleanup(r.End)
	return r
}

// Health is the sign of life of a bank that takes euros and yen.
func Health(bic string) wire.Health {
	return wire.Health{
		Type: wire.HealthType, Bank: bic, Name: "Bank " + bic, Online: true, Currencies: []money.Currency{"EUR", "JPY"},
		Weight: 1, IntervalSeconds: 3600, SentAt: Start,
	}
}

// End stops the processor and checks every invariant. It may be called early.
func (r *Rig) End() {
	if r.ended {
		return
	}
	r.ended = true
	r.Close()
	r.Feed.Close()
	report, err := invariant.Check(context.Background(), r.Disk, r.Clock.Now(), time.Hour)
	if err != nil {
		r.T.Error(err)
	} else {
		for _, v := range report.Violations {
			r.T.Errorf("invariant: %s", v)
		}
	}
	if err := r.Disk.Close(); err != nil {
		r.T.Error(err)
	}
}

type relay struct{ r *Rig }

func (t relay) Offer(p broker.Parcel) {
	t.r.mu.Lock()
	defer t.r.mu.Unlock()
	t.r.messages = append(t.r.messages, p.Messages...)
	for _, m := range p.Messages {
		if err := check.CheckPublished(m.Exchange, m.Type, m.Body); err != nil {
			t.r.T.Errorf("published to %s: %v", m.Exchange, err)
		}
	}
}

type taker struct{ r *Rig }

func (t taker) Offer(list []webhook.Delivery) {
	t.r.mu.Lock()
	defer t.r.mu.Unlock()
	t.r.deliveries = append(t.r.deliveries, list...)
}

// Changed implements [processor.DeliveryTaker].
func (t taker) Changed(e webhook.Endpoint) {
	t.r.mu.Lock()
	defer t.r.mu.Unlock()
	t.r.changed = append(t.r.changed, e)
}

// Search implements [processor.DeliveryTaker].
func (t taker) Search() {
	t.r.mu.Lock()
	defer t.r.mu.Unlock()
	t.r.searches++
}

// Try implements [processor.DeliveryTaker]: the receiver takes everything.
func (t taker) Try(_ context.Context, d webhook.Delivery) webhook.Attempt {
	t.r.mu.Lock()
	defer t.r.mu.Unlock()
	t.r.tried = append(t.r.tried, d)
	return webhook.Attempt{
		At: t.r.Clock.Now(), Took: time.Millisecond, Code: 204, Headers: "Date: today\n",
		Request: webhook.Request{URL: d.Endpoint.URL, Signature: "v1,x", Body: webhook.BodyEdited, Edited: string(d.Edited)},
	}
}

// Tried are the deliveries that were tried by hand so far.
func (r *Rig) Tried() []webhook.Delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]webhook.Delivery(nil), r.tried...)
}

// Searches is how often the store was to be asked for due deliveries.
func (r *Rig) Searches() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.searches
}

// Messages are all that left for the broker so far.
func (r *Rig) Messages() []broker.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]broker.Message(nil), r.messages...)
}

// Deliveries are all webhooks that left so far.
func (r *Rig) Deliveries() []webhook.Delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]webhook.Delivery(nil), r.deliveries...)
}

type address struct {
	tokens identity.Checkout
	banks  *routing.Directory
}

func (address) Payment(id string) string     { return Base + "/v1/payments/" + id }
func (a address) Checkout(id string) string  { return Base + "/pay/" + a.tokens.Token(id) }
func (address) Payout(id string) string      { return Base + "/v1/payouts/" + id }
func (a address) BankName(bic string) string { return a.banks.Name(bic) }

var _ payment.Address = address{}

// Log keeps everything that was logged, for tests that search it.
type Log struct {
	mu   sync.Mutex
	text []byte
}

// Write implements io.Writer.
func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, b...)
	return len(b), nil
}

// String is the log so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}
