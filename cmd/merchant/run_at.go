package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sandbank/identity"
	"sandbank/merchant/client"
	"sandbank/scenario"
	"sandbank/scenario/embedded"
	"sandbank/scenario/runner"
	"sandbank/secret"
)

// at has the plan carried out at --url: each scenario with a merchant of its own, or all with the one that is named.
func (c *runCommand) at(plan *runner.Plan) error {
	stage := runner.Stage{
		Base: c.URL[0], More: c.URL[1:], Operator: runner.Account{ID: c.Operator, Secret: c.OpSecret},
		Trust: c.trust, AMQP: c.AMQPURL.Reveal(),
	}
	as := func(m runner.Account) runner.Stage {
		mine := stage
		mine.Merchant = m
		mine.Dialects = embedded.Dialects(c.URL[0], strings.TrimRight(c.Stripe, "/"), identity.Client{ID: m.ID, Secret: m.Secret}, identity.Client{ID: c.Operator, Secret: c.OpSecret, Role: identity.RoleOperator})
		return mine
	}
	if c.Merchant != "" {
		plan.Parallel = 1
		plan.Open = func(context.Context, scenario.Scenario) (runner.Stage, error) {
			return as(runner.Account{ID: c.Merchant, Secret: c.Secret}), nil
		}
		return nil
	}
	operator, err := client.New(client.Config{Base: c.URL[0], ID: c.Operator, Secret: c.OpSecret, Trust: c.trust})
	if err != nil {
		return err
	}
	plan.Clock = runner.NewConductor()
	stage.Clock = plan.Clock
	life := min(24*time.Hour, c.Timeout+10*time.Minute) // in which its payments come to rest
	plan.Open = func(ctx context.Context, _ scenario.Scenario) (runner.Stage, error) {
		m, err := operator.OpenMerchant(ctx, client.MerchantWish{Name: identity.DemoShop.Merchant.Name, ExpiresInSeconds: int(life.Seconds())})
		if err != nil {
			return stage, fmt.Errorf("no merchant of its own (--client-id names one that is there): %w", err)
		}
		mine := as(runner.Account{ID: m.ID, Secret: secret.Text(m.Secret.Reveal())})
		mine.Close = func(ctx context.Context) error { return operator.EndMerchant(ctx, m.ID) }
		return mine, nil
	}
	return nil
}
