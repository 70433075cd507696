// Package settlement is how booked money arrives: what each bank owes and why,
// what its settlement batches say against that, the breaks between the two, and
// what is paid out to merchants. It is pure: it is handed items and messages,
// and says what is to be booked.
//
//	capture, refund, lost dispute ──▶ Item (open)
//	bank's batch ──▶ Match ──▶ items settled, breaks, one entry
//	items settled ──▶ Payouts ──▶ merchant
package settlement

import (
	"cmp"
	"time"

	"sandbank/broker/wire"
	"sandbank/ledger"
	"sandbank/money"
)

// ItemKind is what moved money.
type ItemKind string

// The kinds. The first three are settled by the bank; captures and the last four
// change what a merchant is owed.
const (
	ItemCapture         ItemKind = "capture"
	ItemRefund          ItemKind = "refund"
	ItemChargeback      ItemKind = "chargeback"
	ItemRefundReserved  ItemKind = "refund_reserved"
	ItemRefundReleased  ItemKind = "refund_released"
	ItemDisputeHeld     ItemKind = "dispute_held"
	ItemDisputeReturned ItemKind = "dispute_returned"
)

// Settles reports whether the bank's batches have to list it.
func (k ItemKind) Settles() bool {
	return k == ItemCapture || k == ItemRefund || k == ItemChargeback
}

// Pays reports whether it changes what a merchant is owed.
func (k ItemKind) Pays() bool { return k != ItemRefund && k != ItemChargeback }

// ItemState is how far the bank is with an item.
type ItemState string

// The states.
const (
	Open    ItemState = "open"    // waits for the bank's batch
	Missing ItemState = "missing" // a batch should have listed it and did not
	Settled ItemState = "settled" // listed; or nothing that a bank lists
)

// Item is one movement of money that is settled by a bank, paid out to a
// merchant, or both.
type Item struct {
	// ID is the message id of the request that moved the money; of a chargeback, its
	// [ChargebackID]; of what no bank lists, the id of the refund or dispute with a
	// suffix.
	ID          string       `json:"id"`
	Line        string       `json:"line,omitempty"` // what the bank's batch calls it, where that is not the id
	Kind        ItemKind     `json:"kind"`
	Of          string       `json:"of"` // id of the capture, refund or dispute
	Merchant    string       `json:"merchant"`
	Bank        string       `json:"bank"`
	Payment     string       `json:"payment"`
	Reference   string       `json:"reference"` // the merchant's
	Amount      money.Amount `json:"amount"`
	MerchantFee money.Amount `json:"merchant_fee"`
	BankFee     money.Amount `json:"bank_fee"`  // what the bank is to keep
	BookedAt    time.Time    `json:"booked_at"` // by the bank's clock, which rules the cut-off
	State       ItemState    `json:"state"`
	Settlement  string       `json:"settlement,omitempty"`  // that listed it, or should have
	WrittenOff  bool         `json:"written_off,omitempty"` // it was missing and given up: settled without the bank
	Payout      string       `json:"payout,omitempty"`
}

// ChargebackID is the id of a chargeback's item. Its bank's name for the dispute
// alone would not do: banks know nothing of each other, and may choose the same.
func ChargebackID(bank, dispute string) string { return bank + ":" + dispute }

// IDs are the ids that the item may have which a bank's line names. Chargebacks
// that were booked before banks were told apart have the name itself.
func IDs(bank string, l wire.Line) []string {
	if l.Kind == wire.LineCapture || l.Kind == wire.LineRefund {
		return []string{l.Reference}
	}
	return []string{l.Reference, ChargebackID(bank, l.Reference)}
}

// Named is what the bank's batch calls it.
func (i Item) Named() string { return cmp.Or(i.Line, i.ID) }

// Credit reports whether the bank owes it; else it is deducted.
func (i Item) Credit() bool { return i.Kind == ItemCapture }

// signed turns an amount into what it is to the processor.
func (i Item) signed(a money.Amount) money.Amount {
	if i.Credit() {
		return a
	}
	return a.Neg()
}

// Net is what the item changes of what the merchant is owed.
func (i Item) Net() money.Net {
	switch i.Kind {
	case ItemCapture, ItemRefundReleased, ItemDisputeReturned:
		return i.Amount.Sub(i.MerchantFee).Net()
	case ItemRefundReserved, ItemDisputeHeld:
		return i.Amount.Add(i.MerchantFee).Neg().Net()
	case ItemRefund, ItemChargeback:
	}
	return money.Zero(i.Amount.Currency()).Net()
}

// GivenUp is a missing item settled without the bank.
func (i Item) GivenUp() Item {
	i.State, i.WrittenOff = Settled, true
	return i
}

// Payable reports whether the item can go into a payout.
func (i Item) Payable() bool { return i.Kind.Pays() && i.State == Settled && i.Payout == "" }

// receivable is the account on which the bank owes it.
func (i Item) receivable() ledger.Account { return ledger.BankReceivable(i.Bank) }
