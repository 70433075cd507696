package storetest

import (
	"fmt"
	"strings"
	"time"

	"sandbank/audit"
	"sandbank/chance"
	"sandbank/fault"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/processor/invariant"
	"sandbank/settlement"
)

// old makes payments that went all the way, the last one of another merchant, each with an audit
// record, and brings them to where nothing is under way.
func (s *suite) old(n int) (list []payment.Payment) {
	s.Helper()
	for i := range n {
		p, _ := s.paid(fmt.Sprintf("m%d", 1+i/(n-1)))
		list = append(list, p)
		s.ok(s.store.AddAudits(s.ctx, []audit.Record{s.audited(s.now, func(r *audit.Record) { r.Object = p.ID })}))
		s.now = s.now.Add(time.Second)
	}
	s.settled(list)
	s.rest()
	return list
}

// settled has the payments' items settled, and books nothing for it.
func (s *suite) settled(list []payment.Payment) {
	s.Helper()
	for _, p := range list {
		items, err := s.store.Items(s.ctx, processor.ItemFilter{IDs: processor.LeavingOf(p).Items, Limit: 10})
		s.ok(err)
		s.ok(s.commit(processor.Load{}, func(w *processor.Work) {
			for _, i := range items {
				i.State, i.Settlement = settlement.ItemSettled, "stl_1"
				w.Items = append(w.Items, i)
			}
		}))
	}
}

// rest brings everything out of the outbox and into the chains.
func (s *suite) rest() {
	s.Helper()
	parcels, err := s.store.Claim(s.ctx, time.Minute, 1000)
	s.ok(err)
	for _, p := range parcels {
		s.ok(s.store.Published(s.ctx, []string{p.ID}))
	}
	s.sealAll(100)
	s.sealAudits(100)
}

// letGo lets payments go, whatever is under way for them, and returns what the store had loaded.
func (s *suite) letGo(list ...payment.Payment) (old []processor.Old, err error) {
	s.Helper()
	var load processor.Load
	for _, p := range list {
		load.Leaving = append(load.Leaving, processor.LeavingOf(p))
	}
	err = s.store.Commit(s.ctx, load, func(w *processor.Work) error {
		old = w.Old()
		w.Gone = processor.Gone{Payments: load.Leaving, Settlements: []string{"stl_1"}}
		return nil
	})
	return old, err
}

// letGoWhole lets one of several payments go: nothing of it is left, and everything else is as it was.
func letGoWhole(s *suite) {
	s.invented = true // the items' settlement
	list := s.old(5)
	before, err := s.store.Balances(s.ctx)
	s.ok(err)
	for _, n := range []int{1, 3, 2} { // the gaps join
		if old, err := s.letGo(list[n]); err != nil || len(old) != 1 || old[0].UnderWay != 0 || len(old[0].Items) != 1 || old[0].Payment.ID != list[n].ID {
			s.Fatalf("payment %d goes with %+v, %v", n, old, err)
		}
	}
	for n, p := range list {
		_, err := s.store.Payment(s.ctx, p.ID)
		t, failed := s.store.Timeline(s.ctx, p.ID)
		s.ok(failed)
		audits := s.listed(audit.Filter{Object: p.ID, Limit: 10})
		items, failed := s.store.Items(s.ctx, processor.ItemFilter{IDs: processor.LeavingOf(p).Items, Limit: 10})
		s.ok(failed)
		rows := len(t.Messages) + len(t.Entries) + len(t.Events) + len(audits) + len(items)
		if gone := n >= 1 && n <= 3; gone != fault.Is(err, fault.NotFound) || gone != (rows == 0) {
			s.Errorf("payment %d: %v, and %d rows about it", n, err, rows)
		}
	}
	after, err := s.store.Balances(s.ctx)
	s.ok(err)
	if fmt.Sprint(before) != fmt.Sprint(after) {
		s.Errorf("the balances changed from %v to %v", before, after)
	}
	s.chains(2)
	s.horizon(list)
	s.paid("m1")
	s.rest()
	s.chains(3)
}

