package object

import (
	"encoding/json"

	"sandbank/dialect/alias"
	"sandbank/payment"
	"sandbank/payment/instrument"
)

// Charged reports whether a try is a charge: it was decided, or is with a bank that
// takes its time for an account.
func Charged(p payment.Payment, a payment.Attempt) bool {
	switch a.Status {
	case payment.AttemptApproved, payment.AttemptDeclined, payment.AttemptErrored, payment.AttemptTimedOut:
		return true
	case payment.AttemptSent:
		return a.Instrument.Kind == instrument.Account && p.Status == payment.Processing
	case payment.AttemptChallenged, payment.AttemptStopped:
	}
	return false
}

// LatestCharge is the identifier of a payment's last charge.
func (v View) LatestCharge(p payment.Payment) (id string, has bool) {
	for i := len(p.Attempts) - 1; i >= 0; i-- {
		if a := p.Attempts[i]; Charged(p, a) {
			return alias.NthID(ChargePrefix, p.ID, a.Number), true
		}
	}
	return "", false
}

// Charge is a try as a charge.
func (v View) Charge(p payment.Payment, a payment.Attempt) Object {
	n := NoteOf(p).Intent
	o := New("charge").With(Object{
		"id": alias.NthID(ChargePrefix, p.ID, a.Number), "amount": Minor(p.Amount), "currency": Code(p.Amount.Currency()), "created": a.StartedAt.Unix(),
		"payment_intent": alias.ID(IntentPrefix, p.ID), "payment_method": alias.NthID(MethodPrefix, p.ID, a.Number), "metadata": words(p.Metadata),
		"description": null(p.Description), "customer": null(n.Customer), "receipt_email": null(n.Email),
		"statement_descriptor": null(n.StatementDescriptor), "statement_descriptor_suffix": null(n.StatementSuffix), "transfer_group": null(n.TransferGroup),
		"billing_details": New("billing_details"), "fraud_details": Object{}, "payment_method_details": detailsOf(a.Instrument),
	})
	if len(n.Shipping) > 0 {
		o["shipping"] = json.RawMessage(n.Shipping)
	}
	outcome := New("charge_outcome").With(Object{"risk_level": "normal", "risk_score": 0})
	switch a.Status {
	case payment.AttemptApproved:
		o.With(Object{
			"status": "succeeded", "paid": true, "captured": p.Status != payment.Authorized && p.Captured().IsPositive(),
			"amount_captured": Minor(p.Captured()), "amount_refunded": Minor(p.Refunded()),
			"refunded": p.Captured().IsPositive() && p.Refunded().Equal(p.Captured()), "disputed": len(p.Disputes) > 0,
		})
		if p.Status == payment.Voided {
			o["refunded"], o["amount_refunded"] = true, Minor(p.Amount)
		}
		if p.Captured().IsPositive() {
			o["balance_transaction"] = alias.NthID(TransactionPrefix, p.ID, a.Number)
		}
		outcome.With(Object{"type": "authorized", "network_status": "approved_by_network", "seller_message": "Payment complete."})
	case payment.AttemptSent:
		o["status"], o["captured"] = "pending", true
		outcome = nil
	case payment.AttemptChallenged, payment.AttemptDeclined, payment.AttemptErrored, payment.AttemptTimedOut, payment.AttemptStopped:
		why := refused(a.Reason)
		o.With(Object{"status": "failed", "failure_code": why.Code, "failure_message": message(a.Reason)})
		outcome.With(Object{"type": "issuer_declined", "network_status": "declined_by_network", "reason": orElse(why.Decline, why.Code), "seller_message": message(a.Reason)})
	}
	if outcome != nil {
		o["outcome"] = outcome
	}
	return o
}

// TransactionPrefix begins the identifiers of balance transactions.
const TransactionPrefix = "txn_"

func detailsOf(i instrument.Instrument) Object {
	if i.Kind == instrument.Account {
		return Object{"type": "sepa_debit", "sepa_debit": Object{
			"bank_code": nil, "branch_code": nil, "country": null(i.Country), "fingerprint": nil, "last4": i.Last4, "mandate": nil, "expected_debit_date": nil,
		}}
	}
	card := New("payment_method_details_card").With(cardOf(i))
	delete(card, "networks")
	card["network"] = i.Brand
	return Object{"type": "card", "card": card}
}

// Refunds lists a payment's refunds with their numbers among its operations, the
// newest first.
func Refunds(p payment.Payment) (list []int) {
	for i := len(p.Operations) - 1; i >= 0; i-- {
		if p.Operations[i].Kind == payment.OpRefund {
			list = append(list, i+1)
		}
	}
	return list
}

// Refund is the n-th operation of a payment as a refund; n begins at 1.
func (v View) Refund(p payment.Payment, n int) Object {
	op := p.Operations[n-1]
	note := RefundNoteOf(op)
	o := New("refund").With(Object{
		"id": alias.NthID(RefundPrefix, p.ID, n), "amount": Minor(op.Amount), "currency": Code(op.Amount.Currency()), "created": op.CreatedAt.Unix(),
		"payment_intent": alias.ID(IntentPrefix, p.ID), "metadata": words(note.Metadata), "reason": null(note.Reason), "status": string(op.Status),
	})
	if a := p.Approved(); a != nil {
		o["charge"] = alias.NthID(ChargePrefix, p.ID, a.Number)
	}
	switch op.Status {
	case payment.OpSucceeded:
		o["destination_details"] = Object{"type": "card", "card": Object{"type": "refund", "reference": orElse(op.BankReference, "pending"), "reference_status": "available", "reference_type": "acquirer_reference_number"}}
	case payment.OpPending:
		o["pending_reason"] = "processing"
	case payment.OpFailed:
		o["failure_reason"] = "declined"
	}
	return o
}

// RefundNoteOf reads what is kept with a refund.
func RefundNoteOf(op payment.Operation) (n RefundNote) {
	if op.Foreign != "" && json.Unmarshal([]byte(op.Foreign), &n) != nil {
		return RefundNote{}
	}
	return n
}
