package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"sandbank/identity"
	"sandbank/merchant/client"
	"sandbank/money"
	"sandbank/payment"
)

// A hold reaches every processor on one database, outlives a kill of the one that took things, and nothing that it
// held is lost; also beside a fault of a bank that is killed as well. The fault ends with its processor.
func TestHold_ReachesAllProcessorsAndOutlivesAKill(t *testing.T) {
	t.Parallel()
	w := newGuest(t)
	first, base := w.processor("--bank-timeout", "10m")
	_, other := w.processor("--bank-timeout", "10m")
	w.awaitUp(base)
	w.awaitUp(other)
	bank := w.bank("SANDNL2A")
	w.awaitBanks(base, 1)
	w.awaitBanks(other, 1)
	operator, elsewhere := w.as(identity.DemoOperator, base), w.as(identity.DemoOperator, other)
	h, err := operator.BeginHold(t.Context(), client.HoldWish{Hops: []string{"request", "result"}})
	if err != nil {
		t.Fatal(err)
	}
	w.await("the other processor knows of the hold", func(ctx context.Context) error {
		list, err := elsewhere.Holds(ctx)
		if err == nil && len(list) != 1 {
			err = fmt.Errorf("it knows of %d holds", len(list))
		}
		return err
	})
	var ids []string
	for i := range 6 {
		c := w.merchant([]string{base, other}[i%2])
		p := w.create(c, client.NewPayment{Amount: money.Must("19.99", "EUR"), Reference: fmt.Sprintf("held-%d", i), ReturnURL: "https://shop.example/", Bank: "SANDNL2A"})
		if _, err := c.Simulate(t.Context(), p.ID, json.RawMessage(`{"customer": [{"action": "pay"}]}`)); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, p.ID)
	}
	held := func(hop string, want int) {
		t.Helper()
		w.await(fmt.Sprintf("%d are held at the %s", want, hop), func(ctx context.Context) error {
			list, err := elsewhere.Held(ctx, "")
			n := 0
			for _, one := range list {
				if one.Hop == hop {
					n++
				}
			}
			if err == nil && n != want {
				err = fmt.Errorf("%d are", n)
			}
			return err
		})
	}
	held("request", 6)
	for range 2 { // whoever took it, the other one may release it
		if _, err := elsewhere.Step(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
	}
	held("request", 4)
	held("result", 2)
	if _, err := operator.BeginFault(t.Context(), client.FaultWish{Kind: "bank_offline", Bank: "SANDNL2A", For: "24h"}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // requests that wait for the bank
		if _, err := elsewhere.Step(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
	}
	held("request", 2)
	first.kill()
	bank.kill()
	bank.start()
	w.await("the fault has ended, and the bank is back", func(ctx context.Context) error {
		list, err := elsewhere.Faults(ctx)
		if err == nil && len(list) != 0 {
			err = fmt.Errorf("in force are %+v", list)
		}
		banks, errBanks := elsewhere.Banks(ctx)
		if err == nil && (len(banks) != 1 || !banks[0].Online) {
			err = fmt.Errorf("the banks are %+v, %v", banks, errBanks)
		}
		return err
	})
	if err := elsewhere.EndHold(t.Context(), h.ID); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		w.await(id+" is captured", func(ctx context.Context) error {
			p, err := w.open().Payment(ctx, id)
			if err == nil && p.Status != payment.Captured {
				err = fmt.Errorf("it is %s", p.Status)
			}
			return err
		})
	}
	w.settled()
}
