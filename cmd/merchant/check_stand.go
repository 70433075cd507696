package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"sandbank/clock"
	"sandbank/dialect/stripe"
	"sandbank/identity"
	"sandbank/merchant/check"
	"sandbank/merchant/client"
	"sandbank/merchant/rule"
	"sandbank/node"
	"sandbank/scenario/embedded"
	"sandbank/secret"
)

// stand is a Sandbank that stands still, with a gateway in front of it for the merchant's server.
type stand struct {
	base          string
	stripe        *client.Stripe  // where the merchant's server speaks Stripe's API; nil for the house's own
	shop          identity.Client // the merchant's credentials
	node          *node.Node      // nil for a Sandbank that somebody else runs
	was           client.Clock    // of such a one, before it stood still
	gateway       *check.Gateway
	api, operator *client.Client
}

// set starts a Sandbank in this process. Its time begins now: the merchant's server has a clock, too.
func (c *checkCommand) set(ctx context.Context, addr string) (*stand, error) {
	n, err := embedded.Start(ctx, embedded.Config{Start: clock.Real{}.Now()})
	if err != nil {
		return nil, err
	}
	s := &stand{node: n, base: n.URL(), shop: identity.DemoShop}
	if c.Dialect == dialectStripe {
		s.stripe = stripeOf(n.StripeURL(), s.shop, nil)
	}
	if err := s.open(ctx, addr, identity.DemoOperator, nil); err != nil {
		return nil, errors.Join(err, s.close(ctx))
	}
	return s, nil
}

// there is a Sandbank that runs already, whose time stands still while it is checked.
func (c *checkCommand) there(ctx context.Context, addr string) (*stand, error) {
	s := &stand{base: strings.TrimRight(c.URL, "/"), shop: identity.Client{ID: c.Merchant, Secret: c.MerchantSecret}}
	if c.Dialect == dialectStripe {
		s.stripe = stripeOf(strings.TrimRight(c.StripeURL, "/"), s.shop, c.trust)
	}
	err := s.open(ctx, addr, identity.Client{ID: c.Operator, Secret: c.OperatorSecret}, c.trust)
	if err == nil {
		s.was, err = s.operator.Clock(ctx)
	}
	if err == nil && s.was.Mode != frozen {
		// Not given up halfway: it could come behind the word that time is to pass again.
		_, err = s.operator.SteerClock(context.WithoutCancel(ctx), client.ClockWish{Freeze: true})
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("--url %s: %w", c.URL, err), s.close(ctx))
	}
	return s, nil
}

// frozen is the mode of a clock that stands still already, and following of one that passes as the computer's does.
const (
	frozen    = "frozen"
	following = "following"
)

// open opens the gateway and the clients.
func (s *stand) open(ctx context.Context, addr string, operator identity.Client, trust *tls.Config) (err error) {
	front := s.base // of which the merchant's server knows
	if s.stripe != nil {
		front = s.stripe.Base
	}
	s.gateway, err = check.Open(ctx, addr, front, trust)
	if err == nil {
		s.api, err = as(s.base, s.shop, trust)
	}
	if err == nil {
		s.operator, err = as(s.base, operator, trust)
	}
	return err
}

// as is a client of an address.
func as(base string, who identity.Client, trust *tls.Config) (*client.Client, error) {
	return client.New(client.Config{Base: base, ID: who.ID, Secret: who.Secret, Patience: -1, HTTP: direct(trust)})
}

// direct asks without a proxy.
func direct(trust *tls.Config) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy, transport.TLSClientConfig = nil, trust
	return &http.Client{Transport: transport}
}

// stripeOf is Stripe's API as a client speaks it.
func stripeOf(base string, who identity.Client, trust *tls.Config) *client.Stripe {
	return &client.Stripe{Base: base, Key: secret.Text(stripe.KeysOf(who).Secret), HTTP: direct(trust)}
}

// endTimeout is how long the end of a Sandbank may take.
const endTimeout = 30 * time.Second

func (s *stand) close(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	switch s.was.Mode { // time passes again as it did before
	case "", frozen:
	case following:
		_, err = s.operator.SteerClock(ctx, client.ClockWish{Follow: true})
	default:
		_, err = s.operator.SteerClock(ctx, client.ClockWish{Rate: s.was.Rate})
	}
	if s.gateway != nil {
		s.gateway.Close()
	}
	for _, c := range []*client.Client{s.api, s.operator} {
		if c != nil {
			c.Close()
		}
	}
	if s.node != nil {
		err = errors.Join(err, s.node.Close(ctx))
	}
	return err
}

// config is what all checks on the stand have in common.
func (c *checkCommand) config(s *stand, skip []rule.ID) check.Config {
	v := check.View{Words: check.Words{Pending: c.Pending, Paid: c.Paid, Shipped: c.Shipped, Canceled: c.Canceled, Returned: c.Returned}.Or(check.UsualWords()), Member: c.State}
	if c.StatePattern != nil {
		v.Pattern = c.StatePattern.Regexp
	}
	return check.Config{Stripe: s.stripe, API: s.api, Operator: s.operator, Gateway: s.gateway, View: v, Patience: c.Patience, Within: c.Within, Skip: skip}
}

// signing is the secret of the webhooks. In Stripe's dialect Sandbank makes it with the endpoint, which is therefore
// there before the server is.
func (c *checkCommand) signing(ctx context.Context, s *stand) (string, error) {
	switch {
	case c.Secret != "":
		return c.Secret.Reveal(), nil
	case s.stripe != nil:
		return check.RegisterStripe(ctx, *s.stripe, c.Webhook)
	}
	return newSecret(), nil
}

// yours grades the merchant's own server.
func (c *checkCommand) yours(ctx context.Context, to output, skip []rule.ID) (list []check.Report, err error) {
	usual := "127.0.0.1:8080"
	if c.StartCommand != "" {
		usual = "127.0.0.1:0"
	}
	open := c.set
	if c.URL != "" {
		open = c.there
	}
	s, err := open(ctx, cmp.Or(c.Addr, usual))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close(ctx)) }()
	with := c.config(s, skip)
	with.Name, with.Order, with.Webhook = c.Webhook, c.Order, c.Webhook
	if with.Secret, err = c.signing(ctx, s); err != nil {
		return nil, err
	}
	with.Begin = check.Post(c.Create, c.CreateBody)
	if c.Buy != "" {
		with.Begin = check.Buy(c.Buy)
	}
	with.Progress = func(says string) { _, _ = to.err.Write([]byte("checking: " + says + "\n")) }
	if c.StartCommand != "" {
		running, err := start(ctx, c.StartCommand, s, with.Secret, to.err)
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
