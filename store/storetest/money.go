package storetest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"sandbank/broker/wire"
	"sandbank/fault"
	"sandbank/ledger"
	"sandbank/money"
	"sandbank/processor"
	"sandbank/settlement"
)

// keep stores records, which are made up.
func (s *suite) keep(list ...processor.Record) {
	s.Helper()
	s.invented = true
	s.ok(s.commit(processor.Load{}, func(w *processor.Work) { w.Records = append(w.Records, list...) }))
}

// book stores items, all about one payment and made up.
func (s *suite) book(list ...settlement.Item) {
	s.Helper()
	s.invented = true
	s.ok(s.commit(processor.Load{}, func(w *processor.Work) { w.Items = append(w.Items, list...) }))
}

func record(kind processor.RecordKind, id, merchant, bank, status string) processor.Record {
	return processor.Record{Kind: kind, ID: id, Merchant: merchant, Bank: bank, Payment: "pay_" + merchant, Status: status, Doc: []byte(`{"id": "` + id + `"}`)}
}

func records(s *suite) {
	s.keep(record(processor.DisputeRecord, "dp_1", "m1", "SANDNL2A", "won"), record(processor.DisputeRecord, "dp_2", "m1", "SLOWDE2A", "lost"),
		record(processor.DisputeRecord, "dp_3", "m2", "SANDNL2A", "won"), record(processor.BatchRecord, "b_1", "m1", "SANDNL2A", "won"))
	for want, f := range map[string]processor.RecordFilter{
		"dp_3 dp_2 dp_1": {}, "dp_3 dp_2": {Limit: 2}, "dp_2 dp_1": {Merchant: "m1"}, "dp_3 dp_1": {Bank: "SANDNL2A"}, "dp_3": {Payment: "pay_m2"},
		"dp_2": {Status: "lost"}, "dp_1": {Before: "dp_2"}, "": {Merchant: "m1", Status: "open"},
	} {
		if f.Kind = processor.DisputeRecord; f.Limit == 0 {
			f.Limit = 10
		}
		list, err := s.store.Records(s.ctx, f)
		s.ok(err)
		if got := ids(list, func(r processor.Record) string { return r.ID }); got != want {
			s.Errorf("%+v lists %q, not %q", f, got, want)
		}
	}
	got, err := s.store.RecordOf(s.ctx, processor.DisputeRecord, "dp_1")
	s.ok(err)
	if want := record(processor.DisputeRecord, "dp_1", "m1", "SANDNL2A", "won"); !sameRecord(got, want) {
		s.Errorf("read back as %+v (%s)", got, got.Doc)
	}
	for _, wrong := range []struct {
		kind processor.RecordKind
		id   string
	}{{processor.PayoutRecord, "dp_1"}, {processor.DisputeRecord, "dp_9"}} {
		if _, err := s.store.RecordOf(s.ctx, wrong.kind, wrong.id); !fault.Is(err, fault.NotFound) {
			s.Errorf("%+v: %v", wrong, err)
		}
	}
	changed := record(processor.DisputeRecord, "dp_1", "m1", "SANDNL2A", "lost")
	changed.Doc, changed.DueAt = []byte(`{"id": "dp_1", "é": "'"}`), s.now
	s.keep(changed)
	if got, err = s.store.RecordOf(s.ctx, processor.DisputeRecord, "dp_1"); err != nil || !sameRecord(got, changed) {
		s.Errorf("changed to %+v (%s), %v", got, got.Doc, err)
	}
}

