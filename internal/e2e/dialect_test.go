package e2e_test

import (
	"testing"

	"sandbank/internal/walktest"
)

// The libraries of other APIs walk through whole checkouts on real engines, with a bank in a process of its own.
func TestDialects_TheirLibrariesWalkThroughAll(t *testing.T) {
	t.Parallel()
	w := newGuest(t)
	authority, at := w.authority(), w.address()
	_, base := w.processor("--tls", "dev", "--payout-at", "off", "--no-shop", "--stripe-addr", at)
	base = secure(base)
	w.awaitUp(base)
	w.bank("SANDNL2A")
	w.online(base, "SANDNL2A")
	walktest.Walk(t, walktest.At{Root: "../..", Base: base, Stripe: "https://" + at, Authority: authority.Path})
	w.settled()
}
