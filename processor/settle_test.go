package processor_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"sandbank/broker/wire"
	"sandbank/fault"
	. "sandbank/internal/processortest"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/settlement"
	"sandbank/store/sqlite"
)

// one is a world with one bank and no payment.
func one(t *testing.T) *world {
	t.Helper()
	store, err := sqlite.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, context.WithoutCancel(t.Context()), store, brisk)
	t.Cleanup(func() { w.end(); w.holds(); w.agree(false); _ = store.Close() })
	return w
}

// pays sends a payment to its bank.
func (w *world) pays(value string) payment.Payment {
	w.t.Helper()
	n := Wish()
	n.Amount = money.Must(value, "EUR")
	p, _, err := w.proc.Create(w.ctx, n)
	if err == nil {
		p, err = w.proc.Pay(w.ctx, p.ID, Visa, "")
	}
	if err != nil {
		w.t.Fatalf("created and paid a payment of %s: %v", value, err)
	}
	return p
}

// Each payment is within what an amount may be; together they are not.
func TestSettlement_OfTheLargestPayments(t *testing.T) {
	w := one(t)
	for range 2 {
		w.pays("999999999999.00")
	}
	w.deliver()
	w.cutOff("SANDNL2A")
	w.deliver()
	list := recordsOf[settlement.Settlement](w, processor.RecordFilter{Kind: processor.SettlementRecord})
	if len(list) != 1 || list[0].Status != settlement.Matched || list[0].Credits.Value() != "1999999999998.00" {
		t.Fatalf("settlements are %+v", list)
	}
	made, err := w.proc.PayOut(w.ctx, processor.Everyone())
	if err != nil || len(made) != 1 {
		t.Fatalf("paid out is %+v, %v", made, err)
	}
	w.wait(time.Hour)
	if got := recordsOf[settlement.Payout](w, processor.RecordFilter{Kind: processor.PayoutRecord}); got[0].Status != settlement.PayoutPaid {
		t.Errorf("an hour later it is %s", got[0].Status)
	}
}

// A bank of anybody's making that leaves out what it owes, or states it in
// another currency, is not believed, and does not disturb later
// reconciliations.
func TestSettlement_OwedIsInItsCurrency(t *testing.T) {
	for name, owed := range map[string]string{"yen": `"owed":{"value":"0","currency":"JPY"}`, "none": `"owing":null`} {
		w := one(t)
		w.pays("10.00")
		w.deliver()
		w.cutOff("SANDNL2A")
		good := w.pull()
		bad := bytes.Replace(good[0], []byte(`"owed":{"value":"0.00","currency":"EUR"}`), []byte(owed), 1)
		if h := w.proc.Results(w.ctx, [][]byte{bad}); !h[0].Reject {
			t.Errorf("%s: taken: %+v", name, h)
		}
		w.proc.Sweep(w.ctx)
		if _, err := w.proc.Reconcile(w.ctx); err != nil {
			t.Errorf("reconciled after a settlement with a bad %s: %v", name, err)
		}
		w.hear(good)
		w.proc.Sweep(w.ctx)
	}
}

// A bank sends its batches in order; with two processors at work, the second may
// be stored before the first. The lines of the first are not missing.
func TestSettlement_BatchesAreMatchedInOrder(t *testing.T) {
	for name, hear := range map[string]func(*world, [][]byte){
		"together, the later one first": func(w *world, b [][]byte) { w.hear([][]byte{b[1], b[0]}); w.proc.Sweep(w.ctx) },
		"one by one":                    func(w *world, b [][]byte) { w.hear(b[1:]); w.proc.Sweep(w.ctx); w.hear(b[:1]); w.proc.Sweep(w.ctx) },
	} {
		w := one(t)
		w.pays("10.00")
		w.deliver()
		w.cutOff("SANDNL2A")
		w.clock.Advance(time.Second)
		w.pays("5.00")
		for _, answer := range w.answered() {
			w.hear([][]byte{answer})
		}
		w.cutOff("SANDNL2A")
		hear(w, w.batches())
		w.wait(2 * time.Second)
		w.proc.Sweep(w.ctx)
		for _, s := range recordsOf[settlement.Settlement](w, processor.RecordFilter{Kind: processor.SettlementRecord}) {
			if s.Status != settlement.Matched || s.Matched != 1 {
				t.Errorf("%s: batch %d is %s with %d matched of %d", name, s.Sequence, s.Status, s.Matched, s.Lines)
			}
		}
	}
}

// The first batch may never come: the second is not held up for good.
func TestSettlement_WaitsNoLongerForTheBatchBefore(t *testing.T) {
	w := one(t)
	w.pays("10.00")
	w.deliver()
	w.cutOff("SANDNL2A")
	first := w.pull()
	w.cutOff("SANDNL2A")
	w.hear(w.pull())
	w.proc.Sweep(w.ctx)
	for _, c := range []struct {
		after time.Duration
		want  settlement.Status
	}{{0, settlement.Received}, {30 * time.Second, settlement.Received}, {time.Minute, settlement.Broken}} {
		w.wait(c.after)
		w.proc.Sweep(w.ctx)
		if s := recordsOf[settlement.Settlement](w, processor.RecordFilter{Kind: processor.SettlementRecord})[0]; s.Status != c.want {
			t.Errorf("after %s more it is %s, not %s", c.after, s.Status, c.want)
		}
	}
	w.hear(first)
	w.proc.Sweep(w.ctx)
}