// chains checks that both chains hold over their gaps, and how many entries are left.
func (s *suite) chains(entries int) {
	s.Helper()
	at, err := s.store.Checkpoint(s.ctx)
	s.ok(err)
	if len(at.Ledger) != 1 || at.Ledger[0].First != 2 || at.Ledger[0].Last != 4 || len(at.Audit) != 1 || at.Audit[0].Last != 4 {
		s.Errorf("the gaps are %+v and %+v, expected 2 to 4", at.Ledger, at.Audit)
	}
	report, err := invariant.Check(s.ctx, s.store, s.now, time.Hour)
	s.ok(err)
	for _, v := range report.Violations {
		if !strings.Contains(v, "by payments, items and breaks") { // what was invented was not booked
			s.Errorf("invariant: %s", v)
		}
	}
	if report.Entries != entries || report.LetGo != 3 {
		s.Errorf("%d entries, %d payments let go; expected %d and 3", report.Entries, report.LetGo, entries)
	}
}

// horizon checks what the store says of how far back it reaches.
func (s *suite) horizon(list []payment.Payment) {
	s.Helper()
	h, err := s.store.Horizon(s.ctx)
	s.ok(err)
	if h.Newest != list[3].ID || !h.Booked.Equal(s.now.Add(-2*time.Second)) {
		s.Errorf("the horizon is %+v", h)
	}
	last, err := s.store.LastSequence(s.ctx, "m1")
	s.ok(err)
	floor, err := s.store.Floor(s.ctx, "m1")
	s.ok(err)
	if other, err := s.store.Floor(s.ctx, "m2"); floor != 4 || last != 4 || other != 0 || err != nil {
		s.Errorf("floors %d and %d, last sequence %d, %v; expected 4, 0 and 4", floor, other, last, err)
	}
	if _, err := s.store.BalancesAt(s.ctx, h.Booked.Add(-time.Microsecond)); fault.Code(err) != "balances_gone" {
		s.Errorf("balances before the horizon: %v", err)
	}
	now, err := s.store.Balances(s.ctx)
	s.ok(err)
	if then, err := s.store.BalancesAt(s.ctx, s.now); err != nil || fmt.Sprint(then) != fmt.Sprint(now) {
		s.Errorf("balances at an instant: %v, %v; expected %v", then, err, now)
	}
}

// letGoBatches lets a bank's batch go with the last payment that it settled, and not before.
func letGoBatches(s *suite) {
	s.invented = true
	list := s.old(2)
	batch := processor.Record{Kind: processor.BatchRecord, ID: processor.BatchIDOf("stl_1"), Bank: "SANDNL2A", Status: "received", Doc: []byte(`{}`)}
	s.ok(s.commit(processor.Load{}, func(w *processor.Work) { w.Records = append(w.Records, batch) }))
	for i, p := range list {
		_, err := s.letGo(p)
		s.ok(err)
		if _, err = s.store.RecordOf(s.ctx, processor.BatchRecord, batch.ID); (i == 1) != fault.Is(err, fault.NotFound) {
			s.Errorf("after payment %d the batch: %v", i, err)
		}
	}
}

// letGoFails lets nothing go where one of several cannot: what was done before is undone.
func letGoFails(s *suite) {
	s.invented = true
	list := s.old(3)
	open := s.made("m1")
	s.create(open)
	before := s.everythingStored()
	if _, err := s.letGo(list[0], open, list[1]); err == nil {
		s.Error("a payment that is not final was let go")
	}
	err := s.store.Commit(s.ctx, processor.Load{}, func(w *processor.Work) error {
		w.Gone.Payments = []processor.Leaving{processor.LeavingOf(list[0])}
		w.Entries = append(w.Entries, s.captured(s.made("m1")).Entries[0])
		w.Entries[0].ID = "" // the store refuses it
		return nil
	})
	if err == nil {
		s.Error("an entry without an id was taken")
	}
	err = s.store.Commit(s.ctx, processor.Load{}, func(w *processor.Work) error {
		w.Gone.Payments = []processor.Leaving{processor.LeavingOf(list[0])}
		return errRefused
	})
	if err == nil {
		s.Error("a refused batch was committed")
	}
	if after := s.everythingStored(); after != before {
		s.Errorf("what failed changed what is stored from\n%s\nto\n%s", before, after)
	}
	if _, err := s.letGo(list[0], list[1]); err != nil {
		s.Errorf("and then: %v", err)
	}
}