// breakRecords are found by their settlement, and by nothing else that holds its id.
func breakRecords(s *suite) {
	of := func(kind processor.RecordKind, id, settlement, status string) processor.Record {
		r := record(kind, id, "m1", "SANDNL2A", status)
		r.Doc = []byte(`{"id": "` + id + `", "settlement": "` + settlement + `"}`)
		return r
	}
	s.keep(of(processor.BreakRecord, "brk_1", "stl_1", "open"), of(processor.BreakRecord, "brk_2", "stl_1", "corrected"),
		of(processor.BreakRecord, "brk_3", "stl_2", "open"), of(processor.BreakRecord, "brk_4", "stl_1", "open"),
		record(processor.BreakRecord, "stl_1", "m1", "SANDNL2A", "open"), of(processor.DisputeRecord, "dp_1", "stl_1", "open"))
	if w, err := s.store.Waiting(s.ctx); err != nil || w.Breaks != 4 {
		s.Errorf("with 4 open breaks, a corrected one and a dispute: expected 4 breaks, got %+v, %v", w, err)
	}
	for want, f := range map[string]processor.RecordFilter{
		"brk_4 brk_2 brk_1": {Settlement: "stl_1"}, "brk_4 brk_1": {Settlement: "stl_1", Status: "open"}, "brk_4": {Settlement: "stl_1", Limit: 1},
		"brk_2 brk_1": {Settlement: "stl_1", Before: "brk_4"}, "brk_3": {Settlement: "stl_2"}, "": {Settlement: "stl_3"},
		"stl_1 brk_4 brk_3 brk_1": {Status: "open"},
	} {
		if f.Kind = processor.BreakRecord; f.Limit == 0 {
			f.Limit = 10
		}
		list, err := s.store.Records(s.ctx, f)
		s.ok(err)
		if got := ids(list, func(r processor.Record) string { return r.ID }); got != want {
			s.Errorf("%+v lists %q, not %q", f, got, want)
		}
	}
}

func sameRecord(a, b processor.Record) bool {
	same := string(a.Doc) == string(b.Doc) && a.DueAt.Equal(b.DueAt)
	a.Doc, b.Doc, a.DueAt, b.DueAt = nil, nil, time.Time{}, time.Time{}
	return same && fmt.Sprintf("%+v", a) == fmt.Sprintf("%+v", b)
}

// ids are the ids of a list, in its order.
func ids[T any](list []T, id func(T) string) string {
	var out []string
	for _, v := range list {
		out = append(out, id(v))
	}
	return strings.Join(out, " ")
}

func dueRecords(s *suite) {
	for i, due := range []time.Duration{2 * time.Second, time.Second, time.Minute, 0} {
		r := record(processor.DisputeRecord, fmt.Sprintf("dp_%d", i), "m1", "SANDNL2A", "x")
		if due > 0 {
			r.DueAt = s.now.Add(due)
		}
		s.keep(r)
	}
	for after, want := range map[time.Duration]struct {
		due  string
		next time.Duration
	}{0: {"", time.Second}, time.Second: {"dp_1", 2 * time.Second}, 5 * time.Second: {"dp_1 dp_0", time.Minute}, time.Hour: {"dp_1 dp_0 dp_2", 0}} {
		list, next, err := s.store.DueRecords(s.ctx, s.now.Add(after), 10)
		s.ok(err)
		if got := ids(list, func(r processor.Record) string { return r.ID }); got != want.due {
			s.Errorf("after %s, due are %q, not %q", after, got, want.due)
		}
		if want.next == 0 && !next.IsZero() || want.next > 0 && !next.Equal(s.now.Add(want.next)) {
			s.Errorf("after %s, the next is due at %s", after, next)
		}
	}
	if list, _, err := s.store.DueRecords(s.ctx, s.now.Add(time.Hour), 1); err != nil || len(list) != 1 || list[0].ID != "dp_1" {
		s.Errorf("the most overdue: %+v, %v", list, err)
	}
	settled := record(processor.DisputeRecord, "dp_1", "m1", "SANDNL2A", "x")
	s.keep(settled) // without an instant
	if list, _, err := s.store.DueRecords(s.ctx, s.now.Add(time.Second), 10); err != nil || len(list) != 0 {
		s.Errorf("what is not due any more is listed: %+v, %v", list, err)
	}
}

// item is one about a payment of the test, booked at the test's time.
func (s *suite) item(payment, id, merchant, bank string, kind settlement.ItemKind, state settlement.ItemState) settlement.Item {
	zero := money.Zero("EUR")
	return settlement.Item{
		ID: id, Kind: kind, Of: "of_" + id, Merchant: merchant, Bank: bank, Payment: payment, Reference: "é'", Amount: money.Must("20.00", "EUR"),
		MerchantFee: zero, BankFee: zero, BookedAt: s.now, State: state,
	}
}

