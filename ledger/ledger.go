// Package ledger is the double-entry book: balanced entries of debits and
// credits, appended and never changed, chained by hash. It is pure; stores keep
// what it makes, and a sealer gives entries their numbers and hashes in
// batches, so that the chain never slows a payment down.
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

// BankReceivable is what a bank owes for captured payments it has not settled.
func BankReceivable(bic string) Account { return Account("bank:" + bic + ":receivable") }

// MerchantPayable is what is owed to a merchant and not yet paid out.
func MerchantPayable(merchant string) Account { return Account("merchant:" + merchant + ":payable") }

// Fees is what the processor earned.
const Fees Account = "fees"

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
	Key         string    `json:"key"` // idempotency key: the same booking twice is refused by the store
	Kind        string    `json:"kind"`
	Payment     string    `json:"payment,omitempty"`
	Description string    `json:"description"`
	At          time.Time `json:"at"`
	Postings    []Posting `json:"postings"`
}

// Check reports the first way in which the entry is not a proper booking.
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

// Fee is what a merchant pays per captured payment.
type Fee struct {
	Percent decimal.Decimal // 1.4 for 1.4 %
	Fixed   decimal.Decimal // in major units of the payment's currency
}

// StandardFee is 1.4 % + 0.25.
var StandardFee = Fee{Percent: decimal.RequireFromString("1.4"), Fixed: decimal.RequireFromString("0.25")}

// Of is the fee on an amount: rounded half away from zero to the minor unit,
// and never more than the amount.
func (f Fee) Of(a money.Amount) money.Amount {
	raw := a.Decimal().Mul(f.Percent).Shift(-2).Add(f.Fixed)
	fee := money.Of(raw, a.Currency())
	if fee.Decimal().GreaterThan(a.Decimal()) {
		return a
	}
	return fee
}

// CaptureKind is the kind of a capture's entry.
const CaptureKind = "capture"

// Capture is what a capture books.
type Capture struct {
	EntryID, Payment, Merchant, Bank string
	Amount                           money.Amount
	Fee                              Fee
	At                               time.Time
}

// Entry books the capture: the bank owes the amount, the merchant gets it less
// the fee.
func (c Capture) Entry() Entry {
	fee := c.Fee.Of(c.Amount)
	e := Entry{
		ID: c.EntryID, Key: CaptureKind + ":" + c.Payment, Kind: CaptureKind, Payment: c.Payment, At: c.At,
		Description: "Captured " + c.Amount.String() + " at " + c.Bank,
		Postings:    make([]Posting, 0, 3),
	}
	e.Postings = append(e.Postings, Posting{BankReceivable(c.Bank), Debit, c.Amount})
	if net := c.Amount.Sub(fee); net.IsPositive() {
		e.Postings = append(e.Postings, Posting{MerchantPayable(c.Merchant), Credit, net})
	}
	if fee.IsPositive() {
		e.Postings = append(e.Postings, Posting{Fees, Credit, fee})
	}
	return e
}
