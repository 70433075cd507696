package book

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"sandbank/broker/wire"
	"sandbank/ledger"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func rules(most int) Rules {
	return Rules{
		Bank: "SANDNL2A", Accounts: Standard(), Currencies: []money.Currency{"EUR", "JPY"}, DisputeAfter: 5 * time.Second,
		DecideAfter: 2 * time.Second, RespondWithin: time.Hour, Authorizations: most,
	}
}

// world is a book under test, with its journal and its settlements.
type world struct {
	*rapid.T
	book     *Book
	journal  []Record
	now      time.Time
	requests []wire.Request // that were decided
	answers  map[string]Answer
	batches  []wire.Settlement
	entries  int
	n        int
}

func newWorld(t *rapid.T) *world {
	w := &world{T: t, now: noon, answers: map[string]Answer{}}
	w.book = New(rules(0))
	w.book.observe = func(e ledger.Entry) {
		w.entries++
		if err := e.Check(); err != nil {
			t.Fatalf("the book made an entry that does not balance: %v: %+v", err, e)
		}
	}
	return w
}

func (w *world) apply(r Record) {
	if r.Kind == Confirmed && r.At.Before(w.book.last) || r.Kind != Confirmed && !r.At.After(w.book.last) {
		w.Fatalf("%s at %s, after %s", r.Kind, r.At, w.book.last)
	}
	w.book.Apply(r)
	w.journal = append(w.journal, r)
}

func (w *world) id(prefix string) string { w.n++; return fmt.Sprintf("%s_%d", prefix, w.n) }

// ask sends a request; one that was decided is not decided again.
func (w *world) ask(r wire.Request, wish Wish) Answer {
	if a, known := w.book.Answer(r.ID); known {
		if first := w.answers[r.ID]; !same(first, a) {
			w.Fatalf("first %+v, then %+v", first, a)
		}
		return a
	}
	w.apply(w.book.Decide(w.now, r, wish))
	a, _ := w.book.Answer(r.ID)
	w.answers[r.ID] = a
	w.requests = append(w.requests, r)
	return a
}

func same(a, b Answer) bool { a.Sent, b.Sent = false, false; return reflect.DeepEqual(a, b) }

func (w *world) amount(c money.Currency, most int64) money.Amount {
	return money.Of(decimal.New(rapid.Int64Range(1, most).Draw(w.T, "minor"), -c.Decimals()), c)
}

func (w *world) authorize() {
	c := rapid.SampledFrom([]money.Currency{"EUR", "JPY"}).Draw(w.T, "currency")
	card := rapid.SampledFrom(append(Standard(), walkIn)).Draw(w.T, "account")
	id := w.id("req")
	wish := Wish{Outcome: payment.OutcomeApproved, Rule: "r", Default: rapid.Bool().Draw(w.T, "default"),
		Plan: rapid.SampledFrom([]Plan{PlanNoDispute, PlanNoDispute, PlanLoses, PlanWins, PlanSilent}).Draw(w.T, "plan")}
	if rapid.IntRange(0, 9).Draw(w.T, "declined") == 0 {
		why := reason.Because(reason.DoNotHonor, "r")
		wish = Wish{Outcome: payment.OutcomeDeclined, Reason: &why}
	}
	w.ask(wire.Request{
		Type: wire.Authorize, ID: id, Payment: "pay" + id[3:], Attempt: 1, Bank: "SANDNL2A", Amount: w.amount(c, 1e4),
		Capture:    rapid.SampledFrom([]payment.CaptureMode{payment.CaptureManual, payment.CaptureAutomatic}).Draw(w.T, "capture"),
		Instrument: &instrument.Instrument{Brand: card.Brand, Last4: card.Last4}, CreatedAt: w.now,
	}, wish)
}

// known is the id of an authorization, now and then of none.
func (w *world) known() (id, payment string, c money.Currency) {
	ids := slices.Sorted(maps.Keys(w.book.auths))
	if len(ids) == 0 || rapid.IntRange(0, 19).Draw(w.T, "stray") == 0 {
		return "req_none", "pay_none", "EUR"
	}
	a := w.book.auths[rapid.SampledFrom(ids).Draw(w.T, "authorization")]
	return a.Request, a.Payment, a.currency()
}

func (w *world) later() {
	auth, pay, c := w.known()
	kind := rapid.SampledFrom([]wire.RequestType{wire.Capture, wire.Capture, wire.Void, wire.Refund, wire.Refund}).Draw(w.T, "kind")
	w.ask(wire.Request{
		Type: kind, ID: w.id("req"), Payment: pay, Attempt: 1, Bank: "SANDNL2A", Amount: w.amount(c, 6e3),
		Authorization: auth, Final: rapid.IntRange(0, 3).Draw(w.T, "final") == 0, CreatedAt: w.now,
	}, Wish{Outcome: payment.OutcomeApproved, Rule: "r"})
}

