// Package ledger is the double-entry book: balanced entries of debits and
// credits, appended and never changed, chained by hash. It is pure: stores keep
// its entries, and a sealer gives them their numbers and hashes in batches, so
// that the chain never slows a payment down.
//
//	capture of 20.00 EUR at SANDNL2A for demo-shop, fee 0.53
//
//	  debit   bank:SANDNL2A:receivable   20.00   the bank owes us
//	  credit  merchant:demo-shop:payable 19.47   we owe the merchant
//	  credit  fees                        0.53   we earned
package ledger

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"sandbank/money"
)

// Side is debit or credit.
type Side string

// The sides.
const (
	Debit  Side = "debit"
	Credit Side = "credit"
)

// Account names a line in the chart of accounts. An account holds one balance
// per currency.
type Account string

// Posting is one line of an entry; its amount is positive.
type Posting struct {
	Account Account      `json:"account"`
	Side    Side         `json:"side"`
	Amount  money.Amount `json:"amount"`
}

// Entry is one booking. Once stored it never changes; a correction is another
// entry.
type Entry struct {
	ID          string    `json:"id"`  // ent_ + UUIDv7
	Key         string    `json:"key"` // idempotency key: the store refuses a second booking with the same key
	Kind        string    `json:"kind"`
	Payment     string    `json:"payment,omitempty"`
	Description string    `json:"description"`
	At          time.Time `json:"at"`
	Postings    []Posting `json:"postings"`
}

// Check returns the first reason why the entry is not a proper booking.
func (e Entry) Check() error {
	if e.ID == "" || e.Key == "" || e.Kind == "" {
		return fmt.Errorf("ledger: an entry needs id, key and kind")
	}
	if len(e.Postings) < 2 {
		return fmt.Errorf("ledger: entry %s has %d postings; it takes two", e.ID, len(e.Postings))
	}
	sums := map[money.Currency]decimal.Decimal{}
	for _, p := range e.Postings {
		if !p.Amount.IsPositive() || !p.Amount.Currency().Known() {
			return fmt.Errorf("ledger: entry %s posts %s to %s; amounts are positive", e.ID, p.Amount, p.Account)
		}
		switch p.Side {
		case Debit:
			sums[p.Amount.Currency()] = sums[p.Amount.Currency()].Add(p.Amount.Decimal())
		case Credit:
			sums[p.Amount.Currency()] = sums[p.Amount.Currency()].Sub(p.Amount.Decimal())
		default:
			return fmt.Errorf("ledger: entry %s has a posting that is neither debit nor credit", e.ID)
		}
	}
	for currency, sum := range sums {
		if !sum.IsZero() {
			return fmt.Errorf("ledger: entry %s does not balance: %s %s over", e.ID, sum, currency)
		}
	}
	return nil
}
