package ledger

import (
	"sort"

	"github.com/shopspring/decimal"

	"sandbank/money"
)

// Balance is an account's debits and credits in one currency.
type Balance struct {
	Account  Account
	Currency money.Currency
	Debits   decimal.Decimal
	Credits  decimal.Decimal
}

// Net returns debits less credits: positive for a debt to the processor,
// negative for its debt or income.
func (b Balance) Net() decimal.Decimal { return b.Debits.Sub(b.Credits) }

type line struct {
	account  Account
	currency money.Currency
}

// Fold sums postings into balances.
type Fold map[line]Balance

// Add folds one entry in.
func (f Fold) Add(e Entry) {
	for _, p := range e.Postings {
		f.Posting(p)
	}
}

// Posting folds one posting in.
func (f Fold) Posting(p Posting) {
	key := line{p.Account, p.Amount.Currency()}
	b := f[key]
	b.Account, b.Currency = key.account, key.currency
	if p.Side == Debit {
		b.Debits = b.Debits.Add(p.Amount.Decimal())
	} else {
		b.Credits = b.Credits.Add(p.Amount.Decimal())
	}
	f[key] = b
}

// Of returns the balance of one account in one currency.
func (f Fold) Of(a Account, c money.Currency) Balance {
	b := f[line{a, c}]
	b.Account, b.Currency = a, c
	return b
}

// Merge folds a stored balance in.
func (f Fold) Merge(b Balance) {
	key := line{b.Account, b.Currency}
	sum := f[key]
	sum.Account, sum.Currency = b.Account, b.Currency
	sum.Debits, sum.Credits = sum.Debits.Add(b.Debits), sum.Credits.Add(b.Credits)
	f[key] = sum
}

// Balances lists the fold by account, then currency.
func (f Fold) Balances() []Balance {
	list := make([]Balance, 0, len(f))
	for _, b := range f {
		list = append(list, b)
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].Account != list[j].Account {
			return list[i].Account < list[j].Account
		}
		return list[i].Currency < list[j].Currency
	})
	return list
}

// TrialBalance sums all debits and all credits, by currency; if they differ, the
// book is wrong.
func TrialBalance(balances []Balance) []Balance {
	f := Fold{}
	for _, b := range balances {
		b.Account = ""
		f.Merge(b)
	}
	return f.Balances()
}
