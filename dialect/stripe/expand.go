package stripe

import (
	"slices"
	"strings"

	"sandbank/dialect/stripe/object"
	"sandbank/payment"
)

// maxExpand is how many levels may be expanded, as with Stripe.
const maxExpand = 4

// expand puts objects in the place of their identifiers where the request asks for
// it.
func (a *API) expand(c *call, body object.Object) error {
	for _, path := range c.texts("expand") {
		steps := strings.Split(path, ".")
		if body["object"] == "list" && steps[0] != "data" || len(steps) > maxExpand+1 {
			return cannotExpand(path)
		}
		if err := a.expandAt(c, body, steps, path); err != nil {
			return err
		}
	}
	return c.err()
}

func cannotExpand(path string) error {
	return invalid("property_not_expandable", "expand", "This property cannot be expanded (%s).", shownID(strings.ReplaceAll(path, ".", "_")))
}

func (a *API) expandAt(c *call, o object.Object, steps []string, path string) error {
	name := steps[0]
	if name == "data" && o["object"] == "list" {
		list, _ := o["data"].([]object.Object)
		for _, one := range list {
			if len(steps) > 1 {
				if err := a.expandAt(c, one, steps[1:], path); err != nil {
					return err
				}
			}
		}
		return nil
	}
	switch v := o[name].(type) {
	case object.Object:
		return a.deeper(c, v, steps, path)
	case string:
		found, err := a.find(c, v)
		if err != nil {
			return cannotExpand(path)
		}
		o[name] = found
		return a.deeper(c, found, steps, path)
	}
	if list, has, err := a.included(c, o, name); has || err != nil {
		o[name] = list
		return err
	}
	if slices.Contains(expandable(o), name) {
		return nil // there is none
	}
	return cannotExpand(path)
}

func (a *API) deeper(c *call, o object.Object, steps []string, path string) error {
	if len(steps) == 1 {
		return nil
	}
	return a.expandAt(c, o, steps[1:], path)
}

// expandable are the members of an object that may have an identifier and have none.
func expandable(o object.Object) (names []string) {
	for name, v := range o {
		if v == nil {
			names = append(names, name)
		}
	}
	return names
}

// included is a list that an object has only where it is asked for.
func (a *API) included(c *call, o object.Object, name string) (list object.Object, has bool, err error) {
	kind, _ := o["object"].(string)
	id, _ := o["id"].(string)
	switch kind + "." + name {
	case "checkout.session.line_items":
		p, err := a.session(c, id)
		return object.List("/v1/checkout/sessions/"+id+"/line_items", a.Lines(p), false), true, err
	case "charge.refunds":
		p, _, err := a.charge(c, id)
		var refunds []object.Object
		for _, n := range object.Refunds(p) {
			refunds = append(refunds, a.Refund(p, n))
		}
		return object.List("/v1/charges/"+id+"/refunds", refunds, false), true, err
	}
	return nil, false, nil
}

// find is an object by its identifier, whatever it is.
func (a *API) find(c *call, id string) (object.Object, error) {
	prefix, _, _ := strings.Cut(id, "_")
	switch prefix + "_" {
	case object.IntentPrefix:
		p, err := a.intent(c, id)
		if err != nil {
			return nil, err
		}
		return a.Intent(p), nil
	case object.ChargePrefix:
		p, attempt, err := a.charge(c, id)
		if err != nil {
			return nil, err
		}
		return a.Charge(p, attempt), nil
	case object.MethodPrefix:
		return a.method(c, id)
	case object.RefundPrefix:
		p, n, err := a.refund(c, id)
		if err != nil {
			return nil, err
		}
		return a.Refund(p, n), nil
	case object.DisputePrefix:
		p, n, err := a.dispute(c, id)
		if err != nil {
			return nil, err
		}
		return a.Dispute(p, n), nil
	case object.TransactionPrefix:
		p, n, err := a.nth(c, object.TransactionPrefix, id, "balance transaction", "id", func(p payment.Payment, n int) bool { return a.Transaction(p, n) != nil })
		if err != nil {
			return nil, err
		}
		return a.Transaction(p, n), nil
	case "cus_":
		return a.document(c, customers(), id, "customer")
	case "prod_":
		return a.document(c, products(), id, "product")
	case "cs_":
		p, err := a.session(c, id)
		if err != nil {
			return nil, err
		}
		return a.Session(p), nil
	}
	return nil, noSuch("object", id, "expand")
}
