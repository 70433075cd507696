package processor

import (
	"context"

	"sandbank/chance"
	"sandbank/event"
	"sandbank/fault"
	"sandbank/payment"
	"sandbank/webhook"
)

// OwnPayment finds a payment of the merchant's own.
func (p *Processor) OwnPayment(ctx context.Context, merchant, id string) (payment.Payment, error) {
	if !chance.ValidID("pay", id) {
		return payment.Payment{}, NoPayment(id)
	}
	pay, err := p.Store.Payment(ctx, id)
	if err == nil && pay.Merchant != merchant {
		return payment.Payment{}, NoPayment(id)
	}
	return pay, err
}

// EventsAfter lists a merchant's events, oldest first.
func (p *Processor) EventsAfter(ctx context.Context, merchant string, after int64, limit int) ([]event.Event, error) {
	return p.Store.Events(ctx, merchant, after, limit)
}

// OwnEvent finds an event of the merchant's own.
func (p *Processor) OwnEvent(ctx context.Context, merchant, id string) (event.Event, error) {
	n, err := p.Store.SequenceOf(ctx, merchant, id)
	if err != nil {
		return event.Event{}, err
	}
	list, err := p.Store.Events(ctx, merchant, n-1, 1)
	if err != nil {
		return event.Event{}, err
	}
	if len(list) == 0 || list[0].ID != id {
		return event.Event{}, NoEvent(id)
	}
	return list[0], nil
}

// AddEndpoint registers a webhook endpoint with a new secret, or the given one.
func (p *Processor) AddEndpoint(ctx context.Context, merchant, url string, events []string, secret string) (webhook.Endpoint, error) {
	if secret == "" {
		secret = webhook.Secret(p.Chance.Bytes(32))
	}
	e := webhook.Endpoint{
		ID: p.newID("whe"), Merchant: merchant, URL: url, Events: events,
		Secret: secret, Enabled: true, CreatedAt: p.Clock.Now(),
	}
	return e, p.Store.AddEndpoint(ctx, e)
}

// NoEvent is the error for an event that does not exist or is not the caller's.
func NoEvent(id string) error {
	return fault.New(fault.NotFound, "event_not_found", "There is no event %q.", id)
}

// NoEndpoint is the error for a webhook endpoint that does not exist or is not
// the caller's.
func NoEndpoint(id string) error {
	return fault.New(fault.NotFound, "webhook_endpoint_not_found", "There is no webhook endpoint %q.", id)
}
