package processor

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"sandbank/chance"
	"sandbank/event"
	"sandbank/fault"
	"sandbank/payment/form"
	"sandbank/secret"
	"sandbank/webhook"
)

// MaxEndpoints is how many webhook endpoints a merchant can have.
const MaxEndpoints = 20

// NewEndpoint is a merchant's wish for an endpoint; the zero values are the
// defaults.
type NewEndpoint struct {
	URL         string
	Description string
	Events      []string
	Body        webhook.Body
	Signature   webhook.Signature
	Secret      string // its own signing secret; "" for a new one
	Dialect     string // another API, whose events it hears; "" for this house's own
	Metadata    map[string]string
}

// AddEndpoint registers a webhook endpoint.
func (p *Processor) AddEndpoint(ctx context.Context, merchant string, n NewEndpoint) (webhook.Endpoint, error) {
	if err := p.check(n); err != nil {
		return webhook.Endpoint{}, err
	}
	have, err := p.store.ListEndpoints(ctx, merchant)
	if err != nil {
		return webhook.Endpoint{}, err
	}
	if len(have) >= MaxEndpoints {
		return webhook.Endpoint{}, fault.New(fault.Conflict, "too_many_endpoints", "There can be %d webhook endpoints at most.", MaxEndpoints).
			Hinting("Delete one you do not need.")
	}
	keys := p.newKeys()
	if n.Secret != "" {
		keys.Secret = secret.Kept(n.Secret)
	}
	now := p.now()
	e := webhook.Endpoint{
		ID: p.config.Chance.NthID("whe", now, merchant, p.config.Chance.Ordinal("whe", merchant)), Merchant: merchant, URL: n.URL, Description: n.Description, Events: n.Events,
		Body: n.Body, Signature: n.Signature, Dialect: n.Dialect, Metadata: n.Metadata, Keys: keys, Enabled: true, CreatedAt: now,
	}
	return e, p.store.AddEndpoint(ctx, e)
}

func (p *Processor) newKeys() webhook.Keys {
	return webhook.Keys{Secret: secret.Kept(webhook.Secret(chance.Secret(32))), Key: secret.Kept(webhook.NewKey(chance.Secret(32)))}
}

// AcceptsURL reports why webhooks cannot go to a URL.
func (p *Processor) AcceptsURL(url string) error {
	if p.config.Accepts == nil {
		return nil
	}
	return p.config.Accepts(url)
}

// EndpointChange is a change of an endpoint; nil leaves a member unchanged.
type EndpointChange struct {
	URL         *string
	Description *string
	Events      *[]string
	Body        *webhook.Body
	Signature   *webhook.Signature
	Enabled     *bool
	Metadata    *map[string]string
}

// ChangeEndpoint changes a webhook endpoint. Waiting deliveries go by the
// changed endpoint; they are given up where it is disabled.
func (p *Processor) ChangeEndpoint(ctx context.Context, merchant, id string, c EndpointChange) (webhook.Endpoint, error) {
	return p.ChangeForeign(ctx, merchant, "", id, c)
}

// ChangeForeign is [Processor.ChangeEndpoint] for an endpoint of a dialect, which
// has judged the events by its own words.
func (p *Processor) ChangeForeign(ctx context.Context, merchant, dialect, id string, c EndpointChange) (webhook.Endpoint, error) {
	judged := c
	if dialect != "" {
		judged.Events, judged.Body = nil, nil
	}
	problem := form.Problem()
	if p.checkEndpoint(problem, judged); len(problem.Fields) > 0 {
		return webhook.Endpoint{}, problem
	}
	return p.changeEndpoint(ctx, merchant, id, func(e *webhook.Endpoint) {
		set(&e.URL, c.URL)
		set(&e.Description, c.Description)
		set(&e.Events, c.Events)
		set(&e.Body, c.Body)
		set(&e.Signature, c.Signature)
		set(&e.Metadata, c.Metadata)
		if set(&e.Enabled, c.Enabled); e.Enabled {
			e.Note = ""
		} else if c.Enabled != nil {
			e.Note = "disabled by its merchant"
		}
	})
}

func set[T any](at, to *T) {
	if to != nil {
		*at = *to
	}
}

// RotateSecret gives an endpoint new keys; see [webhook.Endpoint.Rotate].
func (p *Processor) RotateSecret(ctx context.Context, merchant, id string) (webhook.Endpoint, error) {
	keys := p.newKeys()
	return p.changeEndpoint(ctx, merchant, id, func(e *webhook.Endpoint) { e.Rotate(keys, p.now()) })
}

func (p *Processor) changeEndpoint(ctx context.Context, merchant, id string, change func(*webhook.Endpoint)) (webhook.Endpoint, error) {
	e, err := p.store.ChangeEndpoint(ctx, merchant, id, func(e *webhook.Endpoint) error { change(e); return nil })
	if err == nil {
		p.config.Delivery.Changed(e)
	}
	return e, err
}

