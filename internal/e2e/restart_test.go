package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sandbank/identity"
)

// The embedded processor is killed in the middle of a load, twice, and started
// again on its data: the load goes on, and the check finds nothing wrong.
func TestEmbedded_KilledUnderLoad(t *testing.T) {
	t.Parallel()
	w := bareWorld(t)
	data := t.TempDir()
	p, base := w.embedded(data)
	again := func() { p.kill(); p.start() }
	w.nothingLost(w.load(500, map[int]func(){100: again, 300: again}, base))
	w.endsWell(p)
	said, err := exec.Command(filepath.Join(w.folder, "processor"), "check", "--data", data).CombinedOutput()
	if err != nil || !strings.Contains(string(said), "All invariants hold.") {
		t.Errorf("the check ended with %v:\n%s", err, said)
	}
}

// A key gets the same bytes after a kill, while no bank has been heard of yet.
func TestEmbedded_KeyOutlivesAKill(t *testing.T) {
	t.Parallel()
	w := bareWorld(t)
	p, base := w.embedded(t.TempDir())
	first := w.post(base, "order-1")
	p.kill()
	p.start()
	w.awaitReady(base)
	if again := w.post(base, "order-1"); again != first {
		t.Errorf("the key was answered with\n%s\nand after a restart with\n%s", first, again)
	}
}

// The same on real engines, without any bank and from another processor: only
// the store can know.
func TestKeyOutlivesProcessorAndBank(t *testing.T) {
	t.Parallel()
	w := newGuest(t)
	p, base := w.processor()
	bank := w.bank("SANDNL2A")
	w.awaitReady(base)
	first := w.post(base, "order-1")
	w.buy(w.merchant(base), "order-2", "SANDNL2A")
	second := w.post(base, "order-2-by-hand")
	bank.kill()
	p.kill()
	p.start()
	w.awaitUp(base)
	for key, body := range map[string]string{"order-1": first, "order-2-by-hand": second} {
		if again := w.post(base, key); again != body {
			t.Errorf("the key was answered with\n%s\nand after a restart with\n%s", body, again)
		}
	}
}

// embedded starts a processor that brings everything with it.
func (w *world) embedded(data string) (*process, string) {
	w.Helper()
	addr := w.address()
	p := w.run("processor", "--addr", addr, "--amqp-addr", "127.0.0.1:0", "--no-shop", "--quiet", "--data", data)
	w.awaitReady("http://" + addr)
	return p, "http://" + addr
}

// post creates a payment with a key and returns the answer's bytes.
func (w *world) post(base, key string) string {
	w.Helper()
	var body string
	w.await("the create is answered", func(ctx context.Context) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/v1/payments", strings.NewReader(
			`{"amount":{"value":"19.99","currency":"EUR"},"reference":"order","return_url":"https://shop.example/back","metadata":{"b":"2","a":"1"}}`))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", key)
		token, err := w.bearer(ctx, base)
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := w.web.Do(r)
		if err != nil {
			return err
		}
		defer func() { _ = answer.Body.Close() }()
		read, err := io.ReadAll(answer.Body)
		if body = string(read); err == nil && answer.StatusCode != http.StatusAccepted {
			err = fmt.Errorf("%s: %s", answer.Status, read)
		}
		return err
	})
	return body
}

// bearer is a fresh access token.
func (w *world) bearer(ctx context.Context, base string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/oauth/token", strings.NewReader("grant_type=client_credentials"))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(identity.DemoShop.ID, identity.DemoShop.Secret.Reveal())
	answer, err := w.web.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	var said struct {
		Token string `json:"access_token"`
	}
	err = json.NewDecoder(answer.Body).Decode(&said)
	return said.Token, err
}
