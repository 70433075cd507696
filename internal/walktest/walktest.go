// Package walktest has other APIs' own libraries, unmodified, walk through whole checkouts at a processor: on the hosted page, with
// webhooks, refund, captures, dispute, payout, and expiry by the clock. The walks are programs of tools/.
package walktest

import (
	"bytes"
	"encoding/json"
	"errors"
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
// take a minute each to build for the first time, so they are asked for: STRIPE_GO="82 83 84".
func Walk(t *testing.T, at At) {
	t.Helper()
	shop, operator := stripe.KeysOf(identity.DemoShop).Secret, stripe.KeysOf(identity.DemoOperator).Secret
	at.walk(t, "mollie-api-typescript", "npm", "node", "mollie.mjs", at.Base, mollie.KeyOf(identity.DemoShop), disputedCard(t))
	at.walk(t, "stripe", "npm", "node", "stripe.mjs", at.Base, at.Stripe, shop, operator)
	for _, version := range append(strings.Fields(os.Getenv("STRIPE_GO")), "85") {
		at.walk(t, "stripe-go "+version, "stripego", "go", "run", "-mod=readonly", "-overlay="+at.overlay(t, version), ".", at.Base, at.Stripe, shop, operator, at.Authority)
	}
}

// walk runs a program in a folder of tools/, until it says that it has walked.
func (at At) walk(t *testing.T, with, folder, program string, arguments ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, arguments...)
	cmd.Dir = filepath.Join(at.Root, "tools", folder)
	cmd.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+at.Authority)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "walked with "+with) {
		t.Errorf("%s: %v\n%s", with, err, out)
	}
}

// overlay has the walk in Go import a version of the library, by a file for Go's -overlay. The program is built where it stands, so
// that Go keeps it, linked, for the next test.
func (at At) overlay(t *testing.T, version string) string {
	t.Helper()
	folder := t.TempDir()
	main, err := filepath.Abs(filepath.Join(at.Root, "tools", "stripego", "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(main)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.ReplaceAll(text, []byte("stripe-go/v85"), []byte("stripe-go/v"+version))
	if version != "85" { // before, a list was what one ranges over
		text = bytes.ReplaceAll(text, []byte("}).All(s.ctx)"), []byte("})"))
	}
	changed, file := filepath.Join(folder, "main.go"), filepath.Join(folder, "overlay.json")
	encoded, err := json.Marshal(map[string]any{"Replace": map[string]string{main: changed}})
	if err == nil {
		err = errors.Join(os.WriteFile(changed, text, 0o600), os.WriteFile(file, encoded, 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
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
