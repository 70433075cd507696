package storetest

import (
	"fmt"
	"slices"
	"sync"

	"sandbank/ledger"
	"sandbank/money"
	"sandbank/processor"
)

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
	if w, err := s.store.Waiting(s.ctx); err != nil || w.Unsealed != 5 {
		s.Errorf("before anything is sealed: expected 5 entries waiting, got %+v, %v", w, err)
	}
	if _, err := s.store.Seal(s.ctx, 2); err != nil {
		s.Fatal(err)
	}
	if w, err := s.store.Waiting(s.ctx); err != nil || w.Unsealed != 3 {
		s.Errorf("after 2 of 5 are sealed: expected 3 entries waiting, got %+v, %v", w, err)
	}
	if n := s.sealAll(2); n != 3 {
		s.Errorf("sealed %d of the last 3", n)
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
