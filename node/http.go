package node

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"sandbank/chance"
	"sandbank/clock"
	"sandbank/event/feed"
	"sandbank/hostedpage"
	"sandbank/identity"
	"sandbank/web/api"
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
	n.front = &gate.Gate{
		Base: n.base, Clock: c.Clock, Chance: chance.Crypto(), Log: n.log, Authenticate: n.tokens.Authenticate, Merchant: n.clients.Merchant,
		Limits: gate.NewLimiter(limits), Page: refusalPage, Record: n.trail.Record,
	}
	n.tokens.Gate = n.front
	checkout, err := hostedpage.New(hostedpage.Config{
		Processor: n.processor, Gate: n.front, Tokens: at.tokens, Clients: n.clients, Clock: c.Clock, Chance: chance.Crypto(), Log: n.log,
		Key: n.checkoutKey, Secure: strings.HasPrefix(n.base, "https://"), PublicURL: n.base,
	})
	if err != nil {
		return err
	}
	sessions := n.tokens.Sessions(c.People.SignIn)
	merchants := api.New(api.Config{Processor: n.processor, Feed: n.streams.Feed, Address: at, Clock: c.Clock, Computer: clock.Real{}, Hand: n.hand, Faults: n.faults, Ready: n.Ready, Lives: n.anew})
	n.seats = feed.NewSeats(feed.SeatsPerMerchant, feed.SeatsInAll)
	n.streamServer = stream.New(stream.Config{Feed: n.streams.Feed, Seats: n.seats, Payments: n.processor, Watch: n.tokens.Watch, Public: n.base, Clock: clock.Real{}})
	n.graph = graph.New(graph.Config{
		Processor: n.processor, Feed: n.streams.Feed, Seats: n.seats, Address: at, Clock: clock.Real{}, Log: n.log, Authenticate: n.tokens.Authenticate,
		Watch: n.tokens.Watch, Public: n.base, For: n.front.For, Admit: n.front.Limits.Admit,
	})
	board := dashboard.New(dashboard.Config{
		Processor: n.processor, Clients: n.clients, Address: at, Clock: c.Clock, Hand: n.hand, Faults: n.faults, Log: n.log, Base: n.base, Curl: n.Curl(), ShopURL: n.shopURL,
		Who: sessions.Who, Gate: n.front,
	})
	// The router tries its routes in order: those that every payment takes come first.
	n.route(n.cuttable(slices.Concat(merchants.Routes(), n.streamServer.Routes(), n.graph.Routes())), checkout, n.tokens, sessions, inside{sessions.Guard, board})
	n.serverParts()
	return nil
}

func (n *life) authorizationServer(ctx context.Context) (*oauth.Server, error) {
	c := n.config
	return oauth.New(ctx, oauth.Config{
		Issuer: n.base, Store: n.store, Clients: n.clients, People: identity.NewPeople(c.People.People...), Apps: c.People.Apps, Shown: c.People.Shown, LongLife: c.HTTP.Loopback(),
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
	return slices.Concat(api.Routes(), stream.Routes(), graph.Routes(), dashboard.Routes())
}

// access has the permission tables of all transports, to be shown.
func access() docs.Access {
	a := docs.Access{API: slices.Concat(api.Routes(), stream.Routes(), graph.Routes()), Dashboard: dashboard.Routes()}
	for _, f := range graph.Fields() {
		a.Fields = append(a.Fields, docs.Need{Name: f.Name, Needs: f.Needs})
	}
	return a
}

// route makes the router of all routes.
func (n *life) route(routes []gate.Route, rest ...mounter) {
	// Paths are matched as they are sent: a cleaned path would be answered with a
	// redirect, even for a POST.
	r := mux.NewRouter().SkipClean(true)
	r.Use(n.front.NoQuery("/docs", "/openapi.", "/asyncapi.", "/.well-known/", "/banks.schema.json", "/scenarios.schema.json"))
	n.front.Mount(r, routes)
	for _, m := range rest {
		m.Mount(r)
	}
	contract.Mount(r, n.base)
	docs.Mount(r, n.base, access())
	r.PathPrefix(look.Prefix).Handler(look.Handler())
	r.NotFoundHandler = http.HandlerFunc(n.front.NotFound)
	r.MethodNotAllowedHandler = n.front.MethodNotAllowed(r)
	n.routes = r
}
