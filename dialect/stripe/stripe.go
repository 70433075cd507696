package stripe

import (
	"log/slog"

	"sandbank/audit"
	"sandbank/clock"
	"sandbank/clock/steer"
	"sandbank/dialect/answer"
	"sandbank/dialect/stripe/object"
	"sandbank/identity"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/web/gate"
)

// Config is what the dialect is made of.
type Config struct {
	Processor *processor.Processor
	Clients   *identity.Registry
	Address   payment.Address
	Clock     clock.Simulated
	Hand      *steer.Hand // on the clock; nil where it cannot be steered
	Log       *slog.Logger
}

// API serves Stripe's API.
type API struct {
	Config
	object.View
	keys    ring
	answers *answer.Keeper // to requests with an idempotency key
}

// New makes the API.
func New(c Config) *API {
	return &API{Config: c, View: object.View{At: c.Address, Fees: c.Processor.FeeOf}, keys: newRing(c.Clients.Clients()...), answers: newKeeper(c.Processor)}
}

// Teller tells what happens to payments in the events of this API.
type Teller struct{ object.View }

// NewTeller makes a teller.
func NewTeller(at payment.Address) Teller { return Teller{object.View{At: at}} }

// Name implements [processor.Dialect].
func (Teller) Name() string { return object.Dialect }

// Happened implements [processor.Dialect].
func (t Teller) Happened(before, after payment.Payment) []processor.Foretold {
	var list []processor.Foretold
	for _, h := range t.View.Happened(before, after) {
		list = append(list, processor.Foretold{Type: h.Type, Data: object.Encode(object.Object{"object": h.Object}), Quiet: h.Quiet})
	}
	return list
}

// route is one route of this API.
type route struct {
	method, path string
	needs        identity.Permission
	action       audit.Action // "" for one that changes nothing
	handle       func(*API, *call) (object.Object, error)
	browsers     bool // also for publishable keys
	shared       bool // about no merchant's own things, so that a caller without a merchant need name none
}

// table lists every route.
func table() []route {
	var all []route
	for _, some := range [][]route{searchRoutes, sessionRoutes, intentRoutes, methodRoutes, chargeRoutes, refundRoutes, disputeRoutes, moneyRoutes, documentRoutes, eventRoutes, endpointRoutes, clockRoutes} {
		all = append(all, some...)
	}
	return all
}

// Routes are the routes with their handlers.
func (a *API) Routes() []gate.Route {
	dialect := &gate.Dialect{Authenticator: a, Body: formBody, Refuser: a, Owns: everything}
	list := make([]gate.Route, 0, len(table()))
	for _, r := range table() {
		list = append(list, gate.Route{Method: r.method, Path: r.path, Needs: r.needs, Action: r.action, Shared: r.shared, Dialect: dialect, Handle: a.serve(r)})
	}
	return list
}

// Routes are the routes without handlers, for tables of who may what.
func Routes() []gate.Route {
	var list []gate.Route
	for _, r := range table() {
		list = append(list, gate.Route{Method: r.method, Path: r.path, Needs: r.needs, Action: r.action, Shared: r.shared})
	}
	return list
}
