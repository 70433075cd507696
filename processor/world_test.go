package processor_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"sandbank/bank"
	"sandbank/bank/book"
	"sandbank/broker"
	"sandbank/broker/wire"
	"sandbank/chance"
	"sandbank/clock"
	"sandbank/event"
	"sandbank/identity"
	. "sandbank/internal/processortest"
	"sandbank/ledger"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/processor/invariant"
	"sandbank/processor/routing"
	"sandbank/settlement/statement"
	"sandbank/webhook"
)

// world is a processor and banks' books with nothing between them but lists of
// messages, which a test delivers when and as often as it likes. Time stands
// still until it is moved, and nothing happens beside the test.
type world struct {
	t     failer
	ctx   context.Context
	store moneyStore
	clock *clock.Manual
	banks map[string]*till
	log   *Log
	ids   *chance.Source

	deadline time.Duration // of a bank's answer
	payoutAt time.Duration // negative for no daily payouts
	keep     int           // payments that stay, see [world.letGo]; 0 for all
	age      time.Duration // how long payments stay instead; 0 goes by keep
	archived map[string]processor.Departed
	gone     map[string]bool

	proc *processor.Processor
	end  func()

	mu       sync.Mutex
	requests map[string][]wire.Request // on their way to a bank
	results  [][]byte                  // on their way to the processor
	sent     int                       // commands, for their ids
	early    map[string]int            // how often the processor heard a message
}

type failer interface {
	Helper()
	Errorf(string, ...any)
	Fatalf(string, ...any)
}

type moneyStore interface {
	processor.Store
	invariant.Source
}

// till is a bank: its book, and the journal that the book was made from.
type till struct {
	*book.Book
	rules   book.Rules
	temper  bank.Temper
	journal []book.Record
	files   map[string]statement.Statement // as the bank would deliver them, by batch
}

func (b *till) apply(r book.Record) {
	b.Apply(r)
	b.journal = append(b.journal, r)
}

// restart makes the book anew from its journal.
func (b *till) restart() {
	b.Book = book.New(b.rules)
	for _, r := range b.journal {
		b.Apply(r)
	}
}

func newWorld(t failer, ctx context.Context, store moneyStore, tempers ...bank.Temper) *world {
	w := &world{t: t, ctx: ctx, store: store, clock: clock.NewManual(Start), banks: map[string]*till{}, log: &Log{}, early: map[string]int{}, ids: chance.Seeded(1), deadline: Deadline, payoutAt: -1, requests: map[string][]wire.Request{}}
	for _, temper := range tempers {
		rules := book.Rules{
			Bank: temper.Identifier, Accounts: book.Standard(), Currencies: temper.Currencies,
			DisputeAfter: bank.DefaultDisputeAfter, DecideAfter: bank.DefaultDecidesAfter, RespondWithin: time.Hour,
		}
		w.banks[temper.Identifier] = &till{files: map[string]statement.Statement{}, Book: book.New(rules), rules: rules, temper: temper}
	}
	w.start()
	return w
}

// start starts the processor on what is stored.
func (w *world) start() {
	banks := routing.NewDirectory(1, clock.Real{})
	w.proc = processor.New(w.store, processor.Config{
		Banks: banks, Clients: identity.NewRegistry(identity.DemoShop, identity.OtherShop), Clock: w.clock, Computer: clock.Real{},
		Chance: w.ids, Address: nowhere{}, Log: slog.New(slog.NewTextHandler(w.log, nil)),
		Relay: w, Delivery: deaf{}, Streams: deaf{}, Fees: ledger.StandardSchedule, PayoutAt: w.payoutAt, Transit: time.Hour, Deadline: w.deadline, Keep: w.keeping(),
	})
	w.heartbeat()
	w.end = w.proc.Work()
}

// heartbeat has every bank say that it is there.
func (w *world) heartbeat() {
	for bic, b := range w.banks {
		h := Health(bic)
		h.Currencies, h.SentAt = b.temper.Currencies, w.clock.Now()
		w.proc.ObserveBank(h)
	}
}

