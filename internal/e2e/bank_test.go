package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/broker"
	"sandbank/broker/wire"
	"sandbank/chance"
	"sandbank/clock"
	"sandbank/internal/bustest"
	"sandbank/merchant/client"
	"sandbank/merchant/load"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
)

// Banks' mistakes, and customers who never finish, on one world with two
// processors: the first gives banks a second, the other as long as any machine needs.
func TestBankTrouble(t *testing.T) {
	t.Parallel()
	w := newGuest(t)
	_, hasty := w.processor("--bank-timeout", "1s")
	w.awaitUp(hasty)
	two, patient := w.processor("--bank-timeout", silence.String())
	w.bank("SANDNL2A", "SLOWDE2A", "MUTEIE2A", "FLAKGB2A")
	for _, base := range []string{hasty, patient} {
		w.awaitReady(base)
		w.awaitBanks(base, 4)
	}
	w.open()
	t.Run("slow and silent", func(t *testing.T) { slowAndSilent(w.on(t), hasty) })
	t.Run("flaky", func(t *testing.T) { flaky(w.on(t), patient) })
	t.Run("results that cannot be right", func(t *testing.T) { forged(w.on(t), patient) })
	t.Run("one result to two processors", func(t *testing.T) { twins(w.on(t), patient) })
	t.Run("abandoned in silence", func(t *testing.T) { abandoned(w.on(t), patient, hasty) })
	t.Run("a hundred thousand open payments", func(t *testing.T) { manyOpen(w.on(t), two, patient) })
}

func (w *world) awaitBanks(base string, n int) {
	w.Helper()
	c := w.merchant(base)
	w.await(fmt.Sprintf("%d banks are online", n), func(ctx context.Context) error {
		list, err := c.Banks(ctx)
		online := 0
		for _, b := range list {
			if b.Online {
				online++
			}
		}
		if online < n && err == nil {
			err = fmt.Errorf("%d are", online)
		}
		return err
	})
}

// count counts the messages of a timeline that fit.
func count(t processor.Timeline, fits func(processor.Message) bool) (n int) {
	for _, m := range t.Messages {
		if fits(m) {
			n++
		}
	}
	return n
}

func reversal(m processor.Message) bool { return m.Kind == string(wire.Reverse) }

// slowAndSilent gives up on both banks, tells each to undo, once, and lets the
// approvals that come too late move nothing.
func slowAndSilent(w *world, base string) {
	c := w.merchant(base)
	var ids []string
	for n := range 8 {
		ids = append(ids, w.buy(c, fmt.Sprintf("slow-%d", n), []string{"SLOWDE2A", "MUTEIE2A"}[n%2]).ID)
	}
	for n, id := range ids {
		if p := w.ends(id, payment.Failed); p.Reason == nil || p.Reason.Code != "bank_timeout" {
			w.Errorf("%s failed for %+v", id, p.Reason)
		}
		late := 1 - n%2 // the silent one never says anything
		w.await("the late approval is recorded", func(context.Context) error {
			got := count(w.timeline(id), func(m processor.Message) bool { return m.Verdict == payment.VerdictLate })
			if got != late {
				return fmt.Errorf("%d late results; want %d", got, late)
			}
			return nil
		})
		t := w.timeline(id)
		if n := count(t, reversal); n != 1 || len(t.Entries) > 0 {
			w.Errorf("%s has %d reversals and %d entries; want 1 and none", id, n, len(t.Entries))
		}
		w.ends(id, payment.Failed)
	}
	w.settled()
}

// flaky answers half of its requests twice, under another message id.
func flaky(w *world, base string) {
	r := w.loadWith(load.Options{Bases: []string{base}, Payments: 100, Bank: "FLAKGB2A"}, nil)
	w.nothingLost(r)
	found := w.settled()
	if found.Entries != found.ByStatus[payment.Captured] || found.Entries < 90 {
		w.Errorf("%d entries: %v", found.Entries, found.ByStatus)
	}
	again := 0
	for m, err := range w.open().AllMessages(w.Context()) {
		if err != nil {
			w.Fatal(err)
		}
		if m.Verdict == payment.VerdictDuplicate || m.Verdict == payment.VerdictLate && m.Bank == "FLAKGB2A" {
			again++
		}
	}
	if again < 25 {
		w.Errorf("%d second answers are recorded; about half of the answers came twice", again)
	}
}

