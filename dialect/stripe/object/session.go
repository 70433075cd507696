package object

import (
	"sandbank/dialect/alias"
	"sandbank/payment"
	"sandbank/payment/instrument"
)

// The statuses of a Checkout Session.
const (
	SessionOpen     = "open"
	SessionComplete = "complete"
	SessionExpired  = "expired"
)

// IsSession reports whether a payment was made as a Checkout Session.
func IsSession(p payment.Payment) bool { return NoteOf(p).Session != nil }

// SessionStatus is a Checkout Session's status. One whose customer has no try left
// counts as expired.
func SessionStatus(p payment.Payment) string {
	byAccount := p.Last() != nil && p.Last().Instrument.Kind == instrument.Account
	switch p.Status {
	case payment.Authorized, payment.Captured, payment.Voided:
		return SessionComplete
	case payment.Processing, payment.Declined, payment.Failed:
		if byAccount { // the customer is done before the bank is
			return SessionComplete
		}
		if p.Status == payment.Processing {
			return SessionOpen
		}
		return SessionExpired
	case payment.Canceled, payment.Abandoned:
		return SessionExpired
	case payment.Created, payment.ActionRequired:
	}
	return SessionOpen
}

// Session is a payment as a Checkout Session.
func (v View) Session(p payment.Payment) Object {
	note := NoteOf(p)
	s := note.Session
	if s == nil {
		s = &Session{}
	}
	o := New("checkout.session").With(Object{
		"id": alias.ID(SessionPrefix, p.ID), "created": p.CreatedAt.Unix(), "expires_at": p.ExpiresAt.Unix(), "mode": "payment",
		"amount_subtotal": Minor(p.Amount), "amount_total": Minor(p.Amount), "currency": Code(p.Amount.Currency()),
		"status": SessionStatus(p), "payment_status": "unpaid", "payment_method_types": types(note.Intent),
		"success_url": null(s.SuccessURL), "cancel_url": null(s.CancelURL), "client_reference_id": null(s.ClientReference),
		"customer": null(note.Intent.Customer), "customer_email": null(s.Email), "locale": null(s.Locale), "submit_type": null(s.SubmitType),
		"billing_address_collection": null(s.BillingAddress), "metadata": words(s.Metadata), "ui_mode": "hosted_page",
		"automatic_tax":             Object{"enabled": false, "liability": nil, "provider": nil, "status": nil},
		"custom_text":               Object{"after_submit": nil, "shipping_address": nil, "submit": nil, "terms_of_service_acceptance": nil},
		"payment_method_collection": "if_required",
		"payment_method_options":    Object{},
		"total_details":             Object{"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
	})
	delete(o, "return_url") // of sessions without a page of ours
	delete(o, "redirect_on_completion")
	if p.Captured().IsPositive() && p.Status == payment.Captured {
		o["payment_status"] = "paid"
	}
	if len(p.Attempts) > 0 {
		o["payment_intent"] = alias.ID(IntentPrefix, p.ID)
	}
	switch SessionStatus(p) {
	case SessionOpen:
		o["url"] = v.At.Checkout(p.ID)
	case SessionComplete:
		o["customer_details"] = customerDetails(s.Email)
	}
	if s.Email != "" {
		o["customer_details"] = customerDetails(s.Email)
	}
	if s.CustomerCreation != "" {
		o["customer_creation"] = s.CustomerCreation
	} else if note.Intent.Customer == "" {
		o["customer_creation"] = "if_required"
	}
	return o
}

func customerDetails(email string) Object {
	return Object{"address": nil, "business_name": nil, "email": null(email), "individual_name": nil, "name": nil, "phone": nil, "tax_exempt": "none", "tax_ids": []any{}}
}

// Lines are the lines of a payment's checkout.
func (v View) Lines(p payment.Payment) []Object {
	s := NoteOf(p).Session
	if s == nil {
		return nil
	}
	list := make([]Object, 0, len(s.Lines))
	for i, l := range s.Lines {
		total := l.Amount * l.Quantity
		list = append(list, New("item").With(Object{
			"id": alias.NthID(LinePrefix, p.ID, i+1), "amount_subtotal": total, "amount_total": total, "currency": l.Currency, "description": l.Name,
			"quantity": l.Quantity, "price": v.linePrice(p, l),
		}))
	}
	return list
}

// linePrice is the price of a line, which the line may have made.
func (v View) linePrice(p payment.Payment, l Line) Object {
	return New("price").With(Object{
		"id": l.Price, "product": l.Product, "active": false, "billing_scheme": "per_unit", "created": p.CreatedAt.Unix(), "currency": l.Currency,
		"tax_behavior": "unspecified", "type": "one_time", "unit_amount": l.Amount, "unit_amount_decimal": decimalText(l.Amount), "metadata": Object{},
	})
}
