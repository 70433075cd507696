package check

import (
	"context"
	"fmt"
	"time"

	"sandbank/merchant/client"
	"sandbank/merchant/rule"
)

// outageLength is how long the merchant's server is away, in simulated time.
const outageLength = 24 * time.Hour

// noticing is how long the merchant's server has, at most, to notice that it is cut off.
const noticing = 5 * time.Second

// outage cuts the merchant's server off for a day in which things happen.
func outage(ctx context.Context, t *trial) error {
	o, err := t.begin(ctx)
	if err != nil {
		return err
	}
	t.orders["paid meanwhile"] = o
	back, err := t.begin(ctx)
	if err != nil {
		return err
	}
	t.orders["refunded meanwhile"] = back
	if err := t.pay(ctx, back); err != nil {
		return err
	}
	if err := t.await(ctx, back, Paid, "its payment was captured"); err != nil {
		return err
	}
	if err := t.beAway(ctx, o, back); err != nil {
		return err
	}
	if err := t.sendAgain(ctx); err != nil {
		return err
	}
	if err := t.await(ctx, o, Paid, "it was paid during the outage"); err != nil {
		return err
	}
	if !t.takesRefunds {
		t.remark("The order that was refunded during the outage was not looked at: the rule " + string(rule.Returned) + " does not hold, or was skipped.")
		return nil
	}
	return t.await(ctx, back, Returned, "it was refunded during the outage")
}

// beAway is the outage.
func (t *trial) beAway(ctx context.Context, paid, refunded *order) error {
	if t.Gateway != nil {
		t.Gateway.setCut(true)
		defer t.Gateway.setCut(false)
	}
	have, err := t.speech.hooks(ctx)
	if err != nil {
		return err
	}
	for _, w := range have {
		f, err := t.Operator.BeginFault(ctx, client.FaultWish{Kind: "receiver_resets", Endpoint: w.ID, For: outageLength.String()})
		if err != nil {
			return err
		}
		defer func() { _ = t.Operator.EndFault(context.WithoutCancel(ctx), f.ID) }() // where it has not ended by itself
	}
	t.note("check", "cuts the shop off: no webhook reaches it, and it reaches nobody")
	if err := t.pay(ctx, paid); err != nil {
		return err
	}
	if err := t.refund(ctx, refunded); err != nil {
		return err
	}
	if t.Gateway != nil {
		within, cancel := context.WithTimeout(ctx, noticing)
		t.Gateway.awaitRefused(within, t.speech.names(paid.payment.ID)[0])
		cancel()
	}
	if err := t.advance(ctx, outageLength+lateness); err != nil {
		return err
	}
	t.note("check", "24 hours later: all is well again")
	return ctx.Err()
}

// sendAgain has Sandbank send what it gave up, as a merchant does after an outage.
func (t *trial) sendAgain(ctx context.Context) error {
	have, err := t.speech.hooks(ctx)
	if err != nil {
		return err
	}
	for _, w := range have {
		n, _, err := t.API.ResendFailed(ctx, w.ID)
		if err != nil {
			return fmt.Errorf("check: what failed cannot be sent again: %w", err)
		}
		t.note("dashboard", "sends %d webhooks again that had failed", n)
	}
	return t.advance(ctx, 0)
}
