package mollie

import (
	"net/http"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a report's days are those of one place, also on a machine that knows no places

	"sandbank/dialect/mollie/object"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/ledger"
	"sandbank/money"
	"sandbank/payment/form"
	"sandbank/processor"
	"sandbank/settlement"
)

var reportRoutes = []route{
	{method: http.MethodGet, path: "balances/{id}/report", needs: identity.ReadMoney, handle: balanceReport, query: []string{"from", "until", "grouping"}},
}

// timeZone is where a report's days begin.
const timeZone = "Europe/Amsterdam"

// balanceReport sums up what moved a balance in some days, by the ledger.
func balanceReport(a *API, c *call) (reply, error) {
	from, err := c.day("from")
	if err != nil {
		return reply{}, err
	}
	until, err := c.day("until")
	if err != nil {
		return reply{}, err
	}
	if !until.After(from) {
		return reply{}, wrong("until", "The until date must be after the from date: it is the first day that is not in the report.")
	}
	grouping := object.Grouping(c.asked("grouping"))
	if grouping == "" {
		grouping = object.Groupings()[0]
	}
	if !slices.Contains(object.Groupings(), grouping) {
		return reply{}, wrong("grouping", "The grouping must be status-balances or transaction-categories, not %s.", form.Shown(string(grouping)))
	}
	currency, err := a.balanceNamed(c)
	if err != nil {
		return reply{}, err
	}
	r := reporter{API: a, c: c, currency: currency, account: ledger.MerchantPayable(c.Merchant.ID), origins: map[string]object.Origin{}}
	span, err := r.span(from, until)
	if err != nil {
		return reply{}, err
	}
	self := a.To("balances", c.in("id"), "report")
	self.Href += "?" + c.request.URL.Query().Encode()
	return ok(object.Report{
		Resource: "balance-report", BalanceID: object.BalanceID(c.Merchant.ID, currency), TimeZone: timeZone, From: c.asked("from"), Until: c.asked("until"),
		Grouping: grouping, Totals: span.Totals(grouping), Links: object.Links{"self": self, "documentation": a.Documentation()},
	}), nil
}

// day is the beginning of a day in the query.
func (c *call) day(name string) (time.Time, error) {
	place, err := time.LoadLocation(timeZone)
	if err != nil {
		return time.Time{}, err
	}
	if c.asked(name) == "" {
		return time.Time{}, wrong(name, "The %s date is missing: a report needs from and until, as YYYY-MM-DD.", name)
	}
	day, err := time.ParseInLocation(time.DateOnly, c.asked(name), place)
	if err != nil {
		return day, wrong(name, "The %s date must be a day as YYYY-MM-DD, not %s.", name, form.Shown(c.asked(name)))
	}
	return day, nil
}

// reporter reads what a report is made of.
type reporter struct {
	*API
	c        *call
	currency money.Currency
	account  ledger.Account
	origins  map[string]object.Origin // of payments
}

// span is what happened to the balance from an instant until before another one.
func (r *reporter) span(from, until time.Time) (object.Span, error) {
	s := object.Span{Open: money.Zero(r.currency)}
	before, err := r.Processor.Balances(r.c.ctx, from.Add(-time.Microsecond)) // which is what stores keep
	if err != nil {
		return s, err
	}
	for _, b := range before {
		if b.Account == r.account && b.Currency == r.currency {
			s.Open = money.Of(b.Net().Neg(), b.Currency)
		}
	}
	q := processor.EntryQuery{Account: r.account, From: from, Until: until}
	for cursor := ""; ; {
		found, err := r.Processor.Entries(r.c.ctx, q, processor.Window{Cursor: cursor, Limit: batch})
		if err != nil {
			return s, err
		}
		for _, e := range found.Items {
			if err := r.add(&s, e.Entry); err != nil {
				return s, err
			}
		}
		if cursor = found.Next; cursor == "" {
			return s, nil
		}
	}
}

// add adds an entry to a span. What a payout takes becomes available, and leaves at once.
func (r *reporter) add(s *object.Span, e ledger.Entry) error {
	of, err := r.origin(e.Payment)
	if err != nil {
		return err
	}
	list := object.Entry(e, r.account, r.currency, of)
	if e.Kind != ledger.PayoutKind {
		s.Pending = append(s.Pending, list...)
		return nil
	}
	if len(list) == 0 { // in another currency
		return nil
	}
	s.Available = append(s.Available, list...)
	took, err := r.took(strings.TrimPrefix(e.Key, e.Kind+":"))
	s.Moved = append(s.Moved, took...)
	return err
}

// took is what a payout took from what was pending.
func (r *reporter) took(payout string) (list []object.Movement, err error) {
	out, err := r.Processor.Payout(r.c.ctx, processor.Only(r.c.Merchant.ID), payout)
	if err != nil {
		return nil, err
	}
	err = r.items(r.c, out, func(i settlement.Item) (bool, error) {
		of, err := r.origin(i.Payment)
		list = append(list, object.Item(i, of)...)
		return true, err
	})
	return append(list, object.Rest(out, list)...), err
}

// origin is what the report says of a payment, which may have been let go.
func (r *reporter) origin(payment string) (object.Origin, error) {
	if of, known := r.origins[payment]; known || payment == "" {
		return of, nil
	}
	p, err := r.Processor.OwnPayment(r.c.ctx, r.c.Merchant.ID, payment)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) {
		r.origins[payment] = object.Origin{}
		return object.Origin{}, nil
	}
	if err != nil {
		return object.Origin{}, err
	}
	r.origins[payment] = object.OriginOf(p)
	return r.origins[payment], nil
}
