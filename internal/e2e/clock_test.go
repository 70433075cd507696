package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"sandbank/identity"
	"sandbank/merchant/client"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor/invariant"
)

// plans are payments of all kinds, by what becomes of them.
var plans = map[payment.Status]string{
	payment.Abandoned: ``,
	payment.Captured:  `{"customer": [{"action": "pay", "after": "5m"}], "bank": {"outcome": "approved", "after": "3m"}}`,
	payment.Declined:  `{"customer": [{"action": "pay"}], "bank": {"outcome": "declined", "reason": "lost_card", "after": "1m"}}`,
	payment.Failed:    `{"customer": [{"action": "pay"}], "bank": {"outcome": "silent"}}`,
	payment.Voided:    `{"customer": [{"action": "pay"}], "bank": {"outcome": "approved"}}`,
}

// Several processors and banks go by one clock, which one of them advances by a month.
func TestClock_IsOneForProcessorsAndBanks(t *testing.T) {
	w := newWorld(t)
	var bases []string
	for range 2 {
		_, base := w.processor("--payout-at", "10:00", "--bank-timeout", "10m")
		w.awaitUp(base)
		bases = append(bases, base)
	}
	w.bank("SANDNL2A")
	w.bank("SLOWDE2A")
	for _, base := range bases {
		w.awaitBanks(base, 2)
	}
	operator, other := w.as(identity.DemoOperator, bases[0]), w.as(identity.DemoOperator, bases[1])
	steer := func(c *client.Client, wish client.ClockWish) client.Clock {
		t.Helper()
		k, err := c.SteerClock(t.Context(), wish)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	frozen := steer(operator, client.ClockWish{Freeze: true})
	w.await(10*time.Second, "the other processor and the banks stand still, too", func(ctx context.Context) error {
		k, err := other.Clock(ctx)
		if err == nil && (!k.Now.Equal(frozen.Now) || k.Mode != "frozen") {
			err = fmt.Errorf("the clock there is %+v", k)
		}
		banks, errBanks := other.Banks(ctx)
		for _, b := range banks {
			if b.Clock != "followed" {
				errBanks = fmt.Errorf("%s goes by a clock that is %s", b.Identifier, b.Clock)
			}
		}
		if err == nil {
			err = errBanks
		}
		return err
	})
	ids := map[string]payment.Status{}
	for i := range 60 {
		c := w.merchant(bases[i%2])
		for status, plan := range plans {
			n := client.NewPayment{Amount: money.Must("19.99", "EUR"), Reference: fmt.Sprintf("%s-%d", status, i), ReturnURL: "https://shop.example/", Bank: []string{"SANDNL2A", "SLOWDE2A"}[i%2], Attempts: 1}
			if status == payment.Voided {
				n.Capture = "manual"
			}
			p := w.create(c, n)
			ids[p.ID] = status
			if plan != "" {
				if _, err := c.Simulate(t.Context(), p.ID, json.RawMessage(plan)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if i%10 == 9 {
			steer(operator, client.ClockWish{Advance: &client.ClockAdvance{By: "1s"}})
		}
	}
	began := time.Now()
	k := steer(other, client.ClockWish{Advance: &client.ClockAdvance{By: "720h"}, Within: "80s"})
	t.Logf("a month of %d payments took %s and stood still %d times: %v", len(ids), time.Since(began), k.Moments, k.Happened)
	for id, want := range ids {
		p, err := w.open().Payment(t.Context(), id)
		if err != nil || p.Status != want {
			t.Errorf("payment %s is %s, and not %s: %v", id, p.Status, want, err)
		}
	}
	report, err := invariant.Check(t.Context(), w.open(), k.Now, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range report.Violations {
		t.Errorf("invariant: %s", v)
	}
	if report.Outbox+report.Deliveries > 0 {
		t.Errorf("%d messages in the outbox, %d webhooks are left", report.Outbox, report.Deliveries)
	}
	if back, err := operator.Clock(t.Context()); err != nil || back.Now.Before(k.Now.Add(-time.Second)) && !back.Now.Equal(k.Now) {
		t.Errorf("the other processor's clock is %+v: %v", back, err)
	}
}
