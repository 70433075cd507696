package trace

import (
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	otel "go.opentelemetry.io/otel/trace"
	"google.golang.org/protobuf/encoding/protowire"
)

// The messages of OTLP, opentelemetry/proto/collector/trace/v1 and trace/v1, are written field by field: the
// library that has them as types brings all of gRPC into the program.

// encode writes spans as an ExportTraceServiceRequest. All of them are of one provider, so of one resource.
func encode(spans []sdk.ReadOnlySpan) (b []byte) {
	if len(spans) == 0 {
		return nil
	}
	resource := appendAttributes(nil, 1, spans[0].Resource().Attributes())
	scope := appendText(nil, 1, spans[0].InstrumentationScope().Name)
	scope = appendText(scope, 2, spans[0].InstrumentationScope().Version)
	scoped := appendBytes(nil, 1, scope)
	for _, s := range spans {
		scoped = appendBytes(scoped, 2, encodeSpan(s))
	}
	all := appendBytes(appendBytes(nil, 1, resource), 2, scoped)
	return appendBytes(nil, 1, all)
}

func encodeSpan(s sdk.ReadOnlySpan) (b []byte) {
	at := s.SpanContext()
	trace, id := at.TraceID(), at.SpanID()
	b = appendBytes(b, 1, trace[:])
	b = appendBytes(b, 2, id[:])
	b = appendText(b, 3, at.TraceState().String())
	if parent := s.Parent().SpanID(); parent.IsValid() {
		b = appendBytes(b, 4, parent[:])
	}
	b = appendText(b, 5, s.Name())
	b = appendNumber(b, 6, uint64(s.SpanKind())) //nolint:gosec // 0 to 5, the same in both
	b = appendTime(b, 7, s.StartTime())
	b = appendTime(b, 8, s.EndTime())
	b = appendAttributes(b, 9, s.Attributes())
	for _, e := range s.Events() {
		one := appendText(appendTime(nil, 1, e.Time), 2, e.Name)
		b = appendBytes(b, 11, appendAttributes(one, 3, e.Attributes))
	}
	for _, l := range s.Links() {
		b = appendBytes(b, 13, encodeLink(l.SpanContext))
	}
	if state := s.Status(); state.Code == codes.Error {
		const failed = 2
		b = appendBytes(b, 15, appendNumber(appendText(nil, 2, state.Description), 3, failed))
	}
	return appendFlags(b, 16, at.TraceFlags(), s.Parent().IsRemote())
}

func encodeLink(to otel.SpanContext) []byte {
	trace, id := to.TraceID(), to.SpanID()
	b := appendBytes(appendBytes(nil, 1, trace[:]), 2, id[:])
	return appendFlags(appendText(b, 3, to.TraceState().String()), 6, to.TraceFlags(), to.IsRemote())
}

// appendFlags writes the W3C flags, and whether the parent is in another process.
func appendFlags(b []byte, field protowire.Number, f otel.TraceFlags, remote bool) []byte {
	const knowsRemote, isRemote = 0x100, 0x200
	flags := uint32(f) | knowsRemote
	if remote {
		flags |= isRemote
	}
	return protowire.AppendFixed32(protowire.AppendTag(b, field, protowire.Fixed32Type), flags)
}

func appendAttributes(b []byte, field protowire.Number, list []attribute.KeyValue) []byte {
	for _, a := range list {
		var value []byte
		switch a.Value.Type() {
		case attribute.INT64:
			value = appendNumber(nil, 3, uint64(a.Value.AsInt64())) //nolint:gosec // as protobuf has it
		case attribute.BOOL:
			value = appendNumber(nil, 2, protowire.EncodeBool(a.Value.AsBool()))
		default:
			value = protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), a.Value.String())
		}
		b = appendBytes(b, field, appendBytes(appendText(nil, 1, string(a.Key)), 2, value))
	}
	return b
}

func appendBytes(b []byte, field protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), value)
}

// appendText writes a text that may be left out where it is empty.
func appendText(b []byte, field protowire.Number, value string) []byte {
	if value == "" {
		return b
	}
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), value)
}

func appendNumber(b []byte, field protowire.Number, value uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), value)
}

func appendTime(b []byte, field protowire.Number, at time.Time) []byte {
	return protowire.AppendFixed64(protowire.AppendTag(b, field, protowire.Fixed64Type), uint64(at.UnixNano())) //nolint:gosec // after 1970
}
