package processor_test

import (
	"slices"
	"testing"
	"time"

	"sandbank/audit/trail"
	"sandbank/broker/outbox"
	"sandbank/broker/wire"
	"sandbank/fault"
	"sandbank/internal/engine"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/processor/invariant"
	"sandbank/store/postgres"
	"sandbank/store/sqlite"
)

// keeper is a store that can be brought to where nothing is under way.
type keeper interface {
	outbox.Store
	trail.Store
	invariant.Source
}

// calm has everything leave the outbox and both chains sealed, as happens beside the payments.
func (w *world) calm() {
	w.t.Helper()
	s := w.store.(keeper)
	for more := true; more; {
		parcels, err := s.Claim(w.ctx, time.Minute, 100)
		w.must(err)
		ids := make([]string, len(parcels))
		for i, p := range parcels {
			ids[i] = p.ID
		}
		w.must(s.Published(w.ctx, ids))
		sealed, err := w.store.Seal(w.ctx, 1000)
		w.must(err)
		audits, err := s.SealAudits(w.ctx, 1000)
		w.must(err)
		more = len(parcels)+sealed+audits > 0
	}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%v", err)
	}
}

// aboutGone reports whether what a bank says is about a payment that was let go: it comes again, or
// too late, and nobody knows any more what it is about.
func (w *world) aboutGone(body []byte) bool {
	if r, err := wire.ReadResult(body); err == nil {
		return w.gone[r.Payment]
	}
	d, err := wire.ReadDispute(body)
	return err == nil && w.gone[d.Payment]
}

// keeping is what stays. What goes is archived.
func (w *world) keeping() processor.Keeping {
	if w.keep == 0 {
		return processor.Keeping{}
	}
	if w.age > 0 {
		return processor.Keeping{Age: w.age, Archive: w}
	}
	return processor.Keeping{Payments: w.keep, Archive: w}
}

// Add implements [processor.Archive].
func (w *world) Add(list []processor.Departed) error {
	for _, d := range list {
		w.archived[d.Payment.ID] = d
	}
	return nil
}

// letGo lets old payments go. To the cent, nothing else changes.
func (m *model) letGo() {
	m.deliver() // what banks have said has arrived by the time that a payment is old
	m.calm()
	before, err := m.store.Balances(m.ctx)
	m.ok(err)
	n, err := m.proc.LetGo(m.ctx)
	m.ok(err)
	after, err := m.store.Balances(m.ctx)
	m.ok(err)
	if !slices.EqualFunc(before, after, sameBalance) {
		m.Errorf("%d payments were let go, and the balances changed from %+v to %+v", n, before, after)
	}
	left := len(m.ids) - n
	m.ids = slices.DeleteFunc(m.ids, func(id string) bool {
		_, err := m.store.Payment(m.ctx, id)
		if fault.Is(err, fault.NotFound) {
			m.world.goes(id)
			return true
		}
		m.ok(err)
		return false
	})
	if len(m.ids) != left || n > 0 && m.age == 0 && left < m.keep {
		m.Errorf("%d payments were let go of %d, and %d are left", n, left+n, len(m.ids))
	}
	m.holds()
}

// day settles and pays out, and goes on with new payments: what was there before may go then.
func (m *model) day() {
	m.deliver()
	for _, bic := range m.bics() {
		m.cutOff(bic)
	}
	m.deliver()
	m.payOut()
	m.wait(2*time.Hour + m.age)
	for range m.keep {
		m.pay()
	}
	m.letGo()
}

// goes notes that a payment was let go, and holds its copy to what it was.
func (w *world) goes(id string) {
	w.t.Helper()
	if w.gone == nil {
		w.gone = map[string]bool{}
	}
	w.gone[id] = true
	d, ok := w.archived[id]
	if !ok || len(d.Events) == 0 && d.Payment.Status != payment.Abandoned {
		w.t.Errorf("payment %s went, and its copy is %+v", id, d)
	}
	for _, e := range d.Entries {
		if e.Seal.Hash == "" {
			w.t.Errorf("entry %s of payment %s was archived without its seal", e.ID, id)
		}
	}
	if w.age > 0 && d.Payment.UpdatedAt.After(w.clock.Now().Add(-w.age)) {
		w.t.Errorf("payment %s of %s went at %s, with %s to keep", id, d.Payment.UpdatedAt, w.clock.Now(), w.age)
	}
}

// Whatever is let go after whatever happened, every invariant holds.
func TestLetGo_LeavesEverythingTrue(t *testing.T) {
	gone := keeping(t, 2, 15*time.Second, true, func() (moneyStore, func()) {
		s, err := sqlite.Open(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		return s, func() { _ = s.Close() }
	})
	if t.Logf("%d payments were let go", gone); gone == 0 {
		t.Error("nothing was let go")
	}
}

func TestLetGo_LeavesEverythingTrueOnPostgreSQL(t *testing.T) {
	gone := keeping(t, 2, 10*time.Second, false, func() (moneyStore, func()) {
		s, err := postgres.Open(t.Context(), engine.Database(t))
		if err != nil {
			t.Fatal(err)
		}
		return s, func() { _ = s.Close() }
	})
	if t.Logf("%d payments were let go", gone); gone == 0 {
		t.Error("nothing was let go")
	}
}
