package e2e_test

import (
	"bytes"
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
	var said bytes.Buffer
	run := exec.CommandContext(t.Context(), filepath.Join(w.folder, "merchant"), "run", "--url", first, "--url", second, "--amqp-url", broker,
		"--stripe-url", "http://"+stripe, "--parallel", "4", library)
	run.Stdout, run.Stderr = &said, &said
	if err := run.Run(); err != nil {
		t.Errorf("merchant run ended with %v and said\n%s", err, said.String())
	}
	t.Logf("%d scenarios took %s:\n%s", strings.Count(said.String(), "held  "), time.Since(began).Round(time.Second), said.String())
	w.graded(first)
	if _, err := w.as(identity.DemoOperator, first).SteerClock(t.Context(), client.ClockWish{Follow: true}); err != nil {
		t.Error("time does not pass again: ", err)
	}
	w.settled()
}

// graded has the demo shop graded at a processor that was used.
func (w *world) graded(base string) {
	w.Helper()
	shop, merchant := w.address(), filepath.Join(w.folder, "merchant")
	check := exec.CommandContext(w.Context(), merchant, "check", "--url", base, "--start-command", merchant+" serve --addr "+shop,
		"--wait", "http://"+shop+"/readyz", "--webhook", "http://"+shop+"/webhooks/sandbank", "--order", "http://"+shop+"/orders/{reference}", "--buy", "http://"+shop+"/",
		"--patience", "3m", "--within", "9s")
	if said, err := check.CombinedOutput(); err != nil || !bytes.Contains(said, []byte("12 of 12 rules hold, 0 fail")) {
		w.Errorf("merchant check ended with %v and said\n%s", err, said)
	}
}
