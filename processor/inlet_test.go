package processor_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"sandbank/broker"
	"sandbank/broker/amqpd"
	"sandbank/broker/wire"
	"sandbank/fault"
	. "sandbank/internal/processortest"
	"sandbank/payment"
)

// inlet is a processor that consumes results from a broker.
type inlet struct {
	*Rig
	gate   *gate
	broker *amqpd.Server
	pub    *broker.Publisher
}

func newInlet(t *testing.T) *inlet {
	t.Helper()
	in := &inlet{gate: &gate{}}
	in.Rig = NewOver(t, in.gate.before, nil)
	var err error
	if in.broker, err = amqpd.New(amqpd.Config{}); err != nil {
		t.Fatal(err)
	}
	dial := broker.InProcess("amqp://guest:guest@embedded/", in.broker.Dial)
	log := slog.New(slog.DiscardHandler)
	in.pub = broker.NewPublisher(dial, "bank", broker.DeclareProcessor, log)
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		first := true
		broker.Consumer{
			Dial: dial, Name: "results", Prefetch: 64, Batch: 64, Log: log, Declare: broker.Named(broker.ResultsQueue, broker.DeclareProcessor),
			Handle: in.HandleResults,
			Ready: func() {
				if first {
					first = false
					close(ready)
				}
			},
		}.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		in.pub.Close()
		_ = in.broker.Close()
		in.End()
	})
	<-ready
	return in
}

func (in *inlet) publish(bodies ...[]byte) {
	in.T.Helper()
	var list []broker.Message
	for i, b := range bodies {
		list = append(list, broker.Message{Exchange: broker.Results, Key: "SANDNL2A", ID: string(rune('a' + i)), Body: b, Mandatory: true})
	}
	_, err := in.pub.Publish(in.T.Context(), list)
	in.OK(err)
}

// queue is how many messages a queue holds, ready and in hand.
func (in *inlet) queue(name string) (ready, unsettled int) {
	for _, q := range in.broker.Queues() {
		if q.Name == name {
			return q.Depth, q.Unacked
		}
	}
	return 0, 0
}

// until waits until the payment has a status.
func (in *inlet) until(id string, want payment.Status) {
	in.T.Helper()
	changes, stop := in.Watch(id)
	defer stop()
	for give := time.After(5 * time.Minute); in.Now(id).Status != want; {
		select {
		case <-changes:
		case <-give:
			in.T.Fatalf("payment %s is %s, not %s", id, in.Now(id).Status, want)
		}
	}
}

// settled waits until nothing is left on the results queue.
func (in *inlet) settled() {
	in.T.Helper()
	in.await("the results queue to be empty", func() bool {
		ready, unsettled := in.queue(broker.ResultsQueue)
		return ready+unsettled == 0
	})
}

func (in *inlet) await(what string, holds func() bool) {
	in.T.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for give := time.After(5 * time.Minute); !holds(); {
		select {
		case <-tick.C:
		case <-give:
			in.T.Fatalf("waited in vain for %s", what)
		}
	}
}

func TestHandleResults_SettlesWhatIsAppliedAndDeadLettersTheRest(t *testing.T) {
	in := newInlet(t)
	p, q := in.Paid()
	wrong := Answer(q, payment.OutcomeApproved)
	wrong.ID, wrong.Bank = "res-wrong", "SLOWDE2A"
	in.publish([]byte("poison"), wire.Encode(wrong), wire.Encode(Answer(q, payment.OutcomeApproved)), []byte("{}"))
	in.until(p.ID, payment.Captured)
	in.settled()
	if dead, _ := in.queue(broker.DeadLetters); dead != 3 {
		t.Errorf("%d dead letters, want 3", dead)
	}
}

