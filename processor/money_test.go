package processor_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"sandbank/bank/book"
	"sandbank/broker/wire"
	"sandbank/fault"
	. "sandbank/internal/processortest"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/settlement"
	"sandbank/store/sqlite"
)

// small is a world with one bank, and a payment of 20.00 under way.
func small(t *testing.T, mode payment.CaptureMode) (*world, payment.Payment) {
	t.Helper()
	store, err := sqlite.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, context.WithoutCancel(t.Context()), store, brisk)
	t.Cleanup(func() { w.end(); w.holds(); w.agree(false); _ = store.Close() })
	wish := Wish()
	wish.Amount, wish.Capture = money.Must("20.00", "EUR"), mode
	p, _, err := w.proc.Create(w.ctx, wish)
	if err == nil {
		_, err = w.proc.Pay(w.ctx, p.ID, Visa, "")
	}
	if err != nil {
		t.Fatal(err)
	}
	return w, p
}

func (w *world) operate(p payment.Payment, kind payment.OperationKind, amount, key string) (payment.Operation, bool, error) {
	n := processor.NewOperation{Merchant: p.Merchant, Payment: p.ID, Kind: kind, IdempotencyKey: key}
	if amount != "" {
		n.Amount = money.Must(amount, "EUR")
	}
	return w.proc.Operate(w.ctx, n)
}

func TestOperate_ReplaysTheFirstAnswer(t *testing.T) {
	w, p := small(t, payment.CaptureManual)
	w.deliver()
	first, replayed, err := w.operate(p, payment.OpCapture, "5.00", "k")
	if err != nil || replayed || first.Status != payment.OpPending {
		t.Fatalf("captured 5.00: want a pending operation that is no replay, got %+v, %t, %v", first, replayed, err)
	}
	w.deliver()
	again, replayed, err := w.operate(p, payment.OpCapture, "5.00", "k")
	if err != nil || !replayed || fmt.Sprint(again) != fmt.Sprint(first) {
		t.Errorf("again: %+v, %t, %v", again, replayed, err)
	}
	if _, _, err := w.operate(p, payment.OpCapture, "6.00", "k"); fault.Code(err) != "idempotency_key_reused" {
		t.Errorf("another body: %v", err)
	}
	if other, replayed, err := w.operate(p, payment.OpRefund, "1.00", "k"); err != nil || replayed || other.ID == first.ID {
		t.Errorf("the key of a capture is one of a refund: %+v, %t, %v", other, replayed, err)
	}
	foreign := p
	foreign.Merchant = "other-shop"
	if _, _, err := w.operate(foreign, payment.OpCapture, "1.00", ""); !fault.Is(err, fault.NotFound) {
		t.Errorf("another merchant's: %v", err)
	}
	w.deliver()
	if got := w.payment(p.ID); !got.Captured().Equal(money.Must("5.00", "EUR")) || !got.Refunded().Equal(money.Must("1.00", "EUR")) {
		t.Errorf("captured %s, refunded %s", got.Captured(), got.Refunded())
	}
}

// pull takes what banks said off its way to the processor.
func (w *world) pull() [][]byte {
	list := w.results
	w.results = nil
	return list
}

// bank has the bank take everything that was asked of it.
func (w *world) bankAnswers() [][]byte {
	for _, r := range w.take("SANDNL2A") {
		w.ask(r)
	}
	return w.pull()
}

func TestSettlement_WaitsForTheAnswerThatItPaysFor(t *testing.T) {
	w, _ := small(t, payment.CaptureAutomatic)
	answers := w.bankAnswers()
	w.cutOff("SANDNL2A")
	w.hear(w.pull())
	w.proc.Sweep(w.ctx)
	status := func() settlement.Settlement {
		return recordsOf[settlement.Settlement](w, processor.RecordFilter{Kind: processor.SettlementRecord})[0]
	}
	if s := status(); s.Status != settlement.Received {
		t.Fatalf("before the answer it is %s", s.Status)
	}
	w.hear(answers)
	w.wait(time.Second)
	if s := status(); s.Status != settlement.Matched || s.Matched != 1 {
		t.Errorf("after it, it is %s with %d matched", s.Status, s.Matched)
	}
}

