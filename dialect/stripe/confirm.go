package stripe

import (
	"sandbank/dialect/stripe/object"
	"sandbank/fault"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/processor"
)

func confirmIntent(a *API, c *call) (object.Object, error) {
	p, err := a.intent(c, c.id())
	if err != nil {
		return nil, err
	}
	note := object.NoteOf(p)
	before := note.Intent
	a.intentNote(c.params, &note.Intent)
	with, err := a.chosen(c, &note.Intent)
	if err != nil {
		return nil, err
	}
	if with == nil {
		return nil, a.unexpected(p, "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.")
	}
	if note.Intent.ReturnURL != before.ReturnURL {
		p, err = a.Processor.Annotate(c.ctx, c.Merchant.ID, p.ID, func(p payment.Payment) (payment.Payment, error) {
			p = note.On(p)
			p.ReturnURL, p.Return = note.Intent.ReturnURL, payment.ReturnAutomatic
			return p, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return a.confirm(c, p, *with)
}

// confirm pays, and waits for the bank as long as an answer may wait: it is what this
// API's callers expect. A bank that takes longer leaves the intent processing.
func (a *API) confirm(c *call, p payment.Payment, with instrument.Instrument) (object.Object, error) {
	number := len(p.Attempts) + 1
	p, err := a.Processor.PayUntil(c.ctx, p.ID, with, number, decided(number))
	if fault.Is(err, fault.Conflict) {
		return nil, a.unexpected(p, "You cannot confirm this PaymentIntent because it has a status of "+object.Status(p)+". "+fault.From(err).Message)
	}
	if err != nil {
		return nil, err
	}
	return a.confirmed(p, number)
}

// decided reports whether the bank has said something about a try.
func decided(number int) func(payment.Payment) bool {
	return func(p payment.Payment) bool {
		return len(p.Attempts) >= number && p.Attempts[number-1].Status != payment.AttemptSent
	}
}

// confirmed is what became of a try: the intent, or the refusal of the card.
func (a *API) confirmed(p payment.Payment, number int) (object.Object, error) {
	tried := p.Attempts[number-1]
	if tried.Status == payment.AttemptDeclined || tried.Status == payment.AttemptErrored {
		card := a.PaymentError(p, tried)
		card["payment_intent"] = a.Intent(p)
		return nil, fault.New(fault.Conflict, "card_declined", "The card was refused.").Because(&carded{card})
	}
	return a.Intent(p), nil
}

// unexpected refuses what a PaymentIntent's status does not allow, and shows it.
func (a *API) unexpected(p payment.Payment, message string) error {
	return fault.New(fault.Conflict, unexpectedState, "%s", message).Because(&stateful{object.Object{"payment_intent": a.Intent(p)}})
}

// stateful adds the object to an error whose state does not allow something.
type stateful struct{ members object.Object }

func (*stateful) Error() string { return "the state does not allow it" }

func captureIntent(a *API, c *call) (object.Object, error) {
	p, err := a.intent(c, c.id())
	if err != nil {
		return nil, err
	}
	var amount money.Amount
	if c.has("amount_to_capture") {
		amount = amountOf(c.params, "amount_to_capture", object.Code(p.Amount.Currency()))
	}
	final := c.yes("final_capture", true)
	if err := c.err(); err != nil {
		return nil, err
	}
	if p.Status != payment.Authorized {
		return nil, a.unexpected(p, "This PaymentIntent could not be captured because it has a status of "+object.Status(p)+". Only a PaymentIntent with one of the following statuses may be captured: requires_capture.")
	}
	p, op, err := a.operate(c, p, processor.NewOperation{Kind: payment.OpCapture, Amount: amount, Final: final})
	if err == nil && op.Status == payment.OpFailed {
		err = invalid("capture_charge_authorization_expired", "", "The bank refused the capture: %s", op.Reason.Message)
	}
	return intentOr(a, p, err)
}

// operate asks for an operation, and waits for the bank as long as an answer may wait.
func (a *API) operate(c *call, p payment.Payment, n processor.NewOperation) (payment.Payment, payment.Operation, error) {
	n.Merchant, n.Payment, n.RequestID, n.IdempotencyKey = c.Merchant.ID, p.ID, c.RequestID, c.houseKey()
	op, _, err := a.Processor.Operate(c.ctx, n)
	if err != nil {
		return p, op, err
	}
	p, err = a.Processor.AwaitUntil(c.ctx, p.ID, func(p payment.Payment) bool {
		now, ok := p.Operation(op.ID)
		return ok && now.Status != payment.OpPending
	})
	op, _ = p.Operation(op.ID)
	return p, op, err
}

func cancelIntent(a *API, c *call) (object.Object, error) {
	p, err := a.intent(c, c.id())
	if err != nil {
		return nil, err
	}
	because := c.choice("cancellation_reason", "", "duplicate", "fraudulent", "requested_by_customer", "abandoned")
	if err := c.err(); err != nil {
		return nil, err
	}
	if because != "" && !p.Status.Final() {
		p, err = a.Processor.Annotate(c.ctx, c.Merchant.ID, p.ID, func(p payment.Payment) (payment.Payment, error) {
			note := object.NoteOf(p)
			note.Intent.CancelReason = because
			return note.On(p), nil
		})
		if err != nil {
			return nil, err
		}
	}
	if p.Status == payment.Authorized {
		p, _, err = a.operate(c, p, processor.NewOperation{Kind: payment.OpVoid})
		return intentOr(a, p, err)
	}
	if p.Status.Final() {
		return nil, a.unexpected(p, "You cannot cancel this PaymentIntent because it has a status of "+object.Status(p)+".")
	}
	canceled, err := a.Processor.Cancel(c.ctx, p.ID, payment.ByMerchant)
	if fault.Is(err, fault.Conflict) {
		return nil, a.unexpected(p, "You cannot cancel this PaymentIntent because it has a status of "+object.Status(p)+". "+fault.From(err).Message)
	}
	return intentOr(a, canceled, err)
}
