package main

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"sandbank/clock"
	"sandbank/identity"
	"sandbank/merchant/check"
	"sandbank/merchant/client"
	"sandbank/merchant/rule"
	"sandbank/node"
	"sandbank/scenario/embedded"
)

// stand is a Sandbank that stands still, with a gateway in front of it for the merchant's server.
type stand struct {
	node          *node.Node
	gateway       *check.Gateway
	api, operator *client.Client
}

// set starts a Sandbank in this process. Its time begins now: the merchant's server has a clock, too.
func set(ctx context.Context, addr string) (*stand, error) {
	n, err := embedded.Start(ctx, embedded.Config{Start: clock.Real{}.Now()})
	if err != nil {
		return nil, err
	}
	s := &stand{node: n}
	s.gateway, err = check.Open(ctx, addr, n.URL())
	if err == nil {
		s.api, err = as(n.URL(), identity.DemoShop)
	}
	if err == nil {
		s.operator, err = as(n.URL(), identity.DemoOperator)
	}
	if err != nil {
		return nil, errors.Join(err, s.close(ctx))
	}
	return s, nil
}

// as is a client of an address.
func as(base string, who identity.Client) (*client.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	return client.New(client.Config{Base: base, ID: who.ID, Secret: who.Secret, Patience: -1, HTTP: &http.Client{Transport: transport}})
}

// endTimeout is how long the end of a Sandbank may take.
const endTimeout = 30 * time.Second

func (s *stand) close(ctx context.Context) error {
	if s.gateway != nil {
		s.gateway.Close()
	}
	for _, c := range []*client.Client{s.api, s.operator} {
		if c != nil {
			c.Close()
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	return s.node.Close(ctx)
}

// config is what all checks on the stand have in common.
func (c *checkCommand) config(s *stand, skip []rule.ID) check.Config {
	v := check.View{Words: check.Words{Pending: c.Pending, Paid: c.Paid, Shipped: c.Shipped, Canceled: c.Canceled, Returned: c.Returned}.Or(check.UsualWords()), Member: c.State}
	if c.StatePattern != nil {
		v.Pattern = c.StatePattern.Regexp
	}
	return check.Config{API: s.api, Operator: s.operator, Gateway: s.gateway, View: v, Patience: c.Patience, Within: c.Within, Skip: skip}
}

// yours grades the merchant's own server.
func (c *checkCommand) yours(ctx context.Context, to output, skip []rule.ID) (list []check.Report, err error) {
	usual := "127.0.0.1:8080"
	if c.StartCommand != "" {
		usual = "127.0.0.1:0"
	}
	s, err := set(ctx, cmp.Or(c.Addr, usual))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close(ctx)) }()
	with := c.config(s, skip)
	with.Name, with.Order, with.Webhook, with.Secret = c.Webhook, c.Order, c.Webhook, cmp.Or(c.Secret.Reveal(), newSecret())
	with.Begin = check.Post(c.Create, c.CreateBody)
	if c.Buy != "" {
		with.Begin = check.Buy(c.Buy)
	}
	with.Progress = func(says string) { _, _ = to.err.Write([]byte("checking: " + says + "\n")) }
	if c.StartCommand != "" {
		running, err := start(ctx, c.StartCommand, s.gateway.URL(), with.Secret, to.err)
		if err != nil {
			return nil, err
		}
		defer running.end()
		if err := running.await(ctx, cmp.Or(c.Wait, c.Webhook), c.Wait != ""); err != nil {
			return nil, err
		}
	}
	r, err := check.Run(ctx, with)
	if err != nil {
		return nil, err
	}
	return []check.Report{r}, nil
}
