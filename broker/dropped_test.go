package broker_test

import (
	"context"
	"log/slog"
	"net"
	"sync/atomic"
	"testing"

	"sandbank/broker"
	"sandbank/broker/amqpd"
)

// A message that came back is also confirmed. Should the session end before the
// rest of its batch is, it must not count as delivered: its row would be removed.
func TestPublisher_ReturnedBeforeTheSessionEnds(t *testing.T) {
	server, err := amqpd.New(amqpd.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	var dials atomic.Int64
	dial := broker.InProcess("amqp://guest:guest@embedded/", func(ctx context.Context) (net.Conn, error) {
		dials.Add(1)
		return server.Dial(ctx)
	})
	p := broker.NewPublisher(dial, "test", broker.DeclareExchanges, slog.New(slog.DiscardHandler))
	t.Cleanup(p.Close)
	nobody := broker.Message{Exchange: broker.Requests, Key: "NOBODY", ID: "returned", Mandatory: true, Body: []byte("{}")}
	fates, err := p.Publish(t.Context(), []broker.Message{
		nobody, nobody, // twice, as after a lease that ran out
		{Exchange: "no such exchange", ID: "fatal", Body: []byte("{}")},
	})
	if err == nil {
		t.Fatal("a publish to an exchange that does not exist went well")
	}
	for i, f := range fates[:2] {
		if f == broker.Confirmed {
			t.Errorf("copy %d of a message that no queue took counts as delivered", i)
		}
	}
	if fates, err = p.Publish(t.Context(), []broker.Message{nobody, nobody}); err != nil || fates[0] != broker.Returned || fates[1] != broker.Returned {
		t.Errorf("published again: %v, %v; both copies should be returned", fates, err)
	}
	if dials.Load() != 2 {
		t.Errorf("%d connections were made; one for each session is right", dials.Load())
	}
}
