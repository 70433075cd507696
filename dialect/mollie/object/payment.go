package object

import (
	"cmp"
	"encoding/json"
	"time"

	"sandbank/dialect/alias"
	"sandbank/money"
	"sandbank/payment"
)

// Payment is a Payment object.
type Payment struct {
	Resource     string          `json:"resource"`
	ID           string          `json:"id"`
	Mode         string          `json:"mode"`
	CreatedAt    string          `json:"createdAt"`
	Amount       money.Amount    `json:"amount"`
	Refunded     *money.Amount   `json:"amountRefunded,omitempty"`
	Remaining    *money.Amount   `json:"amountRemaining,omitempty"`
	Captured     *money.Amount   `json:"amountCaptured,omitempty"`
	ChargedBack  *money.Amount   `json:"amountChargedBack,omitempty"`
	Description  string          `json:"description"`
	Method       *string         `json:"method"`
	Issuer       string          `json:"issuer,omitempty"`
	Metadata     any             `json:"metadata"`
	Status       Status          `json:"status"`
	Cancelable   bool            `json:"isCancelable"`
	ExpiresAt    string          `json:"expiresAt,omitempty"`
	Authorized   string          `json:"authorizedAt,omitempty"`
	PaidAt       string          `json:"paidAt,omitempty"`
	CanceledAt   string          `json:"canceledAt,omitempty"`
	ExpiredAt    string          `json:"expiredAt,omitempty"`
	FailedAt     string          `json:"failedAt,omitempty"`
	CaptureMode  string          `json:"captureMode,omitempty"`
	Before       string          `json:"captureBefore,omitempty"`
	Locale       string          `json:"locale,omitempty"`
	Country      string          `json:"restrictPaymentMethodsToCountry,omitempty"`
	ProfileID    string          `json:"profileId"`
	SettlementID string          `json:"settlementId,omitempty"`
	Sequence     string          `json:"sequenceType"`
	RedirectURL  *string         `json:"redirectUrl"`
	CancelURL    string          `json:"cancelUrl,omitempty"`
	WebhookURL   string          `json:"webhookUrl,omitempty"`
	Lines        json.RawMessage `json:"lines,omitempty"`
	Billing      json.RawMessage `json:"billingAddress,omitempty"`
	Shipping     json.RawMessage `json:"shippingAddress,omitempty"`
	Details      *Details        `json:"details,omitempty"`
	Embedded     map[string]any  `json:"_embedded,omitempty"`
	Links        Links           `json:"_links"`
}

// The one mode there is.
const testMode = "test"

// instant writes an instant as Mollie does; "" for none.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05-07:00")
}

// Payment is a payment as a Payment object.
func (v View) Payment(p payment.Payment) Payment {
	n, id := NoteOf(p), ID(p)
	o := Payment{
		Resource: "payment", ID: id, Mode: testMode, CreatedAt: instant(p.CreatedAt), Amount: p.Amount, Description: cmp.Or(p.Description, p.Reference),
		Method: method(p, n), Metadata: metadata(p, n), Status: StatusOf(p), Cancelable: Cancelable(p), Locale: n.Locale, Country: n.Country,
		ProfileID: ProfilePrefix + p.Merchant, Sequence: cmp.Or(n.Sequence, "oneoff"), CancelURL: n.CancelURL, WebhookURL: n.WebhookURL,
		Lines: n.Lines, Billing: n.Billing, Shipping: n.Shipping, Details: details(p),
		Links: Links{"self": v.To("payments", id), "dashboard": {v.Base + "/payments/" + p.ID, HTML}, "documentation": v.Documentation()},
	}
	if p.ReturnURL != "" {
		o.RedirectURL = &p.ReturnURL
	}
	if n.Issuer != "" {
		o.Issuer = n.Issuer
	}
	if p.CaptureMode == payment.CaptureManual {
		o.CaptureMode = "manual"
	}
	v.times(&o, p)
	v.sums(&o, p)
	if o.Status == Open || o.Status == Pending {
		o.Links["changePaymentState"] = Link{v.StatePage(p), HTML}
	}
	if o.Status == Open || p.Status == payment.ActionRequired {
		o.Links["checkout"] = Link{v.At.Checkout(p.ID), HTML}
	}
	return o
}

// Cancelable reports whether a merchant may cancel the payment now, or release what is authorized.
func Cancelable(p payment.Payment) bool {
	return p.Status == payment.Created || p.Status == payment.ActionRequired || p.Status == payment.Authorized
}

// times shows when a payment came to where it is.
func (View) times(o *Payment, p payment.Payment) {
	if a := p.Approved(); a != nil && p.CaptureMode == payment.CaptureManual {
		o.Authorized = instant(a.DecidedAt)
	}
	switch o.Status {
	case Open, Pending:
		o.ExpiresAt = instant(p.ExpiresAt)
	case Authorized:
		o.Before = instant(p.AuthorizedUntil)
	case Paid:
		for _, op := range p.Operations {
			if op.Kind == payment.OpCapture && op.Status == payment.OpSucceeded {
				o.PaidAt = instant(op.DecidedAt)
			}
		}
	case Failed:
		o.FailedAt = instant(p.UpdatedAt)
		if a := p.Last(); a != nil && !a.DecidedAt.IsZero() {
			o.FailedAt = instant(a.DecidedAt)
		}
	case Canceled:
		o.CanceledAt = instant(p.UpdatedAt)
	case Expired:
		if o.ExpiredAt = instant(p.ExpiresAt); p.Status == payment.Voided {
			o.ExpiredAt = instant(p.AuthorizedUntil)
		}
	}
}

// sums shows what of the amount was taken and given back.
func (v View) sums(o *Payment, p payment.Payment) {
	captured := p.Captured()
	if p.CaptureMode == payment.CaptureManual && p.Approved() != nil {
		o.Captured, o.Links["captures"] = &captured, v.To("payments", o.ID, "captures")
	}
	if captured.IsPositive() {
		refunded, remaining := p.Refunded().Add(underWay(p)), p.Refundable()
		o.Refunded, o.Remaining = &refunded, &remaining
		if refunded.IsPositive() {
			o.Links["refunds"] = v.To("payments", o.ID, "refunds")
		}
	}
	if len(p.Disputes) > 0 {
		back := ChargedBack(p)
		if o.Links["chargebacks"] = v.To("payments", o.ID, "chargebacks"); back.IsPositive() {
			o.ChargedBack = &back
		}
	}
}

// underWay is what refunds are about to give back.
func underWay(p payment.Payment) money.Amount {
	sum := money.Zero(p.Amount.Currency())
	for _, op := range p.Operations {
		if op.Kind == payment.OpRefund && op.Status == payment.OpPending {
			sum = sum.Add(op.Amount)
		}
	}
	return sum
}

// ChargedBack is what disputes hold or have cost. A dispute that the merchant won is reversed, and counts no more.
func ChargedBack(p payment.Payment) money.Amount {
	sum := money.Zero(p.Amount.Currency())
	for _, d := range p.Disputes {
		if d.Status != payment.DisputeWon {
			sum = sum.Add(d.Amount)
		}
	}
	return sum
}

// nthID is the identifier of the n-th operation or dispute of a payment; n begins at 1.
func nthID(prefix string, p payment.Payment, n int) string { return alias.NthID(prefix, p.ID, n) }
