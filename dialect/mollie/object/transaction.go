package object

import (
	"time"

	"sandbank/dialect/alias"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/settlement"
)

// Transaction is a Balance Transaction object: one movement of a merchant's balance.
type Transaction struct {
	Resource   string                       `json:"resource"`
	ID         string                       `json:"id"`
	Type       string                       `json:"type"`
	Result     money.Net                    `json:"resultAmount"`
	Initial    money.Net                    `json:"initialAmount"`
	Deductions *money.Net                   `json:"deductions,omitempty"`
	Context    map[string]map[string]string `json:"context"`
	CreatedAt  string                       `json:"createdAt"`
}

// Transactions are numbered within their payment: captures and refunds by their operation, then chargebacks and what of them was
// given back.
const (
	chargebacksFrom = 60
	reversalsFrom   = 80
)

// Transactions are a payment's balance transactions, the newest kinds first. Fee is what the merchant pays for a capture.
func Transactions(p payment.Payment, fee func(merchant string, amount money.Amount) money.Amount) (list []Transaction) {
	zero := money.Zero(p.Amount.Currency())
	add := func(n int, kind, part string, amount, fee money.Amount, at time.Time, id string) {
		context := map[string]string{"paymentId": ID(p), "paymentDescription": p.Description}
		if part != "" {
			context[part] = id
		}
		list = append(list, transaction(nthID(TransactionPrefix, p, n), kind, amount, fee, at, context))
	}
	for i := len(p.Disputes) - 1; i >= 0; i-- {
		d, id := p.Disputes[i], nthID(ChargebackPrefix, p, i+1)
		if d.Status == payment.DisputeWon {
			add(reversalsFrom+i, "chargeback-reversal", "chargebackId", d.Amount, zero, d.DecidedAt, id)
		}
		add(chargebacksFrom+i, "chargeback", "chargebackId", d.Amount.Neg(), d.Fee, d.OpenedAt, id)
	}
	for i := len(p.Operations) - 1; i >= 0; i-- {
		switch o := p.Operations[i]; {
		case o.Kind == payment.OpRefund && o.Status != payment.OpFailed:
			add(i+1, "refund", "refundId", o.Amount.Neg(), zero, o.CreatedAt, nthID(RefundPrefix, p, i+1))
		case o.Kind == payment.OpCapture && o.Status == payment.OpSucceeded && p.CaptureMode == payment.CaptureManual:
			add(i+1, "capture", "captureId", o.Amount, fee(p.Merchant, o.Amount), o.CreatedAt, nthID(CapturePrefix, p, i+1))
		case o.Kind == payment.OpCapture && o.Status == payment.OpSucceeded:
			add(i+1, "payment", "", o.Amount, fee(p.Merchant, o.Amount), o.CreatedAt, "")
		}
	}
	return list
}

// Transfer is a payout as a balance transaction.
func Transfer(p settlement.Payout) Transaction {
	context := map[string]string{"settlementId": alias.ID(SettlementPrefix, p.ID)}
	return transaction(alias.ID(TransactionPrefix, p.ID), "outgoing-transfer", p.Amount.Neg(), money.Zero(p.Amount.Currency()), p.CreatedAt, context)
}

func transaction(id, kind string, amount, fee money.Amount, at time.Time, context map[string]string) Transaction {
	t := Transaction{
		Resource: "balance_transaction", ID: id, Type: kind, Initial: amount.Net(), Result: amount.Sub(fee).Net(), CreatedAt: instant(at),
		Context: map[string]map[string]string{kind: context},
	}
	if fee.IsPositive() {
		deducted := fee.Neg().Net()
		t.Deductions = &deducted
	}
	return t
}
