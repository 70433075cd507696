package broker_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/broker"
	"sandbank/internal/bustest"
)

// reader consumes the bank's queue with a handler of the test's.
type reader struct {
	ready, lost chan struct{}
	stop        func()
}

func consume(t *testing.T, b *bustest.Bus, batch int, handle func(context.Context, []broker.Delivery)) *reader {
	t.Helper()
	r := &reader{ready: make(chan struct{}, 100), lost: make(chan struct{}, 1000)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		broker.Consumer{
			Dial: b.Dial, Name: "test consumer", Prefetch: 1000, Batch: batch, Log: bustest.Silent,
			Declare: broker.Named(broker.BankQueue(bic), declared), Handle: handle,
			Ready: func() { r.ready <- struct{}{} }, Lost: func(error) { r.lost <- struct{}{} },
		}.Run(ctx)
	}()
	r.stop = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(r.stop)
	<-r.ready
	return r
}

func id(d broker.Delivery) string { id, _, _, _, _ := d.Info(); return id }

func TestConsumer_HandsOverBatchesInOrder(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		const n, batch = 600, 64
		publish(t, b.Publisher(declared), numbered(0, n)...)
		got, largest := make(chan string, n+1), 0
		r := consume(t, b, batch, func(_ context.Context, list []broker.Delivery) {
			largest = max(largest, len(list))
			for _, d := range list {
				got <- id(d)
			}
			list[len(list)-1].AckAll()
		})
		for i := range n {
			if want := numbered(i, 1)[0].ID; <-got != want {
				t.Fatalf("out of order at %d", i)
			}
		}
		r.stop()
		if largest > batch || largest < 2 {
			t.Errorf("the largest batch had %d", largest)
		}
	})
}

func TestConsumer_RejectedGoToTheDeadLetters(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		publish(t, b.Publisher(declared), numbered(0, 4)...)
		var handled sync.WaitGroup
		handled.Add(4)
		r := consume(t, b, 10, func(_ context.Context, list []broker.Delivery) {
			for _, d := range list {
				if id(d) == "m00002" {
					d.Reject()
				} else {
					d.Ack()
				}
				handled.Done()
			}
		})
		handled.Wait()
		b.Await("the dead letter", func() bool { return b.Depth(broker.DeadLetters) == 1 })
		r.stop()
		d, ok, err := b.Channel().Get(broker.DeadLetters, true)
		if err != nil || !ok || d.MessageId != "m00002" || string(d.Body) != "m00002" || d.Headers["x-death"] == nil {
			t.Errorf("rejected m00002: want it at the dead letters with x-death, got %+v, %v", d, err)
		}
		if n := b.Depth(broker.BankQueue(bic)); n != 0 {
			t.Errorf("%d left on the queue", n)
		}
	})
}

// A message that is redelivered again and again ends among the dead letters
// after the topology's own limit, and not the broker's default.
func TestTopology_BoundsDeliveries(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		publish(t, b.Publisher(declared), toBank("poison"))
		ch := b.Channel()
		list, err := ch.Consume(broker.BankQueue(bic), "", false, false, false, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		dead, err := b.Channel().Consume(broker.DeadLetters, "", true, false, false, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		for times := 1; ; times++ {
			select {
			case d := <-list:
				if times > broker.DeliveryLimit+5 {
					t.Fatalf("delivered %d times", times)
				}
				_ = d.Reject(true) // RabbitMQ 4 does not count a nack
			case d := <-dead:
				if times-1 < broker.DeliveryLimit || d.MessageId != "poison" {
					t.Errorf("%s after %d deliveries", d.MessageId, times-1)
				}
				return
			}
		}
	})
}

// Declaring again is harmless, and a queue with other arguments is reported,
// not used.
func TestTopology_DeclaresTheSameEachTime(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		ch := b.Channel()
		for range 3 {
			if err := declared(ch); err != nil {
				t.Fatal(err)
			}
		}
		other := b.Channel()
		if _, err := other.QueueDeclare(broker.BankQueue("SLOWDE2A"), true, false, false, false, amqp.Table{amqp.QueueTypeArg: amqp.QueueTypeQuorum}); err != nil {
			t.Fatal(err)
		}
		if err := broker.DeclareBank("SLOWDE2A")(b.Channel()); err == nil {
			t.Error("a queue without a delivery limit was taken for the bank's")
		}
	})
}

// An acknowledgement from before a reconnect acknowledges nothing after it: a tag of
// the old session names another message in the new one.
func TestConsumer_OldAcknowledgementsDoNothing(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		publish(t, b.Publisher(declared), numbered(0, 3)...)
		sessions := make(chan []broker.Delivery, 10)
		r := consume(t, b, 3, func(ctx context.Context, list []broker.Delivery) {
			sessions <- list
			<-ctx.Done() // hold them until the session ends
		})
		first := <-sessions
		b.Drop()
		<-r.ready
		<-sessions
		for _, d := range first {
			d.Ack()
			d.AckAll()
			d.Reject()
		}
		b.Drop()
		<-r.ready
		<-sessions // they are still there, and all of them:
		r.stop()
		b.Await("all three on the queue", func() bool { return b.Depth(broker.BankQueue(bic)) == 3 })
		if n := b.Depth(broker.DeadLetters); n != 0 {
			t.Errorf("%d dead letters", n)
		}
	})
}