// A result that is right in every word, and that the broker took from another bank.
func TestHandleResults_NoBankSpeaksForAnother(t *testing.T) {
	in := newInlet(t)
	p, q := in.Paid()
	forged := broker.Message{Exchange: broker.Results, Key: "SLOWDE2A", ID: "forged", Body: wire.Encode(Answer(q, payment.OutcomeApproved)), Mandatory: true}
	_, err := in.pub.Publish(t.Context(), []broker.Message{forged})
	in.OK(err)
	in.await("the dead letter", func() bool { n, _ := in.queue(broker.DeadLetters); return n == 1 })
	if got := in.Now(p.ID); got.Status != payment.Processing {
		t.Errorf("the payment is %s", got.Status)
	}
	in.publish(wire.Encode(Answer(q, payment.OutcomeApproved)))
	in.until(p.ID, payment.Captured)
}

// While the store is away nothing is settled; afterwards everything is applied.
func TestHandleResults_WaitForTheStore(t *testing.T) {
	in := newInlet(t)
	p, q := in.Paid()
	in.gate.fail(fault.New(fault.Unavailable, "store_unavailable", "away"))
	in.publish(wire.Encode(Answer(q, payment.OutcomeApproved)))
	in.await("a second try", func() bool { return in.gate.failed.Load() >= 2 })
	if ready, unsettled := in.queue(broker.ResultsQueue); ready+unsettled != 1 {
		t.Errorf("settled while the store is away: %d ready, %d in hand", ready, unsettled)
	}
	in.gate.fail(nil)
	in.until(p.ID, payment.Captured)
	in.settled()
	if dead, _ := in.queue(broker.DeadLetters); dead != 0 {
		t.Errorf("%d dead letters", dead)
	}
}

// A connection that drops between commit and acknowledgement: the result comes
// again, and counts once.
func TestHandleResults_RedeliveredCountsOnce(t *testing.T) {
	in := newInlet(t)
	p, q := in.Paid()
	in.gate.close()
	in.publish(wire.Encode(Answer(q, payment.OutcomeApproved)))
	<-in.gate.reached // in hand, not yet committed
	in.broker.DropConnections()
	in.gate.open()
	in.until(p.ID, payment.Captured)
	in.settled()
	if got := entries(in.Rig, p.ID); got != 1 {
		t.Errorf("%d entries", got)
	}
}

// A result that the store refuses for good does not hold up the others.
func TestHandleResults_GivesUpWhatTheStoreRefusesForGood(t *testing.T) {
	in := newInlet(t)
	p, q := in.Paid()
	in.gate.fail(fault.New(fault.Internal, "internal_error", "never"))
	in.publish(wire.Encode(Answer(q, payment.OutcomeApproved)))
	in.await("the dead letter", func() bool { n, _ := in.queue(broker.DeadLetters); return n == 1 })
	in.settled()
	in.gate.fail(nil)
	other, next := in.Paid()
	in.publish(wire.Encode(Answer(next, payment.OutcomeApproved)))
	in.until(other.ID, payment.Captured)
	if got := in.Now(p.ID); got.Status != payment.Processing {
		t.Errorf("the store refused a result for good: want the payment still processing, got %+v", got)
	}
}

func TestHandleHealth_ReadableOnesCount(t *testing.T) {
	in := newInlet(t)
	dial := broker.InProcess("amqp://guest:guest@embedded/", in.broker.Dial)
	ctx, cancel := context.WithCancel(t.Context())
	ready, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		broker.Consumer{
			Dial: dial, Name: "health", Prefetch: 8, Batch: 8, Log: slog.New(slog.DiscardHandler), Declare: broker.Own(broker.Health, broker.Everything),
			Handle: in.HandleHealth, Ready: func() { close(ready) },
		}.Run(ctx)
	}()
	<-ready
	h := Health("CHALES2A")
	_, err := in.pub.Publish(ctx, []broker.Message{
		{Exchange: broker.Health, Key: "CHALES2A", ID: "1", Body: []byte("poison")},
		{Exchange: broker.Health, Key: "CHALES2A", ID: "2", Body: wire.Encode(Health("FLAKGB2A"))}, // in another bank's name
		{Exchange: broker.Health, Key: "CHALES2A", ID: "3", Body: wire.Encode(h)},
	})
	in.OK(err)
	in.await("the bank", func() bool { return in.BankName("CHALES2A") != "" })
	if in.BankName("FLAKGB2A") != "" {
		t.Error("a sign of life was taken that came with another bank's key")
	}
	cancel()
	<-done
}
