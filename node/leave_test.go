package node

import (
	"net/http"
	"strings"
	"testing"

	"sandbank/bank"
	"sandbank/identity"
)

// A node that is about to end says so to who asks whether it is ready, and takes payments all the same.
func TestLeave_SaysThatItIsNotReadyAndGoesOn(t *testing.T) {
	n := started(t, Config{Banks: Banks{Tempers: bank.Seven()[:1]}})
	w := &town{cast: &cast{T: t, base: n.URL(), tokens: map[string]string{}}, seen: map[string]bool{}}
	w.token(identity.DemoShop)
	if code, body := w.send("", "GET", "/readyz", "", ""); code != http.StatusOK {
		t.Fatalf("before it leaves: want 200, got %d %s", code, body)
	}
	n.Leave()
	if code, body := w.send("", "GET", "/readyz", "", ""); code != http.StatusServiceUnavailable || !strings.Contains(body, `"process":"about to end"`) {
		t.Errorf("asked whether it is ready: want 503 and why, got %d %s", code, body)
	}
	if code, body := w.send("", "GET", "/livez", "", ""); code != http.StatusOK {
		t.Errorf("asked whether it is alive: want 200, got %d %s", code, body)
	}
	if code, body := w.send("demo-shop", "POST", "/v1/payments", order, ""); code != http.StatusAccepted {
		t.Errorf("asked for a payment: want 202, got %d %s", code, body)
	}
}