// waiting is a payment that the silent bank has, and the result that would be right.
func (w *world) waiting(c *client.Client, reference string) (payment.Payment, wire.Result) {
	w.Helper()
	p := w.ends(w.buy(c, reference, "MUTEIE2A").ID, payment.Processing)
	return p, wire.Result{
		Type: wire.ResultType, ID: "res_" + reference, RequestID: p.Last().RequestID, Payment: p.ID, Attempt: 1,
		Bank: p.Bank, Outcome: payment.OutcomeApproved, Amount: p.Amount, DecidedAt: time.Now().UTC(),
	}
}

func (w *world) publish(ch *amqp.Channel, body []byte, change func(*amqp.Publishing)) {
	w.Helper()
	m := amqp.Publishing{ContentType: "application/json", DeliveryMode: amqp.Persistent, Type: wire.ResultType, Body: body,
		Headers: amqp.Table{bustest.Forged: true}}
	if change != nil {
		change(&m)
	}
	key := "MUTEIE2A" // the bank that the payments of these tests are with
	var said wire.Result
	if json.Unmarshal(body, &said) == nil && said.Bank != "" {
		key = said.Bank
	}
	if err := ch.PublishWithContext(w.Context(), broker.Results, key, true, false, m); err != nil {
		w.Fatal(err)
	}
}

// forged results end among the dead letters, one letter each. Those that name
// the payment even take the right result's id, and it is still applied after.
func forged(w *world, base string) {
	pay, right := w.waiting(w.merchant(base), "forged")
	ch := w.channel()
	with := func(change func(*wire.Result)) []byte {
		r := right
		change(&r)
		return wire.Encode(r)
	}
	deep := strings.Repeat("[", 9000) + strings.Repeat("]", 9000)
	bodies := map[string][]byte{
		"broken JSON": []byte(`{"type":"result"`), "empty": nil, "null": []byte("null"), "not UTF-8": []byte("{\"type\":\"result\",\"id\":\"\xff\xfe\"}"),
		"100 kB":          []byte(`{"type":"result","x":"` + strings.Repeat("x", 100_000) + `"}`),
		"unknown payment": with(func(r *wire.Result) { r.Payment = chance.Crypto().ID("pay", time.Now()) }),
		"wrong amount":    with(func(r *wire.Result) { r.Amount = money.Must("10.01", "EUR") }),
		"wrong currency":  with(func(r *wire.Result) { r.Amount = money.Must("10", "USD") }),
		"other bank":      with(func(r *wire.Result) { r.Bank = "SANDNL2A" }),
		"other request":   with(func(r *wire.Result) { r.RequestID = "req_guess" }),
		"no such attempt": with(func(r *wire.Result) { r.Attempt = 7 }),
		"unknown outcome": with(func(r *wire.Result) { r.Outcome = "maybe" }),
		"too deep":        []byte(strings.TrimSuffix(string(with(func(r *wire.Result) { r.Bank = "FLAKGB2A" })), "}") + `,"x":` + deep + "}"),
	}
	_, before, err := w.open().Letters(w.Context(), 1)
	if err != nil {
		w.Fatal(err)
	}
	for _, body := range bodies {
		w.publish(ch, body, nil)
	}
	w.publish(ch, []byte("{}"), func(m *amqp.Publishing) {
		m.Headers = amqp.Table{bustest.Forged: true, "huge": strings.Repeat("h", 100_000), "bytes": []byte{0xff, 0}, "text": "\xff\xfe"}
	})
	w.publish(ch, []byte("{}"), func(m *amqp.Publishing) { m.MessageId, m.Type = "bad \xff\xfe\x00 id", "\xc3\x28" })
	want := before + len(bodies) + 2
	w.await("all are dead letters", func(ctx context.Context) error {
		_, n, err := w.open().Letters(ctx, 1)
		if err == nil && n != want {
			err = fmt.Errorf("%d of %d", n-before, want-before)
		}
		return err
	})
	if now := w.ends(pay.ID, payment.Processing); now.Version != pay.Version {
		w.Errorf("the payment went from version %d to %d", pay.Version, now.Version)
	}
	w.publish(ch, wire.Encode(right), nil)
	w.ends(pay.ID, payment.Captured)
	w.settled()
}

