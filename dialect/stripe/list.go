package stripe

import (
	"strconv"

	"sandbank/dialect/alias"
	"sandbank/dialect/stripe/object"
	"sandbank/fault"
	"sandbank/payment"
	"sandbank/processor"
)

// The bounds of a page.
const (
	usualPage   = 10
	largestPage = 100
)

// window is the part of a list that a caller wants: after an object in a list that has
// the newest first, or before one, which means newer.
type window struct {
	limit         int
	after, before string
	since, until  int64 // of the creation, in seconds; 0 for any
}

func (c *call) window() window {
	w := window{limit: usualPage, after: c.text("starting_after"), before: c.text("ending_before")}
	if n, given := c.integer("limit"); given {
		if n < 1 || n > largestPage {
			c.complain(invalid("parameter_invalid_integer", "limit", "This value must be between 1 and %d.", largestPage))
		}
		w.limit = int(n)
	}
	if w.after != "" && w.before != "" {
		c.complain(invalid("", "ending_before", "You may only specify one of these parameters: ending_before, starting_after."))
	}
	created := c.at("created")
	if created.value != "" {
		n, err := strconv.ParseInt(created.value, 10, 64)
		if err != nil {
			c.complain(invalid("parameter_invalid_integer", "created", "Invalid integer: created"))
		}
		w.since, w.until = n, n
		return w
	}
	for name, put := range map[string]func(int64){
		"gte": func(n int64) { w.since = n }, "gt": func(n int64) { w.since = n + 1 }, "lte": func(n int64) { w.until = n }, "lt": func(n int64) { w.until = n - 1 },
	} {
		if n, given := created.integer(name); given {
			put(n)
		}
	}
	return w
}

// pager takes objects, the newest first, until it has a page of them.
type pager struct {
	window
	page    []object.Object
	reached bool // the object that the page begins after
	more    bool
}

// take takes the next object and reports whether another one is wanted. Its id is
// wanted first: an object outside the page is never made.
func (p *pager) take(id string, created int64, show func() object.Object) bool {
	if p.after != "" && !p.reached {
		p.reached = id == p.after
		return true
	}
	if p.before != "" && id == p.before {
		p.reached = true
		return false
	}
	if p.since != 0 && created < p.since || p.until != 0 && created > p.until {
		return true
	}
	switch {
	case len(p.page) < p.limit:
		p.page = append(p.page, show())
	case p.before != "": // the page ends at the object, so its first go
		p.page, p.more = append(p.page[1:], show()), true
	default:
		p.more = true
		return false
	}
	return true
}

// done is the page as a list.
func (p *pager) done(c *call, kind string) (object.Object, error) {
	if p.after != "" && !p.reached {
		return nil, noSuch(kind, p.after, "starting_after")
	}
	if p.before != "" && !p.reached {
		return nil, noSuch(kind, p.before, "ending_before")
	}
	return object.List(c.request.URL.Path, p.page, p.more), nil
}

// batch is how many payments are read at a time.
const batch = 100

// payments gives a merchant's payments to a function, the newest first, until it says
// enough. From is where to begin, itself included; "" for the newest.
func (a *API) payments(c *call, from string, each func(payment.Payment) bool) error {
	cursor := from
	if cursor != "" {
		cursor += "~" // after every identifier that begins so
	}
	for {
		found, err := a.Processor.Payments(c.ctx, processor.Only(c.Merchant.ID), processor.PaymentQuery{}, processor.Window{Cursor: cursor, Limit: batch})
		if err != nil {
			return err
		}
		for _, p := range found.Items {
			if !each(p) {
				return nil
			}
		}
		if cursor = found.Next; cursor == "" {
			return nil
		}
	}
}

// nth finds what is numbered within its payment, such as a refund: the payment and the number, from 1. Has reports
// whether the payment has one of that number; kind and param are for the error where there is none.
func (a *API) nth(c *call, prefix, id, kind, param string, has func(payment.Payment, int) bool) (payment.Payment, int, error) {
	house, n, ok := alias.Nth(prefix, id)
	if !ok {
		return payment.Payment{}, 0, noSuch(kind, id, param)
	}
	p, err := a.Processor.OwnPayment(c.ctx, c.Merchant.ID, house)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) || err == nil && !has(p, n) {
		return p, 0, noSuch(kind, id, param)
	}
	return p, n, err
}

// narrowed is the PaymentIntent whose objects a list is to have, named by itself or by its charge; "" for all.
func (a *API) narrowed(c *call) (intent string, err error) {
	intent, charge := c.text("payment_intent"), c.text("charge")
	if err := c.err(); err != nil || charge == "" {
		return intent, err
	}
	p, _, err := a.charge(c, charge)
	return alias.ID(object.IntentPrefix, p.ID), err
}
