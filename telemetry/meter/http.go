package meter

import (
	"context"
	"net/http"
	"regexp"
	"sync"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"
)

// httpMeters are those of requests. Their names and labels are of the OpenTelemetry semantic conventions for
// HTTP servers (http.server.request.duration, http.server.active_requests), in the form that Prometheus takes.
type httpMeters struct {
	duration *prometheus.HistogramVec
	active   *prometheus.GaugeVec
	methods  *vocabulary
	callers  *vocabulary
	routes   *Routes
}

// otherMethod stands for methods that are not of RFC 9110 and RFC 5789, as the conventions want it.
const otherMethod = "_OTHER"

func newHTTPMeters(r prometheus.Registerer) httpMeters {
	h := httpMeters{
		routes: &Routes{},
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "http_server_request_duration_seconds",
			Help: "How long requests took, by the route's template, the status, and the caller's role. A stream counts when it ends.",
			// The buckets of the conventions.
			Buckets: []float64{.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10},
		}, []string{"http_request_method", "http_route", "http_response_status_code", "sandbank_caller"}),
		active:  prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "http_server_active_requests", Help: "Requests under way, streams among them."}, []string{"http_request_method"}),
		methods: words(0, http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, http.MethodConnect, http.MethodTrace),
		callers: words(7, nobody), // and the roles, of which there are six
	}
	r.MustRegister(h.duration, h.active)
	return h
}

// nobody is the role of a caller who showed none.
const nobody = "nobody"

// caller is where the gate leaves the role of a request's caller for the meter.
type caller struct{ role string }

type callerKey struct{}

// Called tells the meter of a request, if there is one, the role of its caller.
func Called(ctx context.Context, role string) {
	if c, _ := ctx.Value(callerKey{}).(*caller); c != nil {
		c.role = role
	}
}

// Routed counts what the routes of a router answer; it is a middleware of that router.
func (m *Meters) Routed(next http.Handler) http.Handler { return m.counted(next, m.RouteOf) }

// RouteOf is the template of a request's route; see [Routes.Of].
func (m *Meters) RouteOf(r *http.Request) string { return m.http.routes.Of(r) }

// Routes tells routes by the paths of their templates. The zero value is ready.
type Routes struct{ made sync.Map } // by the template as the router has it

// Of is the path of a request's route, with the names of its parameters alone; "" where no route takes it. Each is
// made once: every request asks for one.
func (t *Routes) Of(r *http.Request) string {
	route := mux.CurrentRoute(r)
	if route == nil {
		return ""
	}
	path, err := route.GetPathTemplate()
	if err != nil {
		return ""
	}
	if made, is := t.made.Load(path); is {
		return made.(string)
	}
	made := pattern.ReplaceAllString(path, "{$1}")
	t.made.Store(path, made)
	return made
}

// pattern is a parameter of a route that says by which pattern the router finds it.
var pattern = regexp.MustCompile(`\{(\w+):[^{}]*(?:\{[^{}]*\}[^{}]*)*\}`)

// Unrouted counts what is answered where no route takes a request, under the route "".
func (m *Meters) Unrouted(next http.Handler) http.Handler {
	return m.counted(next, func(*http.Request) string { return "" })
}

func (m *Meters) counted(next http.Handler, routeOf func(*http.Request) string) http.Handler {
	if m == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := m.http.methods.of(r.Method)
		if method == other {
			method = otherMethod
		}
		active := m.http.active.WithLabelValues(method)
		active.Inc()
		defer active.Dec()
		a, began := &answer{ResponseWriter: w, caller: caller{role: nobody}}, m.computer()
		next.ServeHTTP(a, r.WithContext(context.WithValue(r.Context(), callerKey{}, &a.caller)))
		a.begun()
		took := m.computer().Sub(began)
		observe(m.http.duration.WithLabelValues(method, routeOf(r), a.status(), m.http.callers.of(a.caller.role)), took.Seconds(), m.traceOf(r.Context()))
	})
}

func (m *Meters) traceOf(ctx context.Context) string {
	if m.TraceOf == nil {
		return ""
	}
	return m.TraceOf(ctx)
}
