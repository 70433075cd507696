package stripe

import (
	"net/http"

	"sandbank/audit"
	"sandbank/dialect/alias"
	"sandbank/dialect/stripe/object"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/processor"
)

var chargeRoutes = []route{
	{method: http.MethodGet, path: "/v1/charges", needs: identity.ReadPayments, handle: listCharges},
	{method: http.MethodPost, path: "/v1/charges", needs: identity.WritePayments, action: audit.PaymentCreate, handle: createCharge},
	{method: http.MethodGet, path: "/v1/charges/{id}", needs: identity.ReadPayments, handle: getCharge},
	{method: http.MethodPost, path: "/v1/charges/{id}/capture", needs: identity.WritePayments, action: audit.PaymentCapture, handle: captureCharge},
	{method: http.MethodGet, path: "/v1/charges/{id}/dispute", needs: identity.ReadPayments, handle: chargeDispute},
	{method: http.MethodGet, path: "/v1/charges/{id}/refunds", needs: identity.ReadPayments, handle: chargeRefunds},
}

var refundRoutes = []route{
	{method: http.MethodPost, path: "/v1/refunds", needs: identity.WritePayments, action: audit.PaymentRefund, handle: createRefund},
	{method: http.MethodGet, path: "/v1/refunds", needs: identity.ReadPayments, handle: listRefunds},
	{method: http.MethodGet, path: "/v1/refunds/{id}", needs: identity.ReadPayments, handle: getRefund},
	{method: http.MethodPost, path: "/v1/refunds/{id}/cancel", needs: identity.WritePayments, action: audit.PaymentRefund, handle: refundInHand},
	{method: http.MethodPost, path: "/v1/test_helpers/refunds/{id}/expire", needs: identity.WritePayments, action: audit.PaymentRefund, handle: refundInHand},
}

// charge is the try of a charge, and its payment.
func (a *API) charge(c *call, id string) (payment.Payment, payment.Attempt, error) {
	p, n, err := a.nth(c, object.ChargePrefix, id, "charge", "id", func(p payment.Payment, n int) bool {
		return n <= len(p.Attempts) && object.Charged(p, p.Attempts[n-1])
	})
	if err != nil {
		return p, payment.Attempt{}, err
	}
	return p, p.Attempts[n-1], nil
}

func getCharge(a *API, c *call) (object.Object, error) {
	p, attempt, err := a.charge(c, c.id())
	if err != nil {
		return nil, err
	}
	return a.Charge(p, attempt), nil
}

func listCharges(a *API, c *call) (object.Object, error) {
	pg := pager{window: c.window()}
	intent, customer := c.text("payment_intent"), c.text("customer")
	if err := c.err(); err != nil {
		return nil, err
	}
	each := func(p payment.Payment) bool {
		if customer != "" && object.NoteOf(p).Intent.Customer != customer {
			return true
		}
		for i := len(p.Attempts) - 1; i >= 0; i-- {
			attempt := p.Attempts[i]
			if object.Charged(p, attempt) && !pg.take(alias.NthID(object.ChargePrefix, p.ID, attempt.Number), attempt.StartedAt.Unix(), func() object.Object { return a.Charge(p, attempt) }) {
				return false
			}
		}
		return true
	}
	from, _, _ := alias.Nth(object.ChargePrefix, pg.after)
	return a.listed(c, &pg, intent, from, "charge", each)
}

// listed is a list of what payments have: of one, or of all.
func (a *API) listed(c *call, pg *pager, intent, from, kind string, each func(payment.Payment) bool) (object.Object, error) {
	if intent != "" {
		p, err := a.intent(c, intent)
		if err != nil {
			return nil, err
		}
		each(p)
	} else if err := a.payments(c, from, each); err != nil {
		return nil, err
	}
	return pg.done(c, kind)
}