// restart ends the processor and starts another one on the same store.
func (w *world) restart() {
	w.end()
	w.start()
}

// Offer implements [processor.Relay].
func (w *world) Offer(p broker.Parcel) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range p.Messages {
		if m.Exchange != broker.Requests {
			continue
		}
		r, err := wire.ReadRequest(m.Body)
		if err != nil {
			w.t.Errorf("the processor sent %s: %v", m.Body, err)
			continue
		}
		w.requests[r.Bank] = append(w.requests[r.Bank], r)
	}
}

// ask hands a bank one request. The bank's messages go to the results.
func (w *world) ask(r wire.Request) {
	b := w.banks[r.Bank]
	now := w.clock.Now()
	if r.Type == wire.Control {
		w.control(b, r)
		return
	}
	if _, known := b.Answer(r.ID); !known {
		b.apply(b.Decide(now, r, wish(b.temper, r)))
	}
	if a, ok := b.Answer(r.ID); ok && a.Outcome != "" {
		w.results = append(w.results, wire.Encode(said(r.Bank, a)))
	}
	w.tell(r.Bank)
}

func (w *world) control(b *till, r wire.Request) {
	if b.Obeyed(r.ID) {
		return
	}
	now := w.clock.Now()
	b.apply(b.Decide(now, r, book.Wish{}))
	if next, ok := b.Follow(now, r); ok {
		b.apply(next)
	}
	w.tell(r.Bank)
}

// tell publishes a bank's unsolicited messages.
func (w *world) tell(bic string) {
	b := w.banks[bic]
	var ids, answers []string
	for _, m := range b.ToSay() {
		w.results = append(w.results, wire.Encode(m))
		switch m := m.(type) {
		case wire.Result:
			ids = append(ids, m.ID)
		case wire.Dispute:
			ids = append(ids, m.ID)
		case wire.Settlement:
			ids = append(ids, m.ID)
			b.files[m.ID] = statement.Statement{Settlement: m, Opening: b.Opening(m)}
		}
	}
	for _, a := range b.Unsent() {
		answers = append(answers, a.Request)
	}
	slices.Sort(answers)
	if len(ids)+len(answers) > 0 {
		b.apply(b.Sent(w.clock.Now(), answers, ids))
	}
}

// wish is the bank's decision on a request, by its temper and the test card.
func wish(t bank.Temper, r wire.Request) book.Wish {
	d := bank.Decide(1, t, r)
	out := book.Wish{Outcome: d.Outcome, Reason: d.Reason, Rule: d.Rule, Default: d.Default, Plan: d.Plan}
	switch {
	case d.Silent:
		out.Outcome, out.Reason = "", nil
	case d.Outcome == payment.OutcomeChallenge: // as a bank without a page
		out.Outcome = payment.OutcomeApproved
	}
	return out
}

func said(bic string, a book.Answer) wire.Result {
	return wire.Result{
		Type: wire.ResultType, ID: "res" + a.Request[3:], RequestID: a.Request, Payment: a.Payment, Attempt: a.Attempt, Bank: bic,
		Amount: a.Amount, Outcome: a.Outcome, Reason: a.Reason, Rule: a.Rule, DecidedAt: a.At, BankReference: "ref",
	}
}

// deliver hands everything that is on its way to where it goes, until nothing is.
func (w *world) deliver() {
	w.t.Helper()
	for range 1000 {
		n := 0
		for _, bic := range w.bics() {
			for _, r := range w.take(bic) {
				w.ask(r)
				n++
			}
		}
		list := w.results
		w.results = nil
		w.hear(list)
		w.proc.Sweep(w.ctx)
		if n+len(list) == 0 {
			return
		}
	}
	w.t.Fatalf("messages go round and round")
}

func (w *world) take(bic string) []wire.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.requests[bic]
	w.requests[bic] = nil
	return list
}

