package webhook

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"sandbank/clock"
)

// Lease is how long a delivery handed over in memory is left alone by the
// search for due ones.
const Lease = 30 * time.Second

// Store is the durable side of deliveries.
type Store interface {
	// ClaimDeliveries takes a lease on up to limit pending deliveries that are due at now, an instant
	// of simulated time, and not leased already; next is when more will be due (zero for never).
	// Leases run by the store's own clock, which all processors on it share.
	ClaimDeliveries(ctx context.Context, now time.Time, lease time.Duration, limit int) (due []Delivery, next time.Time, err error)
	// Record keeps tries and where they left their deliveries, all or none.
	Record(ctx context.Context, tried []Tried) error
}

// Tried is a try and where it left its delivery.
type Tried struct {
	Attempt
	Status  DeliveryStatus
	NextAt  time.Time // while pending
	Disable string    // why its endpoint is to be disabled, "" for not
	Owner   Endpoint  // whose delivery it is
}

// PerEndpoint is how many tries are under way at once for one endpoint.
const PerEndpoint = 32

const (
	maxWaiting  = 20_000 // deliveries held in memory for one endpoint; more wait in the store
	recordBatch = 256
	claimBatch  = 500
)

// Deliverer tries deliveries. A slow endpoint holds up only its own.
type Deliverer struct {
	store    Store
	send     func(context.Context, Delivery) Attempt
	clock    clock.Simulated // of due times
	computer clock.Computer  // paces the search for it
	luck     func(delivery string, try int) float64
	log      *slog.Logger
	// InOrder reports whether an endpoint is to get one webhook at a time now, in their order. It is
	// set before Run.
	InOrder func() bool
	// Told hears of every try that was recorded, from one goroutine; nil for nobody. It is set before Run.
	Told func(Tried)

	mu       sync.Mutex
	lanes    map[string]*lane
	held     map[string]struct{} // ids from their offer until their try is recorded
	closed   bool
	wake     chan struct{}
	asked    int64     // searches that were asked for
	found    int64     // those of asked that were carried out
	next     time.Time // when the next delivery is due that is not here; zero for never
	happened clock.Tally
	offered  clock.Count // deliveries, from their offer until their try is recorded
	tried    chan Tried
	tries    sync.WaitGroup
	sending  context.Context
	abort    context.CancelFunc
}

// lane is one endpoint's queue.
type lane struct {
	waiting []Delivery
	running int
}

// NewDeliverer makes a deliverer that tries with send, spreads retries with
// luck, and keeps the outcome in the store.
func NewDeliverer(store Store, send func(context.Context, Delivery) Attempt, c clock.Simulated, computer clock.Computer, luck func(delivery string, try int) float64, log *slog.Logger) *Deliverer {
	d := &Deliverer{
		store: store, send: send, clock: c, computer: computer, luck: luck, log: log,
		InOrder: func() bool { return false },
		lanes:   map[string]*lane{}, held: map[string]struct{}{}, wake: make(chan struct{}, 1), tried: make(chan Tried, 4*recordBatch),
	}
	d.sending, d.abort = context.WithCancel(context.Background())
	return d
}

// Offer hands over deliveries whose rows were just committed, or found due. It
// never blocks. A delivery that is here already, because a slow endpoint made
// it wait past its lease, is not taken twice.
func (d *Deliverer) Offer(list []Delivery) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	for _, del := range list {
		if _, here := d.held[del.ID]; here {
			continue
		}
		l := d.lanes[del.Endpoint.ID]
		if l == nil {
			l = &lane{}
			d.lanes[del.Endpoint.ID] = l
		}
		if len(l.waiting) >= maxWaiting {
			continue // the search finds it when its lease has run out
		}
		d.offered.Begin(1)
		l.waiting = append(l.waiting, del)
		d.held[del.ID] = struct{}{}
		if l.running == 0 || l.running < PerEndpoint && !d.InOrder() {
			l.running++
			d.tries.Go(func() { d.drive(del.Endpoint.ID, l) })
		}
	}
}

// drive tries what waits in a lane until nothing does.
func (d *Deliverer) drive(id string, l *lane) {
	for {
		d.mu.Lock()
		if len(l.waiting) == 0 || d.closed {
			if l.running--; l.running == 0 {
				delete(d.lanes, id)
			}
			d.mu.Unlock()
			return
		}
		next := l.waiting[0]
		if l.waiting = l.waiting[1:]; len(l.waiting) == 0 {
			l.waiting = nil
		}
		d.mu.Unlock()
		a := d.Try(d.sending, next)
		if d.sending.Err() != nil && a.Code == 0 {
			return // cut short by the end: not the receiver's fault, and no try
		}
		t := d.judge(next, a)
		if t.Disable != "" {
			d.clear(l)
		}
		d.tried <- t
	}
}

// Try makes one try, now, and keeps nothing of it. It is for messages sent by
// hand; offered deliveries are tried in their turn.
func (d *Deliverer) Try(ctx context.Context, del Delivery) Attempt {
	now := d.clock.Now()
	del.Endpoint = del.Endpoint.At(now)
	a := d.send(ctx, del)
	// It is told in simulated time. The signature has whole seconds, of the computer's time: where both
	// are the same, nothing more is kept.
	signed := a.At
	if a.At = now; signed.Unix() != now.Unix() {
		a.Ahead = now.Sub(signed)
	}
	return a
}

// Changed tells of an endpoint that was changed: waiting deliveries go to its
// present address. Those for a disabled endpoint are forgotten; the store has
// exhausted them.
func (d *Deliverer) Changed(e Endpoint) {
	d.mu.Lock()
	l := d.lanes[e.ID]
	if l != nil && e.Enabled {
		for i := range l.waiting {
			l.waiting[i].Endpoint = e
		}
	}
	d.mu.Unlock()
	if l != nil && !e.Enabled {
		d.clear(l)
	}
}

