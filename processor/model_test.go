package processor_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"sandbank/bank"
	"sandbank/broker/wire"
	"sandbank/fault"
	"sandbank/internal/engine"
	. "sandbank/internal/processortest"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/processor"
	"sandbank/settlement"
	"sandbank/store/postgres"
	"sandbank/store/sqlite"
)

// model is a world in which anything may happen next.
type model struct {
	*world
	*rapid.T
	ids    []string  // of payments
	heard  [][]byte  // of banks, which may come again
	asked  []request // likewise, of the processor
	checks bool      // the invariants, after every step
}

type request = wire.Request

// brisk and grumpy are two banks: one answers always and deals in yen too, the
// other says no or nothing now and then.
var (
	brisk  = bank.Temper{Identifier: "SANDNL2A", Currencies: []money.Currency{"EUR", "JPY"}}
	grumpy = bank.Temper{Identifier: "SLOWDE2A", Currencies: []money.Currency{"EUR"}, Declines: 0.1, Silent: 0.1, RefundsRejected: 0.2}
)

func (m *model) pay() {
	n := Wish()
	n.Merchant = rapid.SampledFrom([]string{"demo-shop", "other-shop"}).Draw(m.T, "merchant")
	n.Bank = rapid.SampledFrom(m.bics()).Draw(m.T, "bank")
	c := rapid.SampledFrom(m.banks[n.Bank].temper.Currencies).Draw(m.T, "currency")
	n.Amount = m.amount(c, 3000)
	n.Capture = rapid.SampledFrom([]payment.CaptureMode{payment.CaptureAutomatic, payment.CaptureManual}).Draw(m.T, "capture")
	p, _, err := m.proc.Create(m.ctx, n)
	m.ok(err)
	m.ids = append(m.ids, p.ID)
	m.try(p.ID)
}

func (m *model) amount(c money.Currency, most int64) money.Amount {
	return money.Of(decimal.New(rapid.Int64Range(1, most).Draw(m.T, "minor"), -c.Decimals()), c)
}

func (m *model) try(id string) {
	card := Visa
	card.Behavior = rapid.SampledFrom([]instrument.Behavior{instrument.Neutral, instrument.Neutral, instrument.DisputeLost, instrument.DisputeWon}).Draw(m.T, "card")
	_, err := m.proc.Pay(m.ctx, id, card, "")
	m.may(err)
}

// may expects a refusal where the command is impossible.
func (m *model) may(err error) {
	if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Unprocessable) {
		m.Fatalf("%v", err)
	}
}

func (m *model) ok(err error) {
	if err != nil {
		m.Fatalf("%v", err)
	}
}

// some is one of the payments.
func (m *model) some() (payment.Payment, bool) {
	if len(m.ids) == 0 {
		return payment.Payment{}, false
	}
	return m.payment(rapid.SampledFrom(m.ids).Draw(m.T, "payment")), true
}

func (m *model) operate() {
	p, ok := m.some()
	if !ok {
		return
	}
	n := processor.NewOperation{
		Merchant: p.Merchant, Payment: p.ID, Kind: rapid.SampledFrom([]payment.OperationKind{payment.OpCapture, payment.OpRefund, payment.OpVoid}).Draw(m.T, "kind"),
		Final: rapid.IntRange(0, 3).Draw(m.T, "final") == 0,
	}
	if n.Kind != payment.OpVoid && rapid.Bool().Draw(m.T, "part") {
		n.Amount = m.amount(p.Amount.Currency(), 3000)
	}
	_, _, err := m.proc.Operate(m.ctx, n)
	m.may(err)
}

func (m *model) cancelOrRetry() {
	if p, ok := m.some(); ok && p.Status == payment.Created {
		m.try(p.ID)
	} else if ok {
		_, err := m.proc.Cancel(m.ctx, p.ID, payment.ByMerchant)
		m.may(err)
	}
}

