package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"sandbank/broker"
)

// hint is a handler for logs that says once, with what to do, that no broker answers, as long as no bank has
// been online: each bank would tell of each try. A connection that is lost later is logged as ever.
type hint struct {
	slog.Handler
	been func() bool // whether a bank has been online
	say  func(slog.Record)
}

// Handle implements [slog.Handler].
func (h hint) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == broker.Lost && !h.been() {
		h.say(r)
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (h hint) WithAttrs(attrs []slog.Attr) slog.Handler {
	return hint{h.Handler.WithAttrs(attrs), h.been, h.say}
}

// WithGroup implements [slog.Handler].
func (h hint) WithGroup(name string) slog.Handler {
	return hint{h.Handler.WithGroup(name), h.been, h.say}
}

// hinting says in the program's own form that no broker answers.
func (c config) hinting(stderr io.Writer, plain slog.Handler, been func() bool) slog.Handler {
	advice := fmt.Sprintf("start one: \"processor\" has an embedded broker, which these banks may use; or name another by --amqp-url. The banks go on trying%s", until(c.GiveUp))
	var once sync.Once
	return hint{plain, been, func(r slog.Record) { once.Do(func() { c.tell(stderr, plain, r, advice) }) }}
}

func (c config) tell(stderr io.Writer, plain slog.Handler, r slog.Record, advice string) {
	if c.LogFormat == "json" {
		r = r.Clone()
		r.AddAttrs(slog.String("hint", advice))
		_ = plain.Handle(context.Background(), r)
		return
	}
	cause := ""
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "error" {
			cause = " (" + a.Value.String() + ")"
		}
		return true
	})
	_, _ = fmt.Fprintf(stderr, "bank: no broker answers at %s%s; %s.\n", c.brokerAddress(), cause, advice)
}

func until(patience time.Duration) string {
	if patience == 0 {
		return ""
	}
	return " for " + patience.String()
}
