// Package api is the HTTP interface for merchants' servers, under /v1, as
// openapi.yaml describes it. A handler parses, calls one use case, and writes
// one response; package gate authenticates, and writes errors.
package api

import (
	"context"
	"net/http"
	"slices"

	"sandbank/audit"
	"sandbank/broker/wire"
	"sandbank/clock"
	"sandbank/clock/steer"
	"sandbank/event/feed"
	"sandbank/identity"
	"sandbank/identity/guest"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/sim/outage"
	"sandbank/web/gate"
)

// Config is what the API needs.
type Config struct {
	Processor *processor.Processor
	Feed      *feed.Feed
	Address   processor.Address
	Clock     clock.Simulated
	Computer  clock.Computer // bounds long polls
	Hand      *steer.Hand    // on simulated time; nil where it cannot be steered
	Faults    *outage.Board  // what goes wrong on purpose
	Lives     Lives          // of this processor; nil where it has but one
	Meters    Meters         // what a monitor reads
	Guests    *guest.Book    // merchants that are made at run time
	Keys      func(identity.Client) DialectKeys
	// Ready reports by part ("broker", "database", "banks") what is wrong, or "".
	Ready func(ctx context.Context) map[string]string
}

// API answers the routes of [Routes].
type API struct{ Config }

// New makes an API.
func New(c Config) *API { return &API{c} }

// Routes lists the routes with their permissions, without an API behind them.
func Routes() []gate.Route { return (*API)(nil).Routes() }

// Routes is the whole API. A route that is not here does not exist.
func (a *API) Routes() []gate.Route {
	return slices.Concat(a.paymentRoutes(), a.moneyRoutes(), a.holdRoutes(), a.otherRoutes())
}

func (a *API) paymentRoutes() []gate.Route {
	return []gate.Route{
		{Method: http.MethodPost, Path: "/v1/payments", Action: audit.PaymentCreate, Needs: identity.WritePayments, Handle: a.createPayment},
		{Method: http.MethodGet, Path: "/v1/payments", Query: []string{"limit", "cursor", "status", "reference", "bank", "method", "from", "to"}, Needs: identity.ReadPayments, Handle: a.listPayments},
		{Method: http.MethodGet, Path: "/v1/payments/{id}", Needs: identity.ReadPayments, Handle: a.getPayment},
		{Method: http.MethodPost, Path: "/v1/payments/{id}/cancel", Action: audit.PaymentCancel, Needs: identity.WritePayments, Handle: a.cancelPayment},
		{Method: http.MethodPost, Path: "/v1/payments/{id}/capture", Action: audit.PaymentCapture, Needs: identity.WritePayments, Handle: a.capturePayment},
		{Method: http.MethodPost, Path: "/v1/payments/{id}/void", Action: audit.PaymentVoid, Needs: identity.WritePayments, Handle: a.voidPayment},
		{Method: http.MethodPost, Path: "/v1/payments/{id}/refunds", Action: audit.PaymentRefund, Needs: identity.WritePayments, Handle: a.refundPayment},
		{Method: http.MethodGet, Path: "/v1/payments/{id}/captures", Needs: identity.ReadPayments, Handle: a.listOperations(payment.OpCapture)},
		{Method: http.MethodGet, Path: "/v1/payments/{id}/captures/{operation}", Needs: identity.ReadPayments, Handle: a.getOperation(payment.OpCapture)},
		{Method: http.MethodGet, Path: "/v1/payments/{id}/refunds", Needs: identity.ReadPayments, Handle: a.listOperations(payment.OpRefund)},
		{Method: http.MethodGet, Path: "/v1/payments/{id}/refunds/{operation}", Needs: identity.ReadPayments, Handle: a.getOperation(payment.OpRefund)},
	}
}

