package postgres

import (
	"context"
	"sort"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/shopspring/decimal"

	"sandbank/ledger"
	"sandbank/money"
	"sandbank/processor"
)

func saveEntries(b *pgx.Batch, w *processor.Work) error {
	n := len(w.Entries)
	if n == 0 {
		return nil
	}
	ids, keys, kinds, payments, descriptions, ats := texts(n), texts(n), texts(n), texts(n), texts(n), make([]time.Time, n)
	var of, accounts, sides, currencies, amounts []string
	var lines []int
	for i, e := range w.Entries {
		if err := e.Check(); err != nil {
			return err
		}
		ids[i], keys[i], kinds[i], payments[i], descriptions[i], ats[i] = e.ID, e.Key, e.Kind, e.Payment, e.Description, e.At
		for line, p := range e.Postings {
			of, lines = append(of, e.ID), append(lines, line)
			accounts, sides = append(accounts, string(p.Account)), append(sides, string(p.Side))
			currencies, amounts = append(currencies, string(p.Amount.Currency())), append(amounts, p.Amount.Value())
		}
	}
	b.Queue(`INSERT INTO entries (id, key, kind, payment, description, at)
		SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])`,
		ids, keys, kinds, payments, descriptions, ats)
	b.Queue(`INSERT INTO postings (entry, line, account, side, currency, amount)
		SELECT entry, line, account, side, currency, amount::numeric
		FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[]) AS r (entry, line, account, side, currency, amount)`,
		of, lines, accounts, sides, currencies, amounts)
	return nil
}

// sealLock is the key of the advisory lock under which one processor at a time
// seals.
const sealLock = 0x5ea1

