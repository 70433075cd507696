package browsertest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"sandbank/broker"
	"sandbank/identity"
	"sandbank/internal/bustest"
	"sandbank/internal/engine"
	"sandbank/merchant/client"
	"sandbank/money"
)

// house is a running processor with a merchant's client to it.
type house struct {
	*client.Client
	program *engine.Program
	log     string
	shop    string // the demo shop's address
	amqp    string // the broker's address
	stripe  string // where Stripe's API is spoken
}

// builtIn is the folder that the processor was built into.
var builtIn atomic.Pointer[string]

// built is the path of the processor, built once for all tests.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "sandbank-browsertest-")
	if err != nil {
		return "", err
	}
	builtIn.Store(&dir)
	path := filepath.Join(dir, "processor")
	if out, err := exec.Command("go", "build", "-o", path, "sandbank/cmd/processor").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// startHouse runs an embedded processor on a free port, the same ids each time.
func startHouse(args ...string) (*house, error) {
	path, err := built()
	if err != nil {
		return nil, err
	}
	log, err := os.CreateTemp(filepath.Dir(path), "log-")
	if err != nil {
		return nil, err
	}
	defer log.Close()
	h := &house{log: log.Name()}
	args = append([]string{"--addr", "127.0.0.1:0", "--log-format", "json"}, args...)
	if h.program, err = engine.StartProgram(context.Background(), exec.Command(path, args...), h.log, h.ready); err != nil {
		return nil, err
	}
	return h, nil
}

// ready succeeds once the processor has said where it is.
func (h *house) ready(context.Context) error {
	said, err := os.ReadFile(h.log)
	if err != nil {
		return err
	}
	for lines := bufio.NewScanner(bytes.NewReader(said)); lines.Scan(); {
		var line struct{ Msg, URL, Shop, AMQP, Stripe string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "ready" {
			h.shop, h.amqp, h.stripe = line.Shop, line.AMQP, line.Stripe
			h.Client, err = client.New(client.Config{Base: line.URL, ID: identity.DemoShop.ID, Secret: identity.DemoShop.Secret})
			return err
		}
	}
	return errors.New("it has not said that it is ready")
}

func (h *house) stop() error {
	h.Close()
	return h.program.Stop()
}

// sharedHouse is the house that the tests share.
func sharedHouse(t testing.TB) *house {
	t.Helper()
	h, err := shared.processor()
	if err != nil {
		t.Fatal(err)
	}
	h.tap(t)
	return h
}

// tap holds what is published while the test runs to its description.
func (h *house) tap(t testing.TB) {
	t.Helper()
	dial, err := broker.URL("amqp://guest:guest@" + h.amqp + "/")
	if err != nil {
		t.Fatal(err)
	}
	bustest.Tap(t, dial)
}

// ownHouse is one for the test alone.
func ownHouse(t testing.TB, args ...string) *house {
	t.Helper()
	h, err := startHouse(args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.stop(); err != nil {
			t.Error(err)
		}
	})
	h.tap(t)
	return h
}

var orders atomic.Int64

// pay asks for a payment as a merchant does; change, if any, alters the wish.
func (h *house) pay(t testing.TB, change ...func(*client.NewPayment)) client.Payment {
	t.Helper()
	order := fmt.Sprintf("order-%d", 1041+orders.Add(1))
	n := client.NewPayment{
		Amount: money.Must("19.99", "EUR"), Reference: order, Description: "2 mugs",
		ReturnURL: shared.shop().URL + "/orders/" + order, Bank: "SANDNL2A",
	}
	for _, c := range change {
		c(&n)
	}
	p, err := h.CreatePayment(t.Context(), n, "")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// at names the bank of a payment; "" leaves it to the customer.
func at(bank string) func(*client.NewPayment) {
	return func(n *client.NewPayment) { n.Bank = bank }
}
