package trace

import (
	"context"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/propagation"
	otel "go.opentelemetry.io/otel/trace"
)

// Context is a place in a trace, under which further spans begin: a W3C traceparent, and behind a space the
// tracestate where there is one. "" is no place.
//
//	00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
type Context string

// The names of the headers, in HTTP and AMQP alike (https://www.w3.org/TR/trace-context/).
const (
	HeaderParent = "traceparent"
	HeaderState  = "tracestate"
)

const (
	parentLength = 55
	maxState     = 512 // bytes of a tracestate that are passed on, as the recommendation asks for at least
)

// Parse reads the two headers. A malformed traceparent is as none; so is a malformed tracestate, alone.
func Parse(parent, state string) Context {
	if parent == "" || len(parent) > maxState {
		return ""
	}
	if len(state) > maxState {
		state = ""
	}
	read := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{HeaderParent: parent, HeaderState: state})
	return contextOf(otel.SpanContextFromContext(read))
}

// fromHeader reads the headers of a request. A repeated traceparent is malformed.
func fromHeader(h http.Header) Context {
	parents := h["Traceparent"]
	if len(parents) != 1 {
		return ""
	}
	return Parse(parents[0], strings.Join(h["Tracestate"], ","))
}

func contextOf(s otel.SpanContext) Context {
	if !s.IsValid() {
		return ""
	}
	c := "00-" + s.TraceID().String() + "-" + s.SpanID().String() + "-" + s.TraceFlags().String()
	if state := s.TraceState().String(); state != "" {
		c += " " + state
	}
	return Context(c)
}

// remote is the place as the SDK has it; an invalid one of a Context that is none.
func (c Context) remote() otel.SpanContext {
	read := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{HeaderParent: c.Parent(), HeaderState: c.State()})
	return otel.SpanContextFromContext(read)
}

// Parent is the traceparent, "" of no place.
func (c Context) Parent() string {
	if len(c) < parentLength {
		return ""
	}
	return string(c[:parentLength])
}

// State is the tracestate, "" where there is none.
func (c Context) State() string {
	if len(c) <= parentLength {
		return ""
	}
	return string(c[parentLength+1:])
}

// Trace is the id of the trace, 32 hexadecimal digits; "" of no place.
func (c Context) Trace() string {
	if len(c) < parentLength {
		return ""
	}
	return string(c[3:35])
}

// Sampled reports whether spans of the trace are recorded.
func (c Context) Sampled() bool {
	return len(c) >= parentLength && (c[parentLength-1]-'0')&1 == 1
}

// Exemplar is the id of the trace, where somebody will see it; else "".
func (c Context) Exemplar() string {
	if !c.Sampled() {
		return ""
	}
	return c.Trace()
}

// Under is the place under which work on something begins that has a trace already: here, unless the two are
// of different traces.
func (c Context) Under(own Context) Context {
	if own == "" || c != "" && c.Trace() == own.Trace() {
		return c
	}
	return own
}
