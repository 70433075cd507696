package processor

import (
	"context"
	"time"

	"sandbank/chance"
	"sandbank/payment"
	"sandbank/webhook"
)

// DeliveryRecord is a delivery with its tries.
type DeliveryRecord struct {
	webhook.Delivery
	Attempts []webhook.Attempt
}

// Arrivals is how many of a payment's webhooks stand where.
type Arrivals struct {
	Waiting   int // for their first try
	Retrying  int // tried, and to be tried again
	Delivered int
	Exhausted int
}

// All is how many there are.
func (a Arrivals) All() int { return a.Waiting + a.Retrying + a.Delivered + a.Exhausted }

// Endpoints keeps webhook endpoints.
type Endpoints interface {
	AddEndpoint(ctx context.Context, e webhook.Endpoint) error
	Endpoint(ctx context.Context, merchant, id string) (webhook.Endpoint, error)
	ListEndpoints(ctx context.Context, merchant string) ([]webhook.Endpoint, error)
	// AllEndpoints lists the endpoints of all merchants.
	AllEndpoints(ctx context.Context) ([]webhook.Endpoint, error)
	// ChangeEndpoint locks an endpoint, has change change it, and keeps that; an
	// error of change keeps it as it was. The pending deliveries of one that is
	// disabled then are exhausted.
	ChangeEndpoint(ctx context.Context, merchant, id string, change func(*webhook.Endpoint) error) (webhook.Endpoint, error)
	// RemoveEndpoint deletes it; its pending deliveries are exhausted.
	RemoveEndpoint(ctx context.Context, merchant, id string) error
}

// Deliveries reads webhook deliveries, and sends them again. Whose an endpoint
// is has been looked at before.
type Deliveries interface {
	// ListDeliveries lists an endpoint's, newest first.
	ListDeliveries(ctx context.Context, f DeliveryFilter) ([]webhook.Delivery, error)
	// Delivery is one with its tries; [fault.NotFound] where it is not the endpoint's.
	Delivery(ctx context.Context, endpoint, id string) (DeliveryRecord, error)
	// Redeliver makes deliveries due at an instant and counts them.
	Redeliver(ctx context.Context, r Redelivery, at time.Time) (int, error)
	// Arrivals counts the deliveries of each of these payments; a payment without any is left out.
	Arrivals(ctx context.Context, payments []string) (map[string]Arrivals, error)
	// AddEdited keeps a try of an edited body; it changes nothing else.
	AddEdited(ctx context.Context, a webhook.Attempt) error
}

// Endpoints lists webhook endpoints of this house's own API, oldest first.
func (p *Processor) Endpoints(ctx context.Context, in Reach) ([]webhook.Endpoint, error) {
	switch merchant, ok := in.filter(); {
	case !ok:
		return nil, nil
	case merchant == "":
		all, err := p.store.AllEndpoints(ctx)
		return ofDialect(all, ""), err
	default:
		return p.ForeignEndpoints(ctx, merchant, "")
	}
}

// Arrivals tells of each payment in a list how its webhooks stand; one without any is left out. Whose the
// payments are has been looked at before.
func (p *Processor) Arrivals(ctx context.Context, list []payment.Payment) (map[string]Arrivals, error) {
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	return p.store.Arrivals(ctx, ids)
}

// Endpoint finds a webhook endpoint.
func (p *Processor) Endpoint(ctx context.Context, in Reach, id string) (webhook.Endpoint, error) {
	if !chance.ValidID("whe", id) {
		return webhook.Endpoint{}, NoEndpoint(id)
	}
	if in.merchant != "" {
		return p.store.Endpoint(ctx, in.merchant, id)
	}
	list, err := p.Endpoints(ctx, in)
	if err != nil {
		return webhook.Endpoint{}, err
	}
	for _, e := range list {
		if e.ID == id {
			return e, nil
		}
	}
	return webhook.Endpoint{}, NoEndpoint(id)
}

// Deliveries lists an endpoint's deliveries, newest first; a status of "" stands
// for all.
func (p *Processor) Deliveries(ctx context.Context, e webhook.Endpoint, status webhook.DeliveryStatus, w Window) (Page[webhook.Delivery], error) {
	found, err := paged(w, func(d webhook.Delivery) string { return d.ID }, func(limit int) ([]webhook.Delivery, error) {
		return p.store.ListDeliveries(ctx, DeliveryFilter{Endpoint: e.ID, Status: status, Before: w.Cursor, Limit: limit})
	})
	return lastSays(ctx, p.store, found, err)
}

// DeliveryOf is one of an endpoint's deliveries with its tries.
func (p *Processor) DeliveryOf(ctx context.Context, e webhook.Endpoint, id string) (DeliveryRecord, error) {
	if !chance.ValidID("del", id) {
		return DeliveryRecord{}, NoDelivery(id)
	}
	return p.store.Delivery(ctx, e.ID, id)
}
