package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sandbank/identity"
	"sandbank/ledger"
	"sandbank/processor"
	"sandbank/settlement"
	"sandbank/wire"
)

// A day's money on real engines: 600 payments, a refund of each sixth, a cut-off
// with one break of each kind, payouts. Processor, bank and broker are killed with
// kill -9 in between, at every stage, and the outcome is the one without: the same
// five breaks, everybody paid, and both books agree.
func TestMoney_ADayOutlivesEveryKill(t *testing.T) {
	w := newWorld(t)
	one, first := w.processor("--payout-at", "off", "--payout-transit", "1s")
	w.awaitUp(first)
	_, second := w.processor("--payout-at", "off", "--payout-transit", "1s")
	bank := w.run("bank", "--quiet", "--seed", "7", "--amqp-url", w.rabbit.URL(), "--page-addr", "127.0.0.1:0", "--banks", "SANDNL2A", "--data", t.TempDir())
	w.awaitReady(first)
	w.awaitReady(second)
	report := w.load(600, map[int]func(){
		150: func() { one.kill(); one.start() },
		350: func() { bank.kill(); bank.start() },
	}, first, second)
	w.nothingLost(report)
	shop := w.signedIn(second, identity.DemoShop.ID, identity.DemoShop.Secret.Reveal())
	refunded := w.refund(shop, 100, func(n int) {
		switch n {
		case 30:
			bank.kill()
			bank.start()
		case 60:
			one.kill()
			one.start()
		}
	})
	operator := w.signedIn(second, identity.DemoOperator.ID, identity.DemoOperator.Secret.Reveal())
	w.awaitBank(shop)
	var plant struct {
		Breaks []wire.Plant `json:"breaks"`
	}
	for _, kind := range wire.BreakKinds() {
		plant.Breaks = append(plant.Breaks, wire.Plant{Kind: kind, Currency: "EUR"})
	}
	operator.post("/sim/banks/SANDNL2A/plant", plant)
	operator.post("/sim/banks/SANDNL2A/settle", nil)
	bank.kill() // with the commands, or the batch, in hand
	if err := w.rabbit.Kill(); err != nil {
		t.Error(err)
	}
	if err := w.rabbit.Restart(t.Context()); err != nil {
		t.Error(err)
	}
	bank.start()
	breaks := w.broken()
	one.kill()
	one.start()
	w.awaitReady(first)
	w.paidOut(operator, breaks, refunded)
	w.settled(time.Minute)
}

// caller is somebody who asks one processor.
type caller struct {
	w           *world
	base, token string
}

func (w *world) signedIn(base, id, secret string) *caller {
	w.Helper()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	r, err := http.NewRequestWithContext(w.Context(), http.MethodPost, base+"/oauth/token", strings.NewReader(url.Values{"grant_type": {"client_credentials"}}.Encode()))
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(id, secret)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if err := json.NewDecoder(answer.Body).Decode(&token); err != nil || token.AccessToken == "" {
		w.Fatalf("no token for %s: %s, %v", id, answer.Status, err)
	}
	return &caller{w, base, token.AccessToken}
}

// ask makes a request and reads the answer; an error says what was answered.
func (c *caller) ask(ctx context.Context, method, path string, body, into any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Idempotency-Key", path)
	if body == nil {
		r.Body, r.ContentLength = http.NoBody, 0
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s %s, %v", method, path, answer.Status, text, err)
	}
	if into != nil {
		return json.Unmarshal(text, into)
	}
	return nil
}

func (c *caller) post(path string, body any) {
	c.w.Helper()
	if err := c.ask(c.w.Context(), http.MethodPost, path, body, nil); err != nil {
		c.w.Fatal(err)
	}
}

// awaitBank waits until the bank is heard of again.
func (w *world) awaitBank(c *caller) {
	w.Helper()
	w.await(30*time.Second, "the bank is online", func(ctx context.Context) error {
		var list struct {
			Data []struct {
				Identifier string `json:"identifier"`
				Online     bool   `json:"online"`
			} `json:"data"`
		}
		if err := c.ask(ctx, http.MethodGet, "/v1/banks", nil, &list); err != nil {
			return err
		}
		for _, b := range list.Data {
			if b.Identifier == "SANDNL2A" && b.Online {
				return nil
			}
		}
		return fmt.Errorf("it is not: %+v", list)
	})
}

