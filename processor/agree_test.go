package processor_test

import (
	"time"

	"github.com/shopspring/decimal"

	"sandbank/ledger"
	"sandbank/money"
	"sandbank/processor"
	"sandbank/processor/invariant"
	"sandbank/settlement"
)

// holds checks every invariant.
func (w *world) holds() {
	w.t.Helper()
	report, err := invariant.Check(w.ctx, w.store, w.clock.Now(), 1000*time.Hour)
	if err != nil {
		w.t.Fatalf("checked the invariants: %v", err)
	}
	for _, v := range report.Violations {
		w.t.Errorf("invariant: %s", v)
	}
	if len(report.Violations) > 0 {
		w.t.Fatalf("the invariants do not hold")
	}
}

// agree compares the ledger with the banks' books: a bank's debt by its own
// book, and the fees it kept, are the ledger's receivable, breaks (written-off
// ones included) and fees. Exact is for banks without reversed captures in a
// settlement: then fees and debts agree each by itself.
func (w *world) agree(exact bool) {
	w.t.Helper()
	balances, err := w.store.Balances(w.ctx)
	if err != nil {
		w.t.Fatalf("read the balances: %v", err)
	}
	for _, total := range ledger.TrialBalance(balances) {
		if !total.Net().IsZero() {
			w.t.Errorf("the balances in %s do not add up: %s over", total.Currency, total.Net())
		}
	}
	written := map[string]decimal.Decimal{}
	for _, k := range recordsOf[settlement.Break](w, processor.RecordFilter{Kind: processor.BreakRecord, Status: string(settlement.BreakWrittenOff)}) {
		written[k.Bank+string(k.Currency)] = written[k.Bank+string(k.Currency)].Add(k.Effect.Decimal())
	}
	for bic, b := range w.banks {
		if bic == liar.Identifier {
			continue
		}
		for _, c := range b.temper.Currencies {
			owed, kept := written[bic+string(c)], net(balances, ledger.BankFees(bic), c)
			for _, a := range []ledger.Account{ledger.BankReceivable(bic), ledger.Breaks(bic)} {
				owed = owed.Add(net(balances, a, c))
			}
			bankKept := net(b.Balances(), "fees", c).Neg()
			if got, want := owed.Add(kept), b.Owed(c).Decimal().Add(bankKept); !got.Equal(want) {
				w.t.Errorf("%s: by the ledger it owes and keeps %s %s, by its own book %s", bic, got, c, want)
			}
			if exact && !owed.Equal(b.Owed(c).Decimal()) {
				w.t.Errorf("%s: by the ledger it owes %s %s, by its own book %s", bic, owed, c, b.Owed(c))
			}
		}
	}
}

func net(balances []ledger.Balance, a ledger.Account, c money.Currency) decimal.Decimal {
	for _, b := range balances {
		if b.Account == a && b.Currency == c {
			return b.Net()
		}
	}
	return decimal.Zero
}

func sameBalance(a, b ledger.Balance) bool {
	return a.Account == b.Account && a.Currency == b.Currency && a.Debits.Equal(b.Debits) && a.Credits.Equal(b.Credits)
}
