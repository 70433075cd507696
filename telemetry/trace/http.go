package trace

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/felixge/httpsnoop"
)

// request is one that is being answered. It gets a span where it brings a traceparent, or where something
// joins it that has a trace: a page that polls leaves none.
type request struct {
	tracer *Tracer
	began  time.Time
	name   func() string
	in     Context // of the caller; "" for none

	mu    sync.Mutex
	span  Span
	ended bool
}

type requestKey struct{}

type contextKey struct{}

// Requests has what next answers traced. Route is the template of a request's route, once it is known.
func (t *Tracer) Requests(next http.Handler, route func(*http.Request) string) http.Handler {
	if t == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := &request{tracer: t, began: t.computer(), in: fromHeader(r.Header)}
		asked.name = func() string { return r.Method + " " + route(r) }
		if asked.in != "" {
			asked.start("")
		}
		took := httpsnoop.CaptureMetrics(next, w, r.WithContext(context.WithValue(r.Context(), requestKey{}, asked)))
		asked.end(r, route(r), took.Code)
	})
}

// start begins the request's span, once, under the caller's place, or else under one that is known already.
func (r *request) start(under Context) Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.span == (Span{}) && !r.ended {
		parent := r.in
		if parent == "" {
			parent = under
		}
		r.span = r.tracer.StartAt(r.began, parent, Server, r.name())
		if parent.Trace() != under.Trace() {
			r.span.Link(under)
		}
	}
	return r.span.Context()
}

// reached is the span's place; "" while there is none.
func (r *request) reached() Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.span.Context()
}

func (r *request) end(of *http.Request, route string, code int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended = true; r.span.Recorded() {
		r.span.Text("http.request.method", of.Method)
		r.span.Text("http.route", route)
		r.span.Number("http.response.status_code", code)
		if code >= http.StatusInternalServerError {
			r.span.Failed(http.StatusText(code))
		}
	}
	r.span.End()
}

// With is a context for work at a place.
func With(ctx context.Context, at Context) context.Context {
	if at == "" {
		return ctx
	}
	return context.WithValue(ctx, contextKey{}, at)
}

// Of is the place of the work that a context is for; "" where nothing is recorded. A request that is being
// answered gets its span by it, under the given place where its caller named none.
func Of(ctx context.Context, under Context) Context {
	if at, _ := ctx.Value(contextKey{}).(Context); at != "" {
		return at
	}
	if r, _ := ctx.Value(requestKey{}).(*request); r != nil {
		return r.start(under)
	}
	return ""
}

// Reached is the place of the work that a context is for, if it has one by now.
func Reached(ctx context.Context) Context {
	if at, _ := ctx.Value(contextKey{}).(Context); at != "" {
		return at
	}
	if r, _ := ctx.Value(requestKey{}).(*request); r != nil {
		return r.reached()
	}
	return ""
}
