package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"sandbank/fault"
	"sandbank/ledger"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/secret"
	"sandbank/webhook"
)

func pages(s *suite) {
	var ids []string
	for i := range 7 {
		p := s.made("m1")
		p.ID = s.ids.ID("pay", s.now.Add(time.Duration(i)*time.Millisecond))
		p.Reference = fmt.Sprintf("order-%d", i%2)
		s.create(p)
		ids = append(ids, p.ID)
	}
	s.create(s.made("m2"))
	slices.Reverse(ids)
	list := func(f processor.Filter) (got []string) {
		found, err := s.store.Payments(s.ctx, f)
		s.ok(err)
		for _, p := range found {
			got = append(got, p.ID)
		}
		return got
	}
	if got := list(processor.Filter{Merchant: "m1", Limit: 3}); !slices.Equal(got, ids[:3]) {
		s.Errorf("first page: %v, not %v", got, ids[:3])
	}
	if got := list(processor.Filter{Merchant: "m1", Before: ids[2], Limit: 10}); !slices.Equal(got, ids[3:]) {
		s.Errorf("second page: %v", got)
	}
	if got := list(processor.Filter{Merchant: "m1", Reference: "order-1", Limit: 10}); len(got) != 3 {
		s.Errorf("by reference: %v", got)
	}
	if got := list(processor.Filter{Status: payment.Captured, Limit: 10}); len(got) != 0 {
		s.Errorf("by status: %v", got)
	}
	if got := list(processor.Filter{Limit: 10}); len(got) != 8 {
		s.Errorf("all: %v", got)
	}
}

func due(s *suite) {
	for i := range 5 {
		p := s.made("m1")
		p.DueAt = s.now.Add(time.Duration(i) * time.Minute)
		s.create(p)
	}
	ids, next, err := s.store.Due(s.ctx, s.now.Add(2*time.Minute), 2)
	s.ok(err)
	if len(ids) != 2 || !next.Equal(s.now.Add(3*time.Minute)) {
		s.Errorf("due: %v, next %s", ids, next)
	}
	_, next, err = s.store.Due(s.ctx, s.now.Add(time.Hour), 2)
	s.ok(err)
	if !next.IsZero() {
		s.Errorf("nothing comes after the last, but next is %s", next)
	}
	s.now = s.now.Add(-time.Hour) // for the invariants: nothing is left hanging here
}

func (s *suite) endpoint(merchant string) webhook.Endpoint {
	e := webhook.Endpoint{
		ID: s.id("whe"), Merchant: merchant, URL: "http://127.0.0.1:1/", Keys: webhook.Keys{Secret: secret.Kept(webhook.Secret(make([]byte, 32))), Key: secret.Kept(webhook.NewKey(make([]byte, 32)))}, Enabled: true, CreatedAt: s.now,
	}
	s.ok(s.store.AddEndpoint(s.ctx, e))
	return e
}

// delivered makes a captured payment with one delivery to the endpoint.
func (s *suite) delivered(e webhook.Endpoint) (id string) {
	p := s.made(e.Merchant)
	s.create(p)
	id = s.id("del")
	s.ok(s.store.Commit(s.ctx, processor.Load{Payments: []string{p.ID}}, func(w *processor.Work) error {
		if got := w.EndpointsOf(e.Merchant); len(got) == 0 || got[0].ID != e.ID {
			return fmt.Errorf("the merchant's endpoints were not loaded: %v", got)
		}
		w.Changes = s.captured(p)
		w.Deliveries = append(w.Deliveries, processor.Delivery{ID: id, Event: 0, Endpoint: e, NextAt: s.now})
		return nil
	}))
	return id
}

// recordedMeanwhile records tries from both ends while the endpoint is changed
// and removed: they lock the same rows in different orders, and all get through.
func recordedMeanwhile(s *suite) {
	e := s.endpoint("m1")
	var tried []webhook.Tried
	for range 40 {
		tried = append(tried, webhook.Tried{
			Attempt: webhook.Attempt{Delivery: s.delivered(e), Number: 1, At: s.now, Code: 500}, Status: webhook.Pending, NextAt: s.now, Owner: e,
		})
	}
	backward := slices.Clone(tried)
	slices.Reverse(backward)
	var at sync.WaitGroup
	for range 10 {
		at.Go(func() { s.fine(s.store.Record(s.ctx, tried)) })
		at.Go(func() { s.fine(s.store.Record(s.ctx, backward)) })
	}
	at.Wait()
	backward[0].Disable = "gone"
	at.Go(func() { s.fine(s.store.Record(s.ctx, backward)) })
	at.Go(func() {
		_, err := s.store.ChangeEndpoint(s.ctx, "m1", e.ID, func(e *webhook.Endpoint) error { e.Enabled = false; return nil })
		s.fine(err)
	})
	at.Wait()
	at.Go(func() { s.fine(s.store.Record(s.ctx, tried)) })
	at.Go(func() { s.fine(s.store.RemoveEndpoint(s.ctx, "m1", e.ID)) })
	at.Wait()
}