func (w *world) reverse() {
	if len(w.requests) == 0 {
		return
	}
	of := rapid.SampledFrom(w.requests).Draw(w.T, "reversed").ID
	if rapid.IntRange(0, 9).Draw(w.T, "early") == 0 {
		of = fmt.Sprintf("req_%d", w.n+2) // the id after this reversal's
	}
	r := wire.Request{Type: wire.Reverse, ID: w.id("req"), Reverses: of}
	w.apply(w.book.Decide(w.now, r, Wish{}))
}

func (w *world) confirm() {
	answers := slices.Sorted(maps.Keys(w.book.unsent))
	if len(answers) > 0 {
		answers = answers[:rapid.IntRange(0, len(answers)).Draw(w.T, "confirmed")]
	}
	messages := slices.Clone(w.book.said.order)
	w.apply(w.book.Sent(w.now, answers, messages))
}

func (w *world) settle() {
	o := Order{Daily: rapid.Bool().Draw(w.T, "daily"), Seed: 7}
	if rapid.Bool().Draw(w.T, "miscounts") {
		o.Plants = wire.BreakKinds()
	}
	r := w.book.Settle(w.now, o)
	w.apply(r)
	w.batches = append(w.batches, r.Batches...)
	for _, s := range r.Batches {
		if _, err := wire.ReadSettlement(wire.Encode(s)); err != nil {
			w.Fatalf("%v: %+v", err, s)
		}
	}
}

func (w *world) control() {
	c := &wire.Controls{Command: rapid.SampledFrom([]wire.Command{
		wire.CommandPlant, wire.CommandFailNext, wire.CommandCorrect, wire.CommandDispute, wire.CommandDecide, wire.CommandOffline, wire.CommandOnline,
	}).Draw(w.T, "command")}
	r := wire.Request{Type: wire.Control, ID: w.id("ctl"), Bank: "SANDNL2A", Controls: c}
	switch c.Command {
	case wire.CommandPlant:
		c.Breaks = []wire.Plant{{Kind: rapid.SampledFrom(wire.BreakKinds()).Draw(w.T, "break")}}
	case wire.CommandCorrect:
		if len(w.batches) > 0 {
			c.Settlement = rapid.SampledFrom(w.batches).Draw(w.T, "settlement").ID
		}
	case wire.CommandDispute:
		r.Authorization, r.Payment, _ = w.known()
	case wire.CommandDecide:
		if ids := slices.Sorted(maps.Keys(w.book.disputes)); len(ids) > 0 {
			c.Dispute, c.Outcome = rapid.SampledFrom(ids).Draw(w.T, "dispute"), rapid.SampledFrom([]string{"won", "lost"}).Draw(w.T, "outcome")
		}
	default:
	}
	w.apply(w.book.Decide(w.now, r, Wish{}))
	if next, ok := w.book.Follow(w.now, r); ok {
		w.apply(next)
	}
}

func (w *world) evidence() {
	if ids := slices.Sorted(maps.Keys(w.book.disputes)); len(ids) > 0 {
		d := w.book.disputes[rapid.SampledFrom(ids).Draw(w.T, "dispute")]
		w.apply(w.book.Decide(w.now, wire.Request{
			Type: wire.Evidence, ID: w.id("req"), Payment: d.Payment, Dispute: d.Dispute.Dispute,
			Evidence: rapid.SampledFrom([]string{"none", "has winning_evidence in it"}).Draw(w.T, "evidence"),
		}, Wish{}))
	}
}

func (w *world) wait() {
	w.now = w.now.Add(rapid.SampledFrom([]time.Duration{0, time.Microsecond, 3 * time.Second, 2 * time.Hour, 8 * 24 * time.Hour}).Draw(w.T, "wait"))
	for r, ok := w.book.Tick(w.now); ok; r, ok = w.book.Tick(w.now) {
		w.apply(r)
	}
}

// restart builds the book anew from its journal, as a killed bank does.
func (w *world) restart() {
	again := New(w.book.rules)
	for _, r := range w.journal {
		var read Record
		body, err := json.Marshal(r)
		if err == nil {
			err = json.Unmarshal(body, &read)
		}
		if err != nil {
			w.Fatal(err)
		}
		again.Apply(read)
	}
	if a, b := w.book.portrait(), again.portrait(); a != b {
		w.Fatalf("before the restart:\n%s\nafter it:\n%s", a, b)
	}
	again.observe = w.book.observe
	w.book = again
}