// twins are copies of one result, under one id and under two: whichever processor
// gets which, each payment is booked once.
func twins(w *world, base string) {
	c, ch := w.merchant(base), w.channel()
	var ids []string
	var results []wire.Result
	for n := range 10 {
		p, right := w.waiting(c, fmt.Sprintf("twin-%d", n))
		ids, results = append(ids, p.ID), append(results, right)
	}
	for _, r := range results {
		second := r
		second.ID += "-again"
		for _, copy := range []wire.Result{r, r, second, r} {
			w.publish(ch, wire.Encode(copy), nil)
		}
	}
	for _, id := range ids {
		w.ends(id, payment.Captured)
		w.await("the copy under its own id is recorded", func(context.Context) error {
			if n := count(w.timeline(id), func(m processor.Message) bool { return m.Direction == processor.In }); n != 2 {
				return fmt.Errorf("%d results are recorded; want 2", n)
			}
			return nil
		})
		if n := len(w.timeline(id).Entries); n != 1 {
			w.Errorf("%s has %d entries", id, n)
		}
	}
	w.settled()
}

// abandoned payments are told of nowhere, while one that is completed beside
// them is heard on webhook and AMQP with the same id and body.
func abandoned(w *world, bases ...string) {
	ch := w.channel()
	q, err := ch.QueueDeclare("", false, true, true, false, nil)
	if err != nil {
		w.Fatal(err)
	}
	if err := ch.QueueBind(q.Name, "#", broker.Events, false, nil); err != nil {
		w.Fatal(err)
	}
	hooks := w.hooks(w.merchant(bases[0]))
	var ids []string
	for n := range 50 {
		p := wish(fmt.Sprintf("walked-away-%d", n), "SANDNL2A")
		p.ExpiresInSeconds = 1
		ids = append(ids, w.create(w.merchant(bases[n%len(bases)]), p).ID)
	}
	for _, id := range ids {
		w.ends(id, payment.Abandoned)
		if t := w.timeline(id); len(t.Events)+len(t.Deliveries)+len(t.Messages)+len(t.Entries) > 0 {
			w.Errorf("abandoned %s left %+v", id, t)
		}
	}
	done := w.buy(w.merchant(bases[0]), "completed", "SANDNL2A")
	w.ends(done.ID, payment.Captured)
	w.settled() // nothing is on its way any more
	heard := map[string]string{}
	for {
		m, ok, err := ch.Get(q.Name, true)
		if err != nil {
			w.Fatal(err)
		}
		if !ok {
			break
		}
		heard[m.MessageId] = string(m.Body)
	}
	told := hooks.all()
	for _, channel := range []map[string]string{heard, told} {
		if len(channel) != 2 {
			w.Errorf("%d events were heard; processing and captured of one payment are 2", len(channel))
		}
		for id, body := range channel {
			if !strings.Contains(body, done.ID) || heard[id] != told[id] {
				w.Errorf("event %s is\n%s\non AMQP and\n%s\non the webhook", id, heard[id], told[id])
			}
		}
	}
}

// manyOpen puts 100,000 payments that wait for their customers into the store: a
// processor neither holds them in memory nor is slower for them.
func manyOpen(w *world, p *process, base string) {
	ids, now := chance.Crypto(), clock.Real{}.Now()
	for range 100 {
		err := w.open().Commit(w.Context(), processor.Load{}, func(work *processor.Work) error {
			for range 1000 {
				work.Created = append(work.Created, payment.Payment{
					ID: ids.ID("pay", now), Merchant: "demo-shop", Version: 1, Status: payment.Created, Amount: money.Must("10", "EUR"),
					Reference: "open", ReturnURL: "https://shop.example/", FirstBank: "SANDNL2A", Bank: "SANDNL2A", MaxAttempts: 3,
					CreatedAt: now, UpdatedAt: now, ExpiresAt: now.Add(time.Hour), DueAt: now.Add(time.Hour),
				})
			}
			return nil
		})
		if err != nil {
			w.Fatal(err)
		}
	}
	c := w.merchant(base)
	for n := range 5 {
		began := time.Now()
		done := w.buy(c, fmt.Sprintf("among-many-%d", n), "SANDNL2A")
		w.ends(done.ID, payment.Captured)
		w.Logf("among 100,000 open payments, one took %s", time.Since(began))
	}
	memory, err := residentMB(p.cmd.Process.Pid)
	if err != nil || memory > 150 {
		w.Errorf("the processor takes %d MB, %v; 150 are allowed", memory, err)
	}
	w.Logf("the processor takes %d MB", memory)
}

// residentMB is a process's resident memory.
func residentMB(pid int) (int, error) {
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0, err
	}
	for line := range strings.SplitSeq(string(status), "\n") {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmRSS:" {
			kB, err := strconv.Atoi(fields[1])
			return kB / 1024, err
		}
	}
	return 0, errors.New("no VmRSS")
}
