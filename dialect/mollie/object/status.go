package object

import (
	"sandbank/payment"
	"sandbank/payment/reason"
)

// Status is a payment's status in Mollie's words.
type Status string

// The statuses.
const (
	Open       Status = "open"       // the customer may pay
	Pending    Status = "pending"    // the payment is with the bank, or the customer with the bank's page
	Authorized Status = "authorized" // captures can be made
	Paid       Status = "paid"
	Failed     Status = "failed"
	Canceled   Status = "canceled"
	Expired    Status = "expired"
)

// Statuses lists them.
func Statuses() []Status { return []Status{Open, Pending, Authorized, Paid, Failed, Canceled, Expired} }

// StatusOf is a payment's status. It depends on the status here alone, and for a released authorization on who released it.
func StatusOf(p payment.Payment) Status {
	switch p.Status {
	case payment.Created:
		return Open
	case payment.Processing, payment.ActionRequired:
		return Pending
	case payment.Authorized:
		return Authorized
	case payment.Captured:
		return Paid
	case payment.Declined, payment.Failed:
		return Failed
	case payment.Canceled:
		return Canceled
	case payment.Voided:
		if p.Reason == nil || p.Reason.Code == reason.MerchantCanceled {
			return Canceled
		}
		return Expired // the authorization ran out
	case payment.Abandoned:
		return Expired
	}
	return Open
}

// told reports whether reaching a status is told at the webhook (docs.mollie.com/docs/status-change).
func (s Status) told() bool {
	switch s {
	case Authorized, Paid, Failed, Canceled, Expired:
		return true
	case Open, Pending:
	}
	return false
}
