package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/go-json-experiment/json"

	"sandbank/ledger"
	"sandbank/money"
	"sandbank/processor"
	"sandbank/settlement"
)

const recordColumns = `SELECT kind, id, merchant, bank, payment, status, due_at, doc FROM records `

// loadMoney loads a batch's records and items.
func (t *tx) loadMoney(l processor.Load, found *processor.Loaded) (err error) {
	for _, id := range l.Records {
		if err := records(t.ctx, t.tx, &found.Records, `WHERE id = ?`, id); err != nil {
			return err
		}
	}
	for _, s := range l.Settles {
		err := items(t.ctx, t.tx, &found.Items, `WHERE bank = ? AND currency = ?
			AND (state = 'open' AND at <= ? OR id IN (SELECT value FROM json_each(?))) ORDER BY id`,
			s.Bank, string(s.Currency), micros(s.Until), document(s.References))
		if err == nil {
			err = records(t.ctx, t.tx, &found.Records, `WHERE kind = 'break' AND status = 'open' AND bank = ? ORDER BY id`, s.Bank)
		}
		if err != nil {
			return err
		}
	}
	for _, s := range l.Pays {
		err := items(t.ctx, t.tx, &found.Items, `WHERE merchant = ? AND currency = ? AND pays AND state = 'settled' AND payout = '' ORDER BY id`,
			s.Merchant, string(s.Currency))
		if err != nil {
			return err
		}
	}
	return nil
}

func records(ctx context.Context, q queryer, list *[]processor.Record, rest string, args ...any) error {
	return rows(ctx, q, recordColumns+rest, args, func(scan scan) error {
		var r processor.Record
		var due sql.NullInt64
		err := scan(&r.Kind, &r.ID, &r.Merchant, &r.Bank, &r.Payment, &r.Status, &due, &r.Doc)
		r.DueAt = orZero(due)
		*list = append(*list, r)
		return err
	})
}

func items(ctx context.Context, q queryer, list *[]settlement.Item, rest string, args ...any) error {
	return rows(ctx, q, `SELECT doc FROM items `+rest, args, func(scan scan) error {
		var doc []byte
		if err := scan(unpacked{&doc}); err != nil {
			return err
		}
		var i settlement.Item
		err := json.Unmarshal(doc, &i)
		*list = append(*list, i)
		return err
	})
}

func (t *tx) saveItems(w *processor.Work) error {
	return t.each(`INSERT INTO items (id, merchant, bank, currency, at, state, pays, settlement, payout, doc) VALUES (?,?,?,?,?,?,?,?,?,?)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, settlement = excluded.settlement, payout = excluded.payout, doc = excluded.doc`,
		len(w.Items), func(n int) []any {
			i := w.Items[n]
			var doc any = document(i)
			if i.State == settlement.ItemSettled { // before that it is written again
				doc = pack(document(i))
			}
			return []any{i.ID, i.Merchant, i.Bank, string(i.Amount.Currency()), micros(i.BookedAt), string(i.State), i.Kind.Pays(),
				i.Settlement, i.Payout, doc}
		})
}

func (t *tx) saveRecords(w *processor.Work) error {
	return t.each(`INSERT INTO records (kind, id, merchant, bank, payment, status, due_at, doc) VALUES (?,?,?,?,?,?,?,?)
		ON CONFLICT (id) DO UPDATE SET status = excluded.status, due_at = excluded.due_at, doc = excluded.doc`,
		len(w.Records), func(n int) []any {
			r := w.Records[n]
			return []any{string(r.Kind), r.ID, r.Merchant, r.Bank, r.Payment, r.Status, orNull(r.DueAt), string(r.Doc)}
		})
}

// RecordOf implements [processor.Money].
func (s *Store) RecordOf(ctx context.Context, kind processor.RecordKind, id string) (processor.Record, error) {
	list, err := s.records(ctx, `WHERE kind = ? AND id = ?`, string(kind), id)
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
	of := `?7 = ''`
	if f.Settlement != "" { // as the index has it
		of = `kind = 'break' AND doc->>'$.settlement' = ?7`
	}
	return s.records(ctx, `WHERE kind = ?1 AND (?2 = '' OR merchant = ?2) AND (?3 = '' OR bank = ?3) AND (?4 = '' OR payment = ?4)
		AND (?5 = '' OR status = ?5) AND (?6 = '' OR id < ?6) AND `+of+` ORDER BY id DESC LIMIT ?8`,
		string(f.Kind), f.Merchant, f.Bank, f.Payment, f.Status, f.Before, f.Settlement, f.Limit)
}

