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
	for name, begin := range map[string]func() *process{
		"Node": func() *process { return s.node("stripe") }, "Go": func() *process { return s.stripeGo() },
	} {
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

// stripeGo builds the shop in Go, which is a module of its own, and begins it.
func (s *stage) stripeGo() *process {
	s.Helper()
	program := filepath.Join(s.TempDir(), "shop")
	build := exec.CommandContext(s.Context(), "go", "build", "-o", program, ".")
	build.Dir, build.Env = "stripe-go", append(os.Environ(), "GOFLAGS=-mod=mod")
	if out, err := build.CombinedOutput(); err != nil {
		s.Fatalf("go build: %v\n%s", err, out)
	}
	return s.run(exec.Command(program))
}
