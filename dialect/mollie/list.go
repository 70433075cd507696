package mollie

import (
	"net/url"
	"strconv"

	"sandbank/dialect/mollie/object"
	"sandbank/payment"
	"sandbank/processor"
)

// The bounds of a page.
const (
	usualPage   = 50
	largestPage = 250
)

// listQuery are the parameters of most lists.
var listQuery = []string{"from", "limit"}

// page is a list as it is answered.
type page struct {
	Count    int              `json:"count"`
	Embedded map[string][]any `json:"_embedded"`
	Links    pageLinks        `json:"_links"`
}

// pageLinks have null where there is nothing before or after.
type pageLinks struct {
	Self          object.Link  `json:"self"`
	Previous      *object.Link `json:"previous"`
	Next          *object.Link `json:"next"`
	Documentation object.Link  `json:"documentation"`
}

// pager takes objects in the order of a list until it has a page of them.
type pager struct {
	name    string // of the list: "payments"
	limit   int
	from    string // the first object's identifier; "" for the beginning
	reached bool
	before  []string // the identifiers before from, the last of them at most as many as a page has
	items   []any
	next    string // the identifier that the next page begins with
}

func (c *call) pager(name string) (*pager, error) {
	p := &pager{name: name, limit: usualPage, from: c.asked("from")}
	if s := c.asked("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > largestPage {
			return p, wrong("limit", "The limit must be a number from 1 to %d.", largestPage)
		}
		p.limit = n
	}
	p.reached = p.from == ""
	return p, nil
}

// take takes the next object and reports whether another one is wanted.
func (p *pager) take(id string, show func() any) bool {
	if !p.reached && id != p.from {
		if p.before = append(p.before, id); len(p.before) > p.limit {
			p.before = p.before[1:]
		}
		return true
	}
	p.reached = true
	if len(p.items) == p.limit {
		p.next = id
		return false
	}
	p.items = append(p.items, show())
	return true
}

// done is the page as it is answered.
func (a *API) done(c *call, p *pager) (reply, error) {
	if !p.reached {
		return reply{}, noSuch(p.name, p.from)
	}
	list := page{Count: len(p.items), Embedded: map[string][]any{p.name: p.items}}
	if p.items == nil {
		list.Embedded[p.name] = []any{}
	}
	list.Links = pageLinks{Self: a.place(c, p.from, p.limit), Documentation: a.Documentation()}
	if p.next != "" {
		next := a.place(c, p.next, p.limit)
		list.Links.Next = &next
	}
	if len(p.before) > 0 {
		previous := a.place(c, p.before[0], p.limit)
		list.Links.Previous = &previous
	}
	return ok(list), nil
}

// place is the list from an object on, with what else was asked for.
func (a *API) place(c *call, from string, limit int) object.Link {
	query := url.Values{}
	for name, values := range c.request.URL.Query() {
		query[name] = values
	}
	query.Set("limit", strconv.Itoa(limit))
	if from != "" {
		query.Set("from", from)
	}
	return object.Link{Href: a.View.Base + c.request.URL.Path + "?" + query.Encode(), Type: object.HAL}
}

// batch is how many payments are read at a time.
const batch = 100

// payments gives a merchant's payments to a function, the newest first, until it says enough.
func (a *API) payments(c *call, each func(payment.Payment) bool) error {
	for cursor := ""; ; {
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
