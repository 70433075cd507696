package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/shopspring/decimal"

	"sandbank/ledger"
	"sandbank/money"
	"sandbank/processor"
)

func (t *tx) saveEntries(w *processor.Work) error {
	type line struct {
		entry string
		n     int
		p     ledger.Posting
	}
	var lines []line
	for _, e := range w.Entries {
		if err := e.Check(); err != nil {
			return err
		}
		for i, p := range e.Postings {
			lines = append(lines, line{e.ID, i, p})
		}
	}
	err := t.each(`INSERT INTO entries (id, key, kind, payment, description, at) VALUES (?,?,?,?,?,?)`,
		len(w.Entries), func(i int) []any {
			e := w.Entries[i]
			return []any{e.ID, e.Key, e.Kind, e.Payment, e.Description, micros(e.At)}
		})
	if err != nil {
		return err
	}
	return t.each(`INSERT INTO postings (entry, line, account, side, currency, amount) VALUES (?,?,?,?,?,?)`,
		len(lines), func(i int) []any {
			l := lines[i]
			return []any{l.entry, l.n, string(l.p.Account), string(l.p.Side), string(l.p.Amount.Currency()), l.p.Amount.Value()}
		})
}

// Seal gives up to limit entries their place in the chain and folds them into
// the balances, and reports how many.
func (s *Store) Seal(ctx context.Context, limit int) (sealed int, err error) {
	err = s.inTx(ctx, "sqlite.seal", func(t *tx) error {
		var last ledger.Seal
		var seq int64
		err := t.tx.QueryRowContext(ctx, `SELECT number, hash, seq FROM seals ORDER BY number DESC LIMIT 1`).Scan(&last.Number, &last.Hash, &seq)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		// With one writer, entries become visible in the order of their seq.
		found, err := entries(ctx, t.tx, `WHERE e.seq IN (SELECT seq FROM entries WHERE seq > ? ORDER BY seq LIMIT ?) ORDER BY e.seq, p.line`, seq, limit)
		if err != nil || len(found) == 0 {
			return err
		}
		seals := ledger.Next(last, plain(found))
		sealed = len(seals)
		if err := t.each(`INSERT INTO seals (number, entry, seq, hash) VALUES (?,?,?,?)`, len(seals), func(i int) []any {
			return []any{seals[i].Number, seals[i].EntryID, found[i].seq, seals[i].Hash}
		}); err != nil {
			return err
		}
		return t.fold(found)
	})
	return sealed, err
}

func (t *tx) fold(found []sealedRow) error {
	sums := ledger.Fold{}
	for _, e := range found {
		sums.Add(e.Entry)
	}
	return t.addTo(`balances`, sums)
}

// addTo adds sums to a table of balances.
func (t *tx) addTo(table string, sums ledger.Fold) error {
	for _, b := range sums.Balances() {
		old, err := balances(t.ctx, t.tx, table, `WHERE account = ? AND currency = ?`, string(b.Account), string(b.Currency))
		if err != nil {
			return err
		}
		for _, o := range old {
			b.Debits, b.Credits = b.Debits.Add(o.Debits), b.Credits.Add(o.Credits)
		}
		if err := t.exec(`INSERT OR REPLACE INTO `+table+` (account, currency, debits, credits) VALUES (?,?,?,?)`,
			string(b.Account), string(b.Currency), b.Debits.String(), b.Credits.String()); err != nil {
			return err
		}
	}
	return nil
}

// Balances implements [processor.Reader]: what is sealed, and the rest folded.
func (s *Store) Balances(ctx context.Context) ([]ledger.Balance, error) {
	var out []ledger.Balance
	err := s.snapshot(ctx, "sqlite.balances", func(q queryer) error {
		sealed, err := balances(ctx, q, `balances`, ``)
		if err != nil {
			return err
		}
		rest, err := entries(ctx, q, `WHERE e.seq > coalesce((SELECT max(seq) FROM seals), 0) ORDER BY e.seq, p.line`)
		if err != nil {
			return err
		}
		sums := ledger.Fold{}
		for _, b := range sealed {
			sums.Merge(b)
		}
		for _, e := range rest {
			sums.Add(e.Entry)
		}
		out = sums.Balances()
		return nil
	})
	return out, err
}

// balances reads a table of balances.
func balances(ctx context.Context, q queryer, table, where string, args ...any) (list []ledger.Balance, err error) {
	err = rows(ctx, q, `SELECT account, currency, debits, credits FROM `+table+` `+where, args, func(scan scan) error {
		var account, currency, debits, credits string
		if err := scan(&account, &currency, &debits, &credits); err != nil {
			return err
		}
		b := ledger.Balance{Account: ledger.Account(account), Currency: money.Currency(currency)}
		if b.Debits, err = decimal.NewFromString(debits); err != nil {
			return err
		}
		b.Credits, err = decimal.NewFromString(credits)
		list = append(list, b)
		return err
	})
	return list, err
}

type sealedRow struct {
	processor.SealedEntry
	seq int64
}

func sealedEntries(found []sealedRow) []processor.SealedEntry {
	list := make([]processor.SealedEntry, len(found))
	for i, f := range found {
		list[i] = f.SealedEntry
	}
	return list
}

func plain(found []sealedRow) []ledger.Entry {
	list := make([]ledger.Entry, len(found))
	for i, f := range found {
		list[i] = f.Entry
	}
	return list
}

// entries reads entries with their postings and seals. The rest of the query
// must order by entry, then line.
func entries(ctx context.Context, q queryer, rest string, args ...any) (list []sealedRow, err error) {
	err = rows(ctx, q, `SELECT e.seq, e.id, e.key, e.kind, e.payment, e.description, e.at,
			coalesce(s.number, 0), coalesce(s.hash, ''), p.account, p.side, p.currency, p.amount
		FROM entries e JOIN postings p ON p.entry = e.id LEFT JOIN seals s ON s.entry = e.id `+rest, args,
		func(scan scan) error {
			var e sealedRow
			var at int64
			var account, side, currency, amount string
			err := scan(&e.seq, &e.ID, &e.Key, &e.Kind, &e.Payment, &e.Description, &at,
				&e.Seal.Number, &e.Seal.Hash, &account, &side, &currency, &amount)
			if err != nil {
				return err
			}
			if len(list) == 0 || list[len(list)-1].ID != e.ID {
				if e.At = fromMicros(at); e.Seal.Number > 0 {
					e.Seal.EntryID = e.ID
				}
				list = append(list, e)
			}
			value, err := money.ParseSum(amount, money.Currency(currency))
			last := &list[len(list)-1]
			last.Postings = append(last.Postings, ledger.Posting{Account: ledger.Account(account), Side: ledger.Side(side), Amount: value})
			return err
		})
	return list, err
}
