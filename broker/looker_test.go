package broker_test

import (
	"context"
	"testing"

	"sandbank/broker"
	"sandbank/internal/bustest"
)

// A looker that may no more than a processor sees what is ready and who takes it, leaves out what is not there,
// and finds the broker again after its connection was cut.
func TestLooker(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		publish(t, b.Publisher(declared), toBank("1"), toBank("2"))
		if _, err := b.Channel().Consume(broker.ResultsQueue, "", false, false, false, false, nil); err != nil {
			t.Fatal(err)
		}
		user := broker.Access(broker.RoleProcessor, "looks", "long-enough-secret")
		b.Grant(user)
		l := broker.NewLooker(b.As(user))
		defer l.Close()
		look := func() (broker.Picture, error) { return l.Look(t.Context(), broker.Known("NOPENL2A", bic)) }
		got, err := look()
		if err != nil || len(got.Exchanges) != 5 || len(got.Queues) != 3 || len(got.Bindings) != 3 {
			t.Fatalf("%+v %v", got, err)
		}
		bank, results := got.Queues[0], got.Queues[2]
		if bank.Name != broker.BankQueue(bic) || *bank.Ready != 2 || *bank.Consumers != 0 || bank.Unacknowledged != nil || bank.Idle() {
			t.Errorf("the bank's queue: %+v", bank)
		}
		if results.Name != broker.ResultsQueue || *results.Ready != 0 || *results.Consumers != 1 || results.Idle() || !got.Queues[1].Idle() {
			t.Errorf("the results: %+v", results)
		}
		b.Drop()
		b.Await("a look after the cut", func() bool { _, err := look(); return err == nil })
		gone, leave := context.WithCancel(t.Context())
		leave()
		if _, err := l.Look(gone, broker.Known()); err == nil {
			t.Error("looked without a caller")
		}
	})
}

func TestAbout(t *testing.T) {
	for queue, want := range map[string]string{
		"bank.SANDNL2A": "Requests to the bank SANDNL2A", "processor.results": "Banks' answers, for the processors", "their.own": "",
		"merchant.demo-shop.a": "Events, for a merchant's listener",
	} {
		if got := broker.About(queue); got != want {
			t.Errorf("%s: %q, want %q", queue, got, want)
		}
	}
}
