package check

import (
	"context"
	"encoding/json"
	"fmt"

	"sandbank/merchant/client"
)

// plan says what happens on purpose to a payment.
func (t *trial) plan(ctx context.Context, o *order, plan string) error {
	_, err := t.API.Simulate(ctx, o.payment.ID, json.RawMessage(plan))
	return err
}

// bank says how the bank answers at once.
func (t *trial) bank(ctx context.Context, o *order, outcome string) error {
	return t.plan(ctx, o, `{"bank":{"outcome":"`+outcome+`","after":"0s"}}`)
}

// act has the customer do something, and waits until all has happened that follows at once.
func (t *trial) act(ctx context.Context, o *order, action string) error {
	if _, err := t.API.Act(ctx, o.payment.ID, client.Act{Action: action}); err != nil {
		return err
	}
	if err := t.advance(ctx, 0); err != nil {
		return err
	}
	p, err := t.API.Payment(ctx, o.payment.ID)
	if err != nil {
		return err
	}
	t.note("customer", "%s: the payment of %s is %s", action, o.payment.Reference, p.Status)
	return nil
}

// pay has the customer pay and the bank approve.
func (t *trial) pay(ctx context.Context, o *order) error {
	if err := t.bank(ctx, o, "approved"); err != nil {
		return err
	}
	if err := t.act(ctx, o, "pay"); err != nil {
		return err
	}
	return t.capture(ctx, o)
}

// capture takes the money of a merchant that captures by hand.
func (t *trial) capture(ctx context.Context, o *order) error {
	p, err := t.API.Payment(ctx, o.payment.ID)
	if err != nil || p.Status == client.Captured {
		return err
	}
	if p.Status != client.Authorized {
		return fmt.Errorf("check: the payment of %s is %s, expected it to be captured", p.Reference, p.Status)
	}
	if _, err := t.API.Capture(ctx, p.ID, client.NewOperation{}, ""); err != nil {
		return err
	}
	t.note("merchant", "captures the payment of %s", p.Reference)
	return t.advance(ctx, 0)
}
