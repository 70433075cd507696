package processor_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/broker"
	"sandbank/broker/wire"
	. "sandbank/internal/processortest"
	"sandbank/money"
	"sandbank/payment"
)

// A message that cannot be a bank's answer ends among the dead letters, whole, and
// leaves payments and books exactly as they were; the right answer still counts
// afterwards.
func TestHandleResults_PoisonChangesNothing(t *testing.T) {
	in := newInlet(t)
	p, q := in.Paid()
	right := Answer(q, payment.OutcomeApproved)
	with := func(change func(*wire.Result)) []byte { r := right; change(&r); return wire.Encode(r) }
	good := string(wire.Encode(right))
	deep := strings.Repeat("[", 10_100) + strings.Repeat("]", 10_100)
	json := func(body string) amqp.Publishing { return amqp.Publishing{Body: []byte(body)} }
	poison := map[string]amqp.Publishing{
		"empty": {}, "null": json("null"), "a list": json("[" + good + "]"), "cut": json(good[:len(good)-2]), "twice": json(good + good),
		"a repeated name": json(good[:len(good)-1] + `,"payment":"pay_x"}`),
		"too deep":        json(good[:len(good)-1] + `,"x":` + deep + `}`), "a megabyte": json(strings.Repeat(" ", 1<<20) + good), "not UTF-8": json(strings.Replace(good, "test", "\xff\xfe", 1)),
		"a lone surrogate": json(strings.Replace(good, "test", `\ud800`, 1)), "a byte order mark": json("\ufeff" + good),
		"an amount of a number": json(strings.Replace(good, `"19.99"`, `19.99`, 1)), "an exponent": json(strings.Replace(good, `"19.99"`, `"1999e-2"`, 1)),
		"another amount": {Body: with(func(r *wire.Result) { r.Amount = money.Must("20", "EUR") })}, "another currency": {Body: with(func(r *wire.Result) { r.Amount = money.Must("20", "JPY") })},
		"another bank": {Body: with(func(r *wire.Result) { r.Bank = "SLOWDE2A" })}, "another payment": {Body: with(func(r *wire.Result) { r.Payment = "pay_01890a5d-ac96-774b-bcce-b302099a8057" })},
		"an id of SQL": {Body: with(func(r *wire.Result) { r.Payment = "' OR 1=1 --" })}, "an id with NUL": {Body: with(func(r *wire.Result) { r.RequestID = "req\x00" })},
		"another attempt": {Body: with(func(r *wire.Result) { r.Attempt = -1 })}, "an unknown outcome": {Body: with(func(r *wire.Result) { r.Outcome = "maybe" })},
		"huge headers":  {Body: []byte("{}"), Headers: amqp.Table{"h": strings.Repeat("h", 100_000), "bytes": []byte{0xff, 0}, "text": "\xff\xfe", "deep": amqp.Table{"a": amqp.Table{"b": []any{nil}}}}},
		"forged names":  {Body: []byte("{}"), ReplyTo: broker.ResultsQueue, CorrelationId: p.ID, MessageId: "\xff\xfe\x00", AppId: "processor", Type: "\xc3\x28", ContentType: "text/html", ContentEncoding: "gzip", Expiration: "3600000", Priority: 255},
		"forged deaths": {Body: []byte("{}"), Headers: amqp.Table{"x-death": []any{"no table"}, "x-delivery-count": "many"}},
	}
	before := in.Stored()
	ch := in.channel()
	for name, m := range poison {
		m.DeliveryMode = amqp.Persistent
		if err := ch.PublishWithContext(t.Context(), broker.Results, p.Bank, true, false, m); err != nil {
			t.Fatal(name, err)
		}
	}
	in.await("all of them to be dead letters", func() bool { n, _ := in.queue(broker.DeadLetters); return n == len(poison) })
	in.settled()
	in.Unchanged("poison", before, "messages")
	was := strings.Join(before["messages"], "")
	for _, row := range in.Stored()["messages"] { // what names a payment is recorded, and no more
		if !strings.Contains(was, row) && !strings.Contains(row, `verdict="mismatch"`) {
			t.Errorf("poison was taken: %s", row)
		}
	}

	in.publish(wire.Encode(right))
	in.until(p.ID, payment.Captured)
	in.keepLetters(len(poison))
}

