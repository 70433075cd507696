package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sandbank/identity"
	"sandbank/merchant/client"
	"sandbank/scenario/embedded"
)

// What is exported from a running processor is run by the same program, and holds.
func TestExport_IsRunAgain(t *testing.T) {
	n, err := embedded.Start(t.Context(), embedded.Config{Seed: 7, Start: time.Date(2031, 3, 3, 8, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close(context.WithoutCancel(t.Context())) })
	shop, err := client.New(client.Config{Base: n.URL(), ID: identity.DemoShop.ID, Secret: identity.DemoShop.Secret})
	if err != nil {
		t.Fatal(err)
	}
	defer shop.Close()
	file := filepath.Join(t.TempDir(), "bug.yaml")
	export := func(args ...string) (int, string, string) {
		var out, said strings.Builder
		code := run(t.Context(), append([]string{"export", "--url", n.URL()}, args...), &out, &said)
		return code, out.String(), said.String()
	}
	if code, _, said := export("--all"); code != 1 || !strings.Contains(said, "no payment yet") {
		t.Errorf("export --all of nothing: expected 1 and an error that says so, got %d %s", code, said)
	}
	var out, said strings.Builder
	if code := run(t.Context(), []string{"run", "--url", n.URL(), "--amqp-url", n.AMQPURL(), "--client-id", "demo-shop", "--client-secret", "demo-shop-secret", "../../scenarios/paid.yaml"}, &out, &said); code != 0 {
		t.Fatalf("run paid.yaml: %d %s %s", code, out.String(), said.String())
	}
	if code, _, said := export("--all", "--out", file); code != 0 || !strings.Contains(said, "merchant run "+file) {
		t.Fatalf("export --all: %d %s", code, said)
	}
	if at, err := os.Stat(file); err != nil || at.Size() == 0 {
		t.Fatal(err)
	}
	if code := run(t.Context(), []string{"run", file}, &out, &said); code != 0 {
		written, _ := os.ReadFile(file)
		t.Errorf("run of what was exported: expected 0, got %d\n%s\n%s\n%s", code, out.String(), said.String(), written)
	}
	for want, args := range map[string][]string{
		"and not both":      {"--all", "pay_01890a5d-ac96-774b-bcce-b302099a8057"},
		"which payment":     nil,
		"payment_not_found": {"pay_01890a5d-ac96-774b-bcce-b302099a8057"},
		"--out":             {"--all", "--out", filepath.Join(t.TempDir(), "none", "x.yaml")},
	} {
		if code, _, said := export(args...); code != 1 || !strings.Contains(said, want) {
			t.Errorf("export %v: expected 1 and %q, got %d %s", args, want, code, said)
		}
	}
}
