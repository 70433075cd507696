package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"sandbank/identity"
	"sandbank/merchant/load"
)

// The test's program is the bench's: it serves, too, where it is asked to.
func TestMain(m *testing.M) {
	keep, serves := servesEmbedded(os.Args[1:])
	if !serves {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	err := serveEmbedded(ctx, keep)
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func TestEmbedded_TakesCompletePayments(t *testing.T) {
	e, err := startEmbedded(t.Context(), 0)
	if err != nil {
		t.Fatalf("started an embedded processor: %v", err)
	}
	r, err := load.Run(t.Context(), load.Options{
		Bases: []string{e.url}, ID: identity.DemoShop.ID, Secret: identity.DemoShop.Secret.Reveal(), Payments: 20, Concurrency: 4,
	}, func(load.Progress) {})
	if err != nil || !r.OK() || r.Results["captured"] != 20 {
		t.Errorf("made 20 payments: want all captured, got %+v, %v", r, err)
	}
	if memory(e.process.Process.Pid) == 0 {
		t.Error("asked for the memory of the embedded processor: want some, got none")
	}
	if err := e.stop(); err != nil {
		t.Errorf("stopped the embedded processor: want it to end by itself, got %v", err)
	}
}
