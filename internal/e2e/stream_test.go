package e2e_test

import (
	"context"
	"testing"

	"sandbank/identity"
	"sandbank/merchant/load"
)

// Whichever of two processors a listener listens to, and whichever of them is
// killed, it hears every event once, in order, the same bytes on every channel.
func TestStreams_OverTwoProcessors(t *testing.T) {
	t.Parallel()
	w := newGuest(t)
	first, one := w.processor()
	_, two := w.processor()
	w.bank("SANDNL2A")
	w.awaitReady(one)
	w.awaitReady(two)
	audience := load.NewAudience(t.Context())
	defer audience.Close()
	for _, base := range []string{one, two} {
		for _, way := range []load.Way{load.OverSSE, load.OverWebSocket, load.OverGraphQL} {
			for range 2 {
				audience.Listen(load.Seat{Way: way, Base: base, ID: identity.DemoShop.ID, Secret: identity.DemoShop.Secret.Reveal()})
			}
			audience.Listen(load.Seat{Way: way, Base: base, ID: identity.OtherShop.ID, Secret: identity.OtherShop.Secret.Reveal()})
		}
	}
	w.nothingLost(w.load(400, map[int]func(){120: func() { first.kill(); first.start() }}, one, two))
	w.settled()
	last, err := w.open().LastSequence(t.Context(), identity.DemoShop.ID)
	if err != nil || last < 800 {
		t.Fatalf("there are %d events: %v", last, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cuts := 0
	sums := map[uint64]bool{}
	for _, e := range audience.Ears() {
		if e.ID == identity.OtherShop.ID {
			if h := e.Heard(); h.Last != 0 || len(h.Faults) > 0 {
				t.Errorf("another merchant heard %+v", h)
			}
			continue
		}
		if err := e.Await(ctx, last); err != nil {
			t.Error(err)
		}
		h := e.Heard()
		if h.Last != last || len(h.Faults) > 0 {
			t.Errorf("%s at %s: %+v", e.Way, e.Base, h)
		}
		cuts += h.Cuts
		sums[h.Sum] = true
	}
	if len(sums) != 1 {
		t.Errorf("the channels carry %d different stories", len(sums))
	}
	if cuts == 0 {
		t.Error("no listener was cut by the kill")
	}
	lags := audience.Lags()
	t.Logf("%d events to 12 listeners, %d cuts; lag p50 %s", last, cuts, lags[len(lags)/2])
}