func (s *Store) records(ctx context.Context, rest string, args ...any) (list []processor.Record, err error) {
	err = records(ctx, s.read, &list, rest, args...)
	return list, classify("sqlite.records", err)
}

// DueRecords implements [processor.Money].
func (s *Store) DueRecords(ctx context.Context, now time.Time, limit int) (list []processor.Record, next time.Time, err error) {
	list, err = s.records(ctx, `WHERE due_at <= ? ORDER BY due_at LIMIT ?`, micros(now), limit)
	if err == nil {
		next, err = earliest(ctx, s.read, `SELECT min(due_at) FROM records WHERE due_at > ?`, micros(now))
	}
	return list, next, classify("sqlite.due_records", err)
}

// Items implements [processor.Money].
func (s *Store) Items(ctx context.Context, f processor.ItemFilter) (list []settlement.Item, err error) {
	rest, args := itemsWhere(f)
	err = items(ctx, s.read, &list, rest, args...)
	return list, classify("sqlite.items", err)
}

// itemsWhere has a condition only for what the filter sets: SQLite plans before
// it knows the arguments, and finds no index for a condition that may be
// anything.
func itemsWhere(f processor.ItemFilter) (rest string, args []any) {
	rest, args = `WHERE id > ?`, []any{f.After}
	and := func(asked bool, text string, arg any) {
		if asked {
			rest, args = rest+` AND `+text, append(args, arg)
		}
	}
	and(f.IDs != nil, `id IN (SELECT value FROM json_each(?))`, document(f.IDs))
	and(f.Settlement != "", `settlement <> '' AND settlement = ?`, f.Settlement)
	and(f.Payout != "", `payout <> '' AND payout = ?`, f.Payout)
	and(f.Bank != "", `bank = ?`, f.Bank)
	if f.State == settlement.ItemMissing {
		rest += ` AND state = 'missing'` // as its index has it
	} else {
		and(f.State != "", `state = ?`, string(f.State))
	}
	return rest + ` ORDER BY id LIMIT ?`, append(args, f.Limit)
}

// Payable implements [processor.Money].
func (s *Store) Payable(ctx context.Context) (list []processor.PayScope, err error) {
	err = rows(ctx, s.read, `SELECT DISTINCT merchant, currency FROM items WHERE pays AND state = 'settled' AND payout = '' ORDER BY merchant, currency`, nil,
		func(scan scan) error {
			var p processor.PayScope
			err := scan(&p.Merchant, &p.Currency)
			list = append(list, p)
			return err
		})
	return list, classify("sqlite.payable", err)
}

// Entries implements [processor.Money].
func (s *Store) Entries(ctx context.Context, f processor.EntryFilter) ([]processor.SealedEntry, error) {
	found, err := entries(ctx, s.read, `WHERE e.id IN (
			SELECT id FROM entries n WHERE (?1 = '' OR EXISTS (SELECT 1 FROM postings q WHERE q.entry = n.id AND q.account = ?1))
			AND (?2 = '' OR kind = ?2) AND (?3 = '' OR id < ?3)
			AND (?5 IS NULL OR at >= ?5) AND (?6 IS NULL OR at < ?6) ORDER BY id DESC LIMIT ?4)
		ORDER BY e.id DESC, p.line`, string(f.Account), f.Kind, f.Before, f.Limit, orNull(f.From), orNull(f.Until))
	return sealedEntries(found), classify("sqlite.entries", err)
}

// BalancesAt implements [processor.Ledger]. It folds one posting after the other:
// there may be more of them than there is memory.
func (s *Store) BalancesAt(ctx context.Context, at time.Time) ([]ledger.Balance, error) {
	sums := ledger.Fold{}
	err := s.snapshot(ctx, "sqlite.balances_at", func(q queryer) error {
		h, err := horizon(ctx, q)
		if err == nil && at.Before(h.Booked) {
			err = processor.BooksGone(h.Booked)
		}
		if err != nil {
			return err
		}
		opening, err := balances(ctx, q, `openings`, ``)
		if err != nil {
			return err
		}
		for _, b := range opening {
			sums.Merge(b)
		}
		return rows(ctx, q, `SELECT p.account, p.side, p.currency, p.amount FROM entries e JOIN postings p ON p.entry = e.id WHERE e.at <= ?`,
			[]any{micros(at)}, func(scan scan) error {
				var account, side, currency, amount string
				if err := scan(&account, &side, &currency, &amount); err != nil {
					return err
				}
				value, err := money.ParseSum(amount, money.Currency(currency))
				sums.Posting(ledger.Posting{Account: ledger.Account(account), Side: ledger.Side(side), Amount: value})
				return err
			})
	})
	return sums.Balances(), err
}
