package mollie

import (
	"sandbank/dialect/mollie/object"
	"sandbank/dialect/simulate"
	"sandbank/payment"
)

// updatePayment changes what may be changed of a payment.
func updatePayment(a *API, c *call) (reply, error) {
	p, err := a.payment(c, c.in("id"))
	if err != nil {
		return reply{}, err
	}
	note := object.NoteOf(p)
	if err := a.noted(c, &note); err != nil {
		return reply{}, err
	}
	description, redirect := p.Description, p.ReturnURL
	if err := c.texts(map[string]*string{"description": &description, "redirectUrl": &redirect}); err != nil {
		return reply{}, err
	}
	if c.has("issuer") || c.has("method") {
		return reply{}, wrong("method", "In Sandbank the method and the issuer are chosen when the payment is created, or by the customer.")
	}
	metadata := p.Metadata
	if _, given := c.fields["metadata"]; given {
		if _, ordered := c.order(); ordered {
			return reply{}, wrong("metadata."+simulate.Member, "What is to happen on purpose is said when the payment is made. Later, order it with POST /sim/payments/{id}/simulate of Sandbank's own API.")
		}
		note.Metadata, metadata = c.metadata()
	}
	if err := bounded(note); err != nil {
		return reply{}, err
	}
	if note.WebhookURL != "" {
		if err := a.hear(c, note.WebhookURL); err != nil {
			return reply{}, err
		}
	}
	p, err = a.Processor.Annotate(c.ctx, c.Merchant.ID, p.ID, func(p payment.Payment) (payment.Payment, error) {
		p.Description, p.Metadata = shortened(description), metadata
		if redirect != p.ReturnURL {
			p.ReturnURL, p.Return = redirect, payment.ReturnAutomatic
		}
		if p = note.On(p); c.has("cancelUrl") {
			p.Foreign.Stopped = note.CancelURL
		}
		return p, nil
	})
	if err != nil {
		return reply{}, err
	}
	return ok(a.Payment(p)), nil
}