// An answer that never comes does not hold up a batch for good.
func TestSettlement_WaitsNoLongerThanAMinute(t *testing.T) {
	w, p := small(t, payment.CaptureAutomatic)
	w.bankAnswers()
	w.cutOff("SANDNL2A")
	w.hear(w.pull())
	w.wait(29 * time.Second)
	if n := len(recordsOf[settlement.Break](w, processor.RecordFilter{Kind: processor.BreakRecord})); n != 0 {
		t.Fatalf("%d breaks while the bank may still answer", n)
	}
	w.wait(time.Minute)
	w.proc.Sweep(w.ctx)
	breaks := recordsOf[settlement.Break](w, processor.RecordFilter{Kind: processor.BreakRecord})
	if len(breaks) != 1 || breaks[0].Kind != wire.BreakUnknown || w.payment(p.ID).Status != payment.Failed {
		t.Errorf("%+v, and the payment is %s", breaks, w.payment(p.ID).Status)
	}
	w.deliver() // the reversal
	w.cutOff("SANDNL2A")
	w.deliver()
	if k := recordsOf[settlement.Break](w, processor.RecordFilter{Kind: processor.BreakRecord})[0]; k.Status != settlement.BreakCorrected || !k.Effect.IsZero() {
		t.Errorf("after the reversal the break is %s with %s left", k.Status, k.Effect)
	}
}

// broken is a settled payment with a break of a kind.
func broken(t *testing.T, kind wire.BreakKind) (*world, settlement.Break) {
	t.Helper()
	w, _ := small(t, payment.CaptureAutomatic)
	w.deliver()
	w.command("SANDNL2A", wire.Controls{Command: wire.CommandPlant, Breaks: []wire.Plant{{Kind: kind, Currency: "EUR"}}})
	w.cutOff("SANDNL2A")
	batch := w.pull()
	w.hear(batch)
	w.hear(batch) // once more changes nothing
	w.proc.Sweep(w.ctx)
	breaks := recordsOf[settlement.Break](w, processor.RecordFilter{Kind: processor.BreakRecord})
	if len(breaks) != 1 || breaks[0].Kind != kind || breaks[0].Status != settlement.BreakOpen {
		t.Fatalf("breaks are %+v", breaks)
	}
	return w, breaks[0]
}

func (w *world) settlementOf(k settlement.Break) settlement.Settlement {
	r, err := w.store.RecordOf(w.ctx, processor.SettlementRecord, k.Settlement)
	if err != nil {
		w.t.Fatalf("read the settlement of break %s: %v", k.ID, err)
	}
	s, _ := processor.Decode[settlement.Settlement](r)
	return s
}

func TestBreak_IsClaimedAndCorrected(t *testing.T) {
	for _, kind := range wire.BreakKinds() {
		w, k := broken(t, kind)
		if s := w.settlementOf(k); s.Status != settlement.Broken || s.OpenBreaks != 1 {
			t.Errorf("%s: the settlement is %s with %d open breaks", kind, s.Status, s.OpenBreaks)
		}
		claimed, err := w.proc.Claim(w.ctx, k.ID)
		if err != nil || !claimed.Claimed {
			t.Fatalf("%s: claimed %t, %v", kind, claimed.Claimed, err)
		}
		w.deliver()
		w.cutOff("SANDNL2A")
		w.deliver()
		now := recordsOf[settlement.Break](w, processor.RecordFilter{Kind: processor.BreakRecord})
		if len(now) != 1 || now[0].Status != settlement.BreakCorrected || !now[0].Effect.IsZero() || !now[0].Claimed {
			t.Errorf("%s: after the correction %+v", kind, now)
		}
		if s := w.settlementOf(k); s.Status != settlement.Resolved || s.OpenBreaks != 0 {
			t.Errorf("%s: then the settlement is %s with %d open breaks", kind, s.Status, s.OpenBreaks)
		}
		if _, err := w.proc.Claim(w.ctx, k.ID); fault.Code(err) != "break_resolved" {
			t.Errorf("%s: claimed once more: %v", kind, err)
		}
	}
}

