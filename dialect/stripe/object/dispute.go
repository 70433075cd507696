package object

import (
	"sandbank/dialect/alias"
	"sandbank/payment"
)

// disputeStatus are the statuses of disputes in Stripe's words.
var disputeStatus = map[payment.DisputeStatus]string{
	payment.DisputeNeedsResponse: "needs_response", payment.DisputeUnderReview: "under_review", payment.DisputeWon: "won", payment.DisputeLost: "lost",
}

// disputeReasons are those that Stripe knows; any other is shown as general.
var disputeReasons = map[string]bool{
	"bank_cannot_process": true, "check_returned": true, "credit_not_processed": true, "customer_initiated": true, "debit_not_authorized": true,
	"duplicate": true, "fraudulent": true, "general": true, "incorrect_account_details": true, "insufficient_funds": true, "noncompliant": true,
	"product_not_received": true, "product_unacceptable": true, "subscription_canceled": true, "unrecognized": true,
}

// Dispute is the n-th dispute of a payment; n begins at 1.
func (v View) Dispute(p payment.Payment, n int) Object {
	d := p.Disputes[n-1]
	reason := d.Reason
	if !disputeReasons[reason] {
		reason = "general"
	}
	o := New("dispute").With(Object{
		"id": alias.NthID(DisputePrefix, p.ID, n), "amount": Minor(d.Amount), "currency": Code(d.Amount.Currency()), "created": d.OpenedAt.Unix(),
		"payment_intent": alias.ID(IntentPrefix, p.ID), "reason": reason, "status": disputeStatus[d.Status], "metadata": Object{},
	})
	if a := p.Approved(); a != nil {
		o["charge"] = alias.NthID(ChargePrefix, p.ID, a.Number)
	}
	evidence := New("dispute_evidence")
	submitted := 0
	if d.Evidence != "" {
		evidence["uncategorized_text"] = d.Evidence
		submitted = 1
	}
	o["evidence"] = evidence
	o["evidence_details"] = New("dispute_evidence_details").With(Object{"due_by": d.RespondBy.Unix(), "has_evidence": submitted > 0, "submission_count": submitted})
	return o
}

func (v View) disputesHappened(before, after payment.Payment) (list []Happening) {
	for i, d := range after.Disputes {
		was := payment.DisputeStatus("")
		if i < len(before.Disputes) {
			was = before.Disputes[i].Status
		}
		if was == d.Status {
			continue
		}
		tell := func(eventType string) {
			list = append(list, Happening{Type: "charge.dispute." + eventType, Object: v.Dispute(after, i+1)})
		}
		switch d.Status {
		case payment.DisputeNeedsResponse:
			tell("created")
			tell("funds_withdrawn")
		case payment.DisputeUnderReview:
			tell("updated")
		case payment.DisputeWon:
			tell("closed")
			tell("funds_reinstated")
		case payment.DisputeLost:
			tell("closed")
		}
	}
	return list
}
