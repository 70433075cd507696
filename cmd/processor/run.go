package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	"sandbank/certificate"
	"sandbank/clock"
	"sandbank/node"
	"sandbank/telemetry/trace"
)

const (
	grace    = 5 * time.Second  // how long the end may take, in all
	patience = 15 * time.Second // how long the start waits until everything is ready
	maxDrain = 10 * time.Minute
)

// Run runs a processor until ctx ends.
func (c *runCommand) Run(ctx context.Context, to output) (err error) {
	began := time.Now()
	s, err := c.check()
	if err != nil {
		return err
	}
	s.node.Log = newLogger(s, to)
	if s.node.HTTP.TLS, err = c.tlsFlags.open(s.runCommand, s.node.Log); err != nil {
		return err
	}
	if s.node.AMQP.Trust, err = certificate.Client(c.AMQPCA, c.AMQPCert, c.AMQPKey); err != nil {
		return fmt.Errorf("--amqp-ca, --amqp-cert, --amqp-key: %w", err)
	}
	if s.node.Tracer, err = node.OpenTracer(ctx, c.OTLPEndpoint, "sandbank-processor", s.node.Log); err != nil {
		return err
	}
	defer node.CloseTracer(ctx, s.node.Tracer)
	line, err := c.prepare()
	if err != nil {
		return err
	}
	defer line.withdraw()
	voice := newVoice(s, to)
	s.node.Observe, s.node.ObserveHooks = voice.observer(), voice.hooks()
	n, err := node.New(ctx, s.node)
	if err != nil {
		return inFlags(err)
	}
	defer end(n, s.node.Log)
	defer followSIGHUP(s.node.HTTP.TLS.Files, s.node.Log)()
	tuneMemory(s.embedded())
	if err := n.Start(ctx); err != nil {
		return err
	}
	if err := await(ctx, n); err != nil && ctx.Err() == nil && s.embedded() {
		return err
	}
	voice.welcome(n, time.Since(began))
	if err := line.announce(ctx, n, s); err != nil {
		return err
	}
	<-ctx.Done()
	if c.Drain > 0 {
		voice.leaving(c.Drain)
		n.Leave()
		_ = clock.Pause(context.WithoutCancel(ctx), c.Drain)
	}
	voice.goodbye()
	return nil
}

// await waits for a while until all is ready. On engines of their own that may take longer: they,
// or the banks, may start after the processor.
func await(ctx context.Context, n *node.Node) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := n.Await(ctx); err != nil {
		return fmt.Errorf("after %s: %w", patience, err)
	}
	return nil
}

// end closes the node, and ends the process where that takes too long.
func end(n *node.Node, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := n.Close(ctx); err != nil && ctx.Err() != nil {
		log.Error("the end took too long; what was accepted is in the store", "error", err)
		os.Exit(1)
	}
}

func (s settings) embedded() bool { return s.AMQPURL == "" }

// tuneMemory trades memory for speed where there is load, and the other way
// round on a laptop. The environment's own GOGC goes before.
func tuneMemory(embedded bool) {
	switch {
	case os.Getenv("GOGC") != "":
	case embedded:
		debug.SetGCPercent(100)
	default:
		debug.SetGCPercent(400)
	}
}

func newLogger(s settings, to output) *slog.Logger {
	level := slog.LevelInfo
	if s.Quiet || s.LogFormat == "text" {
		level = slog.LevelWarn // in text, the voice says the rest
	}
	options := &slog.HandlerOptions{Level: level}
	if s.LogFormat == "json" {
		return slog.New(trace.Logged(slog.NewJSONHandler(to.err, options)))
	}
	return slog.New(trace.Logged(slog.NewTextHandler(to.err, options)))
}
