package stripe

import (
	"encoding/json"
	"net/http"

	"sandbank/dialect/alias"
	"sandbank/dialect/stripe/object"
	"sandbank/identity"
	"sandbank/payment"
	"sandbank/processor"
)

// Searches stand before the routes with an identifier, which would take "search" for one.
var searchRoutes = []route{
	{method: http.MethodGet, path: "/v1/payment_intents/search", needs: identity.ReadPayments, handle: searchIntents},
	{method: http.MethodGet, path: "/v1/charges/search", needs: identity.ReadPayments, handle: searchCharges},
	{method: http.MethodGet, path: "/v1/customers/search", needs: identity.ReadPayments, handle: searchDocuments(customers, "created", "email", "metadata", "name", "phone")},
	{method: http.MethodGet, path: "/v1/products/search", needs: identity.ReadPayments, handle: searchDocuments(products, "active", "description", "metadata", "name", "shippable", "url")},
	{method: http.MethodGet, path: "/v1/prices/search", needs: identity.ReadPayments, handle: searchDocuments(prices, "active", "currency", "lookup_key", "metadata", "product", "type")},
}

// finder takes the objects that a search is for, the newest first, until it has a page.
type finder struct {
	pager
	query
	from string // the last object of the page before; "" for none
}

func (c *call) finder(fields ...string) (*finder, error) {
	f := &finder{pager: pager{window: window{limit: usualPage}}, from: c.text("page")}
	if n, given := c.integer("limit"); given {
		if n < 1 || n > largestPage {
			c.complain(invalid("parameter_invalid_integer", "limit", "This value must be between 1 and %d.", largestPage))
		}
		f.limit = int(n)
	}
	f.after = f.from
	text := c.required("query")
	if err := c.err(); err != nil {
		return nil, err
	}
	var err error
	f.query, err = parseQuery(text, fields)
	return f, err
}

// look takes the next object, and reports whether another one is wanted.
func (f *finder) look(id string, show func() object.Object) bool {
	if f.after != "" && !f.reached { // the place in the list counts whatever is wanted of it
		return f.take(id, 0, show)
	}
	o := show()
	return !f.fits(o) || f.take(id, 0, func() object.Object { return o })
}

// found is the page of a search.
func (f *finder) found(c *call) (object.Object, error) {
	if f.from != "" && !f.reached {
		return nil, noSuch("page", f.from, "page")
	}
	o := object.Object{"object": "search_result", "url": c.request.URL.Path, "has_more": f.more, "data": f.page, "next_page": nil}
	if f.page == nil {
		o["data"] = []object.Object{}
	}
	if f.more {
		o["next_page"] = f.page[len(f.page)-1]["id"]
	}
	return o, nil
}

func searchIntents(a *API, c *call) (object.Object, error) {
	f, err := c.finder("amount", "created", "currency", "customer", "metadata", "status")
	if err != nil {
		return nil, err
	}
	err = a.payments(c, "", func(p payment.Payment) bool {
		return !isIntent(p) || f.look(alias.ID(object.IntentPrefix, p.ID), func() object.Object { return a.Intent(p) })
	})
	if err != nil {
		return nil, err
	}
	return f.found(c)
}

func searchCharges(a *API, c *call) (object.Object, error) {
	f, err := c.finder("amount", "created", "currency", "customer", "disputed", "metadata", "refunded", "status")
	if err != nil {
		return nil, err
	}
	err = a.payments(c, "", func(p payment.Payment) bool {
		for i := len(p.Attempts) - 1; i >= 0; i-- {
			attempt := p.Attempts[i]
			if object.Charged(p, attempt) && !f.look(alias.NthID(object.ChargePrefix, p.ID, attempt.Number), func() object.Object { return a.Charge(p, attempt) }) {
				return false
			}
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	return f.found(c)
}

func searchDocuments(kind func() documentKind, fields ...string) func(*API, *call) (object.Object, error) {
	return func(a *API, c *call) (object.Object, error) {
		f, err := c.finder(fields...)
		if err != nil {
			return nil, err
		}
		if err := a.documents(c, kind(), f.look); err != nil {
			return nil, err
		}
		return f.found(c)
	}
}

// documents gives a merchant's documents that are not deleted to a function, the newest
// first, until it says enough.
func (a *API) documents(c *call, k documentKind, each func(id string, show func() object.Object) bool) error {
	for cursor := ""; ; {
		found, err := a.Processor.Documents(c.ctx, c.Merchant.ID, k.stored(), processor.Window{Cursor: cursor, Limit: batch})
		if err != nil {
			return err
		}
		for _, d := range found.Items {
			var o object.Object
			if err := json.Unmarshal(d.Body, &o); err != nil {
				return err
			}
			if o["deleted"] != true && !each(d.ID, func() object.Object { return o }) {
				return nil
			}
		}
		if cursor = found.Next; cursor == "" {
			return nil
		}
	}
}
