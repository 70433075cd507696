package check

import (
	"cmp"
	"context"
	"sync"

	"sandbank/merchant/client"
)

// walkedAway looks at the order of a customer who never paid.
func walkedAway(ctx context.Context, t *trial) error {
	return t.await(ctx, t.orders["walks away"], Canceled, "its payment is abandoned")
}

// unpaid has four payments go wrong, each in its way.
func unpaid(ctx context.Context, t *trial) error {
	for _, outcome := range []string{"declined", "error", "silent"} {
		o := t.orders[outcome]
		if err := t.plan(ctx, o, bankPlan(outcome)); err != nil {
			return err
		}
		if err := t.spend(ctx, o); err != nil {
			return err
		}
	}
	if err := t.act(ctx, t.orders["canceled"], "cancel"); err != nil {
		return err
	}
	return stillUnpaid(ctx, t)
}

func bankPlan(outcome string) string {
	if outcome == "silent" {
		return `{"bank":{"outcome":"silent"}}`
	}
	return `{"bank":{"outcome":"` + outcome + `","after":"0s"}}`
}

// spend has the customer try until there is no try left, or the bank has the payment.
func (t *trial) spend(ctx context.Context, o *order) error {
	for range max(1, o.payment.AttemptsLeft) {
		if err := t.act(ctx, o, "pay"); err != nil {
			return err
		}
		p, err := t.API.Payment(ctx, o.payment.ID)
		if err != nil || p.Status != client.Created {
			return err
		}
	}
	return nil
}

// stillUnpaid looks whether any of them passes for paid.
func stillUnpaid(ctx context.Context, t *trial) error {
	var all sync.WaitGroup
	list := []string{"declined", "error", "canceled", "silent"}
	wrong := make([]error, len(list))
	for i, name := range list {
		all.Go(func() {
			p, err := t.API.Payment(ctx, t.orders[name].payment.ID)
			if err == nil {
				err = t.stays(ctx, t.orders[name], "its payment is "+string(p.Status), Paid)
			}
			wrong[i] = err
		})
	}
	all.Wait()
	return cmp.Or(wrong...)
}

// givenBack has one order refunded, and one disputed.
func givenBack(ctx context.Context, t *trial) error {
	for _, name := range []string{"refunded", "disputed"} {
		o := t.orders[name]
		if err := t.pay(ctx, o); err != nil {
			return err
		}
		if err := t.await(ctx, o, Paid, "its payment was captured"); err != nil {
			return err
		}
	}
	if err := t.refund(ctx, t.orders["refunded"]); err != nil {
		return err
	}
	if err := t.plan(ctx, t.orders["disputed"], `{"bank":{"dispute":{"outcome":"lost","reason":"fraudulent","after":"0s"}}}`); err != nil {
		return err
	}
	t.note("customer", "disputes the payment of %s", t.orders["disputed"].payment.Reference)
	if err := t.advance(ctx, 0); err != nil {
		return err
	}
	if err := t.await(ctx, t.orders["refunded"], Returned, "all of its money was refunded"); err != nil {
		return err
	}
	return t.await(ctx, t.orders["disputed"], Returned, "its payment is disputed")
}

// refund gives all of it back, as somebody does in the dashboard.
func (t *trial) refund(ctx context.Context, o *order) error {
	if err := t.plan(ctx, o, `{"bank":{"refund":{"outcome":"approved","after":"0s"}}}`); err != nil {
		return err
	}
	if _, err := t.API.Refund(ctx, o.payment.ID, client.NewOperation{}, ""); err != nil {
		return err
	}
	t.note("dashboard", "refunds the payment of %s", o.payment.Reference)
	return t.advance(ctx, 0)
}
