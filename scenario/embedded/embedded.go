// Package embedded gives each scenario a whole Sandbank of its own, in this process and in memory,
// that is ready in some tens of milliseconds. It has nothing but its seed and its start of time from
// outside, and ends with the scenario.
package embedded

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"sandbank/clock"
	"sandbank/dialect/mollie"
	"sandbank/dialect/stripe"
	"sandbank/identity"
	"sandbank/node"
	"sandbank/scenario"
	"sandbank/scenario/runner"
	"sandbank/secret"
)

// Config says what is special about a Sandbank.
type Config struct {
	Seed  uint64
	Start time.Time // at which simulated time stands still
	Log   *slog.Logger
	// More changes what the node is made of; nil for nothing.
	More func(*node.Config)
}

// ready is how long a start may take, in the computer's time: milliseconds, but on a machine that has much else to do.
const ready = 2 * time.Minute

// Start starts a Sandbank, and waits until it is ready. The caller closes it.
func Start(ctx context.Context, c Config) (*node.Node, error) {
	with := node.Config{Seed: c.Seed, Log: c.Log, Clock: clock.NewSteered(clock.State{At: c.Start, Since: clock.Real{}.Now(), Rate: 0, Version: 1})}
	if c.More != nil {
		c.More(&with)
	}
	n, err := node.New(ctx, with)
	if err != nil {
		return nil, err
	}
	starting, cancel := context.WithTimeout(ctx, ready)
	defer cancel()
	if err = n.Start(starting); err == nil {
		err = n.Await(starting)
	}
	if err != nil {
		return nil, errors.Join(err, n.Close(context.WithoutCancel(ctx)))
	}
	return n, nil
}

// Open is a [runner.Opener].
func Open(ctx context.Context, s scenario.Scenario) (runner.Stage, error) {
	n, err := Start(ctx, Config{Seed: s.Seed, Start: s.Start})
	if err != nil {
		return runner.Stage{}, err
	}
	return Stage(n), nil
}

// Dialects are where a Sandbank speaks other APIs, and the keys of two clients; stripe is "" for nowhere.
func Dialects(base, stripeBase string, merchant, operator identity.Client) map[string]runner.Dialect {
	all := map[string]runner.Dialect{"mollie": {Base: base, Merchant: secret.Text(mollie.KeyOf(merchant)), Operator: secret.Text(mollie.KeyOf(operator))}}
	if stripeBase != "" {
		all["stripe"] = runner.Dialect{Base: stripeBase, Merchant: secret.Text(stripe.KeysOf(merchant).Secret), Operator: secret.Text(stripe.KeysOf(operator).Secret)}
	}
	return all
}

// Stage is a node as a stage for one scenario.
func Stage(n *node.Node) runner.Stage {
	shop, operator := identity.DemoShop, identity.DemoOperator
	return runner.Stage{
		Base: n.URL(), Merchant: runner.Account{ID: shop.ID, Secret: shop.Secret}, Operator: runner.Account{ID: operator.ID, Secret: operator.Secret},
		AMQP: n.AMQPURL(), Own: true, Close: n.Close, Dialects: Dialects(n.URL(), n.StripeURL(), shop, operator),
	}
}
