package object

import (
	"encoding/json"
	"strings"

	"sandbank/dialect/alias"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
)

// View shows payments. At makes the URLs; Fees are what balance transactions cost, nil for
// nothing.
type View struct {
	At   payment.Address
	Fees Fees
}

// Status is a PaymentIntent's status.
func Status(p payment.Payment) string {
	switch p.Status {
	case payment.Created:
		if len(p.Attempts) == 0 && NoteOf(p).Intent.Method != "" {
			return "requires_confirmation"
		}
		return "requires_payment_method"
	case payment.Processing:
		return "processing"
	case payment.ActionRequired:
		return "requires_action"
	case payment.Authorized:
		return "requires_capture"
	case payment.Captured:
		return "succeeded"
	case payment.Declined, payment.Failed:
		return "requires_payment_method"
	case payment.Canceled, payment.Voided, payment.Abandoned:
		return "canceled"
	}
	return "processing"
}

// Secret is the client secret of a PaymentIntent: who has it may see this one. It is
// made of the checkout's address, which is a secret as well.
func (v View) Secret(p payment.Payment) string {
	address := v.At.Checkout(p.ID)
	token := strings.NewReplacer("-", "x", "_", "y").Replace(address[strings.LastIndexByte(address, '/')+1:])
	return alias.ID(IntentPrefix, p.ID) + "_secret_" + token[len(token)-24:]
}

// Intent is a payment as a PaymentIntent.
func (v View) Intent(p payment.Payment) Object {
	n := NoteOf(p).Intent
	o := New("payment_intent").With(Object{
		"id": alias.ID(IntentPrefix, p.ID), "status": Status(p), "created": p.CreatedAt.Unix(), "currency": Code(p.Amount.Currency()),
		"amount": Minor(p.Amount), "amount_capturable": Minor(p.Capturable()), "amount_received": Minor(p.Captured()),
		"client_secret": v.Secret(p), "capture_method": "automatic", "confirmation_method": "automatic",
		"description": null(p.Description), "metadata": words(p.Metadata),
		"payment_method_types": types(n), "payment_method": null(n.Method),
		"customer": null(n.Customer), "receipt_email": null(n.Email), "setup_future_usage": null(n.FutureUsage),
		"statement_descriptor": null(n.StatementDescriptor), "statement_descriptor_suffix": null(n.StatementSuffix), "transfer_group": null(n.TransferGroup),
		"payment_method_options": Object{"card": Object{"installments": nil, "mandate_options": nil, "network": nil, "request_three_d_secure": "automatic"}},
	})
	if p.CaptureMode == payment.CaptureManual {
		o["capture_method"] = "manual"
	} else if n.CaptureMethod != "" {
		o["capture_method"] = n.CaptureMethod
	}
	if n.Confirmation != "" {
		o["confirmation_method"] = n.Confirmation
	}
	if n.Automatic {
		o["automatic_payment_methods"] = Object{"enabled": true, "allow_redirects": orElse(n.Redirects, "always")}
	}
	if len(n.Shipping) > 0 {
		o["shipping"] = json.RawMessage(n.Shipping)
	}
	v.attempted(o, p)
	if Status(p) == "canceled" {
		o["canceled_at"], o["cancellation_reason"] = p.UpdatedAt.Unix(), canceledBecause(p, n)
	}
	return o
}

// attempted shows the last try.
func (v View) attempted(o Object, p payment.Payment) {
	a := p.Last()
	if a == nil {
		return
	}
	if charge, has := v.LatestCharge(p); has {
		o["latest_charge"] = charge
	}
	if p.Status != payment.Created && p.Status != payment.Declined && p.Status != payment.Failed {
		o["payment_method"] = alias.NthID(MethodPrefix, p.ID, a.Number)
	} else {
		o["payment_method"] = nil
	}
	if a.Reason != nil && a.Status != payment.AttemptApproved && a.Status != payment.AttemptStopped {
		o["last_payment_error"] = v.PaymentError(p, *a)
	}
	if p.Status == payment.ActionRequired {
		o["next_action"] = Object{"type": "redirect_to_url", "redirect_to_url": Object{"url": a.ChallengeURL, "return_url": null(p.ReturnURL)}}
	}
}

// PaymentError is why a try failed, as an error of a card.
func (v View) PaymentError(p payment.Payment, a payment.Attempt) Object {
	why := refused(a.Reason)
	o := Object{
		"type": "card_error", "code": why.Code, "message": message(a.Reason), "charge": alias.NthID(ChargePrefix, p.ID, a.Number),
		"payment_method": v.Method(p, a), "doc_url": "https://docs.stripe.com/error-codes/" + strings.ReplaceAll(why.Code, "_", "-"),
	}
	if why.Decline != "" {
		o["decline_code"] = why.Decline
	}
	if why.Code == "payment_intent_authentication_failure" {
		o["type"] = "invalid_request_error"
	}
	return o
}

func types(n Intent) []string {
	if len(n.Types) > 0 {
		return n.Types
	}
	return []string{"card"}
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// canceledBecause is the reason of a cancellation: as it was asked for, or by time.
func canceledBecause(p payment.Payment, n Intent) any {
	switch {
	case n.CancelReason != "":
		return n.CancelReason
	case p.Status == payment.Abandoned:
		return "abandoned"
	case p.Status == payment.Voided && p.Reason != nil && p.Reason.Code != reason.MerchantCanceled:
		return "automatic"
	case p.Reason != nil && p.Reason.Code == reason.CustomerCanceled:
		return "requested_by_customer"
	}
	return nil
}

// Method is the means of payment of a try.
func (v View) Method(p payment.Payment, a payment.Attempt) Object {
	o := New("payment_method").With(Object{"id": alias.NthID(MethodPrefix, p.ID, a.Number), "created": a.StartedAt.Unix(), "metadata": Object{}, "customer": null(NoteOf(p).Intent.Customer)})
	return methodOf(o, a.Instrument)
}

// MethodOf is a means of payment of no payment yet.
func MethodOf(id string, created int64, i instrument.Instrument, customer string, metadata map[string]string) Object {
	return methodOf(New("payment_method").With(Object{"id": id, "created": created, "customer": null(customer), "metadata": words(metadata)}), i)
}

// methodOf shows an instrument. An account is shown as a direct debit.
func methodOf(o Object, i instrument.Instrument) Object {
	o["billing_details"] = New("billing_details")
	if i.Kind == instrument.Account {
		o["type"] = "sepa_debit"
		o["sepa_debit"] = Object{"bank_code": null(""), "branch_code": nil, "country": null(i.Country), "fingerprint": nil, "generated_from": nil, "last4": i.Last4}
		return o
	}
	o["type"] = "card"
	o["card"] = New("payment_method_card").With(cardOf(i))
	return o
}

// farYear is the year in which every card of the house runs out, since that of the
// customer is not kept.
const farYear = 2099

func cardOf(i instrument.Instrument) Object {
	return Object{
		"brand": i.Brand, "last4": i.Last4, "exp_month": 12, "exp_year": farYear, "funding": "credit", "country": "US",
		"checks":   Object{"address_line1_check": nil, "address_postal_code_check": nil, "cvc_check": "pass"},
		"networks": Object{"available": []string{i.Brand}, "preferred": nil},
	}
}
