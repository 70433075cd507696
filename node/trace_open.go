package node

import (
	"context"
	"log/slog"
	"os"
	"time"

	"sandbank/chance"
	"sandbank/clock"
	"sandbank/telemetry/trace"
)

// OpenTracer makes the tracer of a program; nil where neither the endpoint nor a variable says where traces go.
func OpenTracer(ctx context.Context, endpoint, service string, log *slog.Logger) (*trace.Tracer, error) {
	return trace.Open(ctx, trace.Settings{
		Endpoint: endpoint, Service: service, Version: Version(), Getenv: os.Getenv, Random: chance.Secret,
		Now: clock.Real{}.Now, Pause: clock.Pause, Log: log,
	})
}

// farewell is how long the last spans may take to leave.
const farewell = 2 * time.Second

// CloseTracer exports what a program recorded last. It is for the end, so also for a ctx that has ended.
func CloseTracer(ctx context.Context, t *trace.Tracer) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	_ = t.Close(ctx) // what cannot be exported is logged by the exporter
}