// refund gives 2.50 of n payments back, one after the other, and waits for the
// bank's answers. Meanwhile is called after each.
func (w *world) refund(shop *caller, n int, meanwhile func(int)) (payments []string) {
	w.Helper()
	list, err := w.open().Payments(w.Context(), processor.Filter{Merchant: identity.DemoShop.ID, Status: "captured", Limit: n})
	if err != nil || len(list) < n {
		w.Fatalf("%d captured payments, %v", len(list), err)
	}
	body := map[string]any{"amount": map[string]string{"value": "2.50", "currency": "EUR"}}
	var beside sync.WaitGroup
	defer beside.Wait()
	for i, p := range list {
		w.await(30*time.Second, "the refund is accepted", func(ctx context.Context) error {
			return shop.ask(ctx, http.MethodPost, "/v1/payments/"+p.ID+"/refunds", body, nil)
		})
		payments = append(payments, p.ID)
		beside.Go(func() { meanwhile(i) })
	}
	w.await(90*time.Second, "every refund is decided", func(ctx context.Context) error {
		for _, id := range payments {
			p, err := w.open().Payment(ctx, id)
			if err != nil {
				return err
			}
			if p.Refunded().Value() != "2.50" {
				return fmt.Errorf("%s: %+v", id, p.Operations)
			}
		}
		return nil
	})
	return payments
}

// broken waits for the one batch with breaks and returns these.
func (w *world) broken() (breaks []settlement.Break) {
	w.Helper()
	w.await(time.Minute, "the batch is matched", func(ctx context.Context) error {
		list, err := w.open().Records(ctx, processor.RecordFilter{Kind: processor.BreakRecord, Limit: 20})
		if err != nil || len(list) == 0 {
			return fmt.Errorf("%d breaks, %w", len(list), err)
		}
		breaks = nil
		for _, r := range list {
			k, err := processor.Decode[settlement.Break](r)
			if err != nil {
				return err
			}
			breaks = append(breaks, k)
		}
		return nil
	})
	var kinds []wire.BreakKind
	for _, k := range breaks {
		kinds = append(kinds, k.Kind)
	}
	want := wire.BreakKinds()
	slices.Sort(kinds)
	slices.Sort(want)
	if !slices.Equal(kinds, want) {
		w.Errorf("the breaks are %v, planted were %v", kinds, want)
	}
	return breaks
}

// paidOut pays out and holds the payouts against what was settled: everything but
// the item that the bank has left out.
func (w *world) paidOut(operator *caller, breaks []settlement.Break, refunded []string) {
	w.Helper()
	operator.post("/v1/payouts", nil)
	var paid settlement.Payout
	w.await(time.Minute, "the payout has arrived", func(ctx context.Context) error {
		list, err := w.open().Records(ctx, processor.RecordFilter{Kind: processor.PayoutRecord, Merchant: identity.DemoShop.ID, Limit: 10})
		if err != nil || len(list) != 1 {
			return fmt.Errorf("%d payouts, %w", len(list), err)
		}
		if paid, err = processor.Decode[settlement.Payout](list[0]); err == nil && paid.Status != settlement.Paid {
			err = fmt.Errorf("it is %s", paid.Status)
		}
		return err
	})
	balances, err := w.open().Balances(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	left := map[ledger.Account]string{}
	for _, b := range balances {
		left[b.Account] = b.Net().StringFixed(2)
	}
	missing := 0
	for _, k := range breaks {
		if k.Kind == wire.BreakMissing && k.First.IsPositive() {
			missing = 1
		}
	}
	captures := paid.Items - len(refunded)
	if want := fmt.Sprintf("%d.00", 10*captures); paid.Captured.Value() != want || paid.Refunded.Value() != "250.00" || captures+missing < 600 {
		w.Errorf("paid out %s of %d captures with %s refunded: %+v", paid.Captured.Value(), captures, paid.Refunded.Value(), paid)
	}
	if got := left[ledger.BankReceivable("SANDNL2A")]; got != "0.00" {
		w.Errorf("the bank owes %s beside its breaks: %v", got, left)
	}
	if got := left[ledger.PayoutsInFlight]; got != "0.00" {
		w.Errorf("%s is still on its way to merchants", got)
	}
}
