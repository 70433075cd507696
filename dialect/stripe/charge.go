package stripe

import (
	"sandbank/dialect/alias"
	"sandbank/dialect/stripe/object"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/processor"
)

// createCharge is the older way to pay at once: a payment that is confirmed as it is made.
func createCharge(a *API, c *call) (object.Object, error) {
	n := processor.NewPayment{
		Merchant: c.Merchant.ID, Amount: amountOf(c.params, "amount", c.required("currency")), Description: c.text("description"), Metadata: c.words("metadata", nil),
		Capture: payment.CaptureAutomatic, Life: payment.MaxLife, Attempts: 1, RequestID: c.RequestID, IdempotencyKey: c.houseKey(), Reference: "a Charge",
	}
	if !c.yes("capture", true) {
		n.Capture = payment.CaptureManual
	}
	note := object.Note{}
	a.intentNote(c.params, &note.Intent)
	with, err := a.source(c)
	if err != nil {
		return nil, err
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	if n.Simulate, err = c.simulated(n.Capture, map[string]map[string]string{"/metadata": n.Metadata}); err != nil {
		return nil, err
	}
	n.Finish = func(p payment.Payment) payment.Payment { return finished(note, p) }
	n.Foreign = note.On(payment.Payment{}).Foreign
	n.Pay = &with
	p, again, err := a.Processor.CreateUntil(c.ctx, n, decided(1))
	switch {
	case err != nil:
		return nil, err
	case !again:
		if _, err := a.confirmed(p, 1); err != nil {
			return nil, err
		}
	default:
		if p, err = a.Processor.OwnPayment(c.ctx, c.Merchant.ID, p.ID); err != nil {
			return nil, err
		}
	}
	if len(p.Attempts) == 0 {
		if _, err := a.confirm(c, p, with); err != nil {
			return nil, err
		}
		if p, err = a.Processor.OwnPayment(c.ctx, c.Merchant.ID, p.ID); err != nil {
			return nil, err
		}
	}
	if tried := p.Attempts[len(p.Attempts)-1]; object.Charged(p, tried) {
		return a.Charge(p, tried), nil
	}
	return nil, invalid("authentication_required", "source", "This card wants its customer to confirm at the bank, which a charge cannot: make a PaymentIntent.")
}

// source is the means of payment of a charge: a token or the data of a card.
func (a *API) source(c *call) (with instrument.Instrument, err error) {
	card := c.at("source")
	switch {
	case card.value != "":
		return a.instrument(c, card.value)
	case !c.has("source"):
		return with, invalid("parameter_missing", "source", "Must provide source: Sandbank keeps no default source of a customer.")
	}
	card.text("object")
	number, month, year, code := card.required("number"), card.required("exp_month"), card.required("exp_year"), card.text("cvc")
	if err := c.err(); err != nil {
		return with, err
	}
	return a.typed(card, number, month, year, code, card.text("name"))
}

func captureCharge(a *API, c *call) (object.Object, error) {
	p, attempt, err := a.charge(c, c.id())
	if err != nil {
		return nil, err
	}
	var amount money.Amount
	if c.has("amount") {
		amount = amountOf(c.params, "amount", object.Code(p.Amount.Currency()))
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	if p.Status != payment.Authorized {
		return nil, invalid("charge_already_captured", "", "Charge %s has already been captured, or has nothing that could be.", shownID(c.id()))
	}
	p, op, err := a.operate(c, p, processor.NewOperation{Kind: payment.OpCapture, Amount: amount, Final: true})
	if err == nil && op.Status == payment.OpFailed {
		err = invalid("capture_charge_authorization_expired", "", "The bank refused the capture: %s", op.Reason.Message)
	}
	if err != nil {
		return nil, err
	}
	return a.Charge(p, attempt), nil
}

// chargeDispute is the newest dispute of a charge.
func chargeDispute(a *API, c *call) (object.Object, error) {
	p, _, err := a.charge(c, c.id())
	if err != nil {
		return nil, err
	}
	if len(p.Disputes) == 0 {
		return nil, noSuch("dispute", c.id(), "charge")
	}
	return a.Dispute(p, len(p.Disputes)), nil
}

// chargeRefunds lists the refunds of a charge.
func chargeRefunds(a *API, c *call) (object.Object, error) {
	p, attempt, err := a.charge(c, c.id())
	if err != nil {
		return nil, err
	}
	pg := pager{window: c.window()}
	if err := c.err(); err != nil {
		return nil, err
	}
	if attempt.Status == payment.AttemptApproved {
		for _, n := range object.Refunds(p) {
			if !pg.take(alias.NthID(object.RefundPrefix, p.ID, n), p.Operations[n-1].CreatedAt.Unix(), func() object.Object { return a.Refund(p, n) }) {
				break
			}
		}
	}
	return pg.done(c, "refund")
}
