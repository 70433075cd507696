// Package api is the HTTP interface for merchants' servers, under /v1, as
// openapi.yaml describes it. A handler parses, calls one use case, and writes
// one response; errors become RFC 9457 problem details in one table.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/gorilla/mux"

	"sandbank/chance"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/payment"
	"sandbank/processor"
)

// Config is what the API needs.
type Config struct {
	Processor *processor.Processor
	Address   payment.Address
	Base      string // public base URL, for links
	Clock     clock.Clock
	Chance    *chance.Source
	Log       *slog.Logger
	// Authenticate says whose a bearer token is.
	Authenticate func(token string) (identity.Principal, error)
	// Ready reports by part ("broker", "database", "banks") what is wrong, or "".
	Ready func(ctx context.Context) map[string]string
}

// API serves the routes of [Routes].
type API struct{ Config }

// New makes an API.
func New(c Config) *API { return &API{c} }

// Access says who may call a route.
type Access string

// The kinds of access.
const (
	Anyone   Access = "anyone"   // no token
	Merchant Access = "merchant" // a merchant's token, for what is the merchant's own
)

// Route is one line of the table of what there is and who may call it.
type Route struct {
	Method, Path string
	Access       Access
	handle       func(*API, http.ResponseWriter, *http.Request, identity.Principal) error
}

// Routes is the whole API. A route that is not here does not exist.
func Routes() []Route {
	return []Route{
		{http.MethodPost, "/v1/payments", Merchant, (*API).createPayment},
		{http.MethodGet, "/v1/payments", Merchant, (*API).listPayments},
		{http.MethodGet, "/v1/payments/{id}", Merchant, (*API).getPayment},
		{http.MethodPost, "/v1/payments/{id}/cancel", Merchant, (*API).cancelPayment},
		{http.MethodGet, "/v1/banks", Merchant, (*API).listBanks},
		{http.MethodGet, "/v1/events", Merchant, (*API).listEvents},
		{http.MethodGet, "/v1/events/{id}", Merchant, (*API).getEvent},
		{http.MethodPost, "/v1/webhook-endpoints", Merchant, (*API).createEndpoint},
		{http.MethodGet, "/v1/webhook-endpoints", Merchant, (*API).listEndpoints},
		{http.MethodGet, "/v1/webhook-endpoints/{id}", Merchant, (*API).getEndpoint},
		{http.MethodPatch, "/v1/webhook-endpoints/{id}", Merchant, (*API).changeEndpoint},
		{http.MethodDelete, "/v1/webhook-endpoints/{id}", Merchant, (*API).deleteEndpoint},
		{http.MethodPost, "/v1/webhook-endpoints/{id}/rotate-secret", Merchant, (*API).rotateSecret},
		{http.MethodPost, "/v1/webhook-endpoints/{id}/resend-failed", Merchant, (*API).resendFailed},
		{http.MethodGet, "/v1/webhook-endpoints/{id}/deliveries", Merchant, (*API).listDeliveries},
		{http.MethodGet, "/v1/webhook-endpoints/{id}/deliveries/{delivery}", Merchant, (*API).getDelivery},
		{http.MethodPost, "/v1/webhook-endpoints/{id}/deliveries/{delivery}/resend", Merchant, (*API).resendDelivery},
		{http.MethodGet, "/livez", Anyone, (*API).live},
		{http.MethodGet, "/readyz", Anyone, (*API).ready},
	}
}

// Mount adds the routes.
func (a *API) Mount(r *mux.Router) {
	for _, route := range Routes() {
		// Beside /v1/events/{id} there are streams with names of their own.
		path := strings.Replace(route.Path, "/v1/events/{id}", "/v1/events/{id:evt_[^/]*}", 1)
		r.Handle(path, a.serve(route)).Methods(route.Method)
	}
}

// maxBody bounds a request's body, in bytes.
const maxBody = 64 << 10

// serve wraps a handler in what all share: a request id, the caller's identity,
// a bound on the body, and the error table.
func (a *API) serve(route Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := a.Chance.ID("rid", a.Clock.Now())
		w.Header().Set("X-Request-Id", id)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		defer func() {
			if panicked := recover(); panicked != nil && panicked != http.ErrAbortHandler {
				a.Log.Error("a handler panicked", "request", id, "panic", panicked, "stack", string(debug.Stack()))
				a.problem(w, r, id, fault.From(nil))
			}
		}()
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if err := a.call(route, w, r); err != nil {
			a.problem(w, r, id, err)
		}
	})
}

func (a *API) call(route Route, w http.ResponseWriter, r *http.Request) error {
	var caller identity.Principal
	if route.Access == Merchant {
		var err error
		if caller, err = a.Authenticate(bearer(r)); err != nil {
			return err
		}
	}
	return route.handle(a, w, r, caller)
}

// bearer is the token of an Authorization header (RFC 6750, section 2.1). A
// token in the URL or body is not looked for: it would end in logs.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// NotFound answers what no route takes.
func (a *API) NotFound(w http.ResponseWriter, r *http.Request) {
	a.problem(w, r, a.Chance.ID("rid", a.Clock.Now()), fault.New(fault.NotFound, "route_not_found", "There is nothing at %s.", r.URL.Path).
		Hinting("%s/docs lists what there is.", a.Base))
}

// MethodNotAllowed answers a known path with a method it does not take. The
// router knows the paths of all transports.
func (a *API) MethodNotAllowed(routes *mux.Router) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		allowed := strings.Join(methodsAt(routes, r), ", ")
		w.Header().Set("Allow", allowed) // RFC 9110, section 15.5.6
		a.problem(w, r, a.Chance.ID("rid", a.Clock.Now()),
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
