package main

import (
	"testing"
	"time"

	"sandbank/internal/engine"
)

// Booking in batches, sealed, keeps well ahead of a transfer in each transaction.
// Half of what is expected is asked for here: the machine may be busy.
func TestTransfers_AreFasterThanOneByOne(t *testing.T) {
	pg, err := engine.StartPostgres(t.Context(), engine.PostgresOptions{}) // durable
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pg.Stop() }()
	ours, plain, err := transfers(t.Context(), pg.URL(), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%.0f transfers/s, one by one %.0f: %.1f", ours, plain, ours/plain)
	if ours < plain {
		t.Errorf("%.0f transfers/s in batches, %.0f one by one", ours, plain)
	}
}
