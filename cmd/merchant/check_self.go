package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"sandbank/clock"
	"sandbank/identity"
	"sandbank/merchant/check"
	"sandbank/merchant/client"
	"sandbank/merchant/naive"
	"sandbank/merchant/rule"
	"sandbank/merchant/shop"
	"sandbank/webhook"
)

// selfTest grades the demo shop and a naive one that breaks every rule, one after the other.
func (c *checkCommand) selfTest(ctx context.Context, skip []rule.ID) ([]check.Report, error) {
	good, err := c.own(ctx, skip, c.demoShop)
	if err != nil {
		return nil, err
	}
	bad, err := c.own(ctx, skip, c.naiveShop(rule.IDs()...))
	if err != nil {
		return []check.Report{good}, err
	}
	return []check.Report{good, bad}, nil
}

// own grades a shop in this process.
func (c *checkCommand) own(ctx context.Context, skip []rule.ID, open func(*stand, string, *check.Config) (merchantShop, error)) (r check.Report, err error) {
	s, err := c.set(ctx, "127.0.0.1:0")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.close(ctx)) }()
	with := c.config(s, skip)
	with.Secret = newSecret()
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return r, err
	}
	if s.stripe != nil {
		if with.Secret, err = check.RegisterStripe(ctx, *s.stripe, "http://"+l.Addr().String()+naive.HookPath); err != nil {
			return r, errors.Join(err, l.Close())
		}
	}
	shop, err := open(s, "http://"+l.Addr().String(), &with)
	if err != nil {
		return r, errors.Join(err, l.Close())
	}
	server := &http.Server{Handler: shop.Handler(), ReadHeaderTimeout: grace}
	running, stop := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() { _ = serve(server, l, nil) })
	work.Go(func() { shop.Run(running) })
	defer func() {
		stop()
		_ = server.Close()
		work.Wait()
	}()
	if with.Name == demoName {
		if err := registered(ctx, s, with.Webhook); err != nil {
			return r, err
		}
	}
	return check.Run(ctx, with)
}

// merchantShop is a shop in this process.
type merchantShop interface {
	Handler() http.Handler
	Run(context.Context)
}

const demoName = "The demo shop"

// demoShop is the shop that the other commands open, as it is.
func (c *checkCommand) demoShop(s *stand, public string, with *check.Config) (merchantShop, error) {
	api, err := as(s.gateway.URL(), identity.DemoShop, nil)
	if err != nil {
		return nil, err
	}
	with.Name, with.Order, with.Webhook, with.Begin = demoName, public+"/orders/{reference}", public+shop.HookPath, check.Buy(public+"/")
	return shop.New(shop.Config{Client: api, PublicURL: public, ProcessorURL: s.base, WebhookSecret: with.Secret, Log: slog.New(slog.DiscardHandler)})
}

// registered waits until the shop has registered its endpoint, so that there are not two.
func registered(ctx context.Context, s *stand, endpoint string) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		list, err := s.api.Endpoints(ctx)
		if err != nil {
			return err
		}
		for _, e := range list {
			if e.URL == endpoint {
				return nil
			}
		}
		if err := clock.Pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

// naiveShop breaks rules.
func (c *checkCommand) naiveShop(breaks ...rule.ID) func(*stand, string, *check.Config) (merchantShop, error) {
	return func(s *stand, public string, with *check.Config) (merchantShop, error) {
		api, err := as(s.gateway.URL(), identity.DemoShop, nil)
		if err != nil {
			return nil, err
		}
		with.Name, with.Order, with.Webhook, with.Begin = "The naive shop", public+"/orders/{reference}", public+naive.HookPath, check.Post(public+"/buy", "")
		shop := naive.Config{API: api, URL: public, Secret: with.Secret, Breaks: breaks, Slowness: (with.Within + webhook.Timeout) / 2}
		if s.stripe != nil {
			shop.Stripe = &client.Stripe{Base: s.gateway.URL(), Key: s.stripe.Key, HTTP: direct(nil)}
		}
		return naive.New(shop), nil
	}
}
