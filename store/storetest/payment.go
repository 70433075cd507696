package storetest

import (
	"fmt"
	"slices"
	"time"

	"sandbank/payment"
	"sandbank/processor"
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
