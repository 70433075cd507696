package node

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"sandbank/chance"
	"sandbank/clock"
	"sandbank/dialect/mollie"
	"sandbank/dialect/stripe"
	"sandbank/dialect/stripe/object"
	"sandbank/event/feed"
	"sandbank/hostedpage"
	"sandbank/identity"
	"sandbank/web/api"
	webclass "sandbank/web/class"
	"sandbank/web/contract"
	"sandbank/web/dashboard"
	"sandbank/web/docs"
	"sandbank/web/gate"
	"sandbank/web/graph"
	"sandbank/web/look"
	"sandbank/web/oauth"
	"sandbank/web/stream"
)

// wireHTTP makes the transports, and the servers that have them all.
func (n *life) wireHTTP(ctx context.Context) (err error) {
	c, at := n.config, n.address()
	if n.tokens, err = n.authorizationServer(ctx); err != nil {
		return err
	}
	limits := c.HTTP.Limits
	if limits.Clock == nil { // the pace of requests goes by the computer's time, not the simulation's
		limits.Clock = clock.Real{}
	}
	n.limiter = gate.NewLimiter(limits)
	n.front = n.newGate()
	n.front.Page = refusalPage
	n.tokens.Gate = n.front
	checkout, err := hostedpage.New(hostedpage.Config{
		Processor: n.processor, Gate: n.front, Tokens: at.tokens, Clients: n.clients, Clock: c.Clock, Chance: chance.Crypto(), Log: n.log,
		Key: n.checkoutKey, Secure: strings.HasPrefix(n.base, "https://"), PublicURL: n.base,
	})
	if err != nil {
		return err
	}
	sessions := n.tokens.Sessions(c.People.SignIn)
	merchants := api.New(api.Config{Processor: n.processor, Feed: n.streams.Feed, Address: at, Clock: c.Clock, Computer: clock.Real{}, Hand: n.hand, Faults: n.faults, Ready: n.Ready, Lives: n.lives, Meters: n.metered(), Guests: n.guests, Keys: keysOf})
	n.seats = feed.NewSeats(feed.SeatsPerMerchant, feed.SeatsInAll)
	n.seats.Dropped = n.meters.Dropped
	n.streamServer = stream.New(stream.Config{Feed: n.streams.Feed, Seats: n.seats, Payments: n.processor, Watch: n.tokens.Watch, Public: n.base, Clock: clock.Real{}})
	n.graph = graph.New(graph.Config{
		Processor: n.processor, Feed: n.streams.Feed, Seats: n.seats, Address: at, Clock: clock.Real{}, Log: n.log, Authenticate: n.tokens.Authenticate,
		Watch: n.tokens.Watch, Public: n.base, For: n.front.For, Admit: n.front.Limits.Admit,
		Hand: n.hand, Simulated: c.Clock, Faults: n.faults, Lives: n.lives, Gate: n.front,
	})
	pupils := n.openClass()
	n.board = dashboard.New(dashboard.Config{
		Processor: n.processor, Clients: n.clients, Address: at, Clock: c.Clock, Hand: n.hand, Faults: n.faults, Log: n.log, Base: n.base, Curl: n.Curl(), ShopURL: n.shopURL, TraceURL: c.TraceURL, Seed: n.config.Seed,
		Who: sessions.Who, Gate: n.front, Runs: n.openPlays(), Lessons: n.openLessons(), OwnLessons: c.Lessons, Class: pupils,
	})
	students := webclass.New(webclass.Config{Class: pupils, Processor: n.processor, Lessons: n.lessons, Address: at, Clock: c.Clock, Gate: n.front, Log: n.log, Base: n.base})
	n.route(checkout, n.cuttable(slices.Concat(merchants.Routes(), n.streamServer.Routes(), n.graph.Routes(), n.mollie().Routes())), students, n.statePages(), n.tokens, sessions, inside{sessions.Guard, n.board})
	n.serverParts()
	return nil
}

// mollie makes Mollie's API, which is spoken at the node's own address: its paths are its own.
func (n *life) mollie() *mollie.API {
	return mollie.New(mollie.Config{
		Processor: n.processor, Clients: n.clients, Tokens: n.tokens.Authenticate, Base: n.base, Address: n.address(), Clock: n.config.Clock, Log: n.log,
	})
}

