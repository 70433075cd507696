package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"sandbank/identity"
	"sandbank/merchant/client"
	"sandbank/money"
)

// A processor that is alone on PostgreSQL and RabbitMQ begins anew where it is allowed to, and works on; one that
// is not alone does not.
func TestReset_EmptiesRealEnginesOnlyForOneAlone(t *testing.T) {
	w := newWorld(t)
	_, base := w.processor("--allow-reset", "--banks", "SANDNL2A")
	w.awaitUp(base)
	w.awaitBanks(base, 1)
	shop, operator := w.as(identity.DemoShop, base), w.as(identity.DemoOperator, base)
	pay := func() {
		t.Helper()
		made, err := shop.CreatePayment(t.Context(), client.NewPayment{Amount: money.Must("19.99", "EUR"), Reference: "order", ReturnURL: "https://shop.example/"}, "")
		if err == nil {
			_, err = shop.Act(t.Context(), made.ID, client.Act{Action: "pay"})
		}
		if err != nil {
			t.Fatal(err)
		}
		w.await(30*time.Second, "the payment is captured", func(ctx context.Context) error {
			p, err := shop.Payment(ctx, made.ID)
			if err == nil && p.Status != "captured" {
				err = fmt.Errorf("it is %s", p.Status)
			}
			return err
		})
	}
	pay()
	if err := operator.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list, err := shop.Payments(t.Context(), client.Filter{}); err != nil || len(list.Data) != 0 {
		t.Errorf("after a reset: want no payment, got %+v, %v", list.Data, err)
	}
	pay()
	_, other := w.processor()
	w.awaitUp(other)
	w.await(30*time.Second, "a processor that is not alone refuses", func(ctx context.Context) error {
		err := operator.Reset(ctx)
		if p, is := errors.AsType[*client.Problem](err); !is || p.Code != "reset_refused" {
			return fmt.Errorf("want reset_refused, got %v", err)
		}
		return nil
	})
	pay()
	w.settled(time.Minute)
}
