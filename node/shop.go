package node

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/net/netutil"

	"sandbank/clock"
	"sandbank/merchant/client"
	"sandbank/merchant/shop"
	"sandbank/node/lifecycle"
)

// listenShop takes the demo shop's port, so that its address is known before
// anything is served.
func (n *life) listenShop(context.Context) error {
	if n.config.Shop == nil {
		return nil
	}
	l, err := n.listenAgain(n.left.shop, 1)
	if err != nil {
		n.log.Warn("the demo shop stays closed", "error", err)
		return nil
	}
	n.shopListener, n.shopURL = l, "http://"+l.Addr().String()
	n.parts.Add(lifecycle.Part{Name: "shop listener", Close: closed(l)})
	return nil
}

// shopConnections is how many the shop takes at a time; further ones wait.
const shopConnections = 1000

// openShop makes the demo shop. It is a merchant like any other: it talks to the processor over
// HTTP and trusts nothing but signatures.
func (n *life) openShop(context.Context) error {
	if n.shopListener == nil {
		return nil
	}
	c := n.config.People.Clients[0]
	local := n.encryption.scheme() + n.listener.Addr().String()
	merchant, err := client.New(client.Config{Base: local, ID: c.ID, Secret: c.Secret, HTTP: n.encryption.httpClient()})
	if err != nil {
		return err
	}
	front, err := shop.New(shop.Config{
		Client: merchant, PublicURL: n.shopURL, ProcessorURL: n.base, Name: c.Merchant.Name,
		AllowHosts: n.hosts(), Clock: n.config.Clock, Chance: n.chance, Log: n.log, ManualCapture: n.config.Shop.ManualCapture,
	})
	if err != nil {
		return err
	}
	if n.hand != nil {
		n.hand.Parts = append(n.hand.Parts, clock.Part{Name: "the demo shop", Look: n.blamed(front.Look)})
	}
	server := &http.Server{
		Handler: front.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(n.log.Handler(), slog.LevelDebug),
	}
	n.parts.Add(
		lifecycle.Part{Name: "shop", Needs: []string{"streams"}, Run: front.Run, Close: func() error { merchant.Close(); return nil }},
		lifecycle.Part{
			Name: "shop server", Needs: []string{"shop", "shop listener"},
			Run: n.serving("the shop", func() error { return server.Serve(netutil.LimitListener(n.shopListener, shopConnections)) }),
			Stop: func(ctx context.Context) {
				ctx, cancel := context.WithTimeout(ctx, time.Second)
				defer cancel()
				shut(ctx, server)
			},
		},
	)
	return nil
}