// moneyRoutes are about what follows an approval, for merchants and for staff.
func (a *API) moneyRoutes() []gate.Route {
	return []gate.Route{
		{Method: http.MethodGet, Path: "/v1/disputes", Query: []string{"limit", "cursor", "status"}, Needs: identity.ReadMoney, Handle: a.listDisputes},
		{Method: http.MethodGet, Path: "/v1/disputes/{id}", Needs: identity.ReadMoney, Handle: a.getDispute},
		{Method: http.MethodPost, Path: "/v1/disputes/{id}/evidence", Action: audit.DisputeRespond, Needs: identity.WritePayments, Handle: a.respondToDispute},
		{Method: http.MethodGet, Path: "/v1/payouts", Query: []string{"limit", "cursor", "status"}, Needs: identity.ReadMoney, Handle: a.listPayouts},
		{Method: http.MethodPost, Path: "/v1/payouts", Action: audit.PayoutCreate, Needs: identity.WriteLedger, Shared: true, Handle: a.payOut},
		{Method: http.MethodGet, Path: "/v1/payouts/{id}", Needs: identity.ReadMoney, Handle: a.getPayout},
		{Method: http.MethodGet, Path: "/v1/payouts/{id}/items", Query: []string{"limit", "cursor"}, Needs: identity.ReadMoney, Handle: a.payoutItems},
		{Method: http.MethodGet, Path: "/v1/settlements", Query: []string{"limit", "cursor", "status"}, Needs: identity.ReadLedger, Shared: true, Handle: a.listSettlements},
		{Method: http.MethodGet, Path: "/v1/settlements/{id}", Needs: identity.ReadLedger, Shared: true, Handle: a.getSettlement},
		{Method: http.MethodGet, Path: "/v1/settlements/{id}/breaks", Needs: identity.ReadLedger, Shared: true, Handle: a.settlementBreaks},
		{Method: http.MethodGet, Path: "/v1/settlements/{id}/items", Query: []string{"limit", "cursor"}, Needs: identity.ReadLedger, Shared: true, Handle: a.settlementItems},
		{Method: http.MethodGet, Path: "/v1/settlements/{id}/file", Query: []string{"format"}, Needs: identity.ReadLedger, Shared: true, Handle: a.settlementFile},
		{Method: http.MethodGet, Path: "/v1/breaks", Query: []string{"limit", "cursor", "status"}, Needs: identity.ReadLedger, Shared: true, Handle: a.listBreaks},
		{Method: http.MethodPost, Path: "/v1/breaks/{id}/write-off", Action: audit.BreakWriteOff, Needs: identity.WriteLedger, Shared: true, Handle: a.writeOffBreak},
		{Method: http.MethodPost, Path: "/v1/breaks/{id}/claim", Action: audit.BreakClaim, Needs: identity.WriteLedger, Shared: true, Handle: a.claimBreak},
		{Method: http.MethodGet, Path: "/v1/ledger/accounts", Query: []string{"at"}, Needs: identity.ReadLedger, Shared: true, Handle: a.listBalances},
		{Method: http.MethodGet, Path: "/v1/ledger/entries", Query: []string{"limit", "cursor", "account", "kind"}, Needs: identity.ReadLedger, Shared: true, Handle: a.listEntries},
		{Method: http.MethodGet, Path: "/v1/ledger/trial-balance", Query: []string{"at"}, Needs: identity.ReadLedger, Shared: true, Handle: a.trialBalance},
		{Method: http.MethodGet, Path: "/v1/reconciliation", Needs: identity.ReadLedger, Shared: true, Handle: a.reconcile},
		{Method: http.MethodGet, Path: "/sim/clock", Needs: identity.ReadSimulator, Shared: true, Handle: a.getClock},
		{Method: http.MethodPost, Path: "/sim/clock", Action: audit.SimulatorSteer, Needs: identity.SteerSimulator, Shared: true, Handle: a.steerClock},
		{Method: http.MethodPost, Path: "/sim/reset", Action: audit.SimulatorReset, Needs: identity.ResetSimulator, Shared: true, Handle: a.resetSimulator},
		{Method: http.MethodGet, Path: "/sim/snapshot", Needs: identity.ResetSimulator, Shared: true, Handle: a.takeSnapshot},
		{Method: http.MethodPut, Path: "/sim/snapshot", Action: audit.SimulatorReset, Needs: identity.ResetSimulator, Shared: true, Dialect: snapshots(), Handle: a.bringBack},
		{Method: http.MethodGet, Path: "/sim/transcript", Needs: identity.ReadSimulator, Shared: true, Handle: a.getTranscript},
		{Method: http.MethodGet, Path: "/sim/scenario", Needs: identity.ReadPayments, Handle: a.getScenario},
		{Method: http.MethodGet, Path: "/sim/payments/{id}/scenario", Needs: identity.ReadPayments, Handle: a.getPaymentScenario},
		{Method: http.MethodGet, Path: "/sim/broker", Needs: identity.ReadSimulator, Shared: true, Handle: a.getBroker},
		{Method: http.MethodGet, Path: "/sim/faults", Needs: identity.ReadSimulator, Shared: true, Handle: a.listFaults},
		{Method: http.MethodPost, Path: "/sim/faults", Action: audit.FaultBegin, Needs: identity.BreakSimulator, Shared: true, Handle: a.beginFault},
		{Method: http.MethodGet, Path: "/sim/faults/{id}", Needs: identity.ReadSimulator, Shared: true, Handle: a.getFault},
		{Method: http.MethodDelete, Path: "/sim/faults/{id}", Action: audit.FaultEnd, Needs: identity.BreakSimulator, Shared: true, Handle: a.endFault},
		{Method: http.MethodPost, Path: "/sim/merchants", Action: audit.MerchantOpen, Needs: identity.OpenMerchants, Shared: true, Handle: a.openMerchant},
		{Method: http.MethodGet, Path: "/sim/merchants", Needs: identity.ReadSimulator, Shared: true, Handle: a.listMerchants},
		{Method: http.MethodGet, Path: "/sim/merchants/{id}", Needs: identity.ReadSimulator, Shared: true, Handle: a.getMerchant},
		{Method: http.MethodDelete, Path: "/sim/merchants/{id}", Action: audit.MerchantEnd, Needs: identity.OpenMerchants, Shared: true, Handle: a.endMerchant},
		{Method: http.MethodGet, Path: "/sim/banks/{bic}", Needs: identity.ReadSimulator, Shared: true, Handle: a.getSimulatedBank},
		{Method: http.MethodPatch, Path: "/sim/banks/{bic}", Action: audit.SimulatorSteer, Needs: identity.SteerSimulator, Shared: true, Handle: a.temperBank},
		{Method: http.MethodPost, Path: "/sim/banks/{bic}/settle", Action: audit.SimulatorSteer, Needs: identity.SteerSimulator, Shared: true, Handle: a.tellBank(wire.CommandSettle)},
		{Method: http.MethodPost, Path: "/sim/banks/{bic}/offline", Action: audit.SimulatorSteer, Needs: identity.SteerSimulator, Shared: true, Handle: a.tellBank(wire.CommandOffline)},
		{Method: http.MethodPost, Path: "/sim/banks/{bic}/online", Action: audit.SimulatorSteer, Needs: identity.SteerSimulator, Shared: true, Handle: a.tellBank(wire.CommandOnline)},
		{Method: http.MethodPost, Path: "/sim/banks/{bic}/plant", Action: audit.SimulatorSteer, Needs: identity.SteerSimulator, Shared: true, Handle: a.plantBreaks},
		{Method: http.MethodPost, Path: "/sim/payments/{id}/simulate", Action: audit.PaymentSimulate, Needs: identity.SimulatePayments, Handle: a.simulatePayment},
		{Method: http.MethodPost, Path: "/sim/payments/{id}/customer", Action: audit.PaymentSimulate, Needs: identity.SimulatePayments, Handle: a.simulateCustomer},
		{Method: http.MethodPost, Path: "/sim/payments/{id}/bank", Action: audit.PaymentSimulate, Needs: identity.SimulatePayments, Handle: a.simulateBank},
		{Method: http.MethodPost, Path: "/sim/payments/{id}/dispute", Action: audit.SimulatorSteer, Needs: identity.SteerSimulator, Handle: a.disputePayment},
		{Method: http.MethodPost, Path: "/sim/disputes/{id}/decide", Action: audit.SimulatorSteer, Needs: identity.SteerSimulator, Handle: a.decideDispute},
	}
}

