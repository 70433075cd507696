package trace

import (
	"context"
	"log/slog"
)

// Logged is a handler of logs whose lines name the trace that they belong to, as OpenTelemetry has it:
// trace_id and span_id.
func Logged(next slog.Handler) slog.Handler { return logged{next} }

type logged struct{ slog.Handler }

// Handle implements [slog.Handler].
func (l logged) Handle(ctx context.Context, r slog.Record) error {
	if at := Reached(ctx); at != "" {
		r = r.Clone()
		r.AddAttrs(slog.String("trace_id", at.Trace()), slog.String("span_id", string(at[36:52])))
	}
	return l.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (l logged) WithAttrs(list []slog.Attr) slog.Handler { return logged{l.Handler.WithAttrs(list)} }

// WithGroup implements [slog.Handler].
func (l logged) WithGroup(name string) slog.Handler { return logged{l.Handler.WithGroup(name)} }
