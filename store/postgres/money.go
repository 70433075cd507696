package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"sandbank/ledger"
	"sandbank/processor"
	"sandbank/settlement"
)

const recordColumns = `SELECT kind, id, merchant, bank, payment, status, due_at, doc FROM records `

// fetchMoney queues a batch's reads of records and items, in one order for all,
// so that batches do not wait for one another in a ring.
func fetchMoney(b *pgx.Batch, l processor.Load, found *processor.Loaded) {
	if len(l.Records) > 0 {
		b.Queue(recordColumns+`WHERE id = ANY($1) ORDER BY id FOR UPDATE`, l.Records).Query(scanRecords(&found.Records))
	}
	for _, s := range l.Settles {
		b.Queue(`SELECT doc FROM items WHERE bank = $1 AND currency = $2 AND (state = 'open' AND at <= $3 OR id = ANY($4)) ORDER BY id FOR UPDATE`,
			s.Bank, string(s.Currency), s.Until, s.References).
			Query(func(r pgx.Rows) error { return scanDocs(r, &found.Items) })
		b.Queue(recordColumns+`WHERE kind = 'break' AND status = 'open' AND bank = $1 ORDER BY id FOR UPDATE`, s.Bank).
			Query(scanRecords(&found.Records))
	}
	for _, s := range l.Pays {
		b.Queue(`SELECT doc FROM items WHERE merchant = $1 AND currency = $2 AND pays AND state = 'settled' AND payout = '' ORDER BY id FOR UPDATE`,
			s.Merchant, string(s.Currency)).
			Query(func(r pgx.Rows) error { return scanDocs(r, &found.Items) })
	}
	if len(l.Tells) > 0 {
		b.Queue(`SELECT doc FROM endpoints WHERE merchant = ANY($1) ORDER BY id`, l.Tells).
			Query(func(r pgx.Rows) error { return scanDocs(r, &found.Endpoints) })
	}
}

func scanRecords(into *[]processor.Record) func(pgx.Rows) error {
	return func(r pgx.Rows) error {
		list, err := pgx.CollectRows(r, scanRecord)
		*into = append(*into, list...)
		return err
	}
}

func scanRecord(row pgx.CollectableRow) (v processor.Record, err error) {
	var due *time.Time
	err = row.Scan(&v.Kind, &v.ID, &v.Merchant, &v.Bank, &v.Payment, &v.Status, &due, &v.Doc)
	v.DueAt = orZero(due)
	return v, err
}

func saveItems(b *pgx.Batch, w *processor.Work) {
	n := len(w.Items)
	if n == 0 {
		return
	}
	ids, merchants, banks, currencies, states := texts(n), texts(n), texts(n), texts(n), texts(n)
	ats, pays, settlements, payouts, docs := make([]time.Time, n), make([]bool, n), texts(n), texts(n), texts(n)
	for k := range w.Items {
		i := &w.Items[k]
		ids[k], merchants[k], banks[k], currencies[k], states[k] = i.ID, i.Merchant, i.Bank, string(i.Amount.Currency()), string(i.State)
		ats[k], pays[k], settlements[k], payouts[k], docs[k] = i.BookedAt, i.Kind.Pays(), i.Settlement, i.Payout, document(i)
	}
	b.Queue(`INSERT INTO items (id, merchant, bank, currency, at, state, pays, settlement, payout, doc)
		SELECT id, merchant, bank, currency, at, state, pays, settlement, payout, doc::json
		FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::bool[], $8::text[], $9::text[], $10::text[])
		AS r (id, merchant, bank, currency, at, state, pays, settlement, payout, doc)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, settlement = excluded.settlement, payout = excluded.payout, doc = excluded.doc`,
		ids, merchants, banks, currencies, ats, states, pays, settlements, payouts, docs)
}

func saveRecords(b *pgx.Batch, w *processor.Work) {
	n := len(w.Records)
	if n == 0 {
		return
	}
	kinds, ids, merchants, banks := texts(n), texts(n), texts(n), texts(n)
	payments, statuses, dues, docs := texts(n), texts(n), make([]*time.Time, n), texts(n)
	for i, r := range w.Records {
		kinds[i], ids[i], merchants[i], banks[i] = string(r.Kind), r.ID, r.Merchant, r.Bank
		payments[i], statuses[i], dues[i], docs[i] = r.Payment, r.Status, orNull(r.DueAt), string(r.Doc)
	}
	b.Queue(`INSERT INTO records (kind, id, merchant, bank, payment, status, due_at, doc)
		SELECT kind, id, merchant, bank, payment, status, due_at, doc::json
		FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[])
		AS r (kind, id, merchant, bank, payment, status, due_at, doc)
		ON CONFLICT (id) DO UPDATE SET status = excluded.status, due_at = excluded.due_at, doc = excluded.doc`,
		kinds, ids, merchants, banks, payments, statuses, dues, docs)
}

// RecordOf implements [processor.Money].
func (s *Store) RecordOf(ctx context.Context, kind processor.RecordKind, id string) (processor.Record, error) {
	list, err := s.records(ctx, `WHERE kind = $1 AND id = $2`, string(kind), id)
	if err == nil && len(list) == 0 {
		err = processor.NoRecord(kind, id)
	}
	if err != nil {
		return processor.Record{}, err
	}
	return list[0], nil
}

