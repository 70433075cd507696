// Package dashboard is the log book: every payment, and for each one every hop
// it took, with the payload one click away and the reason of its outcome. It is
// drawn on the server, live by server-sent events, and works without script. It
// is for whoever runs the simulator and sees all merchants.
package dashboard

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"

	"sandbank/clock"
	"sandbank/event"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/web/gate"
	"sandbank/web/look"
)

// Config is what the dashboard needs.
type Config struct {
	Processor *processor.Processor
	Clients   *identity.Registry
	Address   payment.Address
	Clock     clock.Clock
	Log       *slog.Logger
	Base      string // public base URL
	Curl      string // a command that makes a first payment
	ShopURL   string // of the demo shop; "" for none
	// Who says who looks; false for somebody who has not signed in. Nil is for a
	// dashboard where nobody is asked, and everybody is an administrator.
	Who func(*http.Request) (identity.Principal, bool)
	// Gate records who pressed what; nil for nobody.
	Gate *gate.Gate
}

// Dashboard serves the pages.
type Dashboard struct{ Config }

// New makes a dashboard.
func New(c Config) *Dashboard { return &Dashboard{c} }

func (d *Dashboard) page(handle func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := handle(w, r)
		if _, done := errors.AsType[worded](err); err == nil || done || r.Context().Err() != nil {
			return
		}
		f := fault.From(err)
		notice := NoticeView{Frame: d.frame(r, ""), Title: "This page cannot be shown", Text: f.Message + " " + f.Hint}
		status := http.StatusInternalServerError
		switch f.Kind {
		case fault.NotFound:
			status, notice.Title = http.StatusNotFound, "Not found"
		case fault.Unauthenticated:
			status, notice.Title = http.StatusUnauthorized, "Please sign in"
		case fault.Forbidden:
			status, notice.Title = http.StatusForbidden, "Not for your role"
		case fault.Unavailable:
			status = http.StatusServiceUnavailable
		case fault.Invalid:
			status = http.StatusBadRequest
		case fault.Unprocessable:
			status = http.StatusUnprocessableEntity
		case fault.Conflict:
			status, notice.Title = http.StatusConflict, "Not now"
		case fault.TooLarge:
			status, notice.Title = http.StatusRequestEntityTooLarge, "Too much"
		default:
			d.Log.Error("a dashboard page failed", "path", r.URL.Path, "error", err)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		_ = RenderNotice(w, notice)
	})
}

// worded is a failure that the page which was written says already: for the
// audit log it is one all the same.
type worded struct{ error }

// Unwrap returns the failure.
func (a worded) Unwrap() error { return a.error }

func (d *Dashboard) frame(r *http.Request, section string) Frame {
	p, _ := d.who(r)
	return Frame{Section: section, Clock: d.Clock.Now(), Person: p.Person, Role: p.Role}
}

const (
	perPage = 50
	mostIDs = 300
)

func (d *Dashboard) list(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	f := processor.Filter{
		Merchant: d.only(r), Status: payment.Status(q.Get("status")), Reference: q.Get("q"), Before: q.Get("before"), Limit: perPage + 1,
	}
	if len(f.Reference) > mostIDs || len(f.Before) > mostIDs {
		return fault.New(fault.Invalid, "query_invalid", "The search is too long.")
	}
	list, err := d.find(r.Context(), f)
	if err != nil {
		return err
	}
	v := ListView{Frame: d.frame(r, "payments"), Status: string(f.Status), Query: f.Reference, ShopURL: d.ShopURL}
	if v.Person == "" { // it has a client's secret in it
		v.Curl = d.Curl
	}
	filter := "?status=" + escape(string(f.Status)) + "&q=" + escape(f.Reference)
	if len(list) > perPage {
		list = list[:perPage]
		v.OlderURL = "/" + filter + "&before=" + list[perPage-1].ID
	}
	if f.Before != "" {
		v.NewestURL = "/" + filter
	} else {
		v.StreamURL = "/dashboard/stream" + filter
	}
	for _, p := range list {
		v.Rows = append(v.Rows, d.row(p))
	}
	return RenderList(w, v)
}

// find lists payments; a search for an id finds that one.
func (d *Dashboard) find(ctx context.Context, f processor.Filter) ([]payment.Payment, error) {
	if len(f.Reference) > 4 && f.Reference[:4] == "pay_" {
		p, err := d.Processor.Store.Payment(ctx, f.Reference)
		if fault.Is(err, fault.NotFound) || f.Merchant != "" && f.Merchant != p.Merchant {
			return nil, nil
		}
		return []payment.Payment{p}, err
	}
	return d.Processor.Store.Payments(ctx, f)
}

func (d *Dashboard) row(p payment.Payment) Row {
	r := Row{
		ID: p.ID, URL: "/payments/" + p.ID, At: p.CreatedAt, Reference: p.Reference, Merchant: d.merchant(p.Merchant),
		Amount: look.Money(p.Amount.Value(), string(p.Amount.Currency())), Bank: p.Bank, Status: string(p.Status),
	}
	if p.Reason != nil {
		r.Reason = p.Reason.Code
	}
	return r
}

func (d *Dashboard) merchant(id string) string {
	if m, ok := d.Clients.Merchant(id); ok {
		return m.Name
	}
	return id
}

func (d *Dashboard) events(w http.ResponseWriter, r *http.Request) error {
	v := EventsView{Frame: d.frame(r, "events")}
	list, err := d.latest(r)
	if err != nil {
		return err
	}
	for _, e := range list {
		v.Events = append(v.Events, Event{
			ID: e.ID, At: e.At, Type: e.Type, Merchant: d.merchant(e.Merchant),
			PaymentID: e.Payment, PaymentURL: "/payments/" + e.Payment, Payload: indent(e.Body()),
		})
	}
	return RenderEvents(w, v)
}

// latest are the newest events that who looks may see, newest first.
func (d *Dashboard) latest(r *http.Request) ([]event.Event, error) {
	merchant := d.only(r)
	if merchant == "" {
		return d.Processor.Store.LatestEvents(r.Context(), perPage)
	}
	last, err := d.Processor.Store.LastSequence(r.Context(), merchant)
	if err != nil {
		return nil, err
	}
	list, err := d.Processor.Store.Events(r.Context(), merchant, max(0, last-perPage), perPage)
	slices.Reverse(list)
	return list, err
}
