package node

import (
	"testing"
	"time"

	"sandbank/certificate"
	"sandbank/internal/walktest"
)

// Mollie's own clients and Stripe's walk through whole checkouts.
func TestDialects_TheirLibrariesWalkThroughAll(t *testing.T) {
	authority, err := certificate.OpenAuthority(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	n := started(t, Config{FreezeAt: in2030, HTTP: HTTP{TLS: TLS{Authority: authority, Hosts: []string{"127.0.0.1"}}}})
	walktest.Walk(t, walktest.At{Root: "..", Base: n.URL(), Stripe: n.StripeURL(), Authority: authority.Path})
}