// shelf is a payment with items of all sorts.
func (s *suite) shelf() (payment string) {
	p := s.made("m1")
	s.create(p)
	yen := s.item(p.ID, "i5", "m1", "SANDNL2A", settlement.ItemCapture, settlement.ItemOpen)
	yen.Amount, yen.MerchantFee, yen.BankFee = money.Must("20", "JPY"), money.Zero("JPY"), money.Zero("JPY")
	later := s.item(p.ID, "i6", "m1", "SANDNL2A", settlement.ItemCapture, settlement.ItemOpen)
	later.BookedAt = s.now.Add(time.Microsecond)
	settled := s.item(p.ID, "i3", "m1", "SANDNL2A", settlement.ItemCapture, settlement.ItemSettled)
	settled.Settlement, settled.Payout = "stl_1", "po_1"
	s.book(
		s.item(p.ID, "i1", "m1", "SANDNL2A", settlement.ItemCapture, settlement.ItemOpen), s.item(p.ID, "i2", "m1", "SANDNL2A", settlement.ItemRefund, settlement.ItemMissing),
		settled, s.item(p.ID, "i4", "m2", "SLOWDE2A", settlement.ItemCapture, settlement.ItemOpen), yen, later,
		s.item(p.ID, "i7", "m1", "SLOWDE2A", settlement.ItemCapture, settlement.ItemSettled), s.item(p.ID, "i8", "m1", "SANDNL2A", settlement.ItemRefundReserved, settlement.ItemSettled),
		s.item(p.ID, "i9", "m2", "SANDNL2A", settlement.ItemRefund, settlement.ItemSettled),
	)
	return p.ID
}

func itemID(i settlement.Item) string { return i.ID }

func items(s *suite) {
	pay := s.shelf()
	for want, f := range map[string]processor.ItemFilter{
		"i1 i3": {IDs: []string{"i3", "i1", "i0", "i1"}}, "i3": {Settlement: "stl_1"}, "i3 ": {Payout: "po_1"}, "i1 i5 i6": {Bank: "SANDNL2A", State: settlement.ItemOpen},
		"i2": {Bank: "SANDNL2A", State: settlement.ItemMissing}, "i5 i6": {Bank: "SANDNL2A", State: settlement.ItemOpen, After: "i1"},
		"i1": {Bank: "SANDNL2A", State: settlement.ItemOpen, Limit: 1}, "": {IDs: []string{}},
	} {
		if f.Limit == 0 {
			f.Limit = 10
		}
		list, err := s.store.Items(s.ctx, f)
		s.ok(err)
		if got := ids(list, itemID); got != strings.TrimSpace(want) {
			s.Errorf("%+v lists %q, not %q", f, got, want)
		}
	}
	moved := s.item(pay, "i1", "m1", "SANDNL2A", settlement.ItemCapture, settlement.ItemSettled)
	moved.Settlement = "stl_2"
	s.book(moved)
	list, err := s.store.Items(s.ctx, processor.ItemFilter{Settlement: "stl_2", Limit: 10})
	s.ok(err)
	if len(list) != 1 || fmt.Sprintf("%+v", list[0]) != fmt.Sprintf("%+v", moved) {
		s.Errorf("read back as %+v, not %+v", list, moved)
	}
	scopes, err := s.store.Payable(s.ctx)
	s.ok(err)
	if want := []processor.PayScope{{Merchant: "m1", Currency: "EUR"}}; !slices.Equal(scopes, want) {
		s.Errorf("payable are %v, not %v", scopes, want)
	}
}

// openAfter sums up what a bank owes for open items, and deducts, after an instant.
func openAfter(s *suite) {
	pay := s.shelf()
	back := s.item(pay, "back", "m1", "SANDNL2A", settlement.ItemRefund, settlement.ItemOpen)
	back.Amount, back.BookedAt = money.Must("5.55", "EUR"), s.now.Add(2*time.Microsecond)
	held := s.item(pay, "held", "m1", "SANDNL2A", settlement.ItemDisputeHeld, settlement.ItemOpen)
	s.book(back, held)
	for _, c := range []struct {
		bank, want string
		currency   money.Currency
		after      time.Duration
	}{
		{"SANDNL2A", "34.45", "EUR", -time.Second},
		{"SANDNL2A", "14.45", "EUR", 0},
		{"SANDNL2A", "-5.55", "EUR", time.Microsecond},
		{"SANDNL2A", "0.00", "EUR", 2 * time.Microsecond},
		{"SANDNL2A", "20", "JPY", -time.Second},
		{"SLOWDE2A", "20.00", "EUR", -time.Second},
		{"NAYSFR2A", "0.00", "EUR", -time.Second},
	} {
		sum, err := s.store.OpenAfter(s.ctx, c.bank, c.currency, s.now.Add(c.after))
		s.ok(err)
		if sum.Value() != c.want || sum.Currency() != c.currency {
			s.Errorf("%s owes %s %s for what was booked %s later, want %s", c.bank, sum.Value(), c.currency, c.after, c.want)
		}
	}
}