// answered has the bank handle its requests, and moves its answers, not its
// batches, on to the processor.
func (w *world) answered() (answers [][]byte) {
	for _, r := range w.take("SANDNL2A") {
		w.ask(r)
	}
	return w.off(func(kind string) bool { return kind != wire.SettlementType })
}

func (w *world) batches() [][]byte {
	return w.off(func(kind string) bool { return kind == wire.SettlementType })
}

// off takes messages of some kinds off their way to the processor.
func (w *world) off(is func(kind string) bool) (taken [][]byte) {
	all := w.pull()
	for _, body := range all {
		if is(wire.TypeOf(body)) {
			taken = append(taken, body)
		} else {
			w.results = append(w.results, body)
		}
	}
	return taken
}

// A batch waits for an answer as long as the payment does: it must not call
// unknown what is captured a moment later.
func TestSettlement_WaitsAsLongAsTheBankMayTake(t *testing.T) {
	w := one(t)
	w.deadline = 10 * time.Minute
	w.restart()
	w.pays("10.00")
	answers := w.answered()
	w.cutOff("SANDNL2A")
	w.hear(w.batches())
	w.wait(2 * time.Minute)
	w.proc.Sweep(w.ctx)
	w.hear(answers)
	w.wait(time.Second)
	if s := recordsOf[settlement.Settlement](w, processor.RecordFilter{Kind: processor.SettlementRecord})[0]; s.Status != settlement.Matched || s.Matched != 1 {
		t.Errorf("it is %s with %d matched", s.Status, s.Matched)
	}
}

// The money that a bank keeps of a settled and then reversed capture is its fee,
// and not an unexplained difference.
func TestReconcile_ExplainsTheFeeOfAReversedCapture(t *testing.T) {
	w := one(t)
	w.pays("20.00")
	w.answered()
	w.cutOff("SANDNL2A")
	w.hear(w.batches())
	w.wait(31 * time.Second) // the bank's time is up: the payment fails, and is reversed
	w.wait(time.Minute)
	w.deliver()
	w.cutOff("SANDNL2A")
	w.deliver()
	list, err := w.proc.Reconcile(w.ctx)
	if err != nil || len(list) != 1 || !list[0].Explained() || !list[0].Claim.IsZero() {
		t.Errorf("reconciled after a reversed capture: want one explained position without a claim, got %+v, %v", list, err)
	}
	w.agree(true)
}

// The bank may handle two captures in another order than they were asked for. A
// final one must not release the amount of the earlier one.
func TestCapture_FinalWaitsForTheOneBefore(t *testing.T) {
	w, p := small(t, payment.CaptureManual)
	w.deliver()
	if _, _, err := w.operate(p, payment.OpCapture, "12.00", ""); err != nil {
		t.Fatal(err)
	}
	final := processor.NewOperation{Merchant: p.Merchant, Payment: p.ID, Kind: payment.OpCapture, Amount: money.Must("3.00", "EUR"), Final: true}
	_, _, refused := w.proc.Operate(w.ctx, final)
	asked := w.take("SANDNL2A")
	for n := len(asked) - 1; n >= 0; n-- {
		w.ask(asked[n])
	}
	w.deliver()
	if got := w.payment(p.ID); !got.Captured().Equal(money.Must("12.00", "EUR")) || fault.Code(refused) != "operation_in_progress" {
		t.Errorf("captured %s, and the final one: %v", got.Captured(), refused)
	}
	if _, _, err := w.proc.Operate(w.ctx, final); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	w.deliver()
	if got := w.payment(p.ID); got.Status != payment.Captured || !got.Captured().Equal(money.Must("15.00", "EUR")) {
		t.Errorf("at the end it is %s with %s captured", got.Status, got.Captured())
	}
}

// A bank that pays a written-off break after all keeps its fee, as of any
// capture: the whole written-off amount comes back.
func TestReconcile_ExplainsWhatCameAfterAll(t *testing.T) {
	w, k := broken(t, wire.BreakMissing)
	if _, err := w.proc.WriteOff(w.ctx, k.ID, "ada", "too small"); err != nil {
		t.Fatal(err)
	}
	w.command("SANDNL2A", wire.Controls{Command: wire.CommandCorrect, Settlement: k.Batch})
	w.cutOff("SANDNL2A")
	w.deliver()
	late := recordsOf[settlement.Break](w, processor.RecordFilter{Kind: processor.BreakRecord, Status: string(settlement.BreakOpen)})
	if len(late) != 1 || late[0].Effect.Value() != "-20.00" {
		t.Fatalf("what came after all is %+v", late)
	}
	for _, then := range []func(){func() {}, func() { _, _ = w.proc.WriteOff(w.ctx, late[0].ID, "ada", "it came after all") }} {
		then()
		if list, err := w.proc.Reconcile(w.ctx); err != nil || len(list) != 1 || !list[0].Explained() {
			t.Errorf("reconciled after what came after all: want one explained position, got %+v, %v", list, err)
		}
		w.agree(true)
	}
}
