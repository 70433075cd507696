package object

import (
	"cmp"

	"sandbank/money"
	"sandbank/payment"
)

// Refund is a Refund object.
type Refund struct {
	Resource    string         `json:"resource"`
	ID          string         `json:"id"`
	Mode        string         `json:"mode"`
	Description string         `json:"description"`
	Amount      money.Amount   `json:"amount"`
	Settlement  money.Net      `json:"settlementAmount"`
	Metadata    any            `json:"metadata"`
	PaymentID   string         `json:"paymentId"`
	Status      string         `json:"status"`
	CreatedAt   string         `json:"createdAt"`
	Embedded    map[string]any `json:"_embedded,omitempty"`
	Links       Links          `json:"_links"`
}

// Capture is a Capture object.
type Capture struct {
	Resource    string         `json:"resource"`
	ID          string         `json:"id"`
	Mode        string         `json:"mode"`
	Description string         `json:"description,omitempty"`
	Amount      money.Amount   `json:"amount"`
	Settlement  money.Amount   `json:"settlementAmount"`
	Status      string         `json:"status"`
	Metadata    any            `json:"metadata"`
	PaymentID   string         `json:"paymentId"`
	CreatedAt   string         `json:"createdAt"`
	Embedded    map[string]any `json:"_embedded,omitempty"`
	Links       Links          `json:"_links"`
}

// Chargeback is a Chargeback object.
type Chargeback struct {
	Resource   string           `json:"resource"`
	ID         string           `json:"id"`
	Amount     money.Amount     `json:"amount"`
	Settlement money.Net        `json:"settlementAmount"`
	Reason     ChargebackReason `json:"reason"`
	CreatedAt  string           `json:"createdAt"`
	ReversedAt *string          `json:"reversedAt"`
	PaymentID  string           `json:"paymentId"`
	Embedded   map[string]any   `json:"_embedded,omitempty"`
	Links      Links            `json:"_links"`
}

// ChargebackReason is why a customer wants the money back.
type ChargebackReason struct {
	Code        string `json:"code"`
	Description string `json:"description"`
}

// RefundStatus is a refund's status in Mollie's words.
func RefundStatus(s payment.OperationStatus) string {
	switch s {
	case payment.OpPending:
		return "pending"
	case payment.OpSucceeded:
		return "refunded"
	case payment.OpFailed:
		return "failed"
	}
	return "queued"
}

// Refund is the n-th operation of a payment as a Refund object; n begins at 1.
func (v View) Refund(p payment.Payment, n int) Refund {
	op, id := p.Operations[n-1], nthID(RefundPrefix, p, n)
	return Refund{
		Resource: "refund", ID: id, Mode: testMode, Description: cmp.Or(op.Description, "Refund of "+ID(p)), Amount: op.Amount, Settlement: op.Amount.Neg().Net(),
		Metadata: metadataOf(op.Foreign), PaymentID: ID(p), Status: RefundStatus(op.Status), CreatedAt: instant(op.CreatedAt),
		Links: v.within(p, "refunds", id),
	}
}

// Capture is the n-th operation of a payment as a Capture object.
func (v View) Capture(p payment.Payment, n int) Capture {
	op, id := p.Operations[n-1], nthID(CapturePrefix, p, n)
	return Capture{
		Resource: "capture", ID: id, Mode: testMode, Description: op.Description, Amount: op.Amount, Settlement: op.Amount, Status: string(op.Status),
		Metadata: metadataOf(op.Foreign), PaymentID: ID(p), CreatedAt: instant(op.CreatedAt), Links: v.within(p, "captures", id),
	}
}

// Chargeback is the n-th dispute of a payment as a Chargeback object.
func (v View) Chargeback(p payment.Payment, n int) Chargeback {
	d, id := p.Disputes[n-1], nthID(ChargebackPrefix, p, n)
	o := Chargeback{
		Resource: "chargeback", ID: id, Amount: d.Amount, Settlement: d.Amount.Neg().Net(), Reason: ChargebackReason{d.Reason, d.Reason},
		CreatedAt: instant(d.OpenedAt), PaymentID: ID(p), Links: v.within(p, "chargebacks", id),
	}
	if d.Status == payment.DisputeWon {
		at := instant(d.DecidedAt)
		o.ReversedAt = &at
	}
	return o
}

// within are the links of something of a payment.
func (v View) within(p payment.Payment, list, id string) Links {
	return Links{"self": v.To("payments", ID(p), list, id), "payment": v.To("payments", ID(p)), "documentation": v.Documentation()}
}

// Numbers lists the operations of a kind by their numbers, the newest first. Captures are shown where the merchant makes them.
func Numbers(p payment.Payment, kind payment.OperationKind) (list []int) {
	for i := len(p.Operations) - 1; i >= 0; i-- {
		if op := p.Operations[i]; op.Kind == kind && !p.Implied(op) {
			list = append(list, i+1)
		}
	}
	return list
}
