// Package testcontainers_test has a Go test that starts Sandbank in a container of its own. It needs a container
// engine, and Sandbank's image: docker build -t sandbank . makes it, or SANDBANK_IMAGE names another.
//
// It is a module of its own, as yours is, so that nobody else needs these libraries. Where Sandbank's source is
// at hand, package sandbanktest does the same without containers, in some tens of milliseconds.
package testcontainers_test

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

// start starts Sandbank for one test, and returns its base URL once it is ready.
func start(t *testing.T) string {
	t.Helper()
	request := testcontainers.ContainerRequest{
		Image:        cmp.Or(os.Getenv("SANDBANK_IMAGE"), "sandbank"),
		ExposedPorts: []string{"8080/tcp"},
		Env: map[string]string{
			"SANDBANK_ADDR":                          "0.0.0.0:8080",
			"SANDBANK_ALLOW_DEVELOPMENT_CREDENTIALS": "true",
			"SANDBANK_SIGN_IN":                       "never",
		},
		// The image has no shell, and needs none.
		WaitingFor: wait.ForExec([]string{"/processor", "health", "--url", "http://127.0.0.1:8080", "--wait", "30s"}),
	}
	c, err := testcontainers.GenericContainer(t.Context(), testcontainers.GenericContainerRequest{ContainerRequest: request, Started: true})
	testcontainers.CleanupContainer(t, c)
	if err != nil {
		t.Fatal(err)
	}
	base, err := c.PortEndpoint(t.Context(), "8080/tcp", "http")
	if err != nil {
		t.Fatal(err)
	}
	return base
}

// ask makes a request and reads its answer.
func ask(ctx context.Context, t *testing.T, r *http.Request, into any) {
	t.Helper()
	answer, err := http.DefaultClient.Do(r.WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode >= http.StatusBadRequest {
		t.Fatalf("%s %s: %s", r.Method, r.URL, answer.Status)
	}
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}

func post(t *testing.T, at, kind, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, at, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	return r
}

func TestCheckout_IsCaptured(t *testing.T) {
	base := start(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var token struct {
		Access string `json:"access_token"`
	}
	grant := url.Values{"grant_type": {"client_credentials"}, "client_id": {"demo-shop"}, "client_secret": {"demo-shop-secret"}}
	ask(ctx, t, post(t, base+"/oauth/token", "application/x-www-form-urlencoded", grant.Encode()), &token)
	var payment struct{ ID, Status string }
	r := post(t, base+"/v1/payments", "application/json", `{"amount": {"value": "19.99", "currency": "EUR"}, "bank": "SANDNL2A",
		"reference": "order-1", "return_url": "https://shop.example/orders/1", "simulate": {"customer": [{"action": "pay", "card": "4242424242424242"}]}}`)
	r.Header.Set("Authorization", "Bearer "+token.Access)
	ask(ctx, t, r, &payment)
	for payment.Status != "captured" { // each answer waits for a change
		r, err := http.NewRequest(http.MethodGet, base+"/v1/payments/"+payment.ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token.Access)
		r.Header.Set("Prefer", "wait=30")
		ask(ctx, t, r, &payment)
	}
}
