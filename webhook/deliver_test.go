package webhook

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sandbank/clock"
	"sandbank/event"
	"sandbank/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shelf is a store in memory that reports recorded tries.
type shelf struct {
	mu       sync.Mutex
	rows     map[string]Delivery
	disabled map[string]string
	away     error
	recorded chan Tried
}

func newShelf() *shelf {
	return &shelf{rows: map[string]Delivery{}, disabled: map[string]string{}, recorded: make(chan Tried, 1000)}
}

func (s *shelf) ClaimDeliveries(_ context.Context, now time.Time, lease time.Duration, limit int) (due []Delivery, next time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, d := range s.rows {
		if d.Status != DeliveryPending {
			continue
		}
		if !d.NextAt.After(now) && len(due) < limit {
			d.NextAt = now.Add(lease)
			s.rows[id] = d
			due = append(due, d)
		}
		if next.IsZero() || d.NextAt.Before(next) {
			next = d.NextAt
		}
	}
	return due, next, s.away
}

func (s *shelf) Record(_ context.Context, tried []Tried) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away != nil {
		return s.away
	}
	for _, t := range tried {
		d := s.rows[t.Delivery]
		d.Status, d.Tries, d.NextAt = t.Status, t.Number, t.NextAt
		s.rows[t.Delivery] = d
		if t.Disable != "" {
			s.disabled[t.Owner.ID] = t.Disable
		}
		s.recorded <- t
	}
	return nil
}

// add keeps n deliveries to an endpoint and returns them as committed.
func (s *shelf) add(e Endpoint, n int) (list []Delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range n {
		d := Delivery{
			ID: fmt.Sprintf("del_%s_%d", e.ID, i), Endpoint: e, Status: DeliveryPending, NextAt: noon.Add(Lease),
			Event: event.Event{ID: fmt.Sprintf("evt_%s_%d", e.ID, i), Type: "payment.captured", At: noon, Data: []byte(`{}`)},
		}
		s.rows[d.ID] = d
		list = append(list, d)
	}
	return list
}

// rig is a deliverer at work.
type rig struct {
	*Deliverer
	shelf *shelf
	clock *clock.Manual
	stop  func()
}

func run(t *testing.T, send func(context.Context, Delivery) Attempt) *rig {
	t.Helper()
	r := &rig{shelf: newShelf(), clock: clock.NewManual(noon)}
	timed := func(ctx context.Context, d Delivery) Attempt {
		at := r.clock.Now()
		a := send(ctx, d)
		a.At = at
		return a
	}
	r.Deliverer = NewDeliverer(r.shelf, timed, r.clock, r.clock, func(string, int) float64 { return 0.5 }, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.Run(ctx, 20*time.Millisecond)
	}()
	r.stop = func() { cancel(); <-done }
	t.Cleanup(r.stop)
	return r
}

// next is the next try that was recorded.
func (r *rig) next(t *testing.T) Tried {
	t.Helper()
	select {
	case got := <-r.shelf.recorded:
		return got
	case <-time.After(5 * time.Minute):
		t.Fatal("nothing was recorded")
		return Tried{}
	}
}

// later moves the clock by d, and then on in small steps, since the search may
// have read the time just before, until the next try is recorded.
func (r *rig) later(t *testing.T, d time.Duration) Tried {
	t.Helper()
	for give := time.Now().Add(5 * time.Minute); time.Now().Before(give); d = 10 * time.Millisecond {
		r.clock.AwaitTimers(1)
		r.clock.Advance(d)
		select {
		case got := <-r.shelf.recorded:
			return got
		default:
			runtime.Gosched()
		}
	}
	t.Fatal("nothing was recorded")
	return Tried{}
}

// pause is how long after its try the next one is due, without the small steps.
func pause(got Tried) time.Duration { return got.NextAt.Sub(got.At).Round(time.Second) }

func answers(codes ...int) func(context.Context, Delivery) Attempt {
	var mu sync.Mutex
	return func(context.Context, Delivery) Attempt {
		mu.Lock()
		defer mu.Unlock()
		code := codes[0]
		if len(codes) > 1 {
			codes = codes[1:]
		}
		return Attempt{Code: code}
	}
}

var shop = Endpoint{ID: "whe_shop", URL: "http://shop.example/", Keys: Keys{Secret: secret.Kept(sharedSecret)}, Enabled: true}

