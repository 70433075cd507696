// Package trace records what happens to a payment as spans of one trace, from the merchant's request through
// the checkout, the outbox, the broker, the bank, the result and its commit to the webhook, and hands them to
// an OpenTelemetry collector. Names of attributes follow OpenTelemetry's semantic conventions where those have
// one, and begin with sandbank. otherwise.
//
// Whoever does a part of the work starts a span under the [Context] that came with it, and passes the span's
// own Context on: in the payment, in a message's header, in a webhook's header. A nil [Tracer] is off: all its
// spans are the zero [Span], which does nothing and allocates nothing.
//
//	request ─▶ payment.Trace ─▶ broker.Message.Trace ─▶ header ─▶ bank ─▶ header ─▶ result ─▶ payment.Trace ─▶ webhook
//
// The times of spans are the computer's, since whoever reads them compares them with other programs'. The
// simulated time is an attribute.
package trace

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	otel "go.opentelemetry.io/otel/trace"
)

// Kind says on which side of a call a span is.
type Kind = otel.SpanKind

// The kinds of spans.
const (
	Internal = otel.SpanKindInternal // work within the process
	Server   = otel.SpanKindServer   // a request that is answered
	Client   = otel.SpanKindClient   // a request that is made
	Producer = otel.SpanKindProducer // a message that is published
	Consumer = otel.SpanKindConsumer // a message that is worked on
)

// Tracer records spans. It is safe for concurrent use. Nil records nothing.
type Tracer struct {
	tracer    otel.Tracer
	provider  *sdk.TracerProvider
	simulated func() time.Time // nil for a program without simulated time
	computer  func() time.Time
}

// In is the tracer of a part that goes by a simulated time: each of its spans says what that was at its start.
func (t *Tracer) In(simulated func() time.Time) *Tracer {
	if t == nil {
		return nil
	}
	of := *t
	of.simulated = simulated
	return &of
}

// Now is the time by which spans are recorded; zero where nothing is.
func (t *Tracer) Now() (at time.Time) {
	if t != nil {
		at = t.computer()
	}
	return at
}

// Start begins a span under a parent, or a trace of its own where parent is "".
func (t *Tracer) Start(parent Context, kind Kind, name string) Span {
	if t == nil {
		return Span{}
	}
	return t.StartAt(t.computer(), parent, kind, name)
}

// StartAt is Start for work that began at an instant, with links to what else it belongs to.
func (t *Tracer) StartAt(at time.Time, parent Context, kind Kind, name string, links ...Context) Span {
	if t == nil {
		return Span{}
	}
	options := []otel.SpanStartOption{otel.WithSpanKind(kind), otel.WithTimestamp(at)}
	if t.simulated != nil {
		options = append(options, otel.WithAttributes(attribute.String("sandbank.simulated_time", t.simulated().Format(time.RFC3339Nano))))
	}
	for _, l := range links {
		if l != "" {
			options = append(options, otel.WithLinks(otel.Link{SpanContext: l.remote()}))
		}
	}
	ctx := context.Background()
	if parent != "" {
		ctx = otel.ContextWithRemoteSpanContext(ctx, parent.remote())
	}
	_, span := t.tracer.Start(ctx, name, options...)
	return Span{span}
}

// Flush exports what is recorded, for as long as ctx lasts.
func (t *Tracer) Flush(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.ForceFlush(ctx)
}

// Close exports what is recorded, for as long as ctx lasts, and ends.
func (t *Tracer) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// Span is a piece of work. The zero value is none.
type Span struct{ span otel.Span }

// Context is the span's place, under which others begin theirs; "" of none.
func (s Span) Context() Context {
	if s.span == nil {
		return ""
	}
	return contextOf(s.span.SpanContext())
}

// Recorded reports whether somebody will see the span: attributes of any other need not be worked out.
func (s Span) Recorded() bool { return s.span != nil && s.span.IsRecording() }

// Text sets an attribute, unless the value is "".
func (s Span) Text(key, value string) {
	if s.span != nil && value != "" {
		s.span.SetAttributes(attribute.String(key, value))
	}
}

// Number sets an attribute.
func (s Span) Number(key string, value int) {
	if s.span != nil {
		s.span.SetAttributes(attribute.Int(key, value))
	}
}

// Happened adds something that happened during the span.
func (s Span) Happened(what string) {
	if s.span != nil {
		s.span.AddEvent(what)
	}
}

// Link connects the span with another one, of its own trace or not.
func (s Span) Link(to Context) {
	if s.span != nil && to != "" {
		s.span.AddLink(otel.Link{SpanContext: to.remote()})
	}
}

// Failed marks the span as failed, and says why.
func (s Span) Failed(why string) {
	if s.span != nil {
		s.span.SetStatus(codes.Error, why)
	}
}

// End ends the span now. Only the first end counts.
func (s Span) End() {
	if s.span != nil {
		s.span.End()
	}
}

// EndAt ends the span at an instant.
func (s Span) EndAt(at time.Time) {
	if s.span != nil {
		s.span.End(otel.WithTimestamp(at))
	}
}
