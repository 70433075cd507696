// Package gate is what every HTTP route of a merchant's interface passes
// through: a request id, the caller's identity, a bound on the body, the audit
// record, and one table from failures to HTTP. The transports behind it hand
// over their routes and keep to parsing, one use case, and one answer. How an
// API authenticates, reads bodies and words its errors is its [Dialect].
package gate

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"sandbank/audit"
	"sandbank/chance"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/telemetry/meter"
)

// Gate lets requests through to their handlers.
type Gate struct {
	Base   string // public base URL, for links
	Clock  clock.Simulated
	Chance *chance.Source
	Log    *slog.Logger
	// Authenticate says whose a bearer token is.
	Authenticate func(token string) (identity.Principal, error)
	// Merchant finds the merchant that a role without one names.
	Merchant func(id string) (identity.Merchant, bool)
	// Limits bounds what one caller may ask for; nil for no bounds.
	Limits *Limiter
	// Record takes records for the audit log; nil for none.
	Record func(audit.Record)
	// Page shows a refusal as an HTML page; nil for a problem document.
	Page func(w http.ResponseWriter, r *http.Request, f *fault.Error, status int)

	dialects []*Dialect // of the mounted routes, besides the house's own
}

// Handler answers one request, or returns the error that does.
type Handler func(w http.ResponseWriter, r *http.Request, call Call) error

// Call is what the gate hands to a handler beside the request.
type Call struct {
	identity.Principal        // the caller; empty on a route for anyone
	RequestID          string // as in the answer's X-Request-Id
}

// Route is one row of the routing table: a path, and who may call it.
type Route struct {
	Method, Path string
	// Needs is the permission that a caller must have, or [Open] or [ByField]. A
	// route without it is not mounted.
	Needs identity.Permission
	// Shared routes show what is no merchant's own: a caller without a merchant
	// need name none.
	Shared bool
	Handle Handler
	// Dialect is the dialect of the route's API; nil for the house's own.
	Dialect *Dialect
	// Action is the route's name in the audit log; "" on a route that changes
	// nothing, of which only refusals are recorded.
	Action audit.Action
	// Query names the parameters that it takes in its query; a request with any
	// other is refused.
	Query []string
	// Match is the path as the router takes it, where that is narrower than Path.
	Match string
	// Endless answers have no end, and so there is no HEAD of them.
	Endless bool
}

// Mount adds routes to a router. A route for GET answers HEAD, too (RFC 9110,
// section 9.1).
func (g *Gate) Mount(r *mux.Router, routes []Route) {
	for _, route := range routes {
		if !route.known() {
			panic(fmt.Sprintf("gate: %s %s: %q is no permission", route.Method, route.Path, route.Needs))
		}
		if d := route.Dialect; d != nil && d.Owns != nil && !slices.Contains(g.dialects, d) {
			g.dialects = append(g.dialects, d)
		}
		methods := []string{route.Method}
		if route.Method == http.MethodGet && !route.Endless {
			methods = append(methods, http.MethodHead)
		}
		r.Handle(cmp.Or(route.Match, route.Path), g.serve(route)).Methods(methods...)
	}
}

// serve wraps a handler in what all share: a request id, the caller's identity,
// a bound on the body, and the error table.
func (g *Gate) serve(route Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d, id := g.dialectOf(route), g.newRequestID()
		w.Header().Set("X-Request-Id", id)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		r, act := g.Begin(r, cmp.Or(route.Action, audit.Read), audit.Actor{Kind: audit.Nobody}, id)
		defer func() {
			if panicked := recover(); panicked != nil && panicked != any(http.ErrAbortHandler) {
				g.Log.ErrorContext(r.Context(), "a handler panicked", "request", id, "panic", panicked, "stack", string(debug.Stack()))
				g.refuse(w, r, d, id, fault.From(nil))
				g.End(act, fault.From(nil))
			}
		}()
		d.Body.bound(w, r)
		err := g.call(route, d.Authenticator, w, r, Call{RequestID: id}, act)
		if err != nil {
			g.refuse(w, r, d, id, err)
		}
		g.End(act, err)
	})
}

func (g *Gate) call(route Route, by Authenticator, w http.ResponseWriter, r *http.Request, c Call, act *audit.Act) (err error) {
	if route.Needs != Open {
		c.Principal, err = g.caller(route, by, w, r)
		if c.Role != "" { // also of a caller who is refused next
			act.By(ActorOf(c.Principal), string(c.Role), c.Merchant.ID)
			meter.Called(r.Context(), string(c.Role))
		}
		if err != nil {
			return err
		}
	}
	if route.Dialect == nil || route.Dialect.Refuser == nil { // another API reads queries by its own customs
		if err := CheckQuery(r, route.Query); err != nil {
			return err
		}
	}
	return route.Handle(w, r, c)
}

func (g *Gate) newRequestID() string { return g.Chance.ID("rid", g.Clock.Now()) }

// NotFound answers what no route takes.
func (g *Gate) NotFound(w http.ResponseWriter, r *http.Request) {
	err := fault.New(fault.NotFound, "route_not_found", "There is nothing at %s.", r.URL.Path).Hinting("%s/docs lists what there is.", g.Base)
	d, program := g.spoken(r)
	if g.Page != nil && !program && Names(r, "text/html") {
		g.Page(w, r, fault.From(err), http.StatusNotFound)
		return
	}
	g.refuse(w, r, d, g.newRequestID(), err)
}

// MethodNotAllowed answers a known path with a method it does not take. The
// router knows the paths of all transports.
func (g *Gate) MethodNotAllowed(routes *mux.Router) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		allowed := strings.Join(methodsAt(routes, r), ", ")
		w.Header().Set("Allow", allowed) // RFC 9110, section 15.5.6
		d, _ := g.spoken(r)
		g.refuse(w, r, d, g.newRequestID(),
			fault.New(fault.Unsupported, "method_not_allowed", "%s is not possible at %s.", r.Method, r.URL.Path).
				Hinting("Possible: %s.", allowed))
	})
}

// methodsAt lists the methods that a request's path takes.
func methodsAt(routes *mux.Router, r *http.Request) (allowed []string) {
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if match := (mux.RouteMatch{}); routes.Match(other, &match) && match.MatchErr == nil {
			allowed = append(allowed, method)
		}
	}
	return allowed
}

// Hold lifts the server's own time limits for a request that begins to wait (see
// [Waits]). The caller sets a deadline for each write.
func Hold(ctx context.Context, w http.ResponseWriter) *http.ResponseController {
	Waits(ctx)
	c := http.NewResponseController(w)
	// A past read deadline would end the request's context, as if the caller had
	// gone. A recorder in a test has no deadlines.
	_ = c.SetReadDeadline(time.Time{})
	_ = c.SetWriteDeadline(time.Time{})
	return c
}