// RemoveEndpoint deletes a webhook endpoint. Its waiting deliveries are given
// up.
func (p *Processor) RemoveEndpoint(ctx context.Context, merchant, id string) error {
	err := p.store.RemoveEndpoint(ctx, merchant, id)
	if err == nil {
		p.config.Delivery.Changed(webhook.Endpoint{ID: id})
	}
	return err
}

// MaxRedeliveries is how many failed deliveries are sent again at once.
const MaxRedeliveries = 1000

// Redelivered is what is on its way again.
type Redelivered struct {
	Count int
	More  bool // there are more that failed; ask again
}

// ResendFailed sends an endpoint's failed deliveries since an instant again, the
// oldest [MaxRedeliveries] of them: those that are exhausted, and those that
// wait for another try. It returns at once; they are sent as the endpoint takes
// them. Each gets a try now, and then what its schedule still has.
func (p *Processor) ResendFailed(ctx context.Context, e webhook.Endpoint, since time.Time) (r Redelivered, err error) {
	if !e.Enabled {
		return r, EndpointDisabled(e)
	}
	from := ""
	if !since.IsZero() {
		from = chance.FirstID("del", since)
	}
	n, err := p.store.Redeliver(ctx, Redelivery{Endpoint: e.ID, From: from, Limit: MaxRedeliveries}, p.now())
	p.config.Delivery.Search()
	return Redelivered{Count: n, More: n == MaxRedeliveries}, err
}

// Resend sends a delivery again, in any status. It returns at once.
func (p *Processor) Resend(ctx context.Context, e webhook.Endpoint, id string) (DeliveryRecord, error) {
	if !e.Enabled {
		return DeliveryRecord{}, EndpointDisabled(e)
	}
	if !chance.ValidID("del", id) {
		return DeliveryRecord{}, NoDelivery(id)
	}
	n, err := p.store.Redeliver(ctx, Redelivery{Endpoint: e.ID, Delivery: id}, p.now())
	if err != nil {
		return DeliveryRecord{}, err
	}
	if n == 0 {
		return DeliveryRecord{}, NoDelivery(id)
	}
	r, err := p.store.Delivery(ctx, e.ID, id)
	p.config.Delivery.Search()
	return r, err
}

// ResendEdited sends an edited body in place of the event's, once and now,
// signed as the endpoint's messages are. The event and the delivery stay
// unchanged; the try is kept beside the others, marked as edited.
func (p *Processor) ResendEdited(ctx context.Context, e webhook.Endpoint, id string, body []byte) (webhook.Attempt, error) {
	if len(body) > webhook.MaxRequest {
		return webhook.Attempt{}, fault.New(fault.TooLarge, "body_too_large", "The body is larger than %d bytes.", webhook.MaxRequest)
	}
	r, err := p.DeliveryOf(ctx, e, id)
	if err != nil {
		return webhook.Attempt{}, err
	}
	r.Endpoint, r.Edited = e, slices.Concat([]byte{}, body)
	a := p.config.Delivery.Try(ctx, r.Delivery)
	a.Delivery = id
	return a, p.store.AddEdited(context.WithoutCancel(ctx), a)
}

// TestType is the type of an event that is no event: it is sent to one endpoint, by hand.
const TestType = "endpoint.test"

// TestEndpoint sends an endpoint a test event, once and now, signed as its messages are. Nothing of it is kept, and it
// has no place among the merchant's events.
func (p *Processor) TestEndpoint(ctx context.Context, e webhook.Endpoint) (event.Event, webhook.Attempt, error) {
	if !e.Enabled {
		return event.Event{}, webhook.Attempt{}, EndpointDisabled(e)
	}
	now := p.now()
	data, err := json.Marshal(struct {
		Endpoint string `json:"endpoint"`
		Test     bool   `json:"test"`
	}{e.ID, true})
	if err != nil {
		return event.Event{}, webhook.Attempt{}, err
	}
	ev := event.Event{ID: p.newID("evt", e.ID, "test"), Type: TestType, Merchant: e.Merchant, At: now, Data: data}
	a := p.config.Delivery.Try(ctx, webhook.Delivery{ID: p.newID("del", e.ID, "test"), Endpoint: e, Event: ev, Status: webhook.DeliveryPending})
	return ev, a, nil
}

// NoEndpoint is the error for a webhook endpoint that does not exist or is not
// the caller's.
func NoEndpoint(id string) error {
	return fault.New(fault.NotFound, "webhook_endpoint_not_found", "There is no webhook endpoint %q.", id)
}

// NoDelivery is the error for a delivery that is not the endpoint's.
func NoDelivery(id string) error {
	return fault.New(fault.NotFound, "webhook_delivery_not_found", "The endpoint has no delivery %q.", id)
}

// EndpointDisabled is the error for a delivery to a disabled endpoint.
func EndpointDisabled(e webhook.Endpoint) error {
	return fault.New(fault.Conflict, "webhook_endpoint_disabled", "The webhook endpoint %s is disabled.", e.ID).
		Hinting("Enable it first: PATCH /v1/webhook-endpoints/%s with {\"enabled\": true}.", e.ID)
}