// everythingStored is what every read of the invariants finds, as text.
func (s *suite) everythingStored() string {
	s.Helper()
	report, err := invariant.Check(s.ctx, s.store, s.now, time.Hour)
	s.ok(err)
	at, err := s.store.Checkpoint(s.ctx)
	s.ok(err)
	balances, err := s.store.Balances(s.ctx)
	s.ok(err)
	return fmt.Sprintf("%+v\n%+v\n%v", *report, at, balances)
}

// letGoUnderWay counts what keeps a payment from going.
func letGoUnderWay(s *suite) {
	s.invented = true
	list := s.old(3)
	p := list[0]
	under := func(sinks ...string) (n int) {
		s.Helper()
		load := processor.Load{Leaving: []processor.Leaving{processor.LeavingOf(p)}, Sinks: sinks}
		s.ok(s.commit(load, func(w *processor.Work) { n = w.Old()[0].UnderWay }))
		return n
	}
	want := func(what string, got, want int) {
		s.Helper()
		if got != want {
			s.Errorf("%s: %d are under way, expected %d", what, got, want)
		}
	}
	want("at rest", under(), 0)
	want("a sink that wrote nothing", under("test"), 1)
	c, events := s.claim("a", s.now, 1)
	want("a sink that is writing", under("test"), 1)
	s.ok(s.store.Written(s.ctx, c, "m1", events[0].Sequence))
	want("a sink that wrote it", under("test"), 0)
	s.ok(s.store.AddAudits(s.ctx, []audit.Record{s.audited(s.now, func(r *audit.Record) { r.Object = p.ID })}))
	want("an audit record without a seal", under(), 1)
	s.sealAudits(10)
	want("the last of the audit log's chain", under(), 1)
	s.ok(s.store.AddAudits(s.ctx, []audit.Record{s.audited(s.now, nil)}))
	s.sealAudits(10)
	want("one before the last", under(), 0)
	s.ok(s.commit(processor.Load{}, func(w *processor.Work) {
		w.Messages = append(w.Messages, processor.Message{ID: s.id("req"), Direction: processor.Out, Payment: p.ID, Bank: p.Bank, Attempt: 1, Kind: "refund", At: s.now, Body: []byte(`{}`)})
	}))
	want("a message in the outbox", under(), 1)
	s.rest()
	s.ok(s.commit(processor.Load{}, func(w *processor.Work) {
		w.Records = append(w.Records, processor.Record{Kind: processor.BreakRecord, ID: "brk_1", Bank: p.Bank, Payment: p.ID, Status: "open", Doc: []byte(`{}`)},
			processor.Record{Kind: processor.LateRecord, ID: "late_1", Payment: p.ID, Status: "waiting", DueAt: s.now, Doc: []byte(`{}`)})
	}))
	want("an open break and a late event", under(), 2)
}

// older lists what is older than the newest ones, oldest first, in pages.
func older(s *suite) {
	var ids []string
	for range 5 {
		p := s.made("m1")
		s.create(p)
		ids, s.now = append(ids, p.ID), s.now.Add(time.Second)
	}
	for _, c := range []struct {
		ask  processor.Older
		want []string
	}{
		{processor.Older{Keep: 2, Limit: 10}, ids[:3]},
		{processor.Older{Keep: 2, Limit: 2}, ids[:2]},
		{processor.Older{Keep: 2, After: ids[1], Limit: 2}, ids[2:3]},
		{processor.Older{Keep: 2, Oldest: ids[3], After: ids[0], Limit: 10}, ids[1:3]},
		{processor.Older{Keep: 5, Limit: 2}, nil},
		{processor.Older{Before: ids[3], Limit: 10}, ids[:3]},
		{processor.Older{Before: ids[3], After: ids[0], Limit: 1}, ids[1:2]},
		{processor.Older{Before: chance.FirstID("pay", s.now.Add(-3*time.Second)), Limit: 10}, ids[:2]},
		{processor.Older{Before: chance.FirstID("pay", s.now.Add(-time.Hour)), Limit: 10}, nil},
		{processor.Older{Keep: 6, Limit: 2}, nil},
	} {
		list, oldest, err := s.store.Older(s.ctx, c.ask)
		s.ok(err)
		var got []string
		for _, p := range list {
			got = append(got, p.ID)
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) || c.ask.Before == "" && len(got) > 0 && oldest.ID != ids[3] {
			s.Errorf("%+v: %v, the oldest kept is %s; expected %v", c.ask, got, oldest.ID, c.want)
		}
	}
}
