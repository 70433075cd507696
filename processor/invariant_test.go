package processor_test

import (
	"context"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"sandbank/broker/wire"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/processor/invariant"
	"sandbank/settlement"
)

// tampered is a store whose records were tampered with.
type tampered struct {
	moneyStore
	hand func([]processor.Record) []processor.Record
}

func (s tampered) AllRecords(ctx context.Context) iter.Seq2[processor.Record, error] {
	return func(yield func(processor.Record, error) bool) {
		var list []processor.Record
		for r, err := range s.moneyStore.AllRecords(ctx) {
			if err != nil {
				yield(r, err)
				return
			}
			list = append(list, r)
		}
		for _, r := range s.hand(list) {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// rewritten changes the documents of a kind.
func rewritten[T any](kind processor.RecordKind, change func(*T)) func([]processor.Record) []processor.Record {
	return func(list []processor.Record) []processor.Record {
		for n, r := range list {
			if v, err := processor.Decode[T](r); r.Kind == kind && err == nil {
				change(&v)
				list[n] = processor.NewRecord(r, v)
			}
		}
		return list
	}
}

// lived is a world in which there is one of everything that is kept of money.
func lived(t *testing.T) *world {
	w, p := small(t, payment.CaptureManual)
	w.deliver()
	for _, step := range []payment.OperationKind{payment.OpCapture, payment.OpRefund} {
		if _, _, err := w.operate(p, step, map[payment.OperationKind]string{payment.OpCapture: "18.00", payment.OpRefund: "2.00"}[step], ""); err != nil {
			t.Fatal(err)
		}
		w.deliver()
	}
	w.command("SANDNL2A", wire.Controls{Command: wire.CommandPlant, Breaks: []wire.Plant{{Kind: wire.BreakFee, Currency: "EUR"}}})
	w.cutOff("SANDNL2A")
	w.deliver()
	if made, err := w.proc.PayOut(w.ctx, processor.Everyone()); err != nil || len(made) != 1 {
		t.Fatalf("paid everyone out: want one payout, got %+v, %v", made, err)
	}
	w.wait(time.Hour)
	now := w.payment(p.ID)
	if err := w.proc.Steer(w.ctx, "SANDNL2A", wire.Controls{Command: wire.CommandDispute}, &now); err != nil {
		t.Fatal(err)
	}
	w.deliver()
	return w
}

// The check finds every tampered record of money.
func TestInvariants_FindATamperedRecord(t *testing.T) {
	w := lived(t)
	cent := money.Must("0.01", "EUR")
	for name, c := range map[string]struct {
		hand func([]processor.Record) []processor.Record
		says string
	}{
		"nothing": {func(list []processor.Record) []processor.Record { return list }, ""},
		"a hold is gone": {func(list []processor.Record) []processor.Record {
			return slices.DeleteFunc(list, func(r processor.Record) bool { return r.Kind == processor.HoldRecord })
		}, "has no hold"},
		"a batch paid more":               {rewritten(processor.SettlementRecord, func(s *settlement.Settlement) { s.Net = s.Net.Add(cent).Net() }), "bank:SANDNL2A:cash"},
		"a break is not counted":          {rewritten(processor.SettlementRecord, func(s *settlement.Settlement) { s.OpenBreaks-- }), "open breaks"},
		"a payout was of more":            {rewritten(processor.PayoutRecord, func(p *settlement.Payout) { p.Amount = p.Amount.Add(cent) }), "its items"},
		"a payout left elsewhere":         {rewritten(processor.PayoutRecord, func(p *settlement.Payout) { p.Shares[0].Bank = "SLOWDE2A" }), "bank:SLOWDE2A:cash"},
		"a break where nothing is booked": {rewritten(processor.BreakRecord, func(k *settlement.Break) { k.Bank = "SLOWDE2A" }), "bank:SLOWDE2A:breaks"},
		"a dispute was won":               {rewritten(processor.DisputeRecord, func(d *payment.DisputeResource) { d.Status = payment.DisputeWon }), "dispute"},
		"a dispute is gone": {func(list []processor.Record) []processor.Record {
			return slices.DeleteFunc(list, func(r processor.Record) bool { return r.Kind == processor.DisputeRecord })
		}, "dispute"},
	} {
		report, err := invariant.Check(w.ctx, tampered{w.store, c.hand}, w.clock.Now(), 1000*time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if said := strings.Join(report.Violations, "\n"); c.says == "" && said != "" || !strings.Contains(said, c.says) {
			t.Errorf("checked the invariants after tampering, %s: want %q, got %q", name, c.says, said)
		}
	}
}
