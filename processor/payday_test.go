package processor_test

import (
	"context"
	"testing"
	"time"

	"sandbank/fault"
	. "sandbank/internal/processortest"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/settlement"
)

// outage is a store that is away now and then.
type outage struct {
	moneyStore
	due, payable bool
	backlog      int
}

var errAway = fault.New(fault.Unavailable, "store_unavailable", "away")

func (o *outage) Due(ctx context.Context, now time.Time, limit int) ([]string, time.Time, error) {
	if o.due {
		return nil, time.Time{}, errAway
	}
	return o.moneyStore.Due(ctx, now, limit)
}

func (o *outage) Payable(ctx context.Context) ([]processor.PayScope, error) {
	if o.payable {
		return nil, errAway
	}
	return o.moneyStore.Payable(ctx)
}

func (o *outage) Backlog(context.Context) (int, error) { return o.backlog, nil }

// A repeated request gets its first answer, even when the outbox is full.
func TestOperate_ReplaysWhileTooMuchWaits(t *testing.T) {
	w, p := small(t, payment.CaptureAutomatic)
	w.deliver()
	store := &outage{moneyStore: w.store}
	w.store = store
	w.restart()
	first, _, err := w.operate(p, payment.OpRefund, "5.00", "k")
	if err != nil {
		t.Fatal(err)
	}
	store.backlog = 1_000_000
	w.proc.Sweep(w.ctx)
	if again, replayed, err := w.operate(p, payment.OpRefund, "5.00", "k"); err != nil || !replayed || again.ID != first.ID {
		t.Errorf("again: %+v, %t, %v", again, replayed, err)
	}
	if _, _, err := w.operate(p, payment.OpRefund, "1.00", ""); fault.Code(err) != "outbox_full" {
		t.Errorf("another: %v", err)
	}
	w.store = store.moneyStore
	w.deliver()
}

// While the store is away at the time of the daily payouts, they are tried again
// in a while, and not at once for as long as it lasts.
func TestPayDaily_WaitsForTheStore(t *testing.T) {
	for name, away := range map[string]outage{"all of it": {due: true}, "the payouts": {payable: true}} {
		w, _ := small(t, payment.CaptureAutomatic)
		w.deliver()
		w.cutOff("SANDNL2A")
		w.deliver()
		store := &outage{moneyStore: w.store}
		w.store, w.payoutAt = store, 13*time.Hour // an hour after noon
		w.restart()
		w.proc.Sweep(w.ctx)
		store.due, store.payable = away.due, away.payable
		w.wait(time.Hour)
		if pause := w.proc.Pause(); pause < time.Second {
			t.Errorf("%s: tried again after %s", name, pause)
		}
		store.due, store.payable = false, false
		w.proc.Sweep(w.ctx)
		if made := recordsOf[settlement.Payout](w, processor.RecordFilter{Kind: processor.PayoutRecord}); len(made) != 1 {
			t.Errorf("%s: afterwards there are %d payouts", name, len(made))
		}
		w.store = store.moneyStore
	}
}

// A processor that was away at the time of the daily payouts makes them when it
// is back, once; one that is new, or was not away, waits for the next time.
func TestPayDaily_CatchesUp(t *testing.T) {
	made := func(w *world) int {
		return len(recordsOf[settlement.Payout](w, processor.RecordFilter{Kind: processor.PayoutRecord}))
	}
	w, _ := small(t, payment.CaptureAutomatic)
	w.deliver()
	w.cutOff("SANDNL2A")
	w.deliver()
	w.payoutAt = 13 * time.Hour // an hour after noon
	w.restart()
	w.proc.Sweep(w.ctx)
	w.restart() // not away at the time
	w.proc.Sweep(w.ctx)
	if n := made(w); n != 0 {
		t.Errorf("before the time there are %d payouts", n)
	}
	w.end()
	w.clock.Advance(2 * time.Hour)
	w.start()
	w.proc.Sweep(w.ctx)
	if n := made(w); n != 1 {
		t.Errorf("after the time there are %d payouts", n)
	}
	later, _, err := w.proc.Create(w.ctx, Wish())
	if err == nil {
		_, err = w.proc.Pay(w.ctx, later.ID, Visa, "")
	}
	if err != nil {
		t.Fatal(err)
	}
	w.deliver()
	w.cutOff("SANDNL2A")
	w.deliver()
	w.restart() // the day's payouts are made
	w.proc.Sweep(w.ctx)
	if n := made(w); n != 1 {
		t.Errorf("on the same day there are %d payouts", n)
	}
	w.wait(23 * time.Hour)
	if n := made(w); n != 2 {
		t.Errorf("the next day there are %d payouts", n)
	}
}
