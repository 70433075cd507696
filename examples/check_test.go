package examples_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sandbank/internal/engine"
	"sandbank/merchant/rule"
	"sandbank/web/docs"
)

// The example of the docs page runs as it stands, save for where the programs and packages are and for the port: a shop
// with Stripe's own library is started, graded, and keeps every rule.
func TestExamples_AShopOfStripesKeepsEveryRule(t *testing.T) {
	folder, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	room := t.TempDir()
	code, err := os.ReadFile(filepath.Join("stripe-shop", "main.mjs"))
	if err == nil {
		err = os.WriteFile(filepath.Join(room, "main.mjs"), code, 0o600)
	}
	if err == nil {
		err = os.Symlink(filepath.Join(here, "..", "tools", "npm", "node_modules"), filepath.Join(room, "node_modules"))
	}
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(engine.Address(t), ":")
	line := strings.NewReplacer("go run ./cmd/merchant", filepath.Join(folder, "merchant"), "examples/stripe-shop", room, "8072", port).Replace(docs.CheckStripeExample)
	out, err := exec.CommandContext(t.Context(), "sh", "-c", line+" --patience 3m --within 9s").CombinedOutput()
	n := len(rule.Stripe())
	if want := fmt.Sprintf("%d of %d rules hold, 0 fail", n, n); err != nil || !strings.Contains(string(out), want) {
		t.Errorf("the example ended with %v and said\n%s\nexpected %q", err, out, want)
	}
}
