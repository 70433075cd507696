package e2e_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sandbank/identity"
	"sandbank/internal/engine"
	"sandbank/merchant/client"
)

// The whole library holds on real engines with two processors, between which the calls alternate, and
// banks in a process of their own; and everything is whole afterwards.
func TestScenarios_HoldOnTwoProcessors(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, engine.RabbitMQOptions{Management: true}, "SANDNL2A", "SLOWDE2A")
	admin := strings.Replace(w.rabbit.ManagementURL(), "http://", "http://guest:guest@", 1)
	stripe := w.address()
	_, first := w.processor("--amqp-admin-url", admin, "--stripe-addr", stripe)
	w.awaitUp(first)
	_, second := w.processor("--amqp-admin-url", admin)
	w.bank("SANDNL2A", "SLOWDE2A")
	for _, base := range []string{first, second} {
		w.awaitReady(base)
		w.awaitBanks(base, 2)
	}
	broker := "amqp://" + w.rabbit.Address() + "/"
	library, err := filepath.Abs("../../scenarios")
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	said := w.merchantSays("run", "--url", first, "--url", second, "--amqp-url", broker, "--stripe-url", "http://"+stripe, "--parallel", "4", library)
	t.Logf("%d scenarios took %s:\n%s", strings.Count(said, "held  "), time.Since(began).Round(time.Second), said)
	w.graded(first)
	if _, err := w.as(identity.DemoOperator, first).SteerClock(t.Context(), client.ClockWish{Follow: true}); err != nil {
		t.Error("time does not pass again: ", err)
	}
	w.settled()
}

// graded has the demo shop graded at a processor that was used.
func (w *world) graded(base string) {
	w.Helper()
	shop := w.address()
	said := w.merchantSays("check", "--url", base, "--start-command", w.merchantProgram()+" serve --addr "+shop,
		"--wait", "http://"+shop+"/readyz", "--webhook", "http://"+shop+"/webhooks/sandbank", "--order", "http://"+shop+"/orders/{reference}", "--buy", "http://"+shop+"/",
		"--patience", "3m", "--within", "9s")
	if !strings.Contains(said, "12 of 12 rules hold, 0 fail") {
		w.Errorf("merchant check said\n%s\nexpected that all rules hold", said)
	}
}

func (w *world) merchantProgram() string { return filepath.Join(w.folder, "merchant") }

// merchantSays runs the merchant's program to its end, which must be a good one, and returns what it said.
func (w *world) merchantSays(args ...string) string {
	w.Helper()
	said, err := exec.CommandContext(w.Context(), w.merchantProgram(), args...).CombinedOutput()
	if err != nil {
		w.Errorf("merchant %q ended with %v and said\n%s", args, err, said)
	}
	return string(said)
}