// A forged x-death header in a bank's message does not change under whose
// routing key it would be published again.
func TestLetters_KeepTheKeyTheBrokerTook(t *testing.T) {
	in := newInlet(t)
	_, q := in.Paid()
	death := amqp.Table{
		"queue": broker.ResultsQueue, "reason": "rejected", "exchange": broker.Results, "routing-keys": []any{"SANDNL2A"}, "count": int64(1),
	}
	m := amqp.Publishing{
		Body: wire.Encode(Answer(q, payment.OutcomeApproved)), DeliveryMode: amqp.Persistent, Headers: amqp.Table{"x-death": []any{death}},
	}
	if err := in.channel().PublishWithContext(t.Context(), broker.Results, "SLOWDE2A", true, false, m); err != nil {
		t.Fatal(err)
	}
	in.await("the dead letter", func() bool { n, _ := in.queue(broker.DeadLetters); return n == 1 })
	in.keepLetters(1)
	list, _, err := in.Disk.Letters(t.Context(), 1)
	in.OK(err)
	if list[0].Key != "SLOWDE2A" || list[0].Exchange != broker.Results || list[0].Queue != broker.ResultsQueue {
		t.Errorf("read a letter: want the exchange, queue and key that the broker took, got %+v", list[0])
	}
}

// A call that a bank did not take in time is nobody's dead letter; anything else that expires is.
func TestLetters_KeepNoCalls(t *testing.T) {
	in := newInlet(t)
	ch := in.channel()
	in.OK(broker.DeclareBank("OTHRDE2A")(ch))
	for key, kind := range map[string]string{broker.AllBanks: wire.CallType, "OTHRDE2A": string(wire.Authorize)} {
		m := amqp.Publishing{Body: []byte("{}"), Type: kind, DeliveryMode: amqp.Persistent, Expiration: "0"}
		in.OK(ch.PublishWithContext(t.Context(), broker.Requests, key, true, false, m))
	}
	in.await("two dead letters", func() bool { n, _ := in.queue(broker.DeadLetters); return n == 2 })
	in.keepLetters(1)
	if list, n, err := in.Disk.Letters(t.Context(), 2); err != nil || n != 1 || list[0].Type != string(wire.Authorize) {
		t.Errorf("of a call and a request that expired: want the request among the dead letters, got %+v, %v", list, err)
	}
}

// keepLetters has the processor take the dead letters into its store, and fails
// unless all are there to be shown.
func (in *inlet) keepLetters(want int) {
	in.T.Helper()
	dial := broker.InProcess("amqp://guest:guest@embedded/", in.broker.Dial)
	ctx, cancel := context.WithCancel(in.T.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		broker.Consumer{
			Dial: dial, Name: "letters", Prefetch: 8, Batch: 8, Log: slog.New(slog.DiscardHandler),
			Declare: broker.Named(broker.DeadLetters, broker.DeclareProcessor), Handle: in.HandleLetters,
		}.Run(ctx)
	}()
	in.await("the letters to be kept", func() bool {
		list, n, err := in.Disk.Letters(in.T.Context(), want)
		in.OK(err)
		return n == want && len(list) == want
	})
	// One that is let go of before it was acknowledged would come back, and nobody would take it any more.
	in.await("the rest to be taken", func() bool {
		ready, unsettled := in.queue(broker.DeadLetters)
		return ready+unsettled == 0
	})
	cancel()
	<-done
}

// channel is a plain one, for what no publisher of ours would say.
func (in *inlet) channel() *amqp.Channel {
	in.T.Helper()
	conn, err := broker.InProcess("amqp://guest:guest@embedded/", in.broker.Dial)(in.T.Context(), "a stranger")
	in.OK(err)
	in.T.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	in.OK(err)
	return ch
}