func TestBreak_IsWrittenOffAndTheMerchantPaid(t *testing.T) {
	for _, kind := range wire.BreakKinds() {
		w, k := broken(t, kind)
		off, err := w.proc.WriteOff(w.ctx, k.ID, "ada", "too small")
		if err != nil || off.Status != settlement.BreakWrittenOff || off.ResolvedBy != "ada" || off.Entry == "" {
			t.Fatalf("wrote off a break of kind %s: want it written off by ada with an entry, got %+v, %v", kind, off, err)
		}
		if s := w.settlementOf(k); s.Status != settlement.Resolved {
			t.Errorf("%s: the settlement is %s", kind, s.Status)
		}
		if _, err := w.proc.WriteOff(w.ctx, k.ID, "ada", "again"); fault.Code(err) != "break_resolved" {
			t.Errorf("%s: once more: %v", kind, err)
		}
		made, err := w.proc.PayOut(w.ctx, processor.Everyone())
		if err != nil || len(made) != 1 || made[0].Amount.Value() != "19.47" {
			t.Errorf("%s: paid out is %+v, %v", kind, made, err)
		}
		w.wait(time.Hour)
	}
}

// From the capture to the merchant's account, with a refund and a dispute.
func TestMoney_FromCaptureToPayout(t *testing.T) {
	w, p := small(t, payment.CaptureManual)
	w.deliver()
	for _, step := range []struct {
		kind   payment.OperationKind
		amount string
	}{{payment.OpCapture, "12.00"}, {payment.OpRefund, "2.00"}} {
		if _, _, err := w.operate(p, step.kind, step.amount, ""); err != nil {
			t.Fatal(err)
		}
		w.deliver()
	}
	now := w.payment(p.ID)
	if err := w.proc.Steer(w.ctx, "SANDNL2A", wire.Controls{Command: wire.CommandDispute}, &now); err != nil {
		t.Fatal(err)
	}
	w.deliver()
	now = w.payment(p.ID)
	if len(now.Disputes) != 1 || now.Disputes[0].Amount.Value() != "10.00" || now.Disputes[0].Status != payment.DisputeNeedsResponse {
		t.Fatalf("disputes are %+v", now.Disputes)
	}
	if _, _, err := w.proc.Respond(w.ctx, processor.Only("other-shop"), now.Disputes[0].ID, "x"); !fault.Is(err, fault.NotFound) {
		t.Errorf("another merchant's: %v", err)
	}
	if d, _, err := w.proc.Respond(w.ctx, processor.Only(p.Merchant), now.Disputes[0].ID, book.WinningEvidence); err != nil || d.Status != payment.DisputeUnderReview {
		t.Fatalf("responded to a dispute: want it under review, got %+v, %v", d, err)
	}
	w.deliver()
	w.wait(3 * time.Second)
	w.deliver()
	if d := w.payment(p.ID).Disputes[0]; d.Status != payment.DisputeWon {
		t.Fatalf("the dispute is %s", d.Status)
	}
	w.cutOff("SANDNL2A")
	w.deliver()
	if made, err := w.proc.PayOut(w.ctx, processor.Only(p.Merchant)); err != nil || len(made) != 0 {
		t.Errorf("12.00 less 0.42, 2.00 and 15.00 are paid out: %+v, %v", made, err)
	}
	if _, _, err := w.operate(p, payment.OpCapture, "8.00", ""); err != nil {
		t.Fatal(err)
	}
	w.deliver()
	w.cutOff("SANDNL2A")
	w.deliver()
	made, err := w.proc.PayOut(w.ctx, processor.Only(p.Merchant))
	if err != nil || len(made) != 1 || made[0].Amount.Value() != "2.22" || made[0].Fees.Value() != "15.78" || made[0].Items != 5 {
		t.Fatalf("paid out is %+v, %v", made, err)
	}
	w.wait(time.Hour)
	if got := recordsOf[settlement.Payout](w, processor.RecordFilter{Kind: processor.PayoutRecord}); got[0].Status != settlement.PayoutPaid {
		t.Errorf("an hour later it is %s", got[0].Status)
	}
}
