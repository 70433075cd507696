package postgres_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"sandbank/audit"
	"sandbank/audit/chain"
	"sandbank/ledger"
	"sandbank/money"
	"sandbank/store/postgres"
)

// The chains of a database from before seals were written by the block are what they were, and go on: with a gap where
// an entry was let go.
func TestOpen_TakesUpSingleSeals(t *testing.T) {
	url, old := earlier(t, 12)
	run := func(statement string, args ...any) {
		t.Helper()
		if _, err := old.ExecContext(t.Context(), statement, args...); err != nil {
			t.Fatal(err)
		}
	}
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	ten := money.Must("10.00", "EUR")
	var list []ledger.Entry
	for n := range 6 {
		list = append(list, ledger.Entry{ID: fmt.Sprint("ent_", n+1), Key: fmt.Sprint("k", n), Kind: "test", Payment: "pay_1", At: at, Postings: []ledger.Posting{
			{Account: "a", Side: ledger.Debit, Amount: ten}, {Account: "b", Side: ledger.Credit, Amount: ten},
		}})
	}
	book := func(e ledger.Entry) {
		t.Helper()
		run(`INSERT INTO entries (id, key, kind, payment, description, at) VALUES ($1, $2, 'test', 'pay_1', '', $3)`, e.ID, e.Key, e.At)
		run(`INSERT INTO postings (entry, line, account, side, currency, amount) VALUES ($1, 0, 'a', 'debit', 'EUR', 10.00), ($1, 1, 'b', 'credit', 'EUR', 10.00)`, e.ID)
	}
	seals := ledger.Next(ledger.Seal{}, list)
	const gone = 2
	for i, e := range list[:5] {
		if i == gone {
			run(`INSERT INTO gaps (chain, first, last, hash) VALUES ('ledger', $1, $1, $2)`, seals[i].Number, seals[i].Hash)
			continue
		}
		book(e)
		run(`INSERT INTO seals (number, entry, xid, hash) SELECT $1, id, xid, $3 FROM entries WHERE id = $2`, seals[i].Number, e.ID, seals[i].Hash)
	}
	var records []audit.Record
	for n := range 3 {
		records = append(records, audit.Record{ID: fmt.Sprint("aud_", n+1), At: at, Actor: audit.Actor{Kind: audit.System}, Action: audit.ProcessorStart, Outcome: audit.Allowed})
	}
	for _, l := range audit.Link(audit.Sealed{}, records) {
		run(`INSERT INTO audits (id, at, kind, actor, role, merchant, action, object, outcome, code, address, request, count)
			VALUES ($1, $2, $3, '', '', '', $4, '', $5, '', '', '', 0)`, l.Record.ID, at, string(audit.System), string(audit.ProcessorStart), string(audit.Allowed))
		run(`INSERT INTO audit_seals (number, audit, xid, hash) SELECT $1, id, xid, $3 FROM audits WHERE id = $2`, l.Number, l.Record.ID, l.Hash)
	}
	s, err := postgres.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	book(list[5])
	if n, err := s.Seal(t.Context(), 10); err != nil || n != 1 {
		t.Errorf("sealed the entry that came later: want 1, got %d, %v", n, err)
	}
	v := ledger.Verifier{Gaps: chain.Gaps{{First: gone + 1, Last: gone + 1, Hash: seals[gone].Hash}}}
	for e, err := range s.AllEntries(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Step(e.Seal, e.Entry); err != nil {
			t.Error(err)
		}
	}
	if got := v.Last(); got != seals[5] {
		t.Errorf("the chain ends with %+v, want %+v", got, seals[5])
	}
	latest, err := s.LatestEntries(t.Context(), 9)
	if err != nil || len(latest) != 5 {
		t.Fatalf("the latest entries: want 5, got %d, %v", len(latest), err)
	}
	for _, e := range latest {
		if want := seals[slices.IndexFunc(list, func(l ledger.Entry) bool { return l.ID == e.ID })]; e.Seal != want {
			t.Errorf("entry %s has the seal %+v, want %+v", e.ID, e.Seal, want)
		}
	}
	found, err := s.ListAudits(t.Context(), audit.Filter{Limit: 9})
	if err != nil || len(found) != 3 {
		t.Fatalf("the audit records: want 3, got %d, %v", len(found), err)
	}
	slices.Reverse(found)
	var a audit.Verifier
	for _, r := range found {
		if err := a.Step(r); err != nil {
			t.Error(err)
		}
	}
}
