package object

import (
	"sandbank/ledger"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/settlement"
)

// The categories of what moves a balance. Nothing here moves it as capital, a correction or a top-up would.
const (
	paymentsCategory    = "payments"
	refundsCategory     = "refunds"
	chargebacksCategory = "chargebacks"
	transfersCategory   = "transfers"
	feesCategory        = "fee-prepayments"
)

var categories = []string{paymentsCategory, refundsCategory, chargebacksCategory, "capital", transfersCategory, feesCategory, "corrections", "topups"}

// Movement is one change of a balance.
type Movement struct {
	Category, Type string
	Fee            string // the kind of fee; "" for what is none
	Method         string // "" where the payment is gone, or there is none
	Amount         money.Amount
}

// byStatus are the sorts that a movement belongs to below a status, from the widest to the narrowest.
func (m Movement) byStatus() []Sort { return append([]Sort{{Type: m.Type}}, m.below()...) }

// byCategory are those below a category and a status.
func (m Movement) byCategory() []Sort {
	if m.Fee != "" {
		return m.below()
	}
	return m.byStatus()
}

func (m Movement) below() (list []Sort) {
	if m.Fee != "" {
		list = append(list, Sort{Part: "fee"}, Sort{Fee: m.Fee})
	}
	if m.Method != "" {
		list = append(list, Sort{Method: m.Method})
	}
	return list
}

// Origin is what a report says of the payment behind a movement. The zero value is that of a payment that is gone.
type Origin struct {
	Method string
	ByHand bool // captured by the merchant
}

// OriginOf is what a report says of a payment.
func OriginOf(p payment.Payment) Origin {
	o := Origin{ByHand: p.CaptureMode == payment.CaptureManual}
	if m := method(p, NoteOf(p)); m != nil {
		o.Method = *m
	}
	return o
}

// Entry is what an entry of the ledger moves a balance by: nothing where it has no posting to the account in the currency.
func Entry(e ledger.Entry, account ledger.Account, c money.Currency, of Origin) []Movement {
	net, fee := money.Zero(c), money.Zero(c)
	for _, p := range e.Postings {
		amount := p.Amount
		if amount.Currency() != c {
			continue
		}
		if p.Side == ledger.Debit {
			amount = amount.Neg()
		}
		switch p.Account {
		case account:
			net = net.Add(amount)
		case ledger.Fees:
			fee = fee.Add(amount)
		}
	}
	return moved(e.Kind, net, fee, of)
}

// moved are the movements of one kind of entry: what changed the balance, and the fee that was taken from it.
func moved(kind string, net, fee money.Amount, of Origin) (list []Movement) {
	add := func(m Movement) {
		if !m.Amount.IsZero() {
			list = append(list, m)
		}
	}
	category, name, feeName := paymentsCategory, "payment", "payment-fee"
	switch kind {
	case ledger.CaptureKind:
		if of.ByHand {
			name, feeName = "capture", "capture-fee"
		}
	case ledger.RefundReservedKind:
		category, name = refundsCategory, "refund"
	case ledger.RefundReleasedKind:
		category, name = refundsCategory, "returned-refund"
	case ledger.DisputeOpenedKind:
		category, name, feeName = chargebacksCategory, "chargeback", "chargeback-fee"
	case ledger.DisputeWonKind:
		category, name = chargebacksCategory, "chargeback-reversal"
	case ledger.PayoutKind:
		category, name = transfersCategory, "outgoing-transfer"
	default: // no other kind posts to what a merchant is owed
		category, name = "corrections", "balance-correction"
	}
	add(Movement{Category: category, Type: name, Method: of.Method, Amount: net.Add(fee)})
	add(Movement{Category: feesCategory, Type: "fee-prepayment", Fee: feeName, Method: of.Method, Amount: fee.Neg()})
	return list
}

// kinds are those of the entries that booked the items of payouts.
var kinds = map[settlement.ItemKind]string{
	settlement.ItemCapture: ledger.CaptureKind, settlement.ItemRefundReserved: ledger.RefundReservedKind, settlement.ItemRefundReleased: ledger.RefundReleasedKind,
	settlement.ItemDisputeHeld: ledger.DisputeOpenedKind, settlement.ItemDisputeReturned: ledger.DisputeWonKind,
}

// Item is what an item of a payout moves to what is available.
func Item(i settlement.Item, of Origin) []Movement {
	return moved(kinds[i.Kind], i.Net().Amount, i.MerchantFee, of)
}

// Rest is what a payout moved that its items, of which these are the movements, do not account for, since some were let go.
func Rest(p settlement.Payout, there []Movement) (list []Movement) {
	left := map[string]money.Amount{
		paymentsCategory: p.Captured, refundsCategory: p.Refunded.Neg(), chargebacksCategory: p.Disputed.Neg(), feesCategory: p.Fees.Neg(),
	}
	for _, m := range there {
		left[m.Category] = left[m.Category].Sub(m.Amount)
	}
	for _, m := range []Movement{
		{Category: paymentsCategory, Type: "payment"}, {Category: refundsCategory, Type: "refund"}, {Category: chargebacksCategory, Type: "chargeback"},
		{Category: feesCategory, Type: "fee-prepayment", Fee: "payment-fee"},
	} {
		if m.Amount = left[m.Category]; !m.Amount.IsZero() {
			list = append(list, m)
		}
	}
	return list
}