// loaded are the items that a load finds.
func (s *suite) loaded(l processor.Load) string {
	s.Helper()
	var got []string
	s.ok(s.commit(l, func(w *processor.Work) {
		for n := range 10 {
			if i, ok := w.ItemOf(fmt.Sprintf("i%d", n)); ok {
				got = append(got, i.ID)
			}
		}
	}))
	return strings.Join(got, " ")
}

func settleScope(s *suite) {
	s.shelf()
	for want, scope := range map[string]processor.SettleScope{
		"i1": {Until: s.now}, "i1 i6": {Until: s.now.Add(time.Second)}, "i1 i2 i3": {Until: s.now, References: []string{"i2", "i3", "i4", "i5", "i0"}},
		"": {Until: s.now.Add(-time.Second)}, "i3": {References: []string{"i3"}},
	} {
		scope.Bank, scope.Currency = "SANDNL2A", "EUR"
		if got := s.loaded(processor.Load{Settles: []processor.SettleScope{scope}}); got != want {
			s.Errorf("%+v loads %q, not %q", scope, got, want)
		}
	}
	open, other, closed := record(processor.BreakRecord, "brk_1", "m1", "SANDNL2A", "open"), record(processor.BreakRecord, "brk_2", "m1", "SLOWDE2A", "open"), record(processor.BreakRecord, "brk_3", "m1", "SANDNL2A", "corrected")
	for _, r := range []*processor.Record{&open, &other, &closed} {
		*r = processor.NewRecord(*r, settlement.Break{ID: r.ID, Bank: r.Bank, Status: settlement.BreakStatus(r.Status), Currency: "EUR", Expected: money.Zero("EUR"),
			Found: money.Zero("EUR"), ExpectedFee: money.Zero("EUR"), FoundFee: money.Zero("EUR"), Effect: money.Zero("EUR").Net(), First: money.Zero("EUR").Net()})
	}
	s.keep(open, other, closed, record(processor.BatchRecord, "b_1", "", "SANDNL2A", "x"))
	s.ok(s.commit(processor.Load{Records: []string{"b_1", "b_9"}, Settles: []processor.SettleScope{{Bank: "SANDNL2A", Currency: "EUR"}}}, func(w *processor.Work) {
		for id, want := range map[string]bool{"brk_1": true, "brk_2": false, "brk_3": false, "b_1": true, "b_9": false} {
			if _, ok := w.RecordOf(id); ok != want {
				s.Errorf("%s was loaded: %t", id, ok)
			}
		}
	}))
}

// Two banks may give disputes the same name: each keeps its own, and a batch finds
// only its own bank's.
func namedAlike(s *suite) {
	p := s.made("m1")
	s.create(p)
	for _, bank := range []string{"SANDNL2A", "SLOWDE2A"} {
		i := s.item(p.ID, settlement.ChargebackID(bank, p.ID, "d'1"), "m1", bank, settlement.ItemChargeback, settlement.ItemMissing)
		i.Line = "d'1"
		s.book(i)
	}
	for _, bank := range []string{"SANDNL2A", "SLOWDE2A"} {
		references := settlement.IDs(bank, wire.Line{Kind: wire.LineChargeback, Payment: p.ID, Reference: "d'1"})
		scope := processor.SettleScope{Bank: bank, Currency: "EUR", Until: s.now, References: references}
		s.ok(s.commit(processor.Load{Settles: []processor.SettleScope{scope}}, func(w *processor.Work) {
			for _, of := range []string{"SANDNL2A", "SLOWDE2A"} {
				i, ok := w.ItemOf(settlement.ChargebackID(of, p.ID, "d'1"))
				if ok != (of == bank) || ok && (i.Bank != bank || i.Named() != "d'1") {
					s.Errorf("the batch of %s finds of %s %t, %+v", bank, of, ok, i)
				}
			}
		}))
	}
}

func payScope(s *suite) {
	s.shelf()
	for want, scope := range map[string]processor.PayScope{"i7 i8": {Merchant: "m1", Currency: "EUR"}, "": {Merchant: "m2", Currency: "EUR"}} {
		if got := s.loaded(processor.Load{Pays: []processor.PayScope{scope}}); got != want {
			s.Errorf("%+v loads %q, not %q", scope, got, want)
		}
	}
}

