// Package dashboard is the log book: every payment, and for each one every hop
// it took, with the payload one click away and the reason of its outcome. It is
// drawn on the server, live by server-sent events, and works without script. An
// operator sees all merchants, a merchant's user its own.
package dashboard

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"sandbank/clock"
	"sandbank/clock/steer"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/payment"
	"sandbank/payment/form"
	"sandbank/processor"
	"sandbank/sim/outage"
	"sandbank/web/gate"
	"sandbank/web/look"
)

// Config is what a dashboard is made of.
type Config struct {
	Processor *processor.Processor
	Clients   *identity.Registry
	Address   payment.Address
	Clock     clock.Simulated
	Faults    *outage.Board // what goes wrong on purpose
	Hand      *steer.Hand   // on simulated time; nil where it cannot be steered
	Log       *slog.Logger
	Base      string // public base URL
	Curl      string // a command that makes a first payment
	ShopURL   string // of the demo shop; "" for none
	// Who identifies the viewer; false for a viewer who has not signed in. Nil is
	// for a dashboard without sign-in, on which everybody is an administrator.
	Who func(*http.Request) (identity.Principal, bool)
	// Gate keeps the audit records of the buttons; nil for none.
	Gate *gate.Gate
}

// Dashboard serves the pages.
type Dashboard struct{ Config }

// New makes a dashboard.
func New(c Config) *Dashboard { return &Dashboard{c} }

// titles head the notice that stands in the place of a page, by what went wrong.
var titles = map[fault.Kind]string{
	fault.NotFound: "Not found", fault.Unauthenticated: "Please sign in", fault.Forbidden: "Not for your role",
	fault.Conflict: "Not now", fault.TooLarge: "Too much", fault.Gone: "Not kept any more",
}

func (d *Dashboard) page(handle func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := handle(w, r)
		if _, done := errors.AsType[worded](err); err == nil || done || r.Context().Err() != nil {
			return
		}
		f := fault.From(err)
		notice := NoticeView{Frame: d.frame(r, ""), Title: cmp.Or(titles[f.Kind], "This page cannot be shown"), Text: said(f)}
		status := gate.StatusOf(f.Kind)
		if status == http.StatusInternalServerError {
			d.Log.Error("a dashboard page failed", "path", r.URL.Path, "error", err)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		_ = RenderNotice(w, notice)
	})
}

// said is a failure in words, with the complaint about each field.
func said(f *fault.Error) string {
	text := f.Message
	if f.Kind == fault.Invalid {
		for _, field := range f.Fields {
			text += " " + field.Pointer + " " + field.Detail + "."
		}
	}
	return strings.TrimSpace(text + " " + f.Hint)
}

// worded is an error that the page already shows; the audit log still records it.
type worded struct{ error }

// Unwrap returns the failure.
func (a worded) Unwrap() error { return a.error }

func (d *Dashboard) frame(r *http.Request, section string) Frame {
	p, _ := d.who(r)
	f := Frame{Section: section, Clock: d.Clock.Now(), Person: p.Person, Role: p.Role, Steer: d.clockForm(r), Notes: d.faultNotes(r)}
	if d.Hand != nil {
		f.ClockNote = clockNote(d.Hand.Show())
	}
	return f
}

const perPage = 50

func (d *Dashboard) list(w http.ResponseWriter, r *http.Request) error {
	q := gate.Query(r)
	f := processor.PaymentQuery{Status: payment.Status(q.Get("status")), Reference: q.Get("q")}
	err := searched(form.Optional(form.Reference), f.Reference)
	if err != nil {
		return err
	}
	at, err := window(r, "before")
	if err != nil {
		return err
	}
	found, err := d.find(r.Context(), d.reach(r), f, at)
	if err != nil {
		return err
	}
	v := ListView{Frame: d.frame(r, "payments"), Status: string(f.Status), Query: f.Reference, ShopURL: d.ShopURL, LetGo: found.LetGo}
	if v.Person == "" { // it has a client's secret in it
		v.Curl = d.Curl
	}
	filter := "?status=" + escape(string(f.Status)) + "&q=" + escape(f.Reference)
	if found.Next != "" {
		v.OlderURL = "/" + filter + "&before=" + found.Next
	}
	if at.Cursor != "" {
		v.NewestURL = "/" + filter
	} else {
		v.StreamURL = "/dashboard/stream" + filter
	}
	for _, p := range found.Items {
		v.Rows = append(v.Rows, d.row(p))
	}
	return RenderList(w, v)
}

// find lists payments; a search for an id finds that one.
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
	list, err := d.Processor.LatestEvents(r.Context(), d.reach(r), perPage)
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
