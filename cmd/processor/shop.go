package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/net/netutil"

	"sandbank/merchant/client"
	"sandbank/merchant/shop"
)

// listenShop takes the demo shop's port, so that its address is known before
// anything is served.
func (p *program) listenShop() {
	if !p.embedded() || p.settings.NoShop || !p.settings.loopback {
		return
	}
	l, err := listenNear("127.0.0.1", p.near(1))
	if err != nil {
		p.log.Warn("the demo shop stays closed", "error", err)
		return
	}
	p.shopListener, p.shopURL = l, "http://"+l.Addr().String()
}

// startShop runs the demo shop on a port of its own. It is a merchant like any
// other: it talks to the processor over HTTP and trusts nothing but signatures.
func (p *program) startShop() {
	if p.shopListener == nil {
		return
	}
	front, server, err := p.openShop()
	if err != nil {
		p.log.Warn("the demo shop stays closed", "error", err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	endBanks := p.endAside
	p.endAside = func() { cancel(); endBanks() }
	p.aside.Go(func() {
		front.Run(ctx)
		last, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer done()
		if server.Shutdown(last) != nil {
			_ = server.Close()
		}
		front.Client.Close()
	})
}

// shopConnections is how many the shop takes at a time; further ones wait.
const shopConnections = 1000

func (p *program) openShop() (*shop.Shop, *http.Server, error) {
	l := p.shopListener
	c := p.clients[0]
	local := p.encryption.scheme() + p.listener.Addr().String()
	merchant, err := client.New(client.Config{Base: local, ID: c.ID, Secret: c.Secret, HTTP: p.encryption.httpClient()})
	if err != nil {
		return nil, nil, errors.Join(err, l.Close())
	}
	front, err := shop.New(shop.Config{
		Client: merchant, PublicURL: p.shopURL, ProcessorURL: p.base, Name: c.Merchant.Name,
		Clock: p.clock, Chance: p.chance, Log: p.log, ManualCapture: p.settings.ShopManual,
	})
	if err != nil {
		return nil, nil, errors.Join(err, l.Close())
	}
	server := &http.Server{
		Handler: front.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
	}
	p.aside.Go(func() {
		if err := server.Serve(netutil.LimitListener(l, shopConnections)); !errors.Is(err, http.ErrServerClosed) {
			p.log.Error("the shop ended", "error", err)
		}
	})
	return front, server, nil
}