// A consumer whose queue is deleted declares it again.
func TestConsumer_DeclaresADeletedQueueAgain(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		got := make(chan string, 10)
		r := consume(t, b, 10, func(_ context.Context, list []broker.Delivery) {
			for _, d := range list {
				got <- id(d)
				d.Ack()
			}
		})
		if _, err := b.Channel().QueueDelete(broker.BankQueue(bic), false, false, false); err != nil {
			t.Fatal(err)
		}
		<-r.lost
		<-r.ready
		publish(t, b.Publisher(declared), toBank("after"))
		if name := <-got; name != "after" {
			t.Errorf("got %s", name)
		}
	})
}

// Connections drop while a queue is worked off: every message is handled at
// least once, and none is left.
func TestConsumer_WorksThroughDroppedConnections(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		const n = 400
		publish(t, b.Publisher(declared), numbered(0, n)...)
		var mu sync.Mutex
		seen := map[string]bool{}
		drops := 0
		consume(t, b, 16, func(_ context.Context, list []broker.Delivery) {
			mu.Lock()
			for _, d := range list {
				seen[id(d)] = true
			}
			many := len(seen)
			mu.Unlock()
			if drops < 5 && many > drops*n/6 {
				drops++
				b.Drop() // between the work and its acknowledgement
			}
			list[len(list)-1].AckAll()
		})
		b.Await("all of them", func() bool { mu.Lock(); defer mu.Unlock(); return len(seen) == n })
		b.Await("the queue to be empty", func() bool { return b.Depth(broker.BankQueue(bic)) == 0 })
	})
}

func TestConsumer_OwnQueueHearsTheFanout(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		got, ready := make(chan string, 10), make(chan struct{}, 2)
		ctx, cancel := context.WithCancel(context.Background())
		var all sync.WaitGroup
		for range 2 { // each has a queue of its own
			all.Go(func() {
				broker.Consumer{
					Dial: b.Dial, Name: "test health", Prefetch: 8, Batch: 8, Log: bustest.Silent, Declare: broker.Own(broker.Health, broker.Everything),
					Handle: func(_ context.Context, list []broker.Delivery) {
						for _, d := range list {
							got <- id(d)
							d.Ack()
						}
					},
					Ready: func() { ready <- struct{}{} },
				}.Run(ctx)
			})
			<-ready
		}
		publish(t, b.Publisher(declared), broker.Message{Exchange: broker.Health, ID: "alive", Body: []byte("{}")})
		if names := []string{<-got, <-got}; !slices.Equal(names, []string{"alive", "alive"}) {
			t.Errorf("heard %v", names)
		}
		cancel()
		all.Wait()
	})
}

// A request to drain that meets the end of a session is answered at once: what was in hand goes to somebody else, or comes again.
func TestConsumer_SaysThatItCouldNotDrain(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		drains, ready, begun := make(chan chan<- error), make(chan struct{}, 10), make(chan struct{}, 10)
		ctx, cancel := context.WithCancel(context.Background())
		var running sync.WaitGroup
		running.Go(func() {
			broker.Consumer{
				Dial: b.Dial, Name: "test consumer", Prefetch: 10, Batch: 1, Log: bustest.Silent, Drains: drains,
				Declare: broker.Named(broker.BankQueue(bic), declared), Ready: func() { ready <- struct{}{} },
				Handle: func(ctx context.Context, _ []broker.Delivery) { begun <- struct{}{}; <-ctx.Done() },
			}.Run(ctx)
		})
		t.Cleanup(func() { cancel(); running.Wait() })
		<-ready
		publish(t, b.Publisher(declared), numbered(0, 1)...)
		<-begun
		done := make(chan error, 1)
		drains <- done
		b.Drop()
		if err := <-done; err == nil {
			t.Error("a consumer whose session ended while it drained answers that it has drained: expected why not")
		}
		<-begun // it comes again
	})
}

// What a queue has sent to one consumer is handled before it answers, also while another one gets the next messages; and it goes on.
func TestConsumer_DrainsWhatItWasSent(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		var mu sync.Mutex
		handled := map[string]int{}
		total := func() (n int) {
			mu.Lock()
			defer mu.Unlock()
			for _, k := range handled {
				n += k
			}
			return n
		}
		drains := []chan chan<- error{make(chan chan<- error), make(chan chan<- error)}
		for _, c := range drains {
			ready := make(chan struct{}, 10)
			ctx, cancel := context.WithCancel(context.Background())
			var running sync.WaitGroup
			running.Go(func() {
				broker.Consumer{
					Dial: b.Dial, Name: "test consumer", Prefetch: 1000, Batch: 16, Log: bustest.Silent, Drains: c,
					Declare: broker.Named(broker.BankQueue(bic), declared), Ready: func() { ready <- struct{}{} },
					Handle: func(_ context.Context, list []broker.Delivery) {
						mu.Lock()
						defer mu.Unlock()
						for _, d := range list {
							handled[id(d)]++
						}
						list[len(list)-1].AckAll()
					},
				}.Run(ctx)
			})
			t.Cleanup(func() { cancel(); running.Wait() })
			<-ready
		}
		const n = 300
		for round := range 3 {
			publish(t, b.Publisher(declared), numbered(round*n, n)...)
			for _, c := range drains { // what the first gives up to the second is handled by that one
				done := make(chan error, 1)
				c <- done
				if err := <-done; err != nil {
					t.Fatal(err)
				}
			}
			if got := total(); got != (round+1)*n {
				t.Fatalf("round %d: %d of %d messages are handled", round, got, (round+1)*n)
			}
		}
	})
}