func TestDeliverer_SuccessIsDelivered(t *testing.T) {
	for _, code := range []int{200, 201, 204, 299} {
		r := run(t, answers(code))
		r.Offer(r.shelf.add(shop, 1))
		if got := r.next(t); got.Status != DeliveryDelivered || got.Number != 1 || !got.NextAt.IsZero() || got.Disable != "" {
			t.Errorf("the receiver answered %d: want delivered at the first try, with none to follow, got %+v", code, got)
		}
	}
}

func TestDeliverer_TriesAgainBySchedule(t *testing.T) {
	r := run(t, answers(500, 0, 302, 404, 200))
	r.Offer(r.shelf.add(shop, 1))
	got := r.next(t)
	for i, wait := range []time.Duration{5 * time.Second, time.Minute, 10 * time.Minute, time.Hour} {
		if got.Status != DeliveryPending || got.Number != i+1 || pause(got) != wait {
			t.Fatalf("try %d: %+v, want the next in %s", i+1, got, wait)
		}
		got = r.later(t, wait)
	}
	if got.Status != DeliveryDelivered || got.Number != 5 {
		t.Errorf("the fifth: %+v", got)
	}
}

func TestDeliverer_NotBeforeItsTime(t *testing.T) {
	r := run(t, answers(500, 200))
	r.Offer(r.shelf.add(shop, 1))
	first := r.next(t)
	r.clock.AwaitTimers(1)
	r.clock.Advance(first.NextAt.Sub(r.clock.Now()) - time.Millisecond)
	select {
	case got := <-r.shelf.recorded:
		t.Fatalf("tried a millisecond early: %+v", got)
	default:
	}
	if got := r.later(t, 10*time.Millisecond); got.Status != DeliveryDelivered {
		t.Errorf("at the time of the next try: want delivered, got %+v", got)
	}
}

// A delivery of which nobody told here, such as one of a processor that died, is found by the
// computer's clock, also while simulated time stands still.
func TestDeliverer_SearchesWhileTimeStandsStill(t *testing.T) {
	still, computer, shelf := clock.NewManual(noon), clock.NewManual(noon), newShelf()
	d := NewDeliverer(shelf, answers(200), still, computer, func(string, int) float64 { return 0.5 }, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { d.Run(ctx, time.Second) })
	defer work.Wait()
	defer cancel()
	computer.AwaitTimers(1)
	shelf.add(shop, 1)
	still.Advance(Lease) // before which it would be under its writer's lease
	computer.AwaitTimers(1)
	computer.Advance(searchInterval)
	select {
	case got := <-shelf.recorded:
		if got.Status != DeliveryDelivered {
			t.Errorf("at the next search, while simulated time stands still: want delivered, got %+v", got)
		}
	case <-time.After(5 * time.Minute):
		t.Fatal("nobody looked for it")
	}
}

func TestDeliverer_GivesUpVisibly(t *testing.T) {
	r := run(t, answers(503))
	r.Offer(r.shelf.add(shop, 1))
	got := r.next(t)
	for got.Status == DeliveryPending {
		got = r.later(t, got.NextAt.Sub(r.clock.Now()))
	}
	if got.Status != DeliveryExhausted || got.Number != MaxTries || got.Disable != "" {
		t.Errorf("the last try: %+v", got)
	}
}

func TestDeliverer_RetryAfterDelays(t *testing.T) {
	r := run(t, func(context.Context, Delivery) Attempt { return Attempt{Code: 429, RetryAfter: 90 * time.Second} })
	r.Offer(r.shelf.add(shop, 1))
	if got := r.next(t); pause(got) != 90*time.Second {
		t.Errorf("asked to wait 90 s, the second try is %s away", pause(got))
	}
	if got := r.later(t, 90*time.Second); pause(got) != 90*time.Second {
		t.Errorf("the third try is %s away", pause(got))
	}
	// It never shortens the schedule's own wait.
	if got := r.later(t, 90*time.Second); pause(got) != 10*time.Minute {
		t.Errorf("the fourth try is %s away", pause(got))
	}
}

func TestDeliverer_GoneDisablesAndStops(t *testing.T) {
	first := make(chan struct{})
	var mu sync.Mutex
	sent := 0
	r := run(t, func(context.Context, Delivery) Attempt {
		mu.Lock()
		defer mu.Unlock()
		if sent++; sent == 1 {
			<-first // everything else is offered meanwhile
		}
		return Attempt{Code: 410}
	})
	r.Offer(r.shelf.add(shop, 5*PerEndpoint))
	close(first)
	if got := r.next(t); got.Status != DeliveryExhausted || got.Disable == "" || got.Owner.ID != shop.ID {
		t.Errorf("the receiver answered 410: want the delivery exhausted and %s disabled, got %+v", shop.ID, got)
	}
	r.stop()
	if sent > 2*PerEndpoint {
		t.Errorf("the receiver is gone, and was asked %d times", sent)
	}
}

