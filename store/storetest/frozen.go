package storetest

import (
	"testing"
	"time"

	"sandbank/chance"
)

// Frozen holds a store's schema to what it says about what was booked, told and recorded: run runs a
// statement on the database, beside the store, and the schema refuses each that would change or
// remove any of it.
func Frozen(t *testing.T, open Open, run func(statement string) error) {
	s := &suite{T: t, ctx: t.Context(), ids: chance.Crypto(), now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	s.store = open(t)
	list := s.old(3)
	waits := s.made("m1")
	s.create(waits)
	for _, table := range []string{"entries", "postings", "events", "seals", "audits", "audit_seals"} {
		if err := run(`DELETE FROM ` + table); err == nil {
			t.Errorf("all %s could be deleted", table)
		}
	}
	for _, change := range []string{
		`UPDATE entries SET kind = 'x'`, `UPDATE postings SET line = line + 9`, `UPDATE events SET type = 'x'`, `UPDATE seals SET hash = 'x'`,
		`UPDATE audits SET actor = 'x'`, `UPDATE audit_seals SET hash = 'x'`,
	} {
		if err := run(change); err == nil {
			t.Errorf("%s was taken", change)
		}
	}
	if err := run(`INSERT INTO parting (payment) VALUES ('` + waits.ID + `')`); err == nil {
		t.Error("a payment that is not final could be let go")
	}
	if err := run(`INSERT INTO parting (payment) VALUES ('` + list[0].ID + `')`); err != nil {
		t.Errorf("a final payment could not be let go: %v", err)
	}
	for _, removal := range []string{
		`DELETE FROM events WHERE payment = '` + list[1].ID + `'`, `DELETE FROM entries WHERE payment = '` + list[1].ID + `'`,
		`DELETE FROM audits WHERE object = '` + list[1].ID + `'`, `DELETE FROM seals WHERE number = 1`, `DELETE FROM audit_seals WHERE number = 1`,
	} {
		if err := run(removal); err == nil {
			t.Errorf("while another payment goes: %s was taken", removal)
		}
	}
}
