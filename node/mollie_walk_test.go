package node

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sandbank/certificate"
	"sandbank/dialect/mollie"
	"sandbank/identity"
	"sandbank/payment/instrument"
)

// Both of Mollie's own clients, unmodified, go through whole checkouts: webhooks, refund, captures, dispute, payout, and expiry
// by the clock. One of them holds every answer to its schemas.
func TestMollie_ItsClientsWalkThroughAll(t *testing.T) {
	authority, err := certificate.OpenAuthority(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	n := started(t, Config{FreezeAt: in2030, HTTP: HTTP{TLS: TLS{Authority: authority, Hosts: []string{"127.0.0.1"}}}})
	cmd := exec.CommandContext(t.Context(), "node", "mollie.mjs", n.URL(), mollie.KeyOf(identity.DemoShop), disputedCard(t))
	cmd.Dir, cmd.Env = filepath.Join("..", "tools", "npm"), append(os.Environ(), "NODE_EXTRA_CA_CERTS="+authority.Path)
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Count(string(out), "walked with") != 2 {
		t.Fatalf("%v\n%s", err, out)
	}
}

// disputedCard is a published card whose payments the customer disputes, and wins.
func disputedCard(t *testing.T) string {
	t.Helper()
	for _, c := range instrument.Cards() {
		if c.Behavior == instrument.DisputeLost {
			return c.Number
		}
	}
	t.Fatal("there is no such card")
	return ""
}