func deliveries(s *suite) {
	e := s.endpoint("m1")
	// Leases are of another clock than what is due: no simulated time ends them.
	s.lease = time.Minute
	s.delivered(e)
	later := s.now.Add(100 * time.Hour)
	found, next, err := s.store.ClaimDeliveries(s.ctx, later, time.Hour, 10)
	s.ok(err)
	if len(found) != 0 || !next.IsZero() {
		s.Errorf("claimed %d deliveries under lease, next %s", len(found), next)
	}
	s.lease = 0
	id := s.delivered(e)
	found, next, err = s.store.ClaimDeliveries(s.ctx, s.now.Add(-time.Second), time.Hour, 10)
	s.ok(err)
	if len(found) != 0 || !next.Equal(s.now) {
		s.Errorf("claimed %d deliveries before their time, next %s", len(found), next)
	}
	found, _, err = s.store.ClaimDeliveries(s.ctx, s.now, time.Hour, 10)
	s.ok(err)
	if len(found) != 1 || found[0].ID != id || found[0].Endpoint.URL != e.URL || found[0].Event.Sequence != 2 {
		s.Fatalf("claimed %+v", found)
	}
	first := webhook.Tried{
		Attempt: webhook.Attempt{Delivery: id, Number: 1, At: later, Took: time.Millisecond, Code: 500, Response: "no\x00"},
		Status:  webhook.Pending, NextAt: later.Add(time.Minute), Owner: e,
	}
	s.ok(s.store.Record(s.ctx, []webhook.Tried{first}))
	if _, next, err = s.store.ClaimDeliveries(s.ctx, later, time.Hour, 10); err != nil || !next.Equal(later.Add(time.Minute)) {
		s.Errorf("next try at %s, %v", next, err)
	}
	second := first
	second.Number, second.Code, second.Status = 2, 204, webhook.Delivered
	s.ok(s.store.Record(s.ctx, []webhook.Tried{second}))
	s.ok(s.store.Record(s.ctx, []webhook.Tried{second})) // told twice, kept once
	n, err := s.store.PendingDeliveries(s.ctx)
	s.ok(err)
	t, err := s.store.Timeline(s.ctx, found[0].Event.Payment)
	s.ok(err)
	if n != 1 || len(t.Deliveries) != 1 || len(t.Deliveries[0].Attempts) != 2 || t.Deliveries[0].Status != webhook.Delivered {
		s.Errorf("%d pending, %+v", n, t.Deliveries)
	}
}

func gone(s *suite) {
	e := s.endpoint("m1")
	id, other := s.delivered(e), s.delivered(e)
	s.ok(s.store.Record(s.ctx, []webhook.Tried{{
		Attempt: webhook.Attempt{Delivery: id, Number: 1, At: s.now, Code: 410}, Status: webhook.Exhausted, Disable: "gone", Owner: e,
	}}))
	got, err := s.store.Endpoint(s.ctx, "m1", e.ID)
	s.ok(err)
	n, err := s.store.PendingDeliveries(s.ctx)
	s.ok(err)
	if got.Enabled || got.Note != "gone" || n != 0 {
		s.Errorf("endpoint %+v, %d pending (%s)", got, n, other)
	}
}

func endpoints(s *suite) {
	e := s.endpoint("m1")
	if _, err := s.store.Endpoint(s.ctx, "m2", e.ID); !fault.Is(err, fault.NotFound) {
		s.Errorf("another merchant sees it: %v", err)
	}
	if err := s.store.RemoveEndpoint(s.ctx, "m2", e.ID); !fault.Is(err, fault.NotFound) {
		s.Errorf("another merchant may delete it: %v", err)
	}
	s.ok(s.store.RemoveEndpoint(s.ctx, "m1", e.ID))
	list, err := s.store.ListEndpoints(s.ctx, "m1")
	s.ok(err)
	if len(list) != 0 {
		s.Errorf("still there: %v", list)
	}
}

// sealAll seals until nothing is left, as the sealer does.
func (s *suite) sealAll(limit int) (sealed int) {
	for range 1000 {
		n, err := s.store.Seal(s.ctx, limit)
		s.ok(err)
		if sealed += n; n == 0 {
			return sealed
		}
	}
	return sealed
}

