package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/broker"
	"sandbank/broker/outbox"
	"sandbank/internal/bustest"
)

const bic = "SANDNL2A"

// shelf is an outbox in memory. Rows are claimed only while free is set.
type shelf struct {
	mu        sync.Mutex
	rows      map[string][]broker.Message // by parcel
	order     []string
	free      bool
	postponed map[string]string
	away      error
	claims    chan struct{}
}

func newShelf() *shelf {
	return &shelf{rows: map[string][]broker.Message{}, postponed: map[string]string{}, claims: make(chan struct{}, 1000)}
}

// put stores a parcel and returns it, as a commit does.
func (s *shelf) put(list ...broker.Message) broker.Parcel {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows[list[0].ID] = list
	s.order = append(s.order, list[0].ID)
	return broker.Parcel{ID: list[0].ID, Messages: list}
}

func (s *shelf) Claim(_ context.Context, _ time.Duration, limit int) (found []broker.Parcel, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.claims <- struct{}{} }()
	if !s.free || s.away != nil {
		return nil, s.away
	}
	s.free = false // leased
	for _, id := range s.order {
		if list, ok := s.rows[id]; ok && len(found) < limit {
			found = append(found, broker.Parcel{ID: id, Messages: list})
		}
	}
	return found, nil
}

func (s *shelf) Published(_ context.Context, ids []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away != nil {
		return s.away
	}
	for _, id := range ids {
		delete(s.rows, id)
	}
	return nil
}

func (s *shelf) Postpone(_ context.Context, parcel string, _ time.Duration, ids []string, note string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows[parcel] = slices.DeleteFunc(slices.Clone(s.rows[parcel]), func(m broker.Message) bool { return !slices.Contains(ids, m.ID) })
	for _, id := range ids {
		s.postponed[id] = note
	}
	return s.away
}

// left counts the messages that are still to leave.
func (s *shelf) left() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, list := range s.rows {
		n += len(list)
	}
	return n
}

func (s *shelf) note(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.postponed[id]
}

func declared(ch *amqp.Channel) error {
	if err := broker.DeclareProcessor(ch); err != nil {
		return err
	}
	return broker.DeclareBank(bic)(ch)
}

func numbered(from, n int) (list []broker.Message) {
	for i := range n {
		id := fmt.Sprintf("m%05d", from+i)
		list = append(list, broker.Message{Exchange: broker.Requests, Key: bic, ID: id, Mandatory: true, Body: []byte(id)})
	}
	return list
}

// run sets a relay to work; stop ends it and waits.
func run(t *testing.T, s outbox.Store, p outbox.Publisher) (r *outbox.Relay, stop func()) {
	t.Helper()
	r = outbox.New(s, p, bustest.Silent)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); r.Run(ctx) }()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(stop)
	return r, stop
}

// arrivals are the ids on the bank's queue, as they come.
func arrivals(t *testing.T, b *bustest.Bus) <-chan amqp.Delivery {
	t.Helper()
	ch := b.Channel()
	if err := declared(ch); err != nil {
		t.Fatal(err)
	}
	list, err := ch.Consume(broker.BankQueue(bic), "", true, false, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestRelay_PublishesInOrderAndRemoves(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		s, arrived := newShelf(), arrivals(t, b)
		r, stop := run(t, s, b.Publisher(declared))
		const n = 1500 // three batches
		for from := 0; from < n; from += 100 {
			r.Offer(s.put(numbered(from, 100)...))
		}
		for i := range n {
			if d := <-arrived; d.MessageId != numbered(i, 1)[0].ID {
				t.Fatalf("at %d: %s", i, d.MessageId)
			}
		}
		b.Await("an empty outbox", func() bool { return s.left() == 0 })
		stop()
	})
}

