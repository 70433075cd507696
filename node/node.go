package node

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"

	"sandbank/clock"
	"sandbank/node/lifecycle"
	"sandbank/telemetry/meter"
	"sandbank/telemetry/trace"
)

// Node is a processor at its place, which it keeps when everything begins anew; see [Node.Reset].
type Node struct {
	*life        // the present one; it changes while nothing passes the door
	door    door // before all routes
	outside *lifecycle.Group
	server  *http.Server

	settings Config     // of each life
	changing sync.Mutex // one life follows another at a time
}

// place is where a node stands: its listeners of HTTP, by which others know it.
type place struct {
	listener   net.Listener
	plain      net.Listener // leads from HTTP to HTTPS; nil for none
	stripe     net.Listener // of Stripe's API; nil for none
	base       string       // URL
	encryption encryption
	stirred    bell              // rings when readiness may have changed
	drains     chan chan<- error // asks the results' consumer to apply what it was sent
	meters     *meter.Meters
}

// New opens a node's parts and puts them together. It listens at once, so that all addresses
// are known, and serves nothing before Start. The caller calls Close, also if Start fails or
// is never called.
func New(ctx context.Context, c Config) (*Node, error) {
	c = c.withDefaults()
	c.Log = slog.New(Calm(c.Log.Handler()))
	n := &Node{outside: lifecycle.New(), settings: c}
	at, err := n.takePlace(c)
	if err == nil {
		n.life, err = born(ctx, at, c, &estate{}, n)
	}
	if err != nil {
		return nil, errors.Join(err, n.outside.Stop(context.WithoutCancel(ctx)))
	}
	n.door.open(n.life)
	n.serve()
	return n, nil
}

// Start sets everything to work and returns. See [Node.Await].
func (n *Node) Start(ctx context.Context) error {
	if err := n.life.parts.Start(ctx); err != nil {
		return err
	}
	return n.outside.Start(ctx)
}

// Close ends everything: no new requests, no new results, then the work in hand; unfinished work
// stays in the store. It gives up waiting when ctx ends, and may be called again.
func (n *Node) Close(ctx context.Context) error {
	err := n.outside.Stop(ctx)
	n.changing.Lock()
	defer n.changing.Unlock()
	return errors.Join(err, n.life.parts.Stop(ctx))
}

// takePlace takes the listeners of HTTP.
func (n *Node) takePlace(c Config) (at place, err error) {
	at.drains = make(chan chan<- error)
	at.stirred, at.encryption, at.meters = newBell(), newEncryption(c.HTTP.TLS), meter.New(vocabulary(), clock.Real{}.Now)
	at.meters.TraceOf = func(ctx context.Context) string { return trace.Reached(ctx).Exemplar() }
	if at.listener, err = listen("HTTP.Addr", c.HTTP.Addr); err != nil {
		return at, err
	}
	n.outside.Add(lifecycle.Part{Name: "listener", Close: closed(at.listener)})
	at.base = cmp.Or(c.HTTP.PublicURL, at.encryption.scheme()+at.listener.Addr().String())
	if c.HTTP.RedirectAddr != "" {
		if at.plain, err = listen("HTTP.RedirectAddr", c.HTTP.RedirectAddr); err != nil {
			return at, err
		}
		n.outside.Add(lifecycle.Part{Name: "plain listener", Close: closed(at.plain)})
	}
	if at.stripe, err = listenStripe(c); err != nil {
		return at, err
	}
	if at.stripe != nil {
		n.outside.Add(lifecycle.Part{Name: "stripe listener", Close: closed(at.stripe)})
	}
	return at, nil
}
