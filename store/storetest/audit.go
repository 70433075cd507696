package storetest

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"sandbank/audit"
	"sandbank/processor"
)

func (s *suite) audited(at time.Time, change func(*audit.Record)) audit.Record {
	r := audit.Record{
		ID: s.ids.ID("aud", at), At: at, Actor: audit.Actor{Kind: audit.Client, ID: "demo-shop"}, Role: "merchant", Merchant: "m1",
		Action: audit.PaymentCreate, Object: "pay_1", Outcome: audit.Allowed, Address: "127.0.0.1", Request: "rid_1",
	}
	if change != nil {
		change(&r)
	}
	return r.Clean()
}

func (s *suite) sealAudits(limit int) (sealed int) {
	s.Helper()
	for {
		n, err := s.store.SealAudits(s.ctx, limit)
		s.ok(err)
		if n == 0 {
			return sealed
		}
		sealed += n
	}
}

func (s *suite) listed(f audit.Filter) (ids []string) {
	s.Helper()
	list, err := s.store.ListAudits(s.ctx, f)
	s.ok(err)
	for _, r := range list {
		ids = append(ids, r.Record.ID)
	}
	return ids
}

// auditChain keeps records with a commit and by themselves, each as it was, and
// chains them in the order of their commits.
func auditChain(s *suite) {
	first := s.audited(s.now.Add(time.Hour), func(r *audit.Record) { r.Actor.ID, r.Count = "日本 “x” <&>", 3 })
	s.ok(s.commit(processor.Load{}, func(w *processor.Work) { w.Audits = []audit.Record{first} }))
	second := s.audited(s.now, func(r *audit.Record) { r.Outcome, r.Code = audit.Refused, "forbidden" })
	third := s.audited(s.now, nil)
	s.ok(s.store.AddAudits(s.ctx, []audit.Record{second, third}))
	s.ok(s.store.AddAudits(s.ctx, nil))
	if n := s.sealAudits(2); n != 3 {
		s.Errorf("sealed %d of 3", n)
	}
	var v audit.Verifier
	var got []audit.Record
	for r, err := range s.store.AllAudits(s.ctx) {
		s.ok(err)
		s.ok(v.Step(r))
		got = append(got, r.Record)
	}
	if len(got) != 3 || got[0] != first || !slices.Contains(got, second) || !slices.Contains(got, third) {
		s.Errorf("kept as %+v", got)
	}
	if err := s.commit(processor.Load{}, func(w *processor.Work) { w.Audits = []audit.Record{s.audited(s.now, nil), first} }); err == nil {
		s.Error("a commit with a record that is there was carried out")
	}
	if n := len(s.listed(audit.Filter{Limit: 10})); n != 3 {
		s.Errorf("of a commit that was refused, something was kept: %d records", n)
	}
	// The answer to a try was lost, and it is made again, with a record that came meanwhile.
	s.ok(s.store.AddAudits(s.ctx, []audit.Record{second, s.audited(s.now, nil), third}))
	s.ok(s.store.AddAudits(s.ctx, []audit.Record{second}))
	if n := len(s.listed(audit.Filter{Limit: 10})); n != 4 {
		s.Errorf("of 4 records, of which 2 were given again, %d are kept: expected each once", n)
	}
}

func auditPages(s *suite) {
	var want []string
	for i := range 5 {
		r := s.audited(s.now.Add(time.Duration(i)*time.Minute), func(r *audit.Record) { r.Object = fmt.Sprintf("pay_%d", i%2) })
		s.ok(s.store.AddAudits(s.ctx, []audit.Record{r}))
		want = append([]string{r.ID}, want...)
	}
	other := s.audited(s.now.Add(-time.Minute), func(r *audit.Record) {
		r.Actor, r.Merchant, r.Action, r.Outcome, r.Object = audit.Actor{Kind: audit.Nobody}, "m2", audit.TokenIssue, audit.Refused, ""
	})
	s.ok(s.store.AddAudits(s.ctx, []audit.Record{other}))
	s.sealAudits(10)
	for name, c := range map[string]struct {
		f    audit.Filter
		want []string
	}{
		"all":        {audit.Filter{}, append(slices.Clone(want), other.ID)},
		"kind":       {audit.Filter{Kind: audit.Nobody}, []string{other.ID}},
		"actor":      {audit.Filter{Actor: "demo-shop"}, want},
		"merchant":   {audit.Filter{Merchant: "m2"}, []string{other.ID}},
		"action":     {audit.Filter{Action: audit.TokenIssue}, []string{other.ID}},
		"thing":      {audit.Filter{Action: "payment."}, want},
		"half thing": {audit.Filter{Action: "payment"}, nil},
		"object":     {audit.Filter{Object: "pay_1"}, []string{want[1], want[3]}},
		"outcome":    {audit.Filter{Outcome: audit.Refused}, []string{other.ID}},
		"from":       {audit.Filter{From: s.now.Add(3 * time.Minute)}, want[:2]},
		"to":         {audit.Filter{To: s.now}, []string{other.ID}},
		"between":    {audit.Filter{From: s.now, To: s.now.Add(time.Minute)}, want[4:]},
		"page":       {audit.Filter{Before: want[1], Limit: 2}, want[2:4]},
	} {
		if c.f.Limit == 0 {
			c.f.Limit = 10
		}
		if got := s.listed(c.f); !slices.Equal(got, c.want) {
			s.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// auditsConcurrent has several write and seal at the same time.
func auditsConcurrent(s *suite) {
	var wait sync.WaitGroup
	for i := range 16 {
		wait.Go(func() {
			if i%4 == 3 {
				_, err := s.store.SealAudits(s.ctx, 3)
				s.fine(err)
				return
			}
			s.fine(s.store.AddAudits(s.ctx, []audit.Record{s.audited(s.now, nil), s.audited(s.now, nil)}))
		})
	}
	wait.Wait()
	s.sealAudits(5)
	var v audit.Verifier
	for r, err := range s.store.AllAudits(s.ctx) {
		s.ok(err)
		s.ok(v.Step(r))
	}
	if v.Last().Number != 24 || v.Unsealed != 0 {
		s.Errorf("%d records sealed, %d not", v.Last().Number, v.Unsealed)
	}
}