func TestRelay_KeepsWhatNoQueueTakes(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		s, arrived := newShelf(), arrivals(t, b)
		r, _ := run(t, s, b.Publisher(declared))
		list := numbered(0, 3)
		list[1].Key = "NOPENL2A"
		r.Offer(s.put(list...))
		<-arrived
		<-arrived
		b.Await("the note", func() bool { return s.note("m00001") != "" && s.left() == 1 })
	})
}

func TestRelay_TakesOverWhatWasLeftBehind(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		s, arrived := newShelf(), arrivals(t, b)
		s.put(numbered(0, 20)...)
		s.free = true
		run(t, s, b.Publisher(declared))
		for i := range 20 {
			if d := <-arrived; d.MessageId != numbered(i, 1)[0].ID {
				t.Fatalf("at %d: %s", i, d.MessageId)
			}
		}
		b.Await("an empty outbox", func() bool { return s.left() == 0 })
	})
}

// Connections drop while the relay is at work: everything arrives at least once,
// and the outbox is empty in the end.
func TestRelay_LosesNothingOverDroppedConnections(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		s := newShelf()
		p := b.Publisher(declared)
		if err := p.Connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		r, stop := run(t, s, p)
		n := 0
		for range 3 {
			dropped := make(chan struct{})
			go func() { defer close(dropped); b.Drop() }()
			for over := false; !over; {
				if s.left() < 2000 {
					r.Offer(s.put(numbered(n, 50)...))
					n += 50
				}
				select {
				case <-dropped:
					over = true
				case <-time.After(time.Millisecond): // the pace of the load
				}
			}
		}
		b.Await("an empty outbox", func() bool { return s.left() == 0 })
		stop()
		missing := map[string]bool{}
		for _, m := range numbered(0, n) {
			missing[m.ID] = true
		}
		arrived := arrivals(t, b)
		for give := time.After(5 * time.Minute); len(missing) > 0; {
			select {
			case d := <-arrived:
				delete(missing, d.MessageId)
			case <-give:
				t.Fatalf("%d of %d were removed from the outbox and did not arrive", len(missing), n)
			}
		}
	})
}

func TestRelay_WaitsOutAnAlarm(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		s, arrived := newShelf(), arrivals(t, b)
		r, _ := run(t, s, b.Publisher(declared))
		r.Offer(s.put(numbered(0, 1)...))
		<-arrived
		b.Await("an empty outbox", func() bool { return s.left() == 0 })
		b.Block(true)
		end := sync.OnceFunc(func() { b.Block(false) })
		defer end()
		r.Offer(s.put(numbered(1, 30)...))
		<-time.After(200 * time.Millisecond) // that nothing happens has no signal
		if s.left() != 30 {                  // a broker may take one more before it stops reading
			t.Errorf("%d in the outbox", s.left())
		}
		end()
		for i := range 30 {
			if d := <-arrived; d.MessageId != numbered(i+1, 1)[0].ID {
				t.Fatalf("at %d: %s", i, d.MessageId)
			}
		}
		b.Await("an empty outbox", func() bool { return s.left() == 0 })
	})
}

// press is a publisher with fates on order.
type press struct {
	mu    sync.Mutex
	calls [][]string
	do    func(call int, list []broker.Message) ([]broker.Fate, error)
}

func (p *press) Publish(_ context.Context, list []broker.Message) ([]broker.Fate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var ids []string
	for _, m := range list {
		ids = append(ids, m.ID)
	}
	p.calls = append(p.calls, ids)
	return p.do(len(p.calls), list)
}

func all(list []broker.Message, f broker.Fate) []broker.Fate {
	return slices.Repeat([]broker.Fate{f}, len(list))
}