// statePages are where a person chooses how a payment ends, as in Mollie's test mode.
func (n *life) statePages() mollie.StatePages {
	name := func(merchant string) string {
		m, _ := n.clients.Merchant(merchant)
		return m.Name
	}
	return mollie.StatePages{API: n.mollie(), Tokens: n.address().tokens, Gate: n.front, Name: name}
}

// newGate makes a gate: all of them count together, and keep one audit log.
func (n *life) newGate() *gate.Gate {
	return &gate.Gate{
		Base: n.base, Clock: n.config.Clock, Chance: chance.Crypto(), Log: n.log, Authenticate: n.tokens.Authenticate, Merchant: n.clients.Merchant,
		Limits: n.limiter, Record: n.audited,
	}
}

func (n *life) authorizationServer(ctx context.Context) (*oauth.Server, error) {
	c := n.config
	return oauth.New(ctx, oauth.Config{
		Issuer: n.base, Store: n.store, Clients: n.clients, People: identity.NewPeople(c.People.People...), Apps: c.People.Apps, Shown: c.People.Shown, LongLife: c.HTTP.Loopback(),
		Alone: c.Store.URL == "" && c.Store.Folder == "",
		Clock: clock.Real{}, Chance: chance.Crypto(), Log: n.log,
	})
}

// mounter is a transport that adds its own routes.
type mounter interface{ Mount(*mux.Router) }

// inside are pages for viewers who have signed in.
type inside struct {
	guard func(http.Handler) http.Handler
	pages mounter
}

// Mount adds the pages behind the guard.
func (i inside) Mount(r *mux.Router) {
	within := r.NewRoute().Subrouter()
	within.Use(i.guard)
	i.pages.Mount(within)
}

// gatedRoutes are those behind the gate, of all transports, and the dashboard's.
func gatedRoutes() []gate.Route {
	return slices.Concat(api.Routes(), stream.Routes(), graph.Routes(), mollie.Routes(), dashboard.Routes())
}

// access has the permission tables of all transports, to be shown.
func access() docs.Access {
	a := docs.Access{API: slices.Concat(api.Routes(), stream.Routes(), graph.Routes()), Dashboard: slices.Concat(dashboard.Routes(), webclass.Routes())}
	a.Stripe = docs.Dialect{Routes: stripe.Routes(), Ignored: stripe.Ignored, Of: object.Routes(), Version: object.Version, ListenAt: StripeAddr}
	a.Mollie = docs.Dialect{Routes: mollie.Routes(), Ignored: mollie.Ignored, Of: mollie.Asked}
	for _, f := range graph.Fields() {
		a.Fields = append(a.Fields, docs.Need{Name: f.Name, Needs: f.Needs})
	}
	return a
}

// route makes the router of all routes. It tries them in order: those that every payment takes come first, and the
// checkout's before the hundred of the interfaces, each of which is an expression to be matched.
func (n *life) route(checkout mounter, routes []gate.Route, rest ...mounter) {
	// Paths are matched as they are sent: a cleaned path would be answered with a
	// redirect, even for a POST.
	r := mux.NewRouter().SkipClean(true)
	r.Use(func(next http.Handler) http.Handler { return n.tracer.Requests(next, n.meters.RouteOf) })
	r.Use(n.meters.Routed)
	r.Use(n.front.NoQuery("/docs/search", "/docs", "/openapi.", "/asyncapi.", "/.well-known/", "/banks.schema.json", "/scenarios.schema.json"))
	checkout.Mount(r)
	n.front.Mount(r, routes)
	for _, m := range rest {
		m.Mount(r)
	}
	contract.Mount(r, n.base)
	n.board.Docs = passages(docs.Mount(r, n.base, access()))
	r.PathPrefix(look.Prefix).Handler(look.Handler())
	r.NotFoundHandler = n.meters.Unrouted(http.HandlerFunc(n.front.NotFound))
	r.MethodNotAllowedHandler = n.meters.Unrouted(n.front.MethodNotAllowed(r))
	n.routes = r
}
