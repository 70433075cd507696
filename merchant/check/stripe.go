package check

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sandbank/chance"
	"sandbank/dialect/alias"
	"sandbank/merchant/client"
	"sandbank/merchant/rule"
	"sandbank/webhook"
)

// RegisterStripe makes an endpoint at an address, and returns its secret, which is told once.
func RegisterStripe(ctx context.Context, s client.Stripe, address string) (string, error) {
	var made struct {
		Secret string `json:"secret"`
	}
	err := s.Ask(ctx, http.MethodPost, "/v1/webhook_endpoints", url.Values{"url": {address}, "enabled_events[]": {"*"}, "description": {"the check"}}, &made)
	return made.Secret, err
}

// stripe is Stripe's API as the merchant's server speaks it.
type stripe struct{ *Config }

func (stripe) rules() []rule.Rule { return rule.Stripe() }

func (s stripe) hooks(ctx context.Context) (list []client.Endpoint, err error) {
	var have struct {
		Data []struct{ ID, URL string }
	}
	err = s.Stripe.Ask(ctx, http.MethodGet, "/v1/webhook_endpoints?limit=100", nil, &have)
	for _, w := range have.Data {
		if id, ok := alias.House("we_", w.ID, "whe"); ok && w.URL == s.Webhook {
			list = append(list, client.Endpoint{ID: id, URL: w.URL})
		}
	}
	return list, err
}

// register does nothing: the secret of an endpoint is made by Sandbank, so the endpoint was there before the server.
func (s stripe) register(context.Context) error {
	return fmt.Errorf("check: there is no endpoint at %s in Stripe's dialect: have your server register it, and name its secret in --webhook-secret", s.Webhook)
}

// completed is the type of event that says a session is over, and paid unless it says otherwise.
const completed = "checkout.session.completed"

func (s stripe) claim(ctx context.Context, p client.Payment) (message, error) {
	var session map[string]any
	if err := s.Stripe.Ask(ctx, http.MethodGet, "/v1/checkout/sessions/"+sessionOf(p), nil, &session); err != nil {
		return message{}, err
	}
	session["status"], session["payment_status"], session["url"] = "complete", "paid", nil
	session["payment_intent"] = alias.ID("pi_", p.ID)
	m := message{kind: completed, id: fmt.Sprintf("evt_%x", chance.Secret(16))}
	var err error
	m.body, err = json.Marshal(map[string]any{
		"id": m.id, "object": "event", "api_version": s.version(ctx), "created": time.Now().Unix(), "livemode": false, "pending_webhooks": 1,
		"request": map[string]any{"id": nil, "idempotency_key": nil}, "type": completed, "data": map[string]any{"object": session},
	})
	return m, err
}

// version is that of the events which the merchant's endpoint gets: libraries look at it.
func (s stripe) version(ctx context.Context) (version string) {
	var have struct {
		Data []struct {
			URL     string
			Version string `json:"api_version"`
		}
	}
	_ = s.Stripe.Ask(ctx, http.MethodGet, "/v1/webhook_endpoints?limit=100", nil, &have) // without one it is ""
	for _, w := range have.Data {
		if w.URL == s.Webhook {
			version = w.Version
		}
	}
	return version
}

func sessionOf(p client.Payment) string { return alias.ID("cs_test_", p.ID) }

var errNotTold = errors.New("check: it was not told in Stripe's dialect that a session is completed")

func (s stripe) truth(ctx context.Context, of client.Payment) (message, error) {
	hooks, err := s.hooks(ctx)
	if err != nil {
		return message{}, err
	}
	for _, w := range hooks {
		page, err := s.API.Deliveries(ctx, w.ID, "")
		if err != nil {
			return message{}, err
		}
		for _, d := range page.Data {
			if d.EventType != completed {
				continue
			}
			whole, err := s.API.Delivery(ctx, w.ID, d.ID)
			if err != nil {
				return message{}, err
			}
			for _, a := range whole.Attempts {
				if strings.Contains(a.Request.Body, sessionOf(of)) {
					return message{kind: completed, id: d.EventID, body: []byte(a.Request.Body)}, nil
				}
			}
		}
	}
	return message{}, errNotTold
}

func (stripe) sign(head http.Header, m message) error {
	if m.secret != "" {
		head.Set(webhook.HeaderStripe, webhook.SignStripe(time.Now().Add(-m.age), m.signed(), m.secret))
	}
	return nil
}

func (stripe) refusal() int { return http.StatusBadRequest }

func (stripe) names(payment string) []string { return []string{alias.ID("", payment)} }