// Seal gives up to limit entries their place in the chain and folds them into
// the balances, and reports how many. While another processor does it, it does
// nothing.
func (s *Store) Seal(ctx context.Context, limit int) (sealed int, err error) {
	err = s.inTx(ctx, "postgres.seal", func(t pgx.Tx) error {
		var mine bool
		if err := t.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock($1)`, sealLock).Scan(&mine); err != nil || !mine {
			return err
		}
		last, err := ledgerChain.end(ctx, t)
		if err != nil {
			return err
		}
		found, err := nextEntries(ctx, t, last.xid, last.id, limit)
		if err != nil || len(found) == 0 {
			return err
		}
		sealed = len(found)
		return sealEntries(ctx, t, ledger.Seal{Number: last.Number, EntryID: last.id, Hash: last.Hash}, found)
	})
	return sealed, err
}

// nextEntries picks what is to be sealed next. It spells out how to look: along
// the chain's index, then by key, however little the planner knows of the tables
// yet.
func nextEntries(ctx context.Context, q querier, xid, after string, limit int) ([]processor.SealedEntry, error) {
	return scanEntries(q.Query(ctx, `WITH next AS MATERIALIZED (
			SELECT * FROM entries WHERE (xid, id) > ($1::text::xid8, $2) AND xid < pg_snapshot_xmin(pg_current_snapshot())
			ORDER BY xid, id LIMIT $3)
		SELECT e.id, e.key, e.kind, e.payment, e.description, e.at, 0::bigint, '', p.account, p.side, p.currency, p.amount::text
		FROM next e JOIN LATERAL (SELECT * FROM postings WHERE entry = e.id OFFSET 0) p ON true
		ORDER BY e.xid, e.id, p.line`, xid, after, limit))
}

func sealEntries(ctx context.Context, t pgx.Tx, last ledger.Seal, found []processor.SealedEntry) error {
	plain := make([]ledger.Entry, len(found))
	sums := ledger.Fold{}
	for i, e := range found {
		plain[i] = e.Entry
		sums.Add(e.Entry)
	}
	seals := ledger.Next(last, plain)
	ids, hashes := texts(len(seals)), texts(len(seals))
	for i, s := range seals {
		ids[i], hashes[i] = s.EntryID, s.Hash
	}
	b := &pgx.Batch{}
	ledgerChain.add(b, seals[0].Number, ids, hashes)
	for _, sum := range sums.Balances() {
		b.Queue(`INSERT INTO balances (account, currency, debits, credits) VALUES ($1, $2, $3::numeric, $4::numeric)
			ON CONFLICT (account, currency) DO UPDATE
			SET debits = balances.debits + excluded.debits, credits = balances.credits + excluded.credits`,
			string(sum.Account), string(sum.Currency), sum.Debits.String(), sum.Credits.String())
	}
	return t.SendBatch(ctx, b).Close()
}

// Balances implements [processor.Reader]: what is sealed, and the rest folded. Both are of one moment, since what is
// sealed in between would count twice.
func (s *Store) Balances(ctx context.Context) (list []ledger.Balance, err error) {
	err = classify("postgres.balances", snapshot(ctx, s.scan, func(q pgx.Tx) error {
		list, err = balances(ctx, q)
		return err
	}))
	return list, err
}

func balances(ctx context.Context, q querier) ([]ledger.Balance, error) {
	last, err := ledgerChain.end(ctx, q)
	if err != nil {
		return nil, err
	}
	r, err := q.Query(ctx, `SELECT account, currency, sum(debits)::text, sum(credits)::text FROM (
			SELECT account, currency, debits, credits FROM balances
			UNION ALL
			SELECT p.account, p.currency, CASE p.side WHEN 'debit' THEN p.amount ELSE 0 END, CASE p.side WHEN 'credit' THEN p.amount ELSE 0 END
			FROM entries e JOIN postings p ON p.entry = e.id WHERE (e.xid, e.id) > ($1::text::xid8, $2)) all_lines
		GROUP BY account, currency ORDER BY account COLLATE "C", currency`, last.xid, last.id)
	if err != nil {
		return nil, err
	}
	return scanBalances(r)
}

func scanBalances(r pgx.Rows) ([]ledger.Balance, error) {
	return pgx.CollectRows(r, func(row pgx.CollectableRow) (b ledger.Balance, err error) {
		var account, currency, debits, credits string
		if err := row.Scan(&account, &currency, &debits, &credits); err != nil {
			return b, err
		}
		b.Account, b.Currency = ledger.Account(account), money.Currency(currency)
		if b.Debits, err = decimal.NewFromString(debits); err != nil {
			return b, err
		}
		b.Credits, err = decimal.NewFromString(credits)
		return b, err
	})
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
}

// snapshot reads in one transaction, to which everything is as at one moment.
func snapshot(ctx context.Context, pool *pgxpool.Pool, read func(pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, read)
}

// entries reads entries with their postings and seals. The rest of the query
// must order by entry, then line.
func entries(ctx context.Context, q querier, rest string, args ...any) ([]processor.SealedEntry, error) {
	r, err := q.Query(ctx, selectEntries+rest, args...)
	return scanEntries(r, err)
}

// selectEntries gives a row for each line of an entry; selectAllEntries does for walks over all of them.
var (
	selectEntries    = entryColumns + `FROM entries e JOIN postings p ON p.entry = e.id LEFT JOIN` + ledgerChain.of("e") + `ON true `
	selectAllEntries = entryColumns + `FROM entries e JOIN postings p ON p.entry = e.id LEFT JOIN` + ledgerChain.each() + `ON s.id = e.id `
)

const entryColumns = `SELECT e.id, e.key, e.kind, e.payment, e.description, e.at,
		coalesce(s.number, 0), coalesce(s.hash, ''), p.account, p.side, p.currency, p.amount::text `

func scanEntries(r pgx.Rows, err error) (list []processor.SealedEntry, _ error) {
	if err != nil {
		return nil, err
	}
	defer r.Close()
	for r.Next() {
		e, err := scanLine(r)
		if err != nil {
			return nil, err
		}
		if n := len(list); n > 0 && list[n-1].ID == e.ID {
			list[n-1].Postings = append(list[n-1].Postings, e.Postings...)
			continue
		}
		list = append(list, e)
	}
	return list, r.Err()
}

// scanLine reads an entry with one of its lines.
func scanLine(row pgx.CollectableRow) (e processor.SealedEntry, err error) {
	var account, side, currency, amount string
	if err := row.Scan(&e.ID, &e.Key, &e.Kind, &e.Payment, &e.Description, &e.At,
		&e.Seal.Number, &e.Seal.Hash, &account, &side, &currency, &amount); err != nil {
		return e, err
	}
	if e.At = e.At.UTC(); e.Seal.Number > 0 {
		e.Seal.EntryID = e.ID
	}
	value, err := money.ParseSum(amount, money.Currency(currency))
	e.Postings = []ledger.Posting{{Account: ledger.Account(account), Side: ledger.Side(side), Amount: value}}
	return e, err
}

// ordered lists a map by key, so that rows are always locked in one order.
func ordered(counts map[string]int64) (keys []string, values []int64) {
	for k := range counts {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		values = append(values, counts[k])
	}
	return keys, values
}
