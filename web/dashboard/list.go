package dashboard

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"sandbank/fault"
	"sandbank/payment"
	"sandbank/payment/form"
	"sandbank/payment/instrument"
	"sandbank/processor"
	"sandbank/web/gate"
)

const perPage = 50

// ListFilter is the form above the list of payments, by the names of its GET fields. From and To are days, To
// the last one.
type ListFilter struct{ Status, Query, Bank, Method, From, To string }

// listFilters are the fields of the form in the order of the page.
var listFilters = []string{"status", "q", "bank", "method", "from", "to"}

func filterOf(r *http.Request) ListFilter {
	q := gate.Query(r)
	return ListFilter{q.Get("status"), q.Get("q"), q.Get("bank"), q.Get("method"), q.Get("from"), q.Get("to")}
}

// query is the filter as an address has it, "?" and all; "?" for none.
func (f ListFilter) query() string {
	q := url.Values{}
	for i, value := range []string{f.Status, f.Query, f.Bank, f.Method, f.From, f.To} {
		if value != "" {
			q.Set(listFilters[i], value)
		}
	}
	return "?" + q.Encode()
}

// wanted is what the filter asks for.
func (f ListFilter) wanted() (processor.PaymentQuery, error) {
	w := processor.PaymentQuery{Status: payment.Status(f.Status), Reference: f.Query, Bank: f.Bank, Method: instrument.Kind(f.Method)}
	if err := searched(form.Optional(form.Reference), f.Query); err != nil {
		return w, err
	}
	problem := fault.New(fault.Invalid, "query_invalid", "The search is not right.")
	w.From, w.To = day(problem, "from", f.From), day(problem, "to", f.To)
	if !w.To.IsZero() {
		w.To = w.To.AddDate(0, 0, 1) // the whole of the day
	}
	w.Check(problem)
	if len(problem.Fields) > 0 {
		return w, problem
	}
	return w, nil
}

// day reads a day in UTC; "" is the zero time.
func day(problem *fault.Error, name, text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		problem.At(name, "must be a day such as 2026-11-24")
	}
	return t
}

func (d *Dashboard) list(w http.ResponseWriter, r *http.Request) error {
	asked := filterOf(r)
	wanted, err := asked.wanted()
	if err != nil {
		return err
	}
	at, err := window(r, "before")
	if err != nil {
		return err
	}
	found, err := d.find(r.Context(), d.reach(r), wanted, at)
	if err != nil {
		return err
	}
	v := ListView{Frame: d.frame(r, "payments"), ListFilter: asked, Banks: d.bankChoices(asked.Bank), LetGo: found.LetGo}
	if v.Person == "" { // it has a client's secret in it
		v.Curl = d.Curl
	}
	if v.Rows, err = d.rows(r.Context(), found.Items); err != nil {
		return err
	}
	here := asked.query()
	if found.Next != "" {
		v.OlderURL = "/" + here + joint(here) + "before=" + found.Next
	}
	if at.Cursor != "" {
		v.NewestURL = "/" + here
	} else {
		state, err := stateOf(v.Rows)
		if err != nil {
			return err
		}
		v.StreamURL = "/dashboard/stream" + here + joint(here) + "state=" + state
	}
	if !v.Filtered() && at.Cursor == "" {
		if v.Tiles, err = d.tiles(r.Context(), d.reach(r)); err != nil {
			return err
		}
		if v.HeadURL != "" {
			v.HeadURL += "?tiles=yes"
		}
	}
	return RenderList(w, v)
}

// joint joins another field to a query.
func joint(query string) string {
	if query == "?" {
		return ""
	}
	return "&"
}

// bankChoices are the banks that the list can be narrowed to: those heard of, and the one that is asked for.
func (d *Dashboard) bankChoices(asked string) []string {
	var list []string
	for _, b := range d.Processor.Banks() {
		list = append(list, b.Identifier)
	}
	if asked != "" && !slices.Contains(list, asked) {
		list = append(list, asked)
	}
	slices.Sort(list)
	return list
}

// find lists payments; a search for an id finds that one, whatever else is asked for.
func (d *Dashboard) find(ctx context.Context, in processor.Reach, f processor.PaymentQuery, at processor.Window) (found processor.Page[payment.Payment], err error) {
	if !strings.HasPrefix(f.Reference, "pay_") {
		return d.Processor.Payments(ctx, in, f, at)
	}
	p, err := d.Processor.Payment(ctx, in, f.Reference)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) {
		found.LetGo = fault.Is(err, fault.Gone)
		return found, nil
	}
	found.Items = []payment.Payment{p}
	return found, err
}

func (d *Dashboard) merchant(id string) string {
	if m, ok := d.Clients.Merchant(id); ok {
		return m.Name
	}
	return id
}
