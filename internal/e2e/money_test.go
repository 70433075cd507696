package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"sandbank/bank"
	"sandbank/broker/wire"
	"sandbank/identity"
	"sandbank/internal/iso20022"
	. "sandbank/internal/processortest"
	"sandbank/ledger"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/settlement"
	"sandbank/settlement/statement"
)

// records are the newest of a kind, decoded.
func records[T any](ctx context.Context, from processor.Records, f processor.RecordFilter) (list []T, err error) {
	f.Limit = 1000
	found, err := from.Records(ctx, f)
	if err != nil {
		return nil, err
	}
	for _, r := range found {
		v, err := processor.Decode[T](r)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// cutOff ends every bank's day, kills banks and broker with the commands or the
// batches in hand, and returns the breaks once everything is matched.
func (d *day) cutOff() (breaks []settlement.Break) {
	d.Helper()
	operator := d.as(identity.DemoOperator, d.bases[1])
	for _, b := range bank.Seven() {
		if err := operator.Settle(d.Context(), b.Identifier); err != nil {
			d.Fatal(err)
		}
	}
	for _, p := range d.banks {
		p.kill()
	}
	d.crash(d.rabbit)()
	for _, p := range d.banks {
		p.start()
	}
	again(d.processors[0])()
	d.await("every batch is matched", func(ctx context.Context) error {
		open, err := d.store.Items(ctx, processor.ItemFilter{State: settlement.ItemOpen, Limit: 1000})
		if err == nil && len(open) > 0 {
			err = fmt.Errorf("%d items wait, such as %+v", len(open), open[0])
		}
		return err
	})
	breaks, err := records[settlement.Break](d.Context(), d.store, processor.RecordFilter{Kind: processor.BreakRecord})
	if err != nil {
		d.Fatal(err)
	}
	var kinds []wire.BreakKind
	for _, k := range breaks {
		if kinds = append(kinds, k.Kind); k.Bank != "MISCBE2A" || k.Status != settlement.BreakOpen {
			d.Errorf("a break that nobody planted: %+v", k)
		}
	}
	planted := wire.BreakKinds()
	slices.Sort(kinds)
	slices.Sort(planted)
	if !slices.Equal(kinds, planted) {
		d.Errorf("the breaks are %v, planted were %v", kinds, planted)
	}
	d.reconciled()
	return breaks
}

// reconciled holds the processor's book against every bank's: they differ by
// exactly the five breaks.
func (d *day) reconciled() {
	d.Helper()
	list, err := d.as(identity.DemoOperator, d.bases[1]).Reconcile(d.Context())
	if err != nil {
		d.Fatal(err)
	}
	banks, named := map[string]bool{}, 0
	for _, p := range list {
		for _, k := range p.OpenBreaks {
			if named += k.Count; p.Bank != "MISCBE2A" {
				d.Errorf("%s has breaks: %+v", p.Bank, p)
			}
		}
		if banks[p.Bank] = true; !p.Unexplained.IsZero() || p.Owed == nil {
			d.Errorf("%s in %s is not explained: %+v", p.Bank, p.Currency, p)
		}
	}
	if named != len(wire.BreakKinds()) || len(banks) < 5 {
		d.Errorf("%d breaks at %d banks are named: %+v", named, len(banks), list)
	}
}

// paidOut pays the merchants, kills both processors meanwhile, and compares the
// payouts with the payments: all but the capture that the bank has left out.
func (d *day) paidOut(breaks []settlement.Break) {
	d.Helper()
	operator := d.as(identity.DemoOperator, d.bases[0])
	if _, err := operator.Breaks(d.Context(), breaks[0].Settlement); err != nil { // with a token in hand the kill hits the payout
		d.Fatal(err)
	}
	var beside sync.WaitGroup
	beside.Go(func() {
		made, err := operator.PayOut(d.Context())
		d.Logf("killed in the middle of paying out: %d were made, %v", len(made), err)
	})
	for _, p := range d.processors {
		again(p)()
	}
	beside.Wait()
	paid := d.arrived()
	leftOut := ""
	for _, k := range breaks {
		if k.Kind == wire.BreakMissing {
			leftOut = k.Reference
		}
	}
	var payments []payment.Payment
	for _, id := range d.ids {
		p, err := d.store.Payment(d.Context(), id)
		if err != nil {
			d.Fatal(err)
		}
		payments = append(payments, p)
	}
	if got, want := fmt.Sprint(paid), fmt.Sprint(Earned(payments, leftOut)); got != want || len(paid) < 4 {
		d.Errorf("paid out were %s, earned %s", got, want)
	}
	balances, err := d.store.Balances(d.Context())
	if err != nil {
		d.Fatal(err)
	}
	for _, b := range balances {
		kind, bic := b.Account.Owner()
		if settled := b.Account == ledger.PayoutsInFlight || kind == "bank" && b.Account == ledger.BankReceivable(bic); settled && !b.Net().IsZero() {
			d.Errorf("%s has %s %s left", b.Account, b.Net(), b.Currency)
		}
	}
}

// arrived waits until every merchant is paid, once, and lists the sums, by
// merchant and currency.
func (d *day) arrived() map[string]string {
	d.Helper()
	operator := d.as(identity.DemoOperator, d.bases[1])
	paid := map[string]string{}
	d.await("the payouts have arrived", func(ctx context.Context) error {
		if more, err := operator.PayOut(ctx); err != nil || len(more) > 0 {
			return errors.Join(err, fmt.Errorf("there were %d more", len(more)))
		}
		list, err := records[settlement.Payout](ctx, d.store, processor.RecordFilter{Kind: processor.PayoutRecord})
		if err != nil {
			return err
		}
		clear(paid)
		for _, p := range list {
			if p.Status != settlement.PayoutPaid {
				return fmt.Errorf("%s is %s", p.ID, p.Status)
			}
			key := p.Merchant + " " + string(p.Amount.Currency())
			if _, twice := paid[key]; twice {
				return fmt.Errorf("%s was paid more than once: %+v", key, list)
			}
			paid[key] = p.Amount.Decimal().String()
		}
		return nil
	})
	return paid
}

// delivered compares the banks' files with the processor's files of their
// batches, and checks both against the published schemas.
func (d *day) delivered() {
	d.Helper()
	operator := d.as(identity.DemoOperator, d.bases[0])
	list, err := records[settlement.Settlement](d.Context(), d.store, processor.RecordFilter{Kind: processor.SettlementRecord})
	if err != nil {
		d.Fatal(err)
	}
	files := map[statement.Format][][]byte{}
	for _, s := range list {
		if s.Lines == 0 {
			continue
		}
		for _, f := range statement.Formats() {
			name := fmt.Sprintf("%s-%s-%d%s", s.BusinessDate, s.Currency, s.Sequence, f.Extension())
			theirs, errBank := os.ReadFile(filepath.Join(d.files, s.Bank, name))
			ours, err := operator.SettlementFile(d.Context(), s.ID, string(f))
			if err := errors.Join(errBank, err); err != nil || !bytes.Equal(theirs, ours) {
				d.Errorf("%s: %d bytes from %s, %d from the processor, %v", name, len(theirs), s.Bank, len(ours), err)
			}
			files[f] = append(files[f], ours)
		}
	}
	if len(files[statement.CSV]) < 5 {
		d.Errorf("only %d batches paid for something", len(files[statement.CSV]))
	}
	iso20022.Validate(d, "camt.053.001.08", files[statement.Camt053]...)
	iso20022.Validate(d, "camt.054.001.08", files[statement.Camt054]...)
}
