// Package otlptest is a collector of spans in a test's own process: it takes what a program exports by OTLP over
// HTTP, reads it with OpenTelemetry's own types, and says how the spans hang together.
package otlptest

import (
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Span is one that arrived.
type Span struct {
	Trace, ID, Parent string // hexadecimal; Parent is "" of a root
	Name              string
	Kind              string
	Service           string // of the program that recorded it
	Attributes        map[string]string
	Links             []string // ids of the linked spans
	Events            []string
	Error             string
	Began, Ended      time.Time
}

// Receiver takes spans.
type Receiver struct {
	t      testing.TB
	server *httptest.Server

	mu     sync.Mutex
	spans  []Span
	more   chan struct{} // closed when spans arrive
	header http.Header   // of the last request
}

// New is a receiver until the test ends.
func New(t testing.TB) *Receiver {
	t.Helper()
	r := &Receiver{t: t, more: make(chan struct{})}
	r.server = httptest.NewServer(http.HandlerFunc(r.take))
	t.Cleanup(r.server.Close)
	return r
}

// URL is the base of the receiver, as --otlp-endpoint takes it.
func (r *Receiver) URL() string { return r.server.URL }

func (r *Receiver) take(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	// An ExportTraceServiceRequest has the fields of a TracesData.
	var data otlp.TracesData
	if err == nil {
		err = proto.UnmarshalOptions{DiscardUnknown: false}.Unmarshal(body, &data)
	}
	if err != nil || request.URL.Path != "/v1/traces" || request.Header.Get("Content-Type") != "application/x-protobuf" {
		r.t.Errorf("POST %s (%s): expected spans, got %v", request.URL, request.Header.Get("Content-Type"), err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.header = request.Header
	for _, of := range data.GetResourceSpans() {
		service := attributes(of.GetResource().GetAttributes())["service.name"]
		for _, scope := range of.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				if left := len(s.ProtoReflect().GetUnknown()); left > 0 {
					r.t.Errorf("span %s: %d bytes are of no field of OTLP", s.GetName(), left)
				}
				r.spans = append(r.spans, read(s, service))
			}
		}
	}
	close(r.more)
	r.more = make(chan struct{})
}

func read(s *otlp.Span, service string) Span {
	out := Span{
		Trace: hex.EncodeToString(s.GetTraceId()), ID: hex.EncodeToString(s.GetSpanId()), Parent: hex.EncodeToString(s.GetParentSpanId()),
		Name: s.GetName(), Kind: strings.TrimPrefix(s.GetKind().String(), "SPAN_KIND_"), Service: service, Attributes: attributes(s.GetAttributes()),
		Error: s.GetStatus().GetMessage(), Began: time.Unix(0, int64(s.GetStartTimeUnixNano())), Ended: time.Unix(0, int64(s.GetEndTimeUnixNano())),
	}
	for _, l := range s.GetLinks() {
		out.Links = append(out.Links, hex.EncodeToString(l.GetSpanId()))
	}
	for _, e := range s.GetEvents() {
		out.Events = append(out.Events, e.GetName())
	}
	return out
}

// Header is that of the last request.
func (r *Receiver) Header() http.Header {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.header
}

// Spans are those that arrived.
func (r *Receiver) Spans() []Span {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.spans)
}

// Of are the spans of a trace that arrived, in the order in which they began.
func (r *Receiver) Of(trace string) []Span {
	list := slices.DeleteFunc(r.Spans(), func(s Span) bool { return s.Trace != trace })
	slices.SortStableFunc(list, func(a, b Span) int { return a.Began.Compare(b.Began) })
	return list
}

// patience is how long spans are awaited.
const patience = 5 * time.Minute

// Await waits until the spans of a trace are as they are to be.
func (r *Receiver) Await(trace, what string, done func([]Span) bool) []Span {
	r.t.Helper()
	over := time.After(patience)
	for {
		r.mu.Lock()
		more := r.more
		r.mu.Unlock()
		spans := r.Of(trace)
		if done(spans) {
			return spans
		}
		select {
		case <-more:
		case <-over:
			r.t.Fatalf("after %s: expected %s, got\n%s", patience, what, Tree(spans))
		}
	}
}

// Tree draws spans as they hang under one another.
func Tree(spans []Span) string {
	var b strings.Builder
	var draw func(parent, indent string)
	drawn := map[string]bool{}
	draw = func(parent, indent string) {
		for _, s := range spans {
			if s.Parent == parent && !drawn[s.ID] {
				drawn[s.ID] = true
				fmt.Fprintf(&b, "%s%s [%s %s] %s\n", indent, s.Name, s.Kind, s.Service, s.Error)
				draw(s.ID, indent+"  ")
			}
		}
	}
	here := map[string]bool{}
	for _, s := range spans {
		here[s.ID] = true
	}
	for _, s := range spans {
		if !here[s.Parent] {
			draw(s.Parent, "")
		}
	}
	return b.String()
}

// Connected reports the spans that do not hang under root, the id of a span that need not have arrived.
func Connected(spans []Span, root string) (loose []Span) {
	parents := map[string]string{}
	for _, s := range spans {
		parents[s.ID] = s.Parent
	}
	for _, s := range spans {
		at := s.ID
		for range len(spans) + 1 {
			if at == root {
				break
			}
			at = parents[at]
		}
		if at != root {
			loose = append(loose, s)
		}
	}
	return loose
}
