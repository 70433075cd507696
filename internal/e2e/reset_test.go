package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"sandbank/identity"
	"sandbank/merchant/client"
	"sandbank/money"
)

// A processor that is alone on PostgreSQL and RabbitMQ begins anew where it is allowed to, and works on; one that
// is not alone does not.
func TestReset_EmptiesRealEnginesOnlyForOneAlone(t *testing.T) {
	t.Parallel()
	w := newGuest(t)
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
		w.await("the payment is captured", func(ctx context.Context) error {
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
	w.await("both processors have shown themselves", func(ctx context.Context) error {
		doc, err := w.open().Secret(ctx, "clock_peers", func() ([]byte, error) { return []byte("{}"), nil })
		if n := strings.Count(string(doc), `"beat"`); err == nil && n < 2 {
			err = fmt.Errorf("%d of them have", n)
		}
		return err
	})
	// What one of them does to the clock, the other has read together with who is there.
	beside := w.as(identity.DemoOperator, other)
	if _, err := beside.SteerClock(t.Context(), client.ClockWish{Freeze: true}); err != nil {
		t.Fatal(err)
	}
	w.await("the first one has read it", func(ctx context.Context) error {
		k, err := operator.Clock(ctx)
		if err == nil && k.Mode != "frozen" {
			err = fmt.Errorf("its clock is %s", k.Mode)
		}
		return err
	})
	w.await("a processor that is not alone refuses", func(ctx context.Context) error {
		err := operator.Reset(ctx)
		if p, is := errors.AsType[*client.Problem](err); !is || p.Code != "reset_refused" {
			return fmt.Errorf("want reset_refused, got %v", err)
		}
		return nil
	})
	if _, err := beside.SteerClock(t.Context(), client.ClockWish{Follow: true}); err != nil {
		t.Fatal(err)
	}
	pay()
	w.settled()
}