// Of a batch that broke off, only messages without a known fate are published
// again, in their order and before later ones.
func TestRelay_RepeatsOnlyTheUnknown(t *testing.T) {
	s := newShelf()
	finished := make(chan struct{})
	var r *outbox.Relay
	p := &press{}
	p.do = func(call int, list []broker.Message) ([]broker.Fate, error) {
		switch call {
		case 1:
			r.Offer(s.put(numbered(100, 1)...)) // meanwhile
			return []broker.Fate{broker.Confirmed, broker.Unknown, broker.Returned, broker.Unknown}, errors.New("broken off")
		case 2:
			close(finished)
		}
		return all(list, broker.Confirmed), nil
	}
	r = outbox.New(s, p, bustest.Silent)
	r.Offer(s.put(numbered(0, 4)...))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); r.Run(ctx) }()
	<-finished
	cancel()
	<-done
	if want := []string{"m00001", "m00003", "m00100"}; !slices.Equal(p.calls[1], want) {
		t.Errorf("the second call: %v, want %v", p.calls[1], want)
	}
	if s.left() != 1 || s.note("m00002") == "" {
		t.Errorf("%d left, %v", s.left(), s.postponed)
	}
}

func TestRelay_RefusedIsUnknown(t *testing.T) {
	s := newShelf()
	finished := make(chan struct{})
	p := &press{do: func(call int, list []broker.Message) ([]broker.Fate, error) {
		if call == 1 {
			return nil, errors.New("no connection") // not even fates
		}
		close(finished)
		return all(list, broker.Confirmed), nil
	}}
	r, stop := run(t, s, p)
	r.Offer(s.put(numbered(0, 2)...))
	<-finished
	stop()
	if s.left() != 0 {
		t.Errorf("%d left", s.left())
	}
}

// An event that a listener's full queue refused is not published again: the
// others have it, and later messages are not held up.
func TestRelay_DropsWhatAListenerRefuses(t *testing.T) {
	s := newShelf()
	calls := make(chan []broker.Message, 10)
	p := &press{do: func(_ int, list []broker.Message) ([]broker.Fate, error) {
		calls <- list
		return []broker.Fate{broker.Confirmed, broker.Refused, broker.Confirmed}[:len(list)], nil
	}}
	r, stop := run(t, s, p)
	r.Offer(s.put(numbered(0, 3)...))
	<-calls
	r.Offer(s.put(numbered(3, 1)...))
	if again := <-calls; len(again) != 1 || again[0].ID != "m00003" {
		t.Errorf("published then: %v", again)
	}
	stop()
	if s.left() != 0 {
		t.Errorf("%d left", s.left())
	}
}

// A store that is away costs a copy, no message and no hang.
func TestRelay_StoreAway(t *testing.T) {
	s := newShelf()
	s.away = errors.New("away")
	published := make(chan struct{}, 10)
	r, stop := run(t, s, &press{do: func(_ int, list []broker.Message) ([]broker.Fate, error) {
		published <- struct{}{}
		return all(list, broker.Confirmed), nil
	}})
	<-s.claims
	r.Offer(s.put(numbered(0, 2)...))
	<-published
	stop()
	if s.left() != 2 {
		t.Errorf("%d left", s.left())
	}
	s.away, s.free = nil, true
	_, stop = run(t, s, &press{do: func(_ int, list []broker.Message) ([]broker.Fate, error) {
		published <- struct{}{}
		return all(list, broker.Confirmed), nil
	}})
	<-published
	stop()
	if s.left() != 0 {
		t.Errorf("%d left", s.left())
	}
}

// Offered and unpublished messages stay in the store when the relay ends.
func TestRelay_EndsAtOnce(t *testing.T) {
	s := newShelf()
	ctx, cancel := context.WithCancel(context.Background())
	p := &press{do: func(_ int, list []broker.Message) ([]broker.Fate, error) {
		cancel()
		return make([]broker.Fate, len(list)), context.Canceled
	}}
	r := outbox.New(s, p, bustest.Silent)
	r.Offer(broker.Parcel{})
	r.Offer(s.put(numbered(0, 2000)...))
	r.Run(ctx)
	if s.left() != 2000 || len(p.calls) != 1 || len(p.calls[0]) != 512 {
		t.Errorf("%d left after %d calls", s.left(), len(p.calls))
	}
}
