package object

import (
	"time"

	"sandbank/dialect/alias"
	"sandbank/identity"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/settlement"
)

// The prefixes of what is about money.
const (
	PayoutPrefix  = "po_"
	AccountPrefix = "acct_"
)

// Balance transactions are numbered within their payment: the charge by its try, then
// refunds by their operation, then disputes.
const (
	refundsFrom  = 20
	disputesFrom = 70
)

// Fees say what a merchant pays for a capture.
type Fees func(merchant string, amount money.Amount) money.Amount

// TransactionNumbers lists a payment's balance transactions, the newest first.
func TransactionNumbers(p payment.Payment) (list []int) {
	for i := len(p.Disputes) - 1; i >= 0; i-- {
		list = append(list, disputesFrom+i)
	}
	for _, n := range Refunds(p) {
		if p.Operations[n-1].Status != payment.OpFailed && n < disputesFrom-refundsFrom {
			list = append(list, refundsFrom+n)
		}
	}
	if a := p.Approved(); a != nil && p.Captured().IsPositive() {
		list = append(list, a.Number)
	}
	return list
}

// Transaction is the balance transaction of a number; nil where there is none.
func (v View) Transaction(p payment.Payment, n int) Object {
	zero := money.Zero(p.Amount.Currency())
	switch a := p.Approved(); {
	case a == nil:
	case n == a.Number && p.Captured().IsPositive():
		fee := zero
		for _, o := range p.Operations {
			if o.Kind == payment.OpCapture && o.Status == payment.OpSucceeded && v.Fees != nil {
				fee = fee.Add(v.Fees(p.Merchant, o.Amount))
			}
		}
		return transaction(p, n, "charge", alias.NthID(ChargePrefix, p.ID, n), p.Captured(), fee, a.DecidedAt)
	case n >= disputesFrom && n-disputesFrom < len(p.Disputes):
		d, sum := p.Disputes[n-disputesFrom], zero
		if d.Status != payment.DisputeWon {
			sum = d.Amount.Neg()
		}
		return transaction(p, n, "adjustment", alias.NthID(DisputePrefix, p.ID, n-disputesFrom+1), sum, d.Fee, d.OpenedAt)
	case n > refundsFrom && n-refundsFrom <= len(p.Operations) && p.Operations[n-refundsFrom-1].Kind == payment.OpRefund:
		o := p.Operations[n-refundsFrom-1]
		if o.Status == payment.OpFailed {
			return nil
		}
		return transaction(p, n, "refund", alias.NthID(RefundPrefix, p.ID, n-refundsFrom), o.Amount.Neg(), zero, o.CreatedAt)
	}
	return nil
}

func transaction(p payment.Payment, n int, kind, source string, amount, fee money.Amount, at time.Time) Object {
	details := []Object{}
	if !fee.IsZero() {
		details = append(details, Object{"amount": Minor(fee), "application": nil, "currency": Code(fee.Currency()), "description": "Sandbank processing fees", "type": "stripe_fee"})
	}
	category := map[string]string{"charge": "charge", "refund": "refund", "adjustment": "dispute"}[kind]
	return New("balance_transaction").With(Object{
		"id": alias.NthID(TransactionPrefix, p.ID, n), "amount": Minor(amount), "fee": Minor(fee), "net": Minor(amount.Sub(fee)), "fee_details": details,
		"currency": Code(amount.Currency()), "created": at.Unix(), "available_on": at.Unix(), "balance_type": "payments", "description": null(p.Description),
		"reporting_category": category, "source": source, "status": "pending", "type": kind,
	})
}

// Payout is a payout.
func Payout(p settlement.Payout) Object {
	return New("payout").With(Object{
		"id": alias.ID(PayoutPrefix, p.ID), "amount": Minor(p.Amount), "currency": Code(p.Amount.Currency()), "created": p.CreatedAt.Unix(), "arrival_date": p.ArrivesAt.Unix(),
		"automatic": true, "method": "standard", "metadata": words(nil), "reconciliation_status": "not_applicable", "source_type": "card", "status": string(p.Status), "type": "bank_account",
	})
}

// Account is a merchant.
func Account(m identity.Merchant) Object {
	return New("account").With(Object{
		"id": AccountPrefix + m.ID, "charges_enabled": true, "payouts_enabled": true, "details_submitted": true, "country": "NL", "default_currency": "eur", "created": 0,
		"type": "standard", "email": nil, "business_profile": Object{
			"annual_revenue": nil, "estimated_worker_count": nil, "mcc": nil, "name": m.Name, "product_description": nil, "support_address": nil, "support_email": nil, "support_phone": nil, "support_url": nil, "url": nil,
		},
	})
}
