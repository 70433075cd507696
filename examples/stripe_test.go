package examples_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sandbank/dialect/stripe"
	"sandbank/identity"
	"sandbank/internal/engine"
	"sandbank/merchant/client"
)

// Both shops use Stripe's own libraries as they are: a session, a payment, a webhook
// whose signature the library checks, an order fulfilled once, and a refund.
func TestExamples_OverStripe(t *testing.T) {
	addr := engine.Address(t)
	s := newStage(t, "--no-shop", "--banks", "SANDNL2A", "--stripe-addr", addr)
	s.environ = append(s.environ, "SANDBANK_STRIPE_URL=http://"+addr, "STRIPE_SECRET_KEY="+stripe.KeysOf(identity.DemoShop).Secret)
	s.ready()
	merchant, err := client.New(client.Config{Base: s.base, ID: identity.DemoShop.ID, Secret: identity.DemoShop.Secret})
	if err != nil {
		t.Fatal(err)
	}
	defer merchant.Close()
	shops := map[string]func() *process{"Node": func() *process { return s.node("stripe") }, "Go": func() *process { return s.stripeGo("stripe-go") }}
	// Older versions take a minute each to build, so they are asked for: STRIPE_GO="82 83 84".
	for _, version := range strings.Fields(os.Getenv("STRIPE_GO")) {
		shops["Go v"+version] = func() *process { return s.stripeGo(s.olderStripeGo(version)) }
	}
	for name, begin := range shops {
		t.Run(name, func(t *testing.T) {
			shop := begin()
			session := ""
			s.await("where to pay in "+name, func(context.Context) error {
				_, line, said := strings.Cut(shop.out.String(), "pay ")
				if !said || !strings.Contains(line, "\n") {
					return errors.New("it says nothing")
				}
				session = strings.Fields(line)[0]
				return nil
			})
			hex := strings.TrimPrefix(session, "cs_test_")
			id := "pay_" + hex[:8] + "-" + hex[8:12] + "-" + hex[12:16] + "-" + hex[16:20] + "-" + hex[20:]
			if _, err := merchant.Act(t.Context(), id, client.Act{Action: "pay"}); err != nil {
				t.Fatalf("pay for %s: %v", session, err)
			}
			s.heard(shop)
			lines := strings.Split(strings.TrimSpace(shop.out.String()), "\n")
			for _, want := range []string{"event checkout.session.completed", "fulfilled order-1042 Teapot 1999 eur", "refund succeeded 1999", "refunded 1999"} {
				if n := len(lines) - len(slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return l == want })); n != 1 {
					t.Errorf("%d times %q in %q, expected once", n, want, lines)
				}
			}
		})
	}
	t.Run("a test clock in Node", func(t *testing.T) { // at the end: time goes on
		s.environ = append(s.environ, "STRIPE_OPERATOR_KEY="+stripe.KeysOf(identity.DemoOperator).Secret)
		clock := s.node("stripe-clock")
		s.heard(clock)
		const want = "session open\nclock ready 90000\nsession expired\nclocks 1 deleted true\nrefused StripePermissionError 403"
		if got := strings.TrimSpace(clock.out.String()); got != want {
			t.Errorf("it says %q, expected %q", got, want)
		}
	})
}

// olderStripeGo is a folder with the shop in Go on an older version of the library, as tools/stripego pins it.
func (s *stage) olderStripeGo(version string) string {
	s.Helper()
	folder := s.TempDir()
	code, err := os.ReadFile(filepath.Join("stripe-go", "main.go"))
	if err == nil {
		code = []byte(strings.ReplaceAll(string(code), "stripe-go/v85", "stripe-go/v"+version))
		err = os.WriteFile(filepath.Join(folder, "main.go"), code, 0o600)
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		if err == nil {
			code, err = os.ReadFile(filepath.Join("..", "tools", "stripego", name))
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, name), code, 0o600)
		}
	}
	if err != nil {
		s.Fatal(err)
	}
	return folder
}

// stripeGo builds the shop in Go, which is a module of its own, and begins it.
func (s *stage) stripeGo(folder string) *process {
	s.Helper()
	program := filepath.Join(s.TempDir(), "shop")
	build := exec.CommandContext(s.Context(), "go", "build", "-o", program, ".")
	build.Dir, build.Env = folder, append(os.Environ(), "GOFLAGS=-mod=mod")
	if out, err := build.CombinedOutput(); err != nil {
		s.Fatalf("go build: %v\n%s", err, out)
	}
	return s.run(exec.Command(program))
}