// Payouts of one merchant at the same time do not take the same item.
func payOnce(s *suite) {
	s.shelf()
	var all sync.WaitGroup
	var mu sync.Mutex
	took := map[string]int{}
	for n := range 8 {
		all.Go(func() {
			var mine []string
			err := s.commit(processor.Load{Pays: []processor.PayScope{{Merchant: "m1", Currency: "EUR"}}}, func(w *processor.Work) {
				mine = nil // it may be decided again
				for _, id := range []string{"i7", "i8"} {
					if i, ok := w.ItemOf(id); ok && i.Payable() {
						i.Payout = fmt.Sprintf("po_%d", n)
						w.Items, mine = append(w.Items, i), append(mine, id)
					}
				}
			})
			s.fine(err)
			mu.Lock()
			defer mu.Unlock()
			for _, id := range mine {
				took[id]++
			}
		})
	}
	all.Wait()
	if took["i7"] != 1 || took["i8"] != 1 {
		s.Errorf("taken so often: %v", took)
	}
}

func tells(s *suite) {
	e := s.endpoint("m1")
	s.endpoint("m2")
	s.ok(s.commit(processor.Load{Tells: []string{"m1", "m3"}}, func(w *processor.Work) {
		if got := w.EndpointsOf("m1"); len(got) != 1 || got[0].ID != e.ID || len(w.EndpointsOf("m2")) != 0 {
			s.Errorf("endpoints of m1 are %+v, of m2 %+v", got, w.EndpointsOf("m2"))
		}
	}))
}

// entry books an amount from one account to another.
func (s *suite) entry(id, kind string, debit, credit ledger.Account, at time.Time) {
	s.Helper()
	a := money.Must("1.00", "EUR")
	s.ok(s.commit(processor.Load{}, func(w *processor.Work) {
		w.Entries = append(w.Entries, ledger.Entry{ID: id, Key: kind + ":" + id, Kind: kind, At: at, Postings: []ledger.Posting{
			{Account: debit, Side: ledger.Debit, Amount: a}, {Account: credit, Side: ledger.Credit, Amount: a},
		}})
	}))
}

func entryPages(s *suite) {
	s.entry("ent_1", "k1", "a", "b", s.now)
	s.entry("ent_2", "k2", "b", "c", s.now)
	s.entry("ent_3", "k1", "c", "a", s.now.Add(time.Second))
	for want, f := range map[string]processor.EntryFilter{
		"ent_3 ent_2 ent_1": {}, "ent_3 ent_2": {Limit: 2}, "ent_3 ent_1": {Account: "a"}, "ent_2 ent_1": {Account: "b"}, "ent_1": {Account: "a", Before: "ent_3"},
		"ent_3 ent_1 ": {Kind: "k1"}, "ent_2": {Kind: "k2"}, "": {Account: "d"},
		"ent_3 ": {From: s.now.Add(time.Microsecond)}, "ent_3 ent_2 ent_1 ": {From: s.now}, "ent_2 ent_1 ": {Until: s.now.Add(time.Second)}, " ": {Until: s.now},
		"ent_3  ": {Account: "a", From: s.now.Add(time.Second), Until: s.now.Add(2 * time.Second)},
	} {
		if f.Limit == 0 {
			f.Limit = 10
		}
		list, err := s.store.Entries(s.ctx, f)
		s.ok(err)
		if got := ids(list, func(e processor.SealedEntry) string { return e.ID }); got != strings.TrimSpace(want) {
			s.Errorf("%+v lists %q, not %q", f, got, want)
		}
		for _, e := range list {
			if len(e.Postings) != 2 || e.Postings[0].Side != ledger.Debit {
				s.Errorf("%s has the postings %+v", e.ID, e.Postings)
			}
		}
	}
}

func balancesAt(s *suite) {
	s.entry("ent_1", "k", "a", "b", s.now)
	s.entry("ent_2", "k", "a", "b", s.now.Add(time.Second))
	for after, want := range map[time.Duration]string{-time.Microsecond: "", 0: "a 1 b -1", time.Second: "a 2 b -2"} {
		list, err := s.store.BalancesAt(s.ctx, s.now.Add(after))
		s.ok(err)
		if got := ids(list, func(b ledger.Balance) string { return string(b.Account) + " " + b.Net().String() }); got != want {
			s.Errorf("after %s the balances are %q, not %q", after, got, want)
		}
	}
}