// refund is the number of a refund among its payment's operations, and the payment.
func (a *API) refund(c *call, id string) (payment.Payment, int, error) {
	return a.nth(c, object.RefundPrefix, id, "refund", "id", func(p payment.Payment, n int) bool {
		return n <= len(p.Operations) && p.Operations[n-1].Kind == payment.OpRefund
	})
}

func getRefund(a *API, c *call) (object.Object, error) {
	p, n, err := a.refund(c, c.id())
	if err != nil {
		return nil, err
	}
	return a.Refund(p, n), nil
}

func listRefunds(a *API, c *call) (object.Object, error) {
	pg := pager{window: c.window()}
	intent, err := a.narrowed(c)
	if err != nil {
		return nil, err
	}
	from, _, _ := alias.Nth(object.RefundPrefix, pg.after)
	return a.listed(c, &pg, intent, from, "refund", func(p payment.Payment) bool {
		for _, n := range object.Refunds(p) {
			if !pg.take(alias.NthID(object.RefundPrefix, p.ID, n), p.Operations[n-1].CreatedAt.Unix(), func() object.Object { return a.Refund(p, n) }) {
				return false
			}
		}
		return true
	})
}

func createRefund(a *API, c *call) (object.Object, error) {
	p, err := a.refunded(c)
	if err != nil {
		return nil, err
	}
	note := object.RefundNote{Reason: c.choice("reason", "", "duplicate", "fraudulent", "requested_by_customer"), Metadata: c.words("metadata", nil)}
	var amount money.Amount
	if c.has("amount") {
		amount = amountOf(c.params, "amount", object.Code(p.Amount.Currency()))
	}
	for k, v := range note.Metadata {
		if len(k) > 40 || len(v) > 500 || len(note.Metadata) > 20 || instrument.NamesCard(k+v) {
			c.complain(invalid("", "metadata", "Metadata can have 20 entries, keys of 40 and values of 500 characters, and no card number."))
		}
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	p, op, err := a.operate(c, p, processor.NewOperation{Kind: payment.OpRefund, Amount: amount, Foreign: string(object.Encode(note))})
	switch fault.Code(err) {
	case "nothing_left":
		return nil, invalid("charge_already_refunded", "", "Charge %s has already been refunded.", a.latest(p))
	case "amount_exceeds":
		return nil, invalid("", "amount", "Refund amount (%s) is greater than unrefunded amount on charge (%s)", amount, p.Refundable())
	case "payment_not_captured":
		return nil, invalid("charge_not_refundable", "", "This PaymentIntent (%s) does not have a successful charge to refund.", alias.ID(object.IntentPrefix, p.ID))
	}
	if err != nil {
		return nil, err
	}
	for i := range p.Operations {
		if p.Operations[i].ID == op.ID {
			return a.Refund(p, i+1), nil
		}
	}
	return nil, fault.From(nil)
}

func (a *API) latest(p payment.Payment) string {
	id, _ := a.LatestCharge(p)
	return id
}

// refunded is the payment that a refund is asked for.
func (a *API) refunded(c *call) (payment.Payment, error) {
	intent, charge := c.text("payment_intent"), c.text("charge")
	switch {
	case charge != "":
		p, _, err := a.charge(c, charge)
		if err == nil && intent != "" && intent != alias.ID(object.IntentPrefix, p.ID) {
			err = invalid("", "charge", "The charge %s is not of the PaymentIntent %s.", shownID(charge), shownID(intent))
		}
		return p, err
	case intent != "":
		return a.intent(c, intent)
	}
	return payment.Payment{}, invalid("parameter_missing", "", "One of the following params should be provided for this request: payment_intent or charge.")
}

// refundInHand refuses what Stripe allows for a refund that waits for its customer: here the bank has each at once.
func refundInHand(a *API, c *call) (object.Object, error) {
	p, n, err := a.refund(c, c.id())
	if err != nil {
		return nil, err
	}
	return nil, invalid("", "", "This refund has the status %s. Only one that requires_action can be canceled or expire, and in Sandbank the bank has each at once.", p.Operations[n-1].Status)
}
