package mollie

import (
	"log/slog"
	"slices"

	"sandbank/audit"
	"sandbank/clock"
	"sandbank/dialect/answer"
	"sandbank/dialect/mollie/object"
	"sandbank/identity"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/web/gate"
)

// Config is what the dialect is made of.
type Config struct {
	Processor *processor.Processor
	Clients   *identity.Registry
	Tokens    func(string) (identity.Principal, error) // whose an OAuth access token is
	Base      string                                   // address of the processor, without a slash at its end
	Address   payment.Address
	Clock     clock.Simulated
	Log       *slog.Logger
}

// API serves Mollie's API.
type API struct {
	Config
	object.View
	keys    ring
	answers *answer.Keeper // to requests with an idempotency key
}

// New makes the API.
func New(c Config) *API {
	return &API{Config: c, View: object.View{Base: c.Base, At: c.Address}, keys: newRing(c.Clients.Clients()...), answers: newKeeper(c.Processor)}
}

// Teller tells what happens to payments at the addresses that they name for it.
type Teller struct{}

// Name implements [processor.Dialect].
func (Teller) Name() string { return object.Dialect }

// Happened implements [processor.Dialect].
func (Teller) Happened(before, after payment.Payment) []processor.Foretold {
	var list []processor.Foretold
	for _, h := range object.Happened(before, after) {
		list = append(list, processor.Foretold{Type: h.Type, Data: h.Data, Quiet: h.Quiet})
	}
	return list
}

// route is one route of this API.
type route struct {
	method, path string // below object.Root
	needs        identity.Permission
	action       audit.Action // "" for one that changes nothing
	handle       func(*API, *call) (reply, error)
	query        []string // that it reads; others that Mollie's route has are in ignores
	body         []string // members that it reads
	ignores      []string // members and parameters that mean something to Mollie and nothing here
}

// table lists every route.
func table() []route {
	var all []route
	for _, some := range [][]route{paymentRoutes, captureRoutes, refundRoutes, chargebackRoutes, methodRoutes, settlementRoutes, ownerRoutes, reportRoutes} {
		all = append(all, some...)
	}
	return all
}

// Asked is how many routes Mollie's own client asks for: those in the functions of mollie-api-typescript 1.12.0.
const Asked = 120

// Routes are the routes with their handlers.
func (a *API) Routes() []gate.Route {
	dialect := &gate.Dialect{Authenticator: a, Body: gate.JSON, Refuser: a, Owns: owns}
	list := Routes()
	for i, r := range table() {
		list[i].Dialect, list[i].Handle = dialect, a.serve(r)
	}
	return list
}

// Routes are the routes without handlers, for tables of who may what.
func Routes() []gate.Route {
	var list []gate.Route
	for _, r := range table() {
		list = append(list, gate.Route{Method: r.method, Path: object.Root + r.path, Needs: r.needs, Action: r.action, Query: r.takes()})
	}
	return list
}

// Ignored are the members and parameters of a route that mean nothing here.
func Ignored(name string) []string {
	for _, r := range table() {
		if r.method+" "+object.Root+r.path == name {
			return slices.Sorted(slices.Values(r.ignores))
		}
	}
	return nil
}

// takes are the parameters that Mollie's route has in its query.
func (r route) takes() []string {
	return append(append([]string{"testmode", "profileId"}, r.query...), r.ignores...)
}