func (a *API) otherRoutes() []gate.Route {
	return []gate.Route{
		{Method: http.MethodGet, Path: "/v1/banks", Needs: identity.ReadPayments, Shared: true, Handle: a.listBanks},
		{Method: http.MethodGet, Path: "/v1/events", Query: []string{"after", "limit", "payment", "types"}, Needs: identity.ReadEvents, Handle: a.listEvents},
		// Beside it there are streams, with names of their own.
		{Method: http.MethodGet, Path: "/v1/events/{id}", Match: "/v1/events/{id:evt_[^/]*}", Needs: identity.ReadEvents, Handle: a.getEvent},
		{Method: http.MethodPost, Path: "/v1/webhook-endpoints", Action: audit.EndpointCreate, Needs: identity.WriteWebhooks, Handle: a.createEndpoint},
		{Method: http.MethodGet, Path: "/v1/webhook-endpoints", Needs: identity.ReadWebhooks, Handle: a.listEndpoints},
		{Method: http.MethodGet, Path: "/v1/webhook-endpoints/{id}", Needs: identity.ReadWebhooks, Handle: a.getEndpoint},
		{Method: http.MethodPatch, Path: "/v1/webhook-endpoints/{id}", Action: audit.EndpointUpdate, Needs: identity.WriteWebhooks, Handle: a.changeEndpoint},
		{Method: http.MethodDelete, Path: "/v1/webhook-endpoints/{id}", Action: audit.EndpointDelete, Needs: identity.WriteWebhooks, Handle: a.deleteEndpoint},
		{Method: http.MethodPost, Path: "/v1/webhook-endpoints/{id}/rotate-secret", Action: audit.EndpointRotate, Needs: identity.WriteWebhooks, Handle: a.rotateSecret},
		{Method: http.MethodPost, Path: "/v1/webhook-endpoints/{id}/test", Action: audit.EndpointTest, Needs: identity.WriteWebhooks, Handle: a.testEndpoint},
		{Method: http.MethodPost, Path: "/v1/webhook-endpoints/{id}/resend-failed", Action: audit.EndpointResend, Needs: identity.WriteWebhooks, Handle: a.resendFailed},
		{Method: http.MethodGet, Path: "/v1/webhook-endpoints/{id}/deliveries", Query: []string{"limit", "cursor", "status"}, Needs: identity.ReadWebhooks, Handle: a.listDeliveries},
		{Method: http.MethodGet, Path: "/v1/webhook-endpoints/{id}/deliveries/{delivery}", Needs: identity.ReadWebhooks, Handle: a.getDelivery},
		{Method: http.MethodPost, Path: "/v1/webhook-endpoints/{id}/deliveries/{delivery}/resend", Action: audit.DeliveryResend, Needs: identity.WriteWebhooks, Handle: a.resendDelivery},
		{Method: http.MethodGet, Path: "/v1/audit", Query: []string{"limit", "cursor", "kind", "actor", "action", "object", "outcome", "from", "to"}, Needs: identity.ReadAudit, Shared: true, Handle: a.listAudit},
		{Method: http.MethodGet, Path: "/metrics", Needs: identity.ReadMeters, Shared: true, Dialect: a.monitored(), Handle: a.metrics},
		{Method: http.MethodGet, Path: "/livez", Needs: gate.Open, Handle: a.live},
		{Method: http.MethodGet, Path: "/readyz", Needs: gate.Open, Handle: a.ready},
	}
}