// hear hands the processor what banks said. None of it may be refused, but what
// contradicts a lie.
func (w *world) hear(list [][]byte) {
	w.t.Helper()
	if len(list) == 0 {
		return
	}
	for i, h := range w.proc.Results(w.ctx, list) {
		early := errors.Is(h.Err, processor.ErrEarly)
		if w.early[string(list[i])]++; early && w.early[string(list[i])] < 20 {
			w.results = append(w.results, list[i]) // and comes again
			continue
		}
		refused := (h.Reject || early) && !w.aboutGone(list[i]) && !w.undone(list[i]) && !bytes.Contains(list[i], []byte(liar.Identifier))
		if h.Err != nil && !early || refused {
			w.t.Errorf("%s: rejected %t, %v: %s", list[i], h.Reject, h.Err, h.Note)
		}
	}
}

// undone reports whether a message is about a dispute over a capture that the
// bank is told to reverse: it may open one before it hears of that.
func (w *world) undone(body []byte) bool {
	d, err := wire.ReadDispute(body)
	if err != nil {
		return false
	}
	p := w.payment(d.Payment)
	return slices.ContainsFunc(p.Attempts, func(a payment.Attempt) bool { return a.ReversalID != "" }) ||
		slices.ContainsFunc(p.Operations, func(o payment.Operation) bool { return o.ReversalID != "" })
}

func (w *world) bics() []string {
	var list []string
	for bic := range w.banks {
		list = append(list, bic)
	}
	slices.Sort(list)
	return list
}

// wait advances the time, and has every part handle its due work.
func (w *world) wait(d time.Duration) {
	w.clock.Advance(d)
	w.heartbeat()
	now := w.clock.Now()
	for _, bic := range w.bics() {
		b := w.banks[bic]
		for r, ok := b.Tick(now); ok; r, ok = b.Tick(now) {
			b.apply(r)
		}
		w.tell(bic)
	}
	w.proc.Sweep(w.ctx)
}

// cutOff has a bank settle.
func (w *world) cutOff(bic string) {
	b := w.banks[bic]
	b.apply(b.Settle(w.clock.Now(), book.Order{Daily: true, Plants: b.temper.Plants, Seed: 1}))
	w.tell(bic)
}

// command sends a bank a command of a test's own.
func (w *world) command(bic string, c wire.Controls) {
	w.sent++
	w.ask(wire.Request{Type: wire.Control, ID: fmt.Sprintf("req_command_%d", w.sent), Bank: bic, Controls: &c, CreatedAt: w.clock.Now()})
}

// records are all of a kind, decoded.
func recordsOf[T any](w *world, f processor.RecordFilter) (list []T) {
	w.t.Helper()
	f.Limit = 100_000
	found, err := w.store.Records(w.ctx, f)
	if err != nil {
		w.t.Fatalf("read the records by %+v: %v", f, err)
	}
	for _, r := range found {
		v, err := processor.Decode[T](r)
		if err != nil {
			w.t.Fatalf("decoded the record %s: %v", r.ID, err)
		}
		list = append(list, v)
	}
	return list
}

// payment reads a stored payment.
func (w *world) payment(id string) payment.Payment {
	w.t.Helper()
	p, err := w.store.Payment(w.ctx, id)
	if err != nil {
		w.t.Fatalf("read the payment %s: %v", id, err)
	}
	return p
}

type nowhere struct{}

func (nowhere) Payment(id string) string  { return Base + "/v1/payments/" + id }
func (nowhere) Checkout(id string) string { return Base + "/pay/" + id }
func (nowhere) Payout(id string) string   { return Base + "/v1/payouts/" + id }
func (nowhere) BankName(string) string    { return "" }

// deaf takes webhooks and events, and does nothing about them.
type deaf struct{}

func (deaf) Offer([]webhook.Delivery)                              {}
func (deaf) Changed(webhook.Endpoint)                              {}
func (deaf) Search()                                               {}
func (deaf) Committed([]event.Event)                               {}
func (deaf) Try(context.Context, webhook.Delivery) webhook.Attempt { return webhook.Attempt{} }
