package stripe

import (
	"encoding/json"
	"net/http"

	"sandbank/audit"
	"sandbank/dialect/alias"
	"sandbank/dialect/stripe/object"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/payment/form"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
	"sandbank/processor"
)

// A PaymentMethod that is made before it is used is a document, and may be a customer's.

var methodRoutes = []route{
	{method: http.MethodPost, path: "/v1/payment_methods", needs: identity.WritePayments, action: audit.PaymentPay, handle: createMethod, browsers: true},
	{method: http.MethodGet, path: "/v1/payment_methods", needs: identity.ReadPayments, handle: listMethods},
	{method: http.MethodGet, path: "/v1/payment_methods/{id}", needs: identity.ReadPayments, handle: getMethod},
	{method: http.MethodPost, path: "/v1/payment_methods/{id}", needs: identity.WritePayments, action: audit.PaymentPay, handle: updateMethod},
	{method: http.MethodPost, path: "/v1/payment_methods/{id}/attach", needs: identity.WritePayments, action: audit.PaymentPay, handle: attachMethod},
	{method: http.MethodPost, path: "/v1/payment_methods/{id}/detach", needs: identity.WritePayments, action: audit.PaymentPay, handle: detachMethod},
}

func createMethod(a *API, c *call) (object.Object, error) {
	with, err := a.instrumentIn(c.params)
	if err != nil {
		return nil, err
	}
	m := storedMethod{Instrument: with, Created: a.Clock.Now().Unix(), Metadata: c.words("metadata", nil)}
	if err := c.err(); err != nil {
		return nil, err
	}
	return a.keepMethod(c, m)
}

// keepMethod keeps a new one.
func (a *API) keepMethod(c *call, m storedMethod) (object.Object, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	id := a.Processor.NewID("pm", c.Merchant.ID)
	_, err := a.Processor.KeepDocument(c.ctx, processor.Document{Kind: methodKind, ID: id, Merchant: c.Merchant.ID, Body: object.Encode(m)})
	return m.shown(id), err
}

// check holds what the house does not know of to its rules.
func (m storedMethod) check() error {
	problem := form.Problem()
	if form.CheckMetadata(problem, "/metadata", m.Metadata); len(problem.Fields) > 0 {
		return problem
	}
	return nil
}

func (m storedMethod) shown(id string) object.Object {
	return object.MethodOf(alias.ID(object.MethodPrefix, id), m.Created, m.Instrument, m.Customer, m.Metadata)
}

func getMethod(a *API, c *call) (object.Object, error) { return a.method(c, c.id()) }

// changeMethod changes one that is kept.
func (a *API) changeMethod(c *call, name string, change func(*storedMethod) error) (object.Object, error) {
	if _, err := a.storedMethod(c, name); err != nil {
		return nil, err
	}
	id, _ := alias.House(object.MethodPrefix, name, "pm")
	var after storedMethod
	_, err := a.Processor.ChangeDocument(c.ctx, c.Merchant.ID, methodKind, id, func(d processor.Document) (processor.Document, error) {
		after = storedMethod{}
		if err := json.Unmarshal(d.Body, &after); err != nil {
			return d, err
		}
		err := change(&after)
		d.Body = object.Encode(after)
		return d, err
	})
	if err != nil {
		return nil, err
	}
	return after.shown(id), nil
}

func updateMethod(a *API, c *call) (object.Object, error) {
	return a.changeMethod(c, c.id(), func(m *storedMethod) error {
		m.Metadata = c.words("metadata", m.Metadata)
		return m.check()
	})
}

// attachMethod makes one a customer's. One that goes by a name becomes one of its own.
func attachMethod(a *API, c *call) (object.Object, error) {
	customer := c.required("customer")
	if err := c.err(); err != nil {
		return nil, err
	}
	if o, err := a.document(c, customers(), customer, "customer"); err != nil || o["deleted"] == true {
		if err == nil {
			err = noSuch("customer", customer, "customer")
		}
		return nil, err
	}
	return a.attached(c, c.id(), customer)
}

// attached is a PaymentMethod that becomes a customer's. A card that its bank declines cannot.
func (a *API) attached(c *call, id, customer string) (object.Object, error) {
	with, err := a.instrument(c, id)
	if err != nil {
		return nil, err
	}
	if with.Behavior == instrument.Decline {
		why := reason.Because(with.Reason, with.Rule)
		return nil, fault.New(fault.Conflict, "card_declined", "The card was refused.").Because(&carded{object.Declined(&why)})
	}
	if _, known := cardNamed(id); known {
		return a.keepMethod(c, storedMethod{Instrument: with, Created: a.Clock.Now().Unix(), Customer: customer})
	}
	return a.changeMethod(c, id, func(m *storedMethod) error {
		if m.Customer != "" && m.Customer != customer {
			return invalid("", "payment_method", "The payment method you provided has already been attached to a customer.")
		}
		m.Customer = customer
		return nil
	})
}

func detachMethod(a *API, c *call) (object.Object, error) {
	return a.changeMethod(c, c.id(), func(m *storedMethod) error {
		if m.Customer == "" {
			return invalid("", "payment_method", "The payment method you provided is not attached to a customer so detachment is impossible.")
		}
		m.Customer = ""
		return nil
	})
}

func listMethods(a *API, c *call) (object.Object, error) {
	pg := pager{window: c.window()}
	customer, kind := c.text("customer"), c.text("type")
	if err := c.err(); err != nil {
		return nil, err
	}
	for cursor := ""; customer != ""; { // without one there is nothing to list, as at Stripe
		found, err := a.Processor.Documents(c.ctx, c.Merchant.ID, methodKind, processor.Window{Cursor: cursor, Limit: batch})
		if err != nil {
			return nil, err
		}
		for _, d := range found.Items {
			var m storedMethod
			if err := json.Unmarshal(d.Body, &m); err != nil {
				return nil, err
			}
			o := m.shown(d.ID)
			if m.Customer != customer || kind != "" && o["type"] != kind {
				continue
			}
			if !pg.take(alias.ID(object.MethodPrefix, d.ID), m.Created, func() object.Object { return o }) {
				return pg.done(c, "payment_method")
			}
		}
		if cursor = found.Next; cursor == "" {
			break
		}
	}
	return pg.done(c, "payment_method")
}
