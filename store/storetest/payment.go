package storetest

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"sandbank/chance"
	"sandbank/payment"
	"sandbank/payment/instrument"
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
	slow := s.made("m1")
	slow.ID, slow.Bank = s.ids.ID("pay", s.now.Add(time.Second)), "SLOWDE2A"
	slow.Attempts = []payment.Attempt{{Bank: "SLOWDE2A", Instrument: instrument.Instrument{Kind: instrument.Account}}}
	s.create(slow)
	for name, c := range map[string]struct {
		f    processor.Filter
		want []string
	}{
		"bank":             {processor.Filter{Bank: "SLOWDE2A"}, []string{slow.ID}},
		"bank of none":     {processor.Filter{Bank: "MUTEIE2A"}, nil},
		"bank and status":  {processor.Filter{Bank: "SLOWDE2A", Status: payment.Captured}, nil},
		"bank and before":  {processor.Filter{Bank: "SLOWDE2A", Before: slow.ID}, nil},
		"method":           {processor.Filter{Method: instrument.Account}, []string{slow.ID}},
		"method of none":   {processor.Filter{Method: instrument.Card}, nil},
		"from":             {processor.Filter{Merchant: "m1", From: ids[1]}, []string{slow.ID, ids[0], ids[1]}},
		"from an instant":  {processor.Filter{Merchant: "m1", From: chance.FirstID("pay", s.now.Add(6*time.Millisecond))}, []string{slow.ID, ids[0]}},
		"from and before":  {processor.Filter{Merchant: "m1", From: ids[2], Before: ids[0]}, []string{ids[1], ids[2]}},
		"all of it at one": {processor.Filter{Merchant: "m1", Bank: "SLOWDE2A", Method: instrument.Account, Reference: slow.Reference, From: ids[0]}, []string{slow.ID}},
	} {
		c.f.Limit = 10
		if got := list(c.f); !slices.Equal(got, c.want) {
			s.Errorf("by %s: got %v, want %v", name, got, c.want)
		}
	}
	s.ok(s.commit(processor.Load{Payments: []string{slow.ID}}, func(w *processor.Work) {
		slow.Version, slow.Bank, slow.Attempts[0].Bank, slow.Attempts[0].Instrument.Kind = 2, "NAYSFR2A", "NAYSFR2A", instrument.Card
		w.Updated = append(w.Updated, slow)
	}))
	if got := list(processor.Filter{Bank: "NAYSFR2A", Method: instrument.Card, Limit: 10}); !slices.Equal(got, []string{slow.ID}) {
		s.Errorf("after it went to another bank: %v", got)
	}
	if got := list(processor.Filter{Bank: "SLOWDE2A", Limit: 10}); len(got) != 0 {
		s.Errorf("at its former bank: %v", got)
	}
	if got := list(processor.Filter{Status: payment.Captured, Limit: 10}); len(got) != 0 {
		s.Errorf("by status: %v", got)
	}
	if got := list(processor.Filter{Limit: 10}); len(got) != 9 {
		s.Errorf("all: %v", got)
	}
	slow.Version, slow.Status = 3, payment.Declined
	s.ok(s.commit(processor.Load{Payments: []string{slow.ID}}, func(w *processor.Work) { w.Updated = append(w.Updated, slow) }))
	s.byStatus(slow)
	s.tallied(ids[0])
}

// byStatus takes one of nine payments through every status, and finds it by each.
func (s *suite) byStatus(one payment.Payment) {
	others := map[payment.Status]int{payment.Created: 8}
	for _, status := range append(payment.Statuses(), one.Status) {
		one.Version++
		if one.Status, one.DueAt = status, s.now; status.Final() {
			one.DueAt = time.Time{}
		}
		s.ok(s.commit(processor.Load{Payments: []string{one.ID}}, func(w *processor.Work) { w.Updated = append(w.Updated, one) }))
		for _, asked := range payment.Statuses() {
			all, with := others[asked], 0
			if asked == status {
				all, with = all+1, 1
			}
			s.finds(all, processor.Filter{Status: asked})
			s.finds(with, processor.Filter{Status: asked, Method: one.Method(), Bank: one.Bank})
		}
	}
}

// finds counts what is found by a filter.
func (s *suite) finds(want int, f processor.Filter) {
	s.Helper()
	f.Limit = 10
	if found, err := s.store.Payments(s.ctx, f); err != nil || len(found) != want {
		s.Errorf("found by %+v: want %d, got %d, %v", f, want, len(found), err)
	}
}

// tallied counts what pages has made: eight payments of m1, one of them declined and one disputed twice, and one of m2.
func (s *suite) tallied(disputed string) {
	for _, id := range []string{"dp_1", "dp_2"} {
		s.keep(processor.NewRecord(processor.Record{Kind: processor.DisputeRecord, ID: id, Merchant: "m1", Payment: disputed, Status: "won"}, struct{}{}))
	}
	s.keep(processor.NewRecord(processor.Record{Kind: processor.BatchRecord, ID: "b_1", Merchant: "m1", Payment: disputed, Status: "won"}, struct{}{}))
	for merchant, want := range map[string]processor.Tally{
		"":     {ByStatus: map[payment.Status]int{payment.Created: 8, payment.Declined: 1}, Disputed: 1},
		"m1":   {ByStatus: map[payment.Status]int{payment.Created: 7, payment.Declined: 1}, Disputed: 1},
		"m2":   {ByStatus: map[payment.Status]int{payment.Created: 1}},
		"none": {ByStatus: map[payment.Status]int{}},
	} {
		got, err := s.store.Tally(s.ctx, merchant)
		s.ok(err)
		if !maps.Equal(got.ByStatus, want.ByStatus) || got.Disputed != want.Disputed {
			s.Errorf("counted of %q: %+v, want %+v", merchant, got, want)
		}
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
