// Package dashboard is the log book: every payment, and for each one every hop
// it took, with the payload one click away and the reason of its outcome. It is
// drawn on the server, live by server-sent events, and works without script. An
// operator sees all merchants, a merchant's user its own.
package dashboard

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"sandbank/clock"
	"sandbank/clock/steer"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/identity/class"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/scenario/lesson"
	"sandbank/scenario/run"
	"sandbank/sim/outage"
	"sandbank/web/gate"
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
	TraceURL  string // where a trace is shown, with {trace} for its id; "" for nowhere
	Seed      uint64 // that a run is repeated by; 0 for none
	// Who identifies the viewer; false for a viewer who has not signed in. Nil is
	// for a dashboard without sign-in, on which everybody is an administrator.
	Who  func(*http.Request) (identity.Principal, bool)
	Runs *run.Board // of scenarios; nil has none run
	// Lessons are given for a class; nil has none given.
	Lessons *lesson.Board
	// OwnLessons are those of whoever runs the program, beside those that ship with it.
	OwnLessons []lesson.Entry
	// Class is of students who have joined; nil for none.
	Class *class.Class
	// Docs finds passages of the docs; nil finds none.
	Docs func(query string) []Passage
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
	f := Frame{Section: section, Clock: d.Clock.Now(), Person: p.Person, Role: p.Role, Steer: d.clockForm(r), Notes: d.faultNotes(r), Holds: d.holdNotes(r)}
	f.MayPay, f.ShopURL, f.Seed, f.Badges = d.may(r, identity.WritePayments), d.ShopURL, d.Seed, d.badges(r)
	if d.Hand != nil {
		f.ClockNote = clockNote(d.Hand.Show())
	}
	if d.may(r, identity.ReadPayments) {
		f.HeadURL = "/dashboard/head"
	}
	return f
}

// head writes the parts of the head that change while a page is open: the clock, what is held or fails on
// purpose, and what waits behind the navigation; for the list of payments also its tiles.
func (d *Dashboard) head(w http.ResponseWriter, r *http.Request) error {
	if err := RenderHead(w, d.frame(r, "")); err != nil || gate.Query(r).Get("tiles") == "" {
		return err
	}
	tiles, err := d.tiles(r.Context(), d.reach(r))
	if err != nil {
		return err
	}
	return RenderTiles(w, tiles)
}
