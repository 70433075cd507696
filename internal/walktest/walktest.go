// Package walktest has other APIs' own libraries, unmodified, walk through whole checkouts at a processor: on the hosted page, with
// webhooks, refund, captures, dispute, payout, and expiry by the clock. The walks are programs of tools/.
package walktest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sandbank/dialect/mollie"
	"sandbank/dialect/stripe"
	"sandbank/identity"
	"sandbank/payment/instrument"
)

// At is where to walk. Everything is spoken over TLS, since one of the clients takes nothing else.
type At struct {
	Root      string // of the repository
	Base      string // address of the processor
	Stripe    string // address of Stripe's API
	Authority string // file of who vouches for both
}

// Walk walks with each library, one after another: Mollie's two clients, Stripe's for Node and for Go. Older versions of the last
// take a minute each to build, so they are asked for: STRIPE_GO="82 83 84".
func Walk(t *testing.T, at At) {
	t.Helper()
	shop, operator := stripe.KeysOf(identity.DemoShop).Secret, stripe.KeysOf(identity.DemoOperator).Secret
	at.walk(t, "mollie-api-typescript", "node", "mollie.mjs", at.Base, mollie.KeyOf(identity.DemoShop), disputedCard(t))
	at.walk(t, "stripe", "node", "stripe.mjs", at.Base, at.Stripe, shop, operator)
	for _, version := range append(strings.Fields(os.Getenv("STRIPE_GO")), "85") {
		at.walk(t, "stripe-go "+version, at.built(t, version), at.Base, at.Stripe, shop, operator)
	}
}

func (at At) walk(t *testing.T, with, program string, arguments ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, arguments...)
	cmd.Dir = filepath.Join(at.Root, "tools", "npm")
	cmd.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+at.Authority, "SSL_CERT_FILE="+at.Authority)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "walked with "+with) {
		t.Errorf("%s: %v\n%s", with, err, out)
	}
}

// built is the walk in Go on a version of the library.
func (at At) built(t *testing.T, version string) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"main.go", "go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(at.Root, "tools", "stripego", name))
		if err == nil && name == "main.go" {
			text = bytes.ReplaceAll(text, []byte("stripe-go/v85"), []byte("stripe-go/v"+version))
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(folder, "walk")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	build.Dir, build.Env = folder, append(os.Environ(), "GOFLAGS=-mod=mod "+strings.ReplaceAll(os.Getenv("GOFLAGS"), "-mod=vendor", ""))
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
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
