package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"sandbank/dialect/stripe"
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
	t.Parallel()
	month(t, 60)
}

// month advances two processors and two banks by a month, in which several payments of each plan end, and returns how long
// that took.
func month(t *testing.T, ofEach int) time.Duration {
	t.Helper()
	w := newGuest(t)
	var bases, stripes []string
	for range 2 {
		at := w.address()
		stripes = append(stripes, "http://"+at+"/v1/test_helpers/test_clocks")
		_, base := w.processor("--stripe-addr", at, "--payout-at", "10:00", "--bank-timeout", "10m")
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
	w.await("the other processor and the banks stand still, too", func(ctx context.Context) error {
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
	for i := range ofEach {
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
	k := w.pass(bases[1], 720*time.Hour)
	took := time.Since(began)
	t.Logf("a month of %d payments took %s and stood still %d times: %v", len(ids), took, k.Moments, k.Happened)
	for status, n := range map[payment.Status]int{payment.Abandoned: ofEach, payment.Failed: ofEach, payment.Voided: ofEach} {
		if got := k.Happened["payment."+string(status)]; got != n { // by both processors together, and none of it before
			t.Errorf("told that %d payments became %s on the way: want %d", got, status, n)
		}
	}
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
	w.testClock(stripes, operator)
	return took
}

// testClock has a test clock of Stripe's API made at one processor, advanced at the other, and deleted at the first.
func (w *world) testClock(at []string, operator *client.Client) {
	w.Helper()
	ask := func(method, path, form string) (answer struct {
		ID, Status string
		Frozen     int64 `json:"frozen_time"`
		Deleted    bool
	}) {
		w.Helper()
		q, err := http.NewRequestWithContext(w.Context(), method, path, strings.NewReader(form))
		if err != nil {
			w.Fatal(err)
		}
		q.SetBasicAuth(stripe.KeysOf(identity.DemoOperator).Secret, "")
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		got, err := http.DefaultClient.Do(q)
		if err != nil {
			w.Fatal(err)
		}
		defer func() { _ = got.Body.Close() }()
		body, err := io.ReadAll(got.Body)
		if err != nil || got.StatusCode != http.StatusOK || json.Unmarshal(body, &answer) != nil {
			w.Fatalf("%s %s %s: %s %s, %v", method, path, form, got.Status, body, err)
		}
		return answer
	}
	k, err := operator.Clock(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	made := ask("POST", at[0], fmt.Sprintf("frozen_time=%d", k.Now.Unix()))
	later := made.Frozen + 3600
	if there := ask("POST", at[1]+"/"+made.ID+"/advance", fmt.Sprintf("frozen_time=%d", later)); there.ID != made.ID || there.Frozen != later || there.Status != "ready" {
		w.Errorf("the other processor's test clock is %+v, and that of the first was %+v", there, made)
	}
	if k, err := operator.Clock(w.Context()); err != nil || k.Now.Unix() < later-1 {
		w.Errorf("the first processor's clock is %+v, %v: want %d", k, err, later)
	}
	if gone := ask("DELETE", at[0]+"/"+made.ID, ""); !gone.Deleted {
		w.Errorf("the test clock is %+v after its end", gone)
	}
}

// pass has simulated time pass, in steps of a few days: the computer may be busy, and one advance is given a minute or so.
func (w *world) pass(base string, by time.Duration) (k client.Clock) {
	w.Helper()
	operator := w.as(identity.DemoOperator, base)
	now, err := operator.Clock(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	moments, happened, step, late := 0, map[string]int{}, 5*24*time.Hour, 0
	for at, goal := now.Now, now.Now.Add(by); at.Before(goal); {
		next := at.Add(min(step, goal.Sub(at)))
		wish := client.ClockWish{Advance: &client.ClockAdvance{To: &next}, Within: "80s"}
		k, err = operator.SteerClock(w.Context(), wish)
		var said *client.Problem
		if errors.As(err, &said) && said.Code == "clock_not_at_rest" && late < 8 {
			late++
			w.Logf("advanced on, since %s", said.Detail) // a server that was killed is not back yet
			continue
		}
		if err != nil {
			w.Fatal(err)
		}
		at = next
		moments += k.Moments
		for what, n := range k.Happened {
			happened[what] += n
		}
	}
	k.Moments, k.Happened = moments, happened
	return k
}
