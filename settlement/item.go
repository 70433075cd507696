// Package settlement follows booked money until it arrives: each bank's debts
// and their reasons, the bank's settlement batches, the breaks between the two,
// and the payouts to merchants. It is pure: it gets items and messages, and
// returns the entries to book.
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

// ItemKind is the kind of a movement of money.
type ItemKind string

// The kinds. Banks settle the first three; captures and the last four change the
// debt to a merchant.
const (
	ItemCapture         ItemKind = "capture"
	ItemRefund          ItemKind = "refund"
	ItemChargeback      ItemKind = "chargeback"
	ItemRefundReserved  ItemKind = "refund_reserved"
	ItemRefundReleased  ItemKind = "refund_released"
	ItemDisputeHeld     ItemKind = "dispute_held"
	ItemDisputeReturned ItemKind = "dispute_returned"
)

// Settles reports whether the bank's batches have to list items of this kind.
func (k ItemKind) Settles() bool {
	return k == ItemCapture || k == ItemRefund || k == ItemChargeback
}

// Pays reports whether items of this kind change the debt to a merchant.
func (k ItemKind) Pays() bool { return k != ItemRefund && k != ItemChargeback }

// ItemState tells how far an item is settled.
type ItemState string

// The states.
const (
	ItemOpen    ItemState = "open"    // waits for the bank's batch
	ItemMissing ItemState = "missing" // a batch should have listed it and did not
	ItemSettled ItemState = "settled" // listed; or of a kind that no bank lists
)

// Item is one movement of money that is settled by a bank, paid out to a
// merchant, or both.
type Item struct {
	// ID is the message id of the request that moved the money. A chargeback has
	// its [ChargebackID]; an item that no bank lists has the id of the refund or
	// dispute with a suffix.
	ID          string       `json:"id"`
	Line        string       `json:"line,omitempty"` // the item's name in the bank's batch, if it is not the id
	Kind        ItemKind     `json:"kind"`
	Of          string       `json:"of"` // id of the capture, refund or dispute
	Merchant    string       `json:"merchant"`
	Bank        string       `json:"bank"`
	Payment     string       `json:"payment"`
	Reference   string       `json:"reference"` // the merchant's reference
	Amount      money.Amount `json:"amount"`
	MerchantFee money.Amount `json:"merchant_fee"`
	BankFee     money.Amount `json:"bank_fee"`  // the bank's fee
	BookedAt    time.Time    `json:"booked_at"` // by the bank's clock, which decides the cut-off
	State       ItemState    `json:"state"`
	Settlement  string       `json:"settlement,omitempty"`  // that listed it, or should have
	WrittenOff  bool         `json:"written_off,omitempty"` // missing and given up: it counts as settled although the bank did not
	Payout      string       `json:"payout,omitempty"`
}

// ChargebackID returns the id of a chargeback's item. The bank's name for the
// dispute is not enough: two banks may choose the same name, and one bank may
// choose it for disputes of two payments.
func ChargebackID(bank, payment, dispute string) string { return bank + ":" + payment + ":" + dispute }

// FormerChargebackIDs are the ids of chargebacks from before [ChargebackID].
func FormerChargebackIDs(bank, dispute string) []string {
	return []string{dispute, bank + ":" + dispute}
}

// IDs returns the item ids that a settlement line may refer to.
func IDs(bank string, l wire.Line) []string {
	if l.Kind == wire.LineCapture || l.Kind == wire.LineRefund {
		return []string{l.Reference}
	}
	return append(FormerChargebackIDs(bank, l.Reference), ChargebackID(bank, l.Payment, l.Reference))
}

// Named returns the item's name in the bank's batch.
func (i Item) Named() string { return cmp.Or(i.Line, i.ID) }

// Credit reports whether the bank owes the item; otherwise it is deducted.
func (i Item) Credit() bool { return i.Kind == ItemCapture }

// Claim is what a bank owes for an item that it settles, less than nothing where it deducts it; zero for
// any other.
func (i Item) Claim() money.Net {
	if !i.Kind.Settles() {
		return money.Zero(i.Amount.Currency()).Net()
	}
	return i.signed(i.Amount).Net()
}

// signed gives an amount its sign from the processor's side.
func (i Item) signed(a money.Amount) money.Amount {
	if i.Credit() {
		return a
	}
	return a.Neg()
}

// Net returns the change in the debt to the merchant.
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

// GivenUp returns a missing item as settled without the bank.
func (i Item) GivenUp() Item {
	i.State, i.WrittenOff = ItemSettled, true
	return i
}

// Payable reports whether the item can go into a payout.
func (i Item) Payable() bool { return i.Kind.Pays() && i.State == ItemSettled && i.Payout == "" }

// receivable is the account on which the bank owes it.
func (i Item) receivable() ledger.Account { return ledger.BankReceivable(i.Bank) }
