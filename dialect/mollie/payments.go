package mollie

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"sandbank/audit"
	"sandbank/dialect/alias"
	"sandbank/dialect/mollie/object"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/payment"
	"sandbank/processor"
)

// changeable are the members of a payment that may be changed later.
var changeable = []string{"description", "redirectUrl", "cancelUrl", "webhookUrl", "metadata", "method", "locale", "restrictPaymentMethodsToCountry", "issuer", "billingAddress", "shippingAddress"}

var paymentRoutes = []route{
	{
		method: http.MethodPost, path: "payments", needs: identity.WritePayments, action: audit.PaymentCreate, handle: createPayment,
		body:    slices.Concat([]string{"amount", "lines", "captureMode", "sequenceType"}, slices.Sorted(maps.Keys(absent)), changeable),
		ignores: []string{"include", "dueDate", "billingEmail", "storeCredentials", "company", "consumerDateOfBirth", "extraMerchantData", "digitalGoods", "customerReference", "shopperReference"},
	},
	{method: http.MethodGet, path: "payments", needs: identity.ReadPayments, handle: listPayments, query: append([]string{"sort"}, listQuery...)},
	{method: http.MethodGet, path: "payments/{id}", needs: identity.ReadPayments, handle: getPayment, query: []string{"embed"}, ignores: []string{"include"}},
	{method: http.MethodPatch, path: "payments/{id}", needs: identity.WritePayments, action: audit.PaymentCreate, handle: updatePayment, body: changeable, ignores: []string{"dueDate", "billingEmail"}},
	{method: http.MethodDelete, path: "payments/{id}", needs: identity.WritePayments, action: audit.PaymentCancel, handle: cancelPayment},
	{method: http.MethodPost, path: "payments/{id}/release-authorization", needs: identity.WritePayments, action: audit.PaymentVoid, handle: releasePayment},
}

// payment is the caller's payment by its identifier.
func (a *API) payment(c *call, id string) (payment.Payment, error) {
	house, known := alias.House(object.PaymentPrefix, id, "pay")
	if !known {
		return payment.Payment{}, noSuch("payment", id)
	}
	p, err := a.Processor.OwnPayment(c.ctx, c.Merchant.ID, house)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) {
		return p, noSuch("payment", id)
	}
	return p, err
}

func getPayment(a *API, c *call) (reply, error) {
	p, err := a.payment(c, c.in("id"))
	if err != nil {
		return reply{}, err
	}
	o := a.Payment(p)
	if s := c.asked("embed"); s != "" {
		if o.Embedded, err = a.embedded(p, s); err != nil {
			return reply{}, err
		}
	}
	return ok(o), nil
}

// embedded are the lists that a payment is asked for with.
func (a *API) embedded(p payment.Payment, asked string) (map[string]any, error) {
	all := map[string]any{}
	for name := range strings.SplitSeq(asked, ",") {
		list := []any{}
		switch name {
		case "refunds":
			for _, n := range object.Numbers(p, payment.OpRefund) {
				list = append(list, a.Refund(p, n))
			}
		case "captures":
			for _, n := range object.Numbers(p, payment.OpCapture) {
				list = append(list, a.Capture(p, n))
			}
		case "chargebacks":
			for i := range slices.Backward(p.Disputes) {
				list = append(list, a.Chargeback(p, i+1))
			}
		default:
			return nil, wrong("embed", "The embed parameter takes refunds, captures and chargebacks.")
		}
		all[name] = list
	}
	return all, nil
}

func listPayments(a *API, c *call) (reply, error) {
	pg, err := c.pager("payments")
	if err != nil {
		return reply{}, err
	}
	take := func(p payment.Payment) bool { return pg.take(object.ID(p), func() any { return a.Payment(p) }) }
	switch c.asked("sort") {
	case "", "desc":
		err = a.payments(c, take)
	case "asc":
		var all []payment.Payment
		err = a.payments(c, func(p payment.Payment) bool { all = append(all, p); return true })
		for _, p := range slices.Backward(all) {
			if !take(p) {
				break
			}
		}
	default:
		return reply{}, wrong("sort", "The sort parameter must be asc or desc.")
	}
	if err != nil {
		return reply{}, err
	}
	return a.done(c, pg)
}

// cancelPayment stops a payment that waits for its customer, or releases what is authorized, and waits for the bank as
// long as an answer may wait.
func cancelPayment(a *API, c *call) (reply, error) {
	p, err := a.payment(c, c.in("id"))
	if err != nil {
		return reply{}, err
	}
	if p.Status == payment.Authorized {
		if p, err = a.release(c, p); err != nil {
			return reply{}, err
		}
		return ok(a.Payment(p)), nil
	}
	p, err = a.Processor.Cancel(c.ctx, p.ID, payment.ByMerchant)
	if fault.Is(err, fault.Conflict) {
		return reply{}, fault.New(fault.Unprocessable, "not_cancelable", "The payment cannot be canceled. %s", fault.From(err).Message)
	}
	if err != nil {
		return reply{}, err
	}
	return ok(a.Payment(p)), nil
}

func releasePayment(a *API, c *call) (reply, error) {
	p, err := a.payment(c, c.in("id"))
	if err != nil {
		return reply{}, err
	}
	if p, err = a.release(c, p); err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusAccepted, payment: p.ID}, nil
}

// release asks the bank to release what is left of an authorization.
func (a *API) release(c *call, p payment.Payment) (payment.Payment, error) {
	op, _, err := a.Processor.Operate(c.ctx, processor.NewOperation{
		Merchant: c.Merchant.ID, Payment: p.ID, Kind: payment.OpVoid, RequestID: c.RequestID, IdempotencyKey: c.key,
	})
	if err != nil {
		return p, refusedFor(err)
	}
	return a.Processor.AwaitUntil(c.ctx, p.ID, func(p payment.Payment) bool {
		done, _ := p.Operation(op.ID)
		return done.Status != payment.OpPending
	})
}

// refusedFor is what a payment does not allow now.
func refusedFor(err error) error {
	if fault.Is(err, fault.Conflict) {
		return fault.New(fault.Unprocessable, fault.Code(err), "%s", fault.From(err).Message)
	}
	return err
}
