package processor_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"sandbank/broker/wire"
	"sandbank/fault"
	"sandbank/internal/engine"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/settlement"
	"sandbank/store/postgres"
)

// pair is a world whose one store two processors work on.
func pair(t *testing.T) (w *world, both [2]*processor.Processor) {
	t.Helper()
	store, err := postgres.Open(t.Context(), engine.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	w = newWorld(t, context.WithoutCancel(t.Context()), store, brisk)
	first, end := w.proc, w.end
	w.start()
	t.Cleanup(func() { end(); w.end(); w.holds(); _ = store.Close() })
	return w, [2]*processor.Processor{first, w.proc}
}

// atOnce has both processors do the same at the same time.
func atOnce(both [2]*processor.Processor, do func(*processor.Processor)) {
	var all sync.WaitGroup
	for _, p := range both {
		all.Go(func() { do(p) })
	}
	all.Wait()
}

// refundedTwice has both processors refund as many parts as they can of captured
// payments; two parts fit into each.
func (w *world) refundedTwice(both [2]*processor.Processor) (paid []payment.Payment) {
	for range 10 {
		paid = append(paid, w.pays("20.00"))
	}
	w.deliver()
	for _, p := range paid {
		n := processor.NewOperation{Merchant: p.Merchant, Payment: p.ID, Kind: payment.OpRefund, Amount: money.Must("7.00", "EUR")}
		atOnce(both, func(proc *processor.Processor) {
			for range 3 {
				if _, _, err := proc.Operate(w.ctx, n); err != nil && !fault.Is(err, fault.Unprocessable) {
					w.t.Errorf("refund: %v", err)
				}
			}
		})
	}
	return paid
}

// Two processors that act at once have one effect: batches matched, breaks
// written off or corrected, payouts made and arrived once, and no more captured
// or refunded than there is.
func TestTwoProcessors_MoveMoneyOnce(t *testing.T) {
	w, both := pair(t)
	payOut := func() {
		atOnce(both, func(proc *processor.Processor) {
			if _, err := proc.PayOut(w.ctx, processor.Everyone()); err != nil {
				t.Errorf("pay out: %v", err)
			}
		})
	}
	var paid []payment.Payment
	for range 4 {
		paid = append(paid, w.refundedTwice(both)...)
		w.command("SANDNL2A", wire.Controls{Command: wire.CommandPlant, Breaks: []wire.Plant{{Kind: wire.BreakMissing}, {Kind: wire.BreakFee}, {Kind: wire.BreakWrongAmount}}})
		for _, r := range w.take("SANDNL2A") {
			w.ask(r)
		}
		w.hear(w.off(func(kind string) bool { return kind != wire.SettlementType }))
		w.cutOff("SANDNL2A")
		w.cutOff("SANDNL2A")
		w.hear(w.batches())
		open := recordsOf[settlement.Break](w, processor.RecordFilter{Kind: processor.BreakRecord, Status: string(settlement.BreakOpen)})
		var busy sync.WaitGroup
		busy.Go(func() {
			atOnce(both, func(proc *processor.Processor) {
				for _, k := range open {
					if _, err := proc.WriteOff(w.ctx, k.ID, "ada", "small"); err != nil && fault.Code(err) != "break_resolved" {
						t.Errorf("write off: %v", err)
					}
				}
			})
		})
		busy.Go(payOut)
		atOnce(both, func(proc *processor.Processor) { proc.Sweep(w.ctx) })
		busy.Wait()
		w.wait(2 * time.Second)
		atOnce(both, func(proc *processor.Processor) { proc.Sweep(w.ctx) })
		payOut()
		w.clock.Advance(time.Hour)
		atOnce(both, func(proc *processor.Processor) { proc.Sweep(w.ctx) })
		w.holds()
	}
	for _, p := range paid {
		if got := w.payment(p.ID); got.Refunded().Value() != "14.00" {
			t.Errorf("of %s, %s is refunded", p.ID, got.Refunded())
		}
	}
}
