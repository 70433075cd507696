package e2e_test

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"

	"sandbank/merchant/client"
	"sandbank/webhook"
)

// hooks keeps the webhooks that came, by id.
type hooks struct {
	mu     sync.Mutex
	bodies map[string]string
}

// hooks registers a receiver for every event.
func (w *world) hooks(c *client.Client) *hooks {
	w.Helper()
	h := &hooks{bodies: map[string]string{}}
	server := httptest.NewServer(h)
	w.Cleanup(server.Close)
	made, err := c.CreateEndpoint(w.Context(), client.NewEndpoint{
		URL: server.URL, Events: []string{"*"},
	})
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = w.open().RemoveEndpoint(context.Background(), "demo-shop", made.ID) })
	return h
}

// ServeHTTP takes a webhook.
func (h *hooks) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.bodies[r.Header.Get(webhook.HeaderID)] = string(body)
}

func (h *hooks) all() map[string]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.bodies)
}
