package processor_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"sandbank/internal/iso20022"
	"sandbank/money"
	"sandbank/processor"
	"sandbank/settlement"
	"sandbank/settlement/statement"
)

// The files of many cut-offs are valid by the published schemas. Each bank's
// account goes on where it ended, in the processor's files as in the bank's own.
func TestStatement_EachGoesOnWhereTheLastEnded(t *testing.T) {
	const size = 140
	d := wholeDay(t, size, func(d *day, round int) {
		if round > 0 && round%5 == 0 {
			for _, bic := range d.bics() {
				d.cutOff(bic)
			}
			d.deliver()
		}
	})
	type account struct {
		bank     string
		currency money.Currency
	}
	closing, seen := map[account]money.Amount{}, 0
	files := map[statement.Format][][]byte{}
	list := recordsOf[settlement.Settlement](d.world, processor.RecordFilter{Kind: processor.SettlementRecord})
	slices.Reverse(list) // oldest first
	for _, s := range list {
		got, err := d.proc.Statement(d.ctx, s)
		d.ok(err)
		at := account{s.Bank, s.Currency}
		if before, known := closing[at]; known && !before.Equal(got.Opening.Amount) || !known && !got.Opening.IsZero() {
			t.Errorf("%s: the statement of %s opens with %s after %s", s.Bank, s.Batch, got.Opening, before)
		} else if known {
			seen++
		}
		closing[at] = got.Opening.Add(s.Net.Amount)
		for _, f := range statement.Formats() {
			var b bytes.Buffer
			d.ok(got.Write(&b, f))
			files[f] = append(files[f], b.Bytes())
			var own bytes.Buffer
			d.ok(d.banks[s.Bank].files[s.Batch].Write(&own, f))
			if !bytes.Equal(own.Bytes(), b.Bytes()) {
				t.Errorf("%s: the bank's own %s of %s differs:\n%s\n%s", s.Bank, f, s.Batch, own.String(), b.String())
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d statements went on from another", seen)
	}
	iso20022.Validate(t, "camt.053.001.08", files[statement.Camt053]...)
	iso20022.Validate(t, "camt.054.001.08", files[statement.Camt054]...)
}

// A batch that overtook the one before it is still the later one.
func TestStatement_GoesOnByTheBanksOrder(t *testing.T) {
	w := one(t)
	var batches [][]byte
	for _, value := range []string{"10.00", "5.00"} {
		w.pays(value)
		w.deliver()
		w.clock.Advance(time.Second)
		w.cutOff("SANDNL2A")
		batches = append(batches, w.batches()...)
	}
	w.hear(batches[1:])
	w.clock.Advance(time.Second)
	w.hear(batches[:1])
	w.proc.Sweep(w.ctx)
	w.wait(time.Second)
	for _, s := range recordsOf[settlement.Settlement](w, processor.RecordFilter{Kind: processor.SettlementRecord}) {
		got, err := w.proc.Statement(w.ctx, s)
		if err != nil {
			t.Fatal(err)
		}
		if own := w.banks[s.Bank].files[s.Batch]; !own.Opening.Equal(got.Opening) {
			t.Errorf("the statement of batch %d opens with %s, the bank's own with %s", s.Sequence, got.Opening, own.Opening)
		}
	}
}
