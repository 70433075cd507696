// Package class serves a class's students: whoever has the class's code joins in one step, gets a shop of its own,
// pays on the phone what the shop sells, sees what the shop's server is told, and follows the lesson that is given.
//
//	GET  /join            the code's form, or the student's shop
//	POST /join            joins ──303──▶ /join
//	POST /join/buy        asks for a payment ──303──▶ its checkout
//	GET  /join/live       that the shop has news, as server-sent events
//	GET  /join/follow     the lesson that is given now, to be read
//	GET  /join/follow/live
//
// A student is known by a cookie, and has no other credentials. Without a class, nobody joins.
package class

import (
	"embed"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"github.com/gorilla/mux"

	"sandbank/audit"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/identity/class"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/scenario/lesson"
	"sandbank/web/gate"
	"sandbank/web/host"
	"sandbank/web/look"
)

// Config is what the pages are made of.
type Config struct {
	Class     *class.Class // nil for none: then nobody joins
	Processor *processor.Processor
	Lessons   *lesson.Board
	Address   payment.Address
	Clock     clock.Simulated
	Gate      *gate.Gate // keeps the audit records, and limits guesses at the code
	Log       *slog.Logger
	Base      string // public base URL
}

// Students serves the pages.
type Students struct {
	Config
	guessing sync.Mutex
}

// New makes the pages.
func New(c Config) *Students { return &Students{Config: c} }

// route is a page or a button. Both are for anyone: a student's own are by the cookie.
type route struct {
	method, path string
	action       audit.Action
	query        []string
	handle       func(http.ResponseWriter, *http.Request) error
}

func (s *Students) routes() []route {
	return []route{
		{http.MethodGet, "/join", "", []string{"code"}, s.show},
		{http.MethodPost, "/join", audit.ClassJoin, nil, s.join},
		{http.MethodPost, "/join/buy", audit.PaymentCreate, nil, s.buy},
		{http.MethodGet, "/join/live", "", nil, s.live},
		{http.MethodGet, "/join/follow", "", nil, s.follow},
		{http.MethodGet, "/join/follow/live", "", nil, s.followLive},
	}
}

// Routes lists the pages and buttons.
func Routes() (list []gate.Route) {
	for _, r := range (*Students)(nil).routes() {
		list = append(list, gate.Route{Method: r.method, Path: r.path, Query: r.query, Needs: gate.Open, Action: r.action})
	}
	return list
}

// Mount adds the pages and buttons.
func (s *Students) Mount(r *mux.Router) {
	for _, one := range s.routes() {
		methods := []string{one.method}
		if one.method == http.MethodGet && !strings.HasSuffix(one.path, "/live") {
			methods = append(methods, http.MethodHead)
		}
		r.Handle(one.path, look.SecureHeaders(s.page(one))).Methods(methods...)
	}
}

// maxForm bounds a form, in bytes.
const maxForm = 4 << 10

// page answers with a page, or with a notice of what went wrong. A button takes no post from another site, and
// is recorded.
func (s *Students) page(one route) http.Handler {
	own := host.OwnForms(s.Base)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if one.method == http.MethodGet {
			err := gate.CheckQuery(r, one.query)
			if err == nil {
				err = one.handle(w, r)
			}
			s.failed(w, r, err)
			return
		}
		id := s.Gate.Chance.ID("rid", s.Clock.Now())
		w.Header().Set("X-Request-Id", id)
		r, act := s.Gate.Begin(r, one.action, audit.Actor{Kind: audit.Nobody}, id)
		err := own.Check(r)
		if err != nil {
			err = fault.New(fault.Forbidden, "origin_foreign", "Another site's page may not press this button.").Because(err)
		} else {
			r.Body = http.MaxBytesReader(w, r.Body, maxForm)
			if r.ParseForm() != nil {
				err = fault.New(fault.Invalid, "form_invalid", "The form did not arrive whole, or cannot be read; nothing was done.")
			} else {
				err = one.handle(w, r)
			}
		}
		s.Gate.End(act, err)
		s.failed(w, r, err)
	})
}

// shown is an error that the page already shows.
type shown struct{ error }

func (e shown) Unwrap() error { return e.error }

// failed shows what went wrong.
func (s *Students) failed(w http.ResponseWriter, r *http.Request, err error) {
	if already := (shown{}); err == nil || errors.As(err, &already) || r.Context().Err() != nil {
		return
	}
	f := fault.From(err)
	status := gate.StatusOf(f.Kind)
	if status == http.StatusInternalServerError {
		s.Log.Error("a student's page failed", "path", r.URL.Path, "error", err)
	}
	said := []string{f.Message}
	for _, one := range f.Fields {
		said = append(said, one.Pointer+": "+one.Detail+".")
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = pages().Render(w, "notice", NoticeView{Title: "This did not work", Text: strings.TrimSpace(strings.Join(append(said, f.Hint), " "))})
}

//go:embed templates
var templates embed.FS

var pages = sync.OnceValue(func() *look.Set { return look.MustParse(templates) })
