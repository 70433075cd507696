package bank

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"sandbank/bank/book"
	"sandbank/broker"
	"sandbank/broker/wire"
	"sandbank/clock"
	"sandbank/payment"
	"sandbank/settlement/statement"
	"sandbank/telemetry/trace"
)

// Config is everything a bank needs besides its temperament.
type Config struct {
	Dial  broker.Dialer
	Clock clock.Simulated
	// Steered is Clock where the bank has it follow the processor's; nil for a bank whose clock
	// nobody tells it.
	Steered *clock.Steered
	// AsksTime has the bank ask what time it is before it decides anything: one in another process than
	// the processor, whose clock begins as the computer's.
	AsksTime bool
	// Interval is the time between signs of life, in whole seconds; 0 is [HealthInterval].
	Interval time.Duration
	Seed     uint64
	Log      *slog.Logger
	// Challenges holds the questions to customers who must confirm, and serves
	// their page. A bank with nil has no page, and approves instead of asking.
	Challenges *Challenges
	// Files gets each batch before the broker does, and gets it again if the
	// bank ends in between; after an error it is called again. Nil for a bank
	// that delivers no files.
	Files func(statement.Statement) error
	// Early is called each time the bank finds that no processor has declared the
	// exchanges yet. The bank tries again. It may be nil.
	Early func()
	// Journal keeps the bank's decisions; nil for [Memory].
	Journal Journal
	// Keep is how many settled payments the bank remembers one by one; 0 is [book.Keep].
	Keep int
	// Tracer records what requests come to; nil for nothing.
	Tracer *trace.Tracer
	// Answered is told of each answer once it is decided, with the simulated time since the request; it
	// must not block. Nil tells nobody.
	Answered func(r wire.Request, outcome payment.Outcome, waited time.Duration, at trace.Context)
}

// Bank is one running bank. One goroutine decides and publishes, batch by batch,
// so that each decision can build on the broker's confirms. The page, controls
// and time change the book from other goroutines.
//
//	deliveries ─▶ (delay) ─▶ jobs ─▶ decide ─▶ journal ─▶ publish ─▶ journal ─▶ acknowledge
//	                                    page, control, time ─▶ journal ─┘
type Bank struct {
	Temper
	Config
	pub      *broker.Publisher
	health   *broker.Publisher
	jobs     chan *job     // by address: a job is half a kilobyte, and the room for them would be half a megabyte
	wake     chan struct{} // there is a message to publish
	turned   chan struct{} // a sign of life is to be given at once
	turns    clock.Count   // what such a sign is to tell, until it is out
	agenda   chan struct{} // something falls due earlier than before
	delayed  sync.WaitGroup
	ending   sync.Mutex
	ended    bool
	ready    chan struct{}
	asking   chan struct{} // closed when it was asked what time it is
	timed    chan struct{} // closed when the bank knows
	toldOnce sync.Once
	opened   sync.Once
	openErr  error

	mu      sync.Mutex
	book    *book.Book
	life    context.Context // of Run
	started time.Time
	parked  []job
	held    []job
	nextDue time.Time
	// overruled holds the requests that the bank was told to decide anew.
	overruled map[string]bool
	traces    map[string]trace.Context // of requests whose result is to come, by id

	hand     broker.Hand // requests taken from the broker and not acknowledged
	schedule schedule    // requests and customers' choices that wait for a moment
	wakeAt   time.Time   // when keepTime acts next; zero before it begins

	tasks   clock.Count // deliveries, until their answer is published
	wakes   clock.Count // signals that there is a message to publish
	agendas clock.Count // signals that something falls due earlier

	asked string // the last that the bank was asked for when it is at rest

	commands int  // number of commands that came over HTTP
	signs    int  // number of signs of life sent
	told     bool // whether the last one said that the bank is online
}

const (
	inHand = 10_000 // most requests that a slow bank holds at a time
	batch  = 256
)

// New makes a bank; Run starts it.
func New(t Temper, c Config) *Bank {
	if c.Journal == nil {
		c.Journal = &Memory{}
	}
	c.Interval = cmp.Or(c.Interval, HealthInterval)
	name := "bank " + t.Identifier
	b := &Bank{
		Temper: t, Config: c,
		pub:    broker.NewPublisher(c.Dial, name+" results", nil, c.Log),
		health: broker.NewPublisher(c.Dial, name+" health", nil, c.Log),
		jobs:   make(chan *job, 4*batch),
		wake:   make(chan struct{}, 1), turned: make(chan struct{}, 1), agenda: make(chan struct{}, 1),
		asking: make(chan struct{}), timed: make(chan struct{}),
		ready: make(chan struct{}), life: context.Background(), overruled: map[string]bool{},
	}
	b.pub.Tracer, b.health.Most = c.Tracer, 1 // a sign of life at a time
	rules := t.rules()
	rules.Chosen, rules.EndOf, rules.Authorizations = b.chosen, endOf, c.Keep
	b.book = book.New(rules)
	return b
}