// clear forgets what waits for an endpoint that is gone: the store exhausts it.
func (d *Deliverer) clear(l *lane) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, del := range l.waiting {
		delete(d.held, del.ID)
	}
	d.offered.End(len(l.waiting))
	l.waiting = nil
}

// release lets deliveries be offered again, and has those looked for that are to be tried again.
func (d *Deliverer) release(tried []Tried) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if slices.ContainsFunc(tried, func(t Tried) bool { return t.Status == DeliveryPending }) {
		d.searchSoon()
	}
	for _, t := range tried {
		delete(d.held, t.Delivery)
	}
	for _, t := range tried {
		d.happened.Add("webhook." + map[bool]string{true: "delivered", false: "refused"}[t.Status == DeliveryDelivered])
	}
	d.offered.End(len(tried))
}

// judge says where a try leaves its delivery: 2xx is delivered, 410 disables
// the endpoint, anything else is tried again as the schedule allows.
func (d *Deliverer) judge(del Delivery, a Attempt) Tried {
	a.Delivery, a.Number = del.ID, del.Tries+1
	t := Tried{Attempt: a, Status: DeliveryDelivered, Owner: del.Endpoint}
	if a.Code >= 200 && a.Code < 300 {
		return t
	}
	if del.Endpoint.gone(a.Code) {
		t.Status, t.Disable = DeliveryExhausted, "the receiver answered 410 Gone"
		return t
	}
	wait, again := del.Endpoint.Wait(a.Number, d.luck(del.ID, a.Number))
	if !again {
		t.Status = DeliveryExhausted
		return t
	}
	t.Status, t.NextAt = DeliveryPending, d.clock.Now().Add(max(wait, a.RetryAfter))
	return t
}

// Run searches for due deliveries and records tries until ctx ends; tries under
// way then get the grace time to finish.
func (d *Deliverer) Run(ctx context.Context, grace time.Duration) {
	var recording sync.WaitGroup
	recording.Go(func() { d.record(context.WithoutCancel(ctx)) })
	d.search(ctx)
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	stop := time.AfterFunc(grace, d.abort)
	d.tries.Wait()
	stop.Stop()
	d.abort()
	close(d.tried)
	recording.Wait()
}

func (d *Deliverer) search(ctx context.Context) {
	for ctx.Err() == nil {
		d.mu.Lock()
		asked := d.asked
		d.mu.Unlock()
		now := d.clock.Now()
		due, next, err := d.store.ClaimDeliveries(ctx, now, Lease, claimBatch)
		if err != nil && ctx.Err() == nil {
			d.log.Warn("due webhooks could not be looked up", "error", err)
		}
		d.Offer(due)
		if len(due) == claimBatch {
			continue
		}
		d.mu.Lock()
		d.found, d.next = asked, next
		d.mu.Unlock()
		d.restUntilDue(ctx, next)
	}
}

// searchInterval bounds, by the computer's clock, how long a due delivery waits that nobody told of.
const searchInterval = 5 * time.Second

// restUntilDue waits until the next delivery is due, zero for never, or one has to be looked for.
func (d *Deliverer) restUntilDue(ctx context.Context, next time.Time) {
	var due <-chan time.Time
	if !next.IsZero() {
		timer := d.clock.NewTimerAt(next)
		defer timer.Stop()
		due = timer.C()
	}
	idle := d.computer.NewTimer(searchInterval)
	defer idle.Stop()
	select {
	case <-ctx.Done():
	case <-idle.C():
	case <-due:
	case <-d.wake:
	}
}

func (d *Deliverer) record(ctx context.Context) {
	for first := range d.tried {
		batch := d.gather(first)
		if err := d.store.Record(ctx, batch); err != nil {
			d.log.Warn("webhook tries could not be recorded; they will be made again", "tries", len(batch), "error", err)
		} else if d.Told != nil {
			for _, t := range batch {
				d.Told(t)
			}
		}
		d.release(batch)
	}
}

// company is how long a try waits to be recorded together with others that are under way.
const company = 10 * time.Millisecond

// gather collects tries that are recorded together. Where no others are under way, it does not wait.
func (d *Deliverer) gather(first Tried) []Tried {
	batch := []Tried{first}
	if d.offered.Open() == 1 {
		return batch
	}
	over := time.NewTimer(company)
	defer over.Stop()
	for len(batch) < recordBatch && d.offered.Open() > int64(len(batch)) {
		select {
		case t, ok := <-d.tried:
			if !ok {
				return batch
			}
			batch = append(batch, t)
		case <-over.C:
			return batch
		}
	}
	return batch
}

// Search has the store asked for due deliveries now. It never blocks.
func (d *Deliverer) Search() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.searchSoon()
}

// searchSoon is Search. The caller holds the lock.
func (d *Deliverer) searchSoon() {
	d.asked++
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Look reports the deliverer's work in hand at the present simulated time.
func (d *Deliverer) Look() clock.Look {
	now := d.clock.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	l := clock.Look{Begun: d.offered.Begun() + d.asked, Next: d.next}
	switch n := d.offered.Open(); {
	case n > 0:
		l.Busy = fmt.Sprintf("%d webhooks are not answered and recorded yet", n)
	case d.asked != d.found || !d.next.IsZero() && !d.next.After(now):
		l.Busy = "webhooks that are due are not found yet"
	}
	return l
}

// Happened counts the tries that were made, by how they ended.
func (d *Deliverer) Happened() map[string]int { return d.happened.All() }
