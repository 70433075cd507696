package node

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/mux"

	"sandbank/dialect/mollie"
	"sandbank/dialect/stripe"
	"sandbank/node/lifecycle"
	"sandbank/processor"
	"sandbank/web/host"
)

// listenStripe takes the address of Stripe's API; nil for none. An address that was
// asked for has to be free; the usual one gives way to the next, and to nothing: a
// dialect stops no start.
func listenStripe(c Config) (net.Listener, error) {
	addr := c.Dialects.StripeAddr
	switch {
	case addr == NoDialect, addr == "" && !c.AMQP.embedded():
		return nil, nil
	case addr != "":
		return listen("Dialects.StripeAddr", addr)
	case c.HTTP.anyPort():
		return listen("Dialects.StripeAddr", "127.0.0.1:0")
	}
	host, port, _ := net.SplitHostPort(StripeAddr)
	first, _ := strconv.Atoi(port)
	for try := range nearby {
		at := net.JoinHostPort(host, strconv.Itoa(first+try))
		if l, err := net.Listen("tcp", at); err == nil {
			if try > 0 {
				c.Log.Warn("the usual port of Stripe's API is taken, so another one is used", "usual", StripeAddr, "address", at)
			}
			return l, nil
		}
	}
	c.Log.Warn("Stripe's API is not spoken: its usual ports are taken; name another address for it", "usual", StripeAddr, "tried", nearby)
	return nil, nil
}

// dialects are those that tell of payments: also of those that were made through
// another processor's address.
func (n *life) dialects() []processor.Dialect {
	return []processor.Dialect{stripe.NewTeller(n.address()), mollie.Teller{}}
}

// routeStripe makes the router of Stripe's API, at an address of its own: its paths
// are those of the house's own API with other meanings.
func (n *life) routeStripe(names host.Names) {
	if n.stripe == nil {
		return
	}
	api := stripe.New(stripe.Config{Processor: n.processor, Clients: n.clients, Address: n.address(), Clock: n.config.Clock, Hand: n.hand, Log: n.log})
	g := n.newGate()
	r := mux.NewRouter().SkipClean(true)
	g.Mount(r, api.Routes())
	r.NotFoundHandler = http.HandlerFunc(g.NotFound)
	r.MethodNotAllowedHandler = g.MethodNotAllowed(r)
	n.foreignPaths = r
	n.foreign = n.strict(g.Under(names, g.Guard(n.turns.Commands(r, stripe.ClocksPath))))
}

// serveStripe makes the server of Stripe's API.
func (n *Node) serveStripe() {
	if n.stripe == nil {
		return
	}
	server := &http.Server{
		Handler: http.HandlerFunc(n.door.stripe), TLSConfig: n.encryption.server.Clone(),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 90 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10, ErrorLog: n.server.ErrorLog,
	}
	first := n.life // lives follow one another while the server runs
	n.outside.Add(lifecycle.Part{
		Name: "stripe", Needs: []string{"stripe listener"},
		Run: first.serving("the server of Stripe's API", func() error {
			if first.encryption.server != nil {
				return server.ServeTLS(first.bounded(first.stripe), "", "")
			}
			return server.Serve(first.bounded(first.stripe))
		}),
		Stop: func(ctx context.Context) {
			ctx, cancel := mostOf(ctx)
			defer cancel()
			shut(ctx, server)
		},
	})
}