func TestDeliverer_SlowEndpointHoldsUpNobodyElse(t *testing.T) {
	var slowOnes sync.WaitGroup
	slowOnes.Add(PerEndpoint)
	r := run(t, func(ctx context.Context, d Delivery) Attempt {
		if d.Endpoint.ID == "whe_slow" {
			slowOnes.Done()
			<-ctx.Done()
			return Attempt{Error: "cut"}
		}
		return Attempt{Code: 200}
	})
	r.Offer(r.shelf.add(Endpoint{ID: "whe_slow", Enabled: true}, 10*PerEndpoint))
	slowOnes.Wait() // all of its lane is taken
	r.Offer(r.shelf.add(shop, 100))
	for range 100 {
		if got := r.next(t); got.Owner.ID != shop.ID || got.Status != DeliveryDelivered {
			t.Fatalf("beside a slow endpoint: want a delivery to %s, got %+v", shop.ID, got)
		}
	}
}

// A delivery that waits in memory past its lease is found by the search as well.
// It is still one delivery: the receiver that is slow already is not asked twice.
func TestDeliverer_OfferedTwiceIsTriedOnce(t *testing.T) {
	release := make(chan struct{})
	var mu sync.Mutex
	sent := map[string]int{}
	r := run(t, func(_ context.Context, d Delivery) Attempt {
		mu.Lock()
		sent[d.ID]++
		mu.Unlock()
		<-release
		return Attempt{Code: 200}
	})
	list := r.shelf.add(shop, 3*PerEndpoint)
	r.Offer(list)
	r.Offer(list)
	r.clock.AwaitTimers(1)
	r.clock.Advance(Lease) // now the search finds them all
	r.clock.AwaitTimers(1)
	close(release)
	for range list {
		r.next(t)
	}
	r.stop()
	for id, n := range sent {
		if n != 1 {
			t.Errorf("%s was sent %d times", id, n)
		}
	}
	if len(sent) != len(list) {
		t.Errorf("%d of %d were sent", len(sent), len(list))
	}
}

func TestDeliverer_ShutdownCutsTriesAndCountsNone(t *testing.T) {
	began := make(chan struct{}, 1)
	r := run(t, func(ctx context.Context, _ Delivery) Attempt {
		began <- struct{}{}
		<-ctx.Done()
		return Attempt{Error: ctx.Err().Error()}
	})
	r.Offer(r.shelf.add(shop, 1))
	<-began
	r.stop()
	select {
	case got := <-r.shelf.recorded:
		t.Errorf("a try that was cut short counts: %+v", got)
	default:
	}
	r.Offer(r.shelf.add(shop, 1)) // after the end: it stays in the store
}

func TestDeliverer_ShutdownLetsTriesFinish(t *testing.T) {
	began, finish := make(chan struct{}), make(chan struct{})
	r := run(t, func(context.Context, Delivery) Attempt {
		close(began)
		<-finish
		return Attempt{Code: 200}
	})
	r.Offer(r.shelf.add(shop, 1))
	<-began
	stopped := make(chan struct{})
	go func() { defer close(stopped); r.stop() }()
	close(finish)
	<-stopped
	if got := r.next(t); got.Status != DeliveryDelivered {
		t.Errorf("a try that was under way at the shutdown: want delivered, got %+v", got)
	}
}

// A try that could not be recorded is made again when its lease has expired.
func TestDeliverer_UnrecordedTriesAreMadeAgain(t *testing.T) {
	sent := make(chan string, 10)
	r := run(t, func(_ context.Context, d Delivery) Attempt { sent <- d.Event.ID; return Attempt{Code: 200} })
	r.shelf.mu.Lock()
	r.shelf.away = fmt.Errorf("away")
	r.shelf.mu.Unlock()
	r.Offer(r.shelf.add(shop, 1))
	first := <-sent
	r.clock.AwaitTimers(1)
	r.shelf.mu.Lock()
	r.shelf.away = nil
	r.shelf.mu.Unlock()
	for again := ""; again == ""; {
		r.clock.AwaitTimers(1)
		r.clock.Advance(Lease)
		select {
		case again = <-sent:
		case <-r.shelf.recorded: // the first one got through after all
			return
		}
		if again != first {
			t.Errorf("the second try is of %s, not of %s", again, first)
		}
	}
	if got := r.next(t); got.Status != DeliveryDelivered {
		t.Errorf("a try that could not be recorded, made again: want delivered, got %+v", got)
	}
}
