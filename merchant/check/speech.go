package check

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"sandbank/merchant/client"
	"sandbank/merchant/rule"
	"sandbank/webhook"
)

// speech is the API in which the merchant's server speaks with Sandbank: the house's own, or a dialect. Whatever
// happens on purpose is said in the house's own either way.
type speech interface {
	// rules are those by which the server is graded.
	rules() []rule.Rule
	// hooks lists the merchant's endpoints that the check is about: a Sandbank that is used may have others.
	hooks(context.Context) ([]client.Endpoint, error)
	// register makes the endpoint where there is none.
	register(context.Context) error
	// claim is a webhook which says, untruly, that a payment has brought its money.
	claim(context.Context, client.Payment) (message, error)
	// truth is the webhook which said so of a payment that has.
	truth(context.Context, client.Payment) (message, error)
	// sign sets the headers of a webhook that is sent now.
	sign(http.Header, message) error
	// refusal is the status with which a webhook is refused that does not fit.
	refusal() int
	// names are what a payment is called in paths and bodies.
	names(payment string) []string
}

// house is the house's own API.
type house struct{ *Config }

func (house) rules() []rule.Rule { return rule.All() }

func (h house) hooks(ctx context.Context) ([]client.Endpoint, error) {
	have, err := h.API.Endpoints(ctx)
	return slices.DeleteFunc(have, func(w client.Endpoint) bool { return w.URL != h.Webhook }), err
}

func (h house) register(ctx context.Context) error {
	_, err := h.API.CreateEndpoint(ctx, client.NewEndpoint{URL: h.Webhook, Events: []string{"*"}, Secret: h.Secret, Description: "the check"})
	return err
}

func (house) claim(_ context.Context, p client.Payment) (message, error) {
	p.Status, p.CapturedAmount = client.Captured, p.Amount
	return event(p, p)
}

// event is an event that says a payment is captured, as Sandbank would write it; data is what it tells.
func event(p client.Payment, data any) (m message, err error) {
	fresh, err := uuid.NewV7()
	if err != nil {
		return m, err
	}
	m.kind, m.id = "payment.captured", "evt_"+fresh.String()
	m.body, err = json.Marshal(map[string]any{"id": m.id, "type": m.kind, "sequence": 1, "timestamp": p.CreatedAt.Format(time.RFC3339Nano), "data": data})
	return m, err
}

func (h house) truth(ctx context.Context, of client.Payment) (message, error) {
	const kind = "payment.captured"
	for after := int64(0); ; {
		page, err := h.API.EventsAfter(ctx, after, 100)
		if err != nil {
			return message{}, err
		}
		i := slices.IndexFunc(page.Data, func(e client.Event) bool {
			p, err := e.Payment()
			return err == nil && e.Type == kind && p.ID == of.ID
		})
		if i >= 0 {
			return message{kind: kind, id: page.Data[i].ID, body: page.Data[i].Body}, nil
		}
		if after = page.NextAfter; len(page.Data) < 100 {
			return message{}, fmt.Errorf("check: there is no event %s about %s", kind, of.Reference)
		}
	}
}

func (house) sign(head http.Header, m message) error {
	at := time.Now().Add(-m.age)
	head.Set(webhook.HeaderID, m.id)
	head.Set(webhook.HeaderTimestamp, strconv.FormatInt(at.Unix(), 10))
	if m.secret == "" {
		return nil
	}
	signature, err := webhook.Sign(m.secret, m.id, at, m.signed())
	head.Set(webhook.HeaderSignature, signature)
	return err
}

func (house) refusal() int { return http.StatusUnauthorized }

func (house) names(payment string) []string { return []string{payment} }