// Records implements [processor.Money].
func (s *Store) Records(ctx context.Context, f processor.RecordFilter) ([]processor.Record, error) {
	of := `$7 = ''`
	if f.Settlement != "" { // as the index has it
		of = `kind = 'break' AND doc->>'settlement' = $7`
	}
	return s.records(ctx, `WHERE kind = $1 AND ($2 = '' OR merchant = $2) AND ($3 = '' OR bank = $3) AND ($4 = '' OR payment = $4)
		AND ($5 = '' OR status = $5) AND ($6 = '' OR id < $6) AND `+of+` ORDER BY id DESC LIMIT $8`,
		string(f.Kind), f.Merchant, f.Bank, f.Payment, f.Status, f.Before, f.Settlement, f.Limit)
}

func (s *Store) records(ctx context.Context, rest string, args ...any) (list []processor.Record, err error) {
	r, err := s.pool.Query(ctx, recordColumns+rest, args...)
	if err == nil {
		err = scanRecords(&list)(r)
	}
	return list, classify("postgres.records", err)
}

// DueRecords implements [processor.Money].
func (s *Store) DueRecords(ctx context.Context, now time.Time, limit int) (list []processor.Record, next time.Time, err error) {
	b := &pgx.Batch{}
	b.Queue(recordColumns+`WHERE due_at <= $1 ORDER BY due_at LIMIT $2`, now, limit).Query(scanRecords(&list))
	b.Queue(`SELECT min(due_at) FROM records WHERE due_at > $1`, now).QueryRow(func(r pgx.Row) error { return scanOptional(r, &next) })
	return list, next, classify("postgres.due_records", s.pool.SendBatch(ctx, b).Close())
}

// Items implements [processor.Money].
func (s *Store) Items(ctx context.Context, f processor.ItemFilter) (list []settlement.Item, err error) {
	r, err := s.pool.Query(ctx, `SELECT doc FROM items WHERE ($1::text[] IS NULL OR id = ANY($1)) AND ($2 = '' OR settlement = $2) AND ($3 = '' OR payout = $3)
		AND ($4 = '' OR bank = $4) AND ($5 = '' OR state = $5) AND id > $6 ORDER BY id LIMIT $7`,
		f.IDs, f.Settlement, f.Payout, f.Bank, string(f.State), f.After, f.Limit)
	if err != nil {
		return nil, classify("postgres.items", err)
	}
	defer r.Close()
	return list, classify("postgres.items", scanDocs(r, &list))
}

// Payable implements [processor.Money].
func (s *Store) Payable(ctx context.Context) ([]processor.PayScope, error) {
	r, err := s.scan.Query(ctx, `SELECT DISTINCT merchant, currency FROM items WHERE pays AND state = 'settled' AND payout = '' ORDER BY merchant, currency`)
	if err != nil {
		return nil, classify("postgres.payable", err)
	}
	list, err := pgx.CollectRows(r, pgx.RowToStructByPos[processor.PayScope])
	return list, classify("postgres.payable", err)
}

// Entries implements [processor.Money].
func (s *Store) Entries(ctx context.Context, f processor.EntryFilter) ([]processor.SealedEntry, error) {
	list, err := entries(ctx, s.scan, `WHERE e.id IN (
			SELECT id FROM entries n WHERE ($1 = '' OR EXISTS (SELECT 1 FROM postings q WHERE q.entry = n.id AND q.account = $1))
			AND ($2 = '' OR kind = $2) AND ($3 = '' OR id < $3)
			AND ($5::timestamptz IS NULL OR at >= $5) AND ($6::timestamptz IS NULL OR at < $6) ORDER BY id DESC LIMIT $4)
		ORDER BY e.id DESC, p.line`, string(f.Account), f.Kind, f.Before, f.Limit, orNull(f.From), orNull(f.Until))
	return list, classify("postgres.entries", err)
}

// BalancesAt implements [processor.Ledger].
func (s *Store) BalancesAt(ctx context.Context, at time.Time) ([]ledger.Balance, error) {
	r, err := s.scan.Query(ctx, `SELECT account, currency, sum(debits)::text, sum(credits)::text FROM (
			SELECT account, currency, debits, credits FROM openings
			UNION ALL
			SELECT p.account, p.currency, CASE p.side WHEN 'debit' THEN p.amount ELSE 0 END, CASE p.side WHEN 'credit' THEN p.amount ELSE 0 END
			FROM entries e JOIN postings p ON p.entry = e.id WHERE e.at <= $1) all_lines
		GROUP BY account, currency ORDER BY account COLLATE "C", currency`, at)
	if err != nil {
		return nil, classify("postgres.balances_at", err)
	}
	list, err := scanBalances(r)
	if err != nil {
		return nil, classify("postgres.balances_at", err)
	}
	// Looked at afterwards: what was let go meanwhile is in the opening balances already.
	h, err := s.Horizon(ctx)
	if err == nil && at.Before(h.Booked) {
		err = processor.BooksGone(h.Booked)
	}
	if err != nil {
		return nil, err
	}
	return list, nil
}
