package main

import (
	"context"
	"log/slog"
	"net/http"

	"sandbank/event"
	"sandbank/node"
	"sandbank/node/lifecycle"
	"sandbank/telemetry/meter"
	"sandbank/telemetry/trace"
)

// watched opens what traces and counts the shop's work, and returns what ends it.
func (c *serveCommand) watched(ctx context.Context, log *slog.Logger) (ending func(), err error) {
	if c.tracer, err = node.OpenTracer(ctx, c.OTLPEndpoint, "sandbank-shop", log); err != nil {
		return nil, err
	}
	parts := lifecycle.New()
	ending = func() {
		_ = parts.Stop(context.WithoutCancel(ctx))
		node.CloseTracer(ctx, c.tracer)
	}
	if c.MetricsAddr == "" {
		return ending, nil
	}
	c.meters = meter.NewShop(event.Types())
	c.meters.TraceOf = func(ctx context.Context) string { return trace.Reached(ctx).Exemplar() }
	part, _, err := node.MeterServer(ctx, c.MetricsAddr, c.meters.Handler(), log)
	if err == nil {
		parts.Add(part)
		err = parts.Start(ctx)
	}
	if err != nil {
		ending()
	}
	return ending, err
}

// around counts and traces what the shop answers, where that is asked for.
func (c *serveCommand) around(next http.Handler) http.Handler {
	if c.meters != nil {
		next = c.meters.Routed(next)
	}
	return c.tracer.Requests(next, new(meter.Routes).Of)
}
