// Package api is the HTTP interface for merchants' servers, under /v1, as
// openapi.yaml describes it. A handler parses, calls one use case, and writes
// one response; package gate authenticates, and writes errors.
package api

import (
	"context"
	"net/http"

	"sandbank/audit"
	"sandbank/clock"
	"sandbank/feed"
	"sandbank/gate"
	"sandbank/identity"
	"sandbank/payment"
	"sandbank/processor"
)

// Config is what the API needs.
type Config struct {
	Processor *processor.Processor
	Feed      *feed.Feed
	Address   payment.Address
	Clock     clock.Clock
	// Ready reports by part ("broker", "database", "banks") what is wrong, or "".
	Ready func(ctx context.Context) map[string]string
}

// API answers the routes of [Routes].
type API struct{ Config }

// New makes an API.
func New(c Config) *API { return &API{c} }

// Routes lists the routes without an API behind them: what there is, and who
// may call it.
func Routes() []gate.Route { return (*API)(nil).Routes() }

// Routes is the whole API. A route that is not here does not exist.
func (a *API) Routes() []gate.Route {
	return []gate.Route{
		{Method: http.MethodPost, Path: "/v1/payments", Action: audit.PaymentCreate, Needs: identity.WritePayments, Handle: a.createPayment},
		{Method: http.MethodGet, Path: "/v1/payments", Needs: identity.ReadPayments, Handle: a.listPayments},
		{Method: http.MethodGet, Path: "/v1/payments/{id}", Needs: identity.ReadPayments, Handle: a.getPayment},
		{Method: http.MethodPost, Path: "/v1/payments/{id}/cancel", Action: audit.PaymentCancel, Needs: identity.WritePayments, Handle: a.cancelPayment},
		{Method: http.MethodGet, Path: "/v1/banks", Needs: identity.ReadPayments, Shared: true, Handle: a.listBanks},
		{Method: http.MethodGet, Path: "/v1/events", Needs: identity.ReadEvents, Handle: a.listEvents},
		// Beside it there are streams, with names of their own.
		{Method: http.MethodGet, Path: "/v1/events/{id}", Match: "/v1/events/{id:evt_[^/]*}", Needs: identity.ReadEvents, Handle: a.getEvent},
		{Method: http.MethodPost, Path: "/v1/webhook-endpoints", Action: audit.EndpointCreate, Needs: identity.WriteWebhooks, Handle: a.createEndpoint},
		{Method: http.MethodGet, Path: "/v1/webhook-endpoints", Needs: identity.ReadWebhooks, Handle: a.listEndpoints},
		{Method: http.MethodGet, Path: "/v1/webhook-endpoints/{id}", Needs: identity.ReadWebhooks, Handle: a.getEndpoint},
		{Method: http.MethodPatch, Path: "/v1/webhook-endpoints/{id}", Action: audit.EndpointUpdate, Needs: identity.WriteWebhooks, Handle: a.changeEndpoint},
		{Method: http.MethodDelete, Path: "/v1/webhook-endpoints/{id}", Action: audit.EndpointDelete, Needs: identity.WriteWebhooks, Handle: a.deleteEndpoint},
		{Method: http.MethodPost, Path: "/v1/webhook-endpoints/{id}/rotate-secret", Action: audit.EndpointRotate, Needs: identity.WriteWebhooks, Handle: a.rotateSecret},
		{Method: http.MethodPost, Path: "/v1/webhook-endpoints/{id}/resend-failed", Action: audit.EndpointResend, Needs: identity.WriteWebhooks, Handle: a.resendFailed},
		{Method: http.MethodGet, Path: "/v1/webhook-endpoints/{id}/deliveries", Needs: identity.ReadWebhooks, Handle: a.listDeliveries},
		{Method: http.MethodGet, Path: "/v1/webhook-endpoints/{id}/deliveries/{delivery}", Needs: identity.ReadWebhooks, Handle: a.getDelivery},
		{Method: http.MethodPost, Path: "/v1/webhook-endpoints/{id}/deliveries/{delivery}/resend", Action: audit.DeliveryResend, Needs: identity.WriteWebhooks, Handle: a.resendDelivery},
		{Method: http.MethodGet, Path: "/v1/audit", Needs: identity.ReadAudit, Shared: true, Handle: a.listAudit},
		{Method: http.MethodGet, Path: "/livez", Needs: gate.Open, Handle: a.live},
		{Method: http.MethodGet, Path: "/readyz", Needs: gate.Open, Handle: a.ready},
	}
}