// Ready is closed when the bank consumes for the first time.
func (b *Bank) Ready() <-chan struct{} { return b.ready }

// Open reads the journal. Run does it as well, but cannot report an error.
func (b *Bank) Open(ctx context.Context) error {
	b.opened.Do(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.openErr = b.Journal.Replay(ctx, func(r book.Record) error {
			b.book.Apply(r)
			return nil
		})
		if b.openErr != nil {
			b.openErr = fmt.Errorf("bank %s: read the journal: %w", b.Identifier, b.openErr)
		}
		b.started = b.Clock.Now()
	})
	return b.openErr
}

// Run works until ctx ends. Requests whose answer is not published by then stay
// at the broker.
func (b *Bank) Run(ctx context.Context) {
	if err := b.Open(ctx); err != nil {
		b.Log.Error("the bank does not begin", "error", err)
		return
	}
	b.mu.Lock()
	b.life = ctx
	b.mu.Unlock()
	var parts sync.WaitGroup
	parts.Go(func() { b.announce(ctx) })
	parts.Go(func() {
		b.awaitTime(ctx)
		parts.Go(func() { b.work(ctx) })
		b.keepTime(ctx)
	})
	if b.Config.Challenges != nil {
		b.Config.Challenges.join(b)
	}
	broker.Consumer{
		Dial: b.Dial, Name: "bank " + b.Identifier, Prefetch: inHand, Batch: batch, Log: b.Log,
		Declare: broker.Named(broker.BankQueue(b.Identifier), broker.DeclareBank(b.Identifier)),
		Handle:  b.handle,
		Ready: func() {
			select {
			case <-b.ready: // after a time without a connection it may count as offline
				b.turn()
			default:
				close(b.ready)
			}
		},
		Awaits: b.early,
	}.Run(ctx)
	parts.Wait()
	b.ending.Lock()
	b.ended = true
	b.ending.Unlock()
	b.delayed.Wait()
	b.pub.Close()
	b.health.Close()
}

// early reports whether a session ended because no processor has been there yet.
func (b *Bank) early(err error) bool {
	if !errors.Is(err, broker.ErrNoProcessor) {
		return false
	}
	if b.Early != nil {
		b.Early()
	}
	return true
}

// spawn runs a function that waits for a time. It does nothing once the bank has
// ended.
func (b *Bank) spawn(f func()) {
	b.ending.Lock()
	defer b.ending.Unlock()
	if !b.ended {
		b.delayed.Go(f)
	}
}

// temper returns the bank's present behavior. The caller holds the lock.
func (b *Bank) temper() Temper { return b.Temper.Under(b.book.Control) }

// away reports whether the bank takes no requests now. The caller holds the
// lock.
func (b *Bank) away() bool {
	now := b.Clock.Now()
	out, _ := b.out(b.started, now)
	return out || b.book.Offline(now)
}

// Online reports whether the bank takes requests now, as its next sign of life says.
func (b *Bank) Online() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.away()
}

// write appends records to the journal, however long that takes. The book has
// them already, and nothing may be published that a restart would not know. It
// returns false if the bank ends first. The caller holds the lock, so that the
// journal has the order of the book.
func (b *Bank) write(records []book.Record) bool {
	for len(records) > 0 {
		err := b.Journal.Append(b.life, records)
		if err == nil {
			break
		}
		if b.life.Err() != nil {
			return false
		}
		b.Log.Error("the journal cannot be written; the bank waits", "bank", b.Identifier, "error", err)
		_ = clock.Pause(b.life, 500*time.Millisecond)
	}
	if due, ok := b.book.Due(); ok && (b.nextDue.IsZero() || due.Before(b.nextDue)) {
		b.nextDue = due
		b.agendas.Begin(1)
		signal(b.agenda)
	}
	return true
}

// turn has the bank give a sign of life at once.
func (b *Bank) turn() {
	b.turns.Begin(1)
	signal(b.turned)
}

// turnIfNew does so if the last one said otherwise.
func (b *Bank) turnIfNew() {
	b.mu.Lock()
	news := b.away() == b.told
	b.mu.Unlock()
	if news {
		b.turn()
	}
}

// rouse says that there is a message to publish.
func (b *Bank) rouse() {
	b.wakes.Begin(1)
	signal(b.wake)
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