func seal(s *suite) {
	for range 5 {
		s.paid("m1")
	}
	if n := s.sealAll(2); n != 5 {
		s.Errorf("sealed %d of 5", n)
	}
	s.paid("m2")
	before, err := s.store.Balances(s.ctx)
	s.ok(err)
	s.sealAll(10)
	after, err := s.store.Balances(s.ctx)
	s.ok(err)
	if fmt.Sprint(before) != fmt.Sprint(after) {
		s.Errorf("sealing changed the balances from %v to %v", before, after)
	}
	var v ledger.Verifier
	for e, err := range s.store.AllEntries(s.ctx) {
		s.ok(err)
		s.ok(v.Step(e.Seal, e.Entry))
	}
	if v.Last().Number != 6 {
		s.Errorf("the chain ends at %d", v.Last().Number)
	}
}

func sealConcurrent(s *suite) {
	var wait sync.WaitGroup
	for i := range 16 {
		wait.Go(func() {
			if i%4 == 3 {
				_, err := s.store.Seal(s.ctx, 3)
				s.ok(err)
				return
			}
			s.paid("m1")
		})
	}
	wait.Wait()
	s.sealAll(3)
	report := 0
	for e, err := range s.store.AllEntries(s.ctx) {
		s.ok(err)
		if e.Seal.Number > 0 {
			report++
		}
	}
	if report != 12 {
		s.Errorf("sealed %d of 12", report)
	}
}

func secretOnce(s *suite) {
	made := 0
	for range 2 {
		got, err := s.store.Secret(s.ctx, "k", func() ([]byte, error) { made++; return []byte{0, 1, 2}, nil })
		s.ok(err)
		if string(got) != "\x00\x01\x02" {
			s.Errorf("got %v", got)
		}
	}
	if made != 1 {
		s.Errorf("made %d times", made)
	}
}

func unknown(s *suite) {
	if _, err := s.store.Payment(s.ctx, s.id("pay")); !fault.Is(err, fault.NotFound) {
		s.Errorf("payment: %v", err)
	}
	if err := s.store.RemoveEndpoint(s.ctx, "m1", "whe_none"); !fault.Is(err, fault.NotFound) {
		s.Errorf("endpoint: %v", err)
	}
}

func text(s *suite) {
	p := s.made("m1")
	p.Description = "'; DROP TABLE payments; -- \" \\ \U0001F3D6 " + strings.Repeat("é", 200)
	p.Metadata = map[string]string{"a'b": "\u2028"}
	s.create(p)
	got, err := s.store.Payment(s.ctx, p.ID)
	s.ok(err)
	if got.Description != p.Description || got.Metadata["a'b"] != "\u2028" {
		s.Errorf("read back as %q %q", got.Description, got.Metadata)
	}
}

func decimals(s *suite) {
	for _, a := range []money.Amount{money.Must("100", "JPY"), money.Must("1.234", "BHD"), money.Must("999999999999.99", "EUR")} {
		e := ledger.Entry{ID: s.id("ent"), Key: "k" + a.String(), Kind: "test", At: s.now, Postings: []ledger.Posting{
			{Account: "a", Side: ledger.Debit, Amount: a}, {Account: "b", Side: ledger.Credit, Amount: a},
		}}
		s.ok(s.commit(processor.Load{}, func(w *processor.Work) { w.Entries = append(w.Entries, e) }))
	}
	s.sealAll(10)
	balances, err := s.store.Balances(s.ctx)
	s.ok(err)
	var got []string
	for _, b := range balances {
		if b.Account == "a" {
			got = append(got, b.Debits.StringFixed(b.Currency.Decimals()))
		}
	}
	if !slices.Equal(got, []string{"1.234", "999999999999.99", "100"}) {
		s.Errorf("balances: %v", got)
	}
}

// abandoned readers, who leave at any moment, leave nothing behind for those who
// come after them.
func abandoned(s *suite) {
	p := s.made("m1")
	s.create(p)
	for n := range 2000 {
		ctx, leave := context.WithTimeout(s.ctx, time.Duration(n%250)*time.Microsecond)
		_, _ = s.store.Timeline(ctx, p.ID)
		leave()
	}
	var readers sync.WaitGroup
	for range 32 {
		readers.Go(func() {
			if _, err := s.store.Timeline(s.ctx, p.ID); err != nil {
				s.Errorf("after others have left: %v", err)
			}
		})
	}
	readers.Wait()
}

// ping writes over what it wrote before, more or less of it, and touches nothing else.
func ping(s *suite) {
	key, err := s.store.Secret(s.ctx, "checkout", func() ([]byte, error) { return []byte("key"), nil })
	s.ok(err)
	for _, bytes := range []int{16, 256 << 10, 16} {
		s.ok(s.store.Ping(s.ctx, bytes))
	}
	again, err := s.store.Secret(s.ctx, "checkout", nil)
	s.ok(err)
	if string(again) != string(key) {
		s.Errorf("the secret was %q and is %q", key, again)
	}
	gone, cancel := context.WithCancel(s.ctx)
	cancel()
	if err := s.store.Ping(gone, 16); err == nil {
		s.Error("a ping without time to write was answered")
	}
}