// portrait is everything that a book will act by, as text.
func (b *Book) portrait() string {
	text := fmt.Sprintln(b.last, b.cutOff, b.sequence, b.offline, b.failing, b.plants, b.corrected, b.said.order, b.tomb.order)
	for _, x := range b.Balances() {
		text += fmt.Sprintln(x.Account, x.Currency, x.Debits, x.Credits)
	}
	for _, id := range slices.Sorted(maps.Keys(b.auths)) {
		a := b.auths[id]
		text += fmt.Sprintln(id, a.Outcome, a.Sent, a.held, a.captured, a.refunded, a.chargedBack, a.disputed, a.released, a.reversed, a.unsettled, a.until, a.ops, a.disputes)
	}
	for _, id := range slices.Sorted(maps.Keys(b.ops)) {
		text += fmt.Sprintln(id, b.ops[id].Outcome, b.ops[id].Sent, b.ops[id].reversed)
	}
	for _, c := range slices.Sorted(maps.Keys(b.pending)) {
		for _, p := range b.pending[c] {
			text += fmt.Sprintln(c, p.line, p.withheld)
		}
	}
	return text
}

func (w *world) check() {
	for _, total := range ledger.TrialBalance(w.book.Balances()) {
		if !total.Net().IsZero() {
			w.Fatalf("the book does not balance: %+v", total)
		}
	}
	for id, a := range w.book.auths {
		for what, x := range map[string]money.Amount{
			"held": a.held, "captured": a.captured, "refunded": a.refunded, "charged back": a.chargedBack, "disputed": a.disputed, "left": a.left(),
		} {
			if x.IsNegative() {
				w.Fatalf("%s: %s is %s", id, what, x)
			}
		}
		if a.captured.Add(a.held).Decimal().GreaterThan(a.asked.Decimal()) {
			w.Fatalf("%s: captured %s and held %s of %s", id, a.captured, a.held, a.asked)
		}
	}
	w.checkOwed()
}

// checkOwed compares the bank's debt with a count of its own: unsettled
// amounts, and the differences of earlier batches.
func (w *world) checkOwed() {
	for _, c := range []money.Currency{"EUR", "JPY"} {
		owed := decimal.Zero
		for _, p := range w.book.pending[c] {
			if !p.dropped {
				owed = owed.Add(p.line.Gross().Decimal())
			}
		}
		for _, f := range w.book.breaks {
			if f.currency == c && f.item == nil {
				owed = owed.Add(f.owed.Decimal())
			}
		}
		if got := w.book.credit(processorAccount, c); !got.Equal(owed) {
			w.Fatalf("the bank owes %s %s, and counts %s", got, c, owed)
		}
	}
}

func TestBook_HoldsWhateverComes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		t.Repeat(map[string]func(*rapid.T){
			"authorize": func(*rapid.T) { w.authorize() },
			"later":     func(*rapid.T) { w.later() },
			"again": func(*rapid.T) {
				if len(w.requests) > 0 {
					w.ask(rapid.SampledFrom(w.requests).Draw(w.T, "again"), Wish{})
				}
			},
			"reverse":  func(*rapid.T) { w.reverse() },
			"confirm":  func(*rapid.T) { w.confirm() },
			"settle":   func(*rapid.T) { w.settle() },
			"control":  func(*rapid.T) { w.control() },
			"evidence": func(*rapid.T) { w.evidence() },
			"wait":     func(*rapid.T) { w.wait() },
			"restart":  func(*rapid.T) { w.restart() },
			"":         func(*rapid.T) { w.check() },
		})
	})
}

// Everything decided and told by a batch's covers_until is in it or in an
// earlier one, once, and nothing else is.
func TestSettle_ListsEverythingOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		steps := []func(){w.authorize, w.later, w.confirm, w.wait, w.wait}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			rapid.SampledFrom(steps).Draw(t, "step")()
			if rapid.IntRange(0, 9).Draw(t, "cut off") == 0 {
				r := w.book.Settle(w.now, Order{})
				w.apply(r)
				w.batches = append(w.batches, r.Batches...)
			}
		}
		listed := map[string]time.Time{}
		covered := map[money.Currency]time.Time{}
		for _, s := range w.batches {
			for _, l := range s.Lines {
				if _, twice := listed[l.Reference]; twice {
					t.Fatalf("%s is listed twice", l.Reference)
				}
				if !l.BookedAt.After(covered[s.Currency]) || l.BookedAt.After(s.CoversUntil) {
					t.Fatalf("%s of %s is in a batch from %s until %s", l.Reference, l.BookedAt, covered[s.Currency], s.CoversUntil)
				}
				listed[l.Reference] = l.BookedAt
			}
			covered[s.Currency] = s.CoversUntil
		}
		for id, a := range w.book.ops {
			_, in := listed[id]
			booked := a.item != nil
			if due := booked && !a.At.After(covered[a.asked.Currency()]); in != due {
				t.Fatalf("%s of %s: listed %t, due %t", id, a.At, in, due)
			}
		}
	})
}
