package processor_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	. "sandbank/processortest"
	"sandbank/settlement"
	"sandbank/sqlite"
)

// one is a world with one bank and no payment.
func one(t *testing.T) *world {
	t.Helper()
	store, err := sqlite.Open(t.Context(), "", time.Now)
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
		w.t.Fatalf("%v", err)
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
	made, err := w.proc.PayOut(w.ctx, "")
	if err != nil || len(made) != 1 {
		t.Fatalf("paid out is %+v, %v", made, err)
	}
	w.wait(time.Hour)
	if got := recordsOf[settlement.Payout](w, processor.RecordFilter{Kind: processor.PayoutRecord}); got[0].Status != settlement.Paid {
		t.Errorf("an hour later it is %s", got[0].Status)
	}
}

// Anybody can write a bank: one that leaves out what it owes, or says it in
// another currency, is not believed, and harms nobody who reconciles later.
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
			t.Errorf("%s: %v", name, err)
		}
		w.hear(good)
		w.proc.Sweep(w.ctx)
	}
}