// bankWorks has a bank take some of its requests, in another order than they were
// sent: it takes its time, for each another one.
func (m *model) bankWorks() {
	bic := rapid.SampledFrom(m.bics()).Draw(m.T, "bank")
	list := m.take(bic)
	for n := rapid.IntRange(1, 4).Draw(m.T, "requests"); n > 0 && len(list) > 0; n-- {
		i := rapid.IntRange(0, min(2, len(list)-1)).Draw(m.T, "which")
		m.ask(list[i])
		m.asked = append(m.asked, list[i])
		list = slices.Delete(list, i, i+1)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests[bic] = append(list, m.requests[bic]...)
}

// processorHears takes some of what banks said. Answers and batches may have
// overtaken one another.
func (m *model) processorHears() {
	n := min(rapid.IntRange(1, 5).Draw(m.T, "results"), len(m.results))
	if n >= 2 && rapid.Bool().Draw(m.T, "swapped") {
		i := rapid.IntRange(0, n-2).Draw(m.T, "place")
		if a, b := m.results[i], m.results[i+1]; wire.TypeOf(a) != wire.SettlementType {
			m.results[i], m.results[i+1] = b, a
		}
	}
	m.heardNow(n)
}

func (m *model) heardNow(n int) {
	list := slices.Clone(m.results[:n])
	m.results = m.results[n:]
	m.hear(list)
	m.heard = append(m.heard, list...)
	m.proc.Sweep(m.ctx)
}

// again delivers earlier messages once more.
func (m *model) again() {
	if len(m.heard) > 0 {
		m.hear([][]byte{m.heard[rapid.IntRange(0, len(m.heard)-1).Draw(m.T, "result")]})
	}
	if len(m.asked) > 0 {
		m.ask(m.asked[rapid.IntRange(0, len(m.asked)-1).Draw(m.T, "request")])
	}
}

func (m *model) time() {
	d := rapid.SampledFrom([]time.Duration{time.Second, 3 * time.Second, 6 * time.Second, 31 * time.Second, 2 * time.Hour, 8 * 24 * time.Hour}).Draw(m.T, "time")
	if d > time.Minute { // what is on its way has arrived by then
		m.heardNow(len(m.results))
	}
	m.wait(d)
}

func (m *model) settle() { m.cutOff(rapid.SampledFrom(m.bics()).Draw(m.T, "bank")) }

func (m *model) plant() {
	kind := rapid.SampledFrom(wire.BreakKinds()).Draw(m.T, "break")
	m.command(rapid.SampledFrom(m.bics()).Draw(m.T, "bank"), wire.Controls{Command: wire.CommandPlant, Breaks: []wire.Plant{{Kind: kind}}})
}

// workOff claims a break at its bank, or gives it up.
func (m *model) workOff() {
	breaks := recordsOf[settlement.Break](m.world, processor.RecordFilter{Kind: processor.BreakRecord, Status: string(settlement.BreakOpen)})
	if len(breaks) == 0 {
		return
	}
	k := breaks[rapid.IntRange(0, len(breaks)-1).Draw(m.T, "break")]
	var err error
	if rapid.Bool().Draw(m.T, "claim") {
		_, err = m.proc.Claim(m.ctx, k.ID)
	} else {
		_, err = m.proc.WriteOff(m.ctx, k.ID, "ada", "small")
	}
	m.ok(err)
}

func (m *model) dispute() {
	p, ok := m.some()
	if !ok || !p.Refundable().IsPositive() {
		return
	}
	m.may(m.proc.Steer(m.ctx, p.Approved().Bank, wire.Controls{Command: wire.CommandDispute, Reason: "fraudulent"}, &p))
}

func (m *model) respond() {
	p, ok := m.some()
	if !ok || len(p.Disputes) == 0 {
		return
	}
	d := p.Disputes[len(p.Disputes)-1]
	_, _, err := m.proc.Respond(m.ctx, processor.Only(p.Merchant), d.ID, rapid.SampledFrom([]string{"losing_evidence", "winning_evidence"}).Draw(m.T, "evidence"))
	m.may(err)
}

func (m *model) payOut() {
	_, err := m.proc.PayOut(m.ctx, processor.Everyone())
	m.ok(err)
}

func (m *model) restartSomething() {
	if rapid.Bool().Draw(m.T, "processor") {
		m.world.restart()
		return
	}
	m.banks[rapid.SampledFrom(m.bics()).Draw(m.T, "bank")].restart()
}

// lastCutOff lets everything come to its end, with a last one.
func (m *model) lastCutOff() {
	for range 4 { // operations time out, authorizations run out, disputes are decided
		m.deliver()
		m.wait(8 * 24 * time.Hour)
	}
	m.deliver()
	for _, bic := range m.bics() {
		m.cutOff(bic)
	}
	m.deliver()
	m.wait(2 * time.Minute)
}

// finish lets everything come to its end, with a last cut-off, and holds the
// ledger against the banks' books.
func (m *model) finish() {
	m.lastCutOff()
	m.holds()
	m.agree(false)
	for _, id := range m.ids {
		p := m.payment(id)
		if !p.Status.Final() || !p.DueAt.IsZero() {
			m.Errorf("payment %s is still %s at the end", id, p.Status)
		}
		for _, d := range p.Disputes {
			if !d.Status.Final() && p.Operations[0].ReversalID == "" {
				m.Errorf("dispute %s of %s is still %s at the end", d.ID, id, d.Status)
			}
		}
	}
	for _, bic := range m.bics() {
		open, err := m.store.Items(m.ctx, processor.ItemFilter{Bank: bic, State: settlement.ItemOpen, Limit: 1000})
		m.ok(err)
		for _, i := range open {
			m.Errorf("after the last cut-off, item %s (%s) is still open", i.ID, i.Kind)
		}
	}
	m.payOut()
	m.wait(2 * time.Hour)
	m.holds()
}

func (m *model) steps() map[string]func(*rapid.T) {
	steps := map[string]func(){
		"pay": m.pay, "pay more": m.pay, "operate": m.operate, "operate more": m.operate, "cancel or retry": m.cancelOrRetry,
		"bank works": m.bankWorks, "bank works on": m.bankWorks, "processor hears": m.processorHears, "processor hears more": m.processorHears,
		"again": m.again, "time": m.time, "settle": m.settle, "plant": m.plant, "work off": m.workOff, "dispute": m.dispute,
		"respond": m.respond, "pay out": m.payOut, "restart": m.restartSomething,
		"deliver": m.deliver,
	}
	if m.keep > 0 {
		steps["let go"], steps["day"], steps["day more"] = m.letGo, m.day, m.day
	}
	out := map[string]func(*rapid.T){"": func(*rapid.T) {
		if m.checks {
			m.holds()
		}
	}}
	for name := range maps.Keys(steps) {
		out[name] = func(*rapid.T) { steps[name]() }
	}
	return out
}

// whatever runs random sequences until the time is over, each in a world of its
// own.
func whatever(t *testing.T, within time.Duration, checks bool, open func() (moneyStore, func())) {
	keeping(t, 0, within, checks, open)
}

// keeping does the same with payments that go, but for the newest ones, or those of three hours.
func keeping(t *testing.T, keep int, within time.Duration, checks bool, open func() (moneyStore, func())) (gone int) {
	during(t, within, func() bool { return keep == 0 || gone > 0 }, func(rt *rapid.T) {
		store, end := open()
		defer end()
		w := newWorld(rt, t.Context(), store, brisk, grumpy)
		defer func() { w.end() }()
		if w.keep = keep; keep > 0 {
			w.archived = map[string]processor.Departed{}
			if rapid.Bool().Draw(rt, "by age") {
				w.age = 3 * time.Hour
			}
			w.restart()
		}
		m := &model{world: w, T: rt, checks: checks}
		rt.Repeat(m.steps())
		m.finish()
		if keep > 0 {
			m.day()
			gone += len(w.gone)
		}
	})
	return gone
}

// during checks a property again and again within a time, and longer until it was enough; a failure may take
// longer to be made small.
func during(t *testing.T, within time.Duration, enough func() bool, property func(*rapid.T)) {
	begun, failed := time.Now(), false
	rapid.Check(t, func(rt *rapid.T) {
		if !failed && time.Since(begun) > within && enough() {
			return
		}
		ended := false
		defer func() { failed = failed || !ended || rt.Failed() }()
		property(rt)
		ended = true
	})
}

// Under any sequence of events, the money adds up, and every bank agrees with
// the ledger to the cent.
func TestMoney_AddsUpWhateverHappens(t *testing.T) {
	whatever(t, 8*time.Second, true, func() (moneyStore, func()) {
		s, err := sqlite.Open(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		return s, func() { _ = s.Close() }
	})
}

func TestMoney_AddsUpOnPostgreSQL(t *testing.T) {
	whatever(t, 6*time.Second, false, func() (moneyStore, func()) {
		s, err := postgres.Open(t.Context(), engine.Database(t))
		if err != nil {
			t.Fatal(err)
		}
		return s, func() { _ = s.Close() }
	})
}
