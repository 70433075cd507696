package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"sandbank/audit/chain"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/settlement"
)

// Older implements [processor.Retention].
func (s *Store) Older(ctx context.Context, o processor.Older) (list []payment.Payment, oldest payment.Payment, err error) {
	if o.Before != "" {
		list, err = payments(ctx, s.pool, olderThan, o.After, o.Before, o.Limit)
		return list, oldest, err
	}
	kept, err := payments(ctx, s.pool, `SELECT `+halves+` FROM (SELECT id, doc FROM payments WHERE $1 = '' ORDER BY id DESC LIMIT 1 OFFSET $2) p JOIN states s ON s.payment = p.id
		UNION ALL `+selectPayments+`WHERE s.payment = $1`, o.Oldest, o.Keep-1)
	if err != nil || len(kept) == 0 {
		return nil, oldest, err
	}
	list, err = payments(ctx, s.pool, olderThan, o.After, kept[0].ID, o.Limit)
	return list, kept[0], err
}

const olderThan = selectPayments + `WHERE s.payment > $1 AND s.payment < $2 ORDER BY s.payment LIMIT $3`

// Horizon implements [processor.Retention].
func (s *Store) Horizon(ctx context.Context) (h processor.Horizon, err error) {
	var booked *time.Time
	err = s.pool.QueryRow(ctx, `SELECT payments, newest, booked FROM horizon`).Scan(&h.Payments, &h.Newest, &booked)
	h.Booked = orZero(booked)
	return h, classify("postgres.horizon", err)
}

// Floor implements [processor.Retention].
func (s *Store) Floor(ctx context.Context, merchant string) (floor int64, err error) {
	err = s.pool.QueryRow(ctx, `SELECT coalesce(max(sequence), 0) FROM floors WHERE merchant = $1`, merchant).Scan(&floor)
	return floor, classify("postgres.floor", err)
}

// Checkpoint implements the invariants' source.
func (s *Store) Checkpoint(ctx context.Context) (c processor.Checkpoint, err error) {
	if c.Horizon, err = s.Horizon(ctx); err != nil {
		return c, err
	}
	r, err := s.scan.Query(ctx, `SELECT account, currency, debits::text, credits::text FROM openings ORDER BY account COLLATE "C", currency`)
	if err == nil {
		c.Opening, err = scanBalances(r)
	}
	if err == nil {
		c.Ledger, err = gaps(ctx, s.scan, `WHERE chain = 'ledger' ORDER BY first`)
	}
	if err == nil {
		c.Audit, err = gaps(ctx, s.scan, `WHERE chain = 'audit' ORDER BY first`)
	}
	if err == nil {
		c.Floors, err = s.floors(ctx)
	}
	return c, classify("postgres.checkpoint", err)
}

func (s *Store) floors(ctx context.Context) (map[string]int64, error) {
	r, err := s.scan.Query(ctx, `SELECT merchant, sequence FROM floors`)
	if err != nil {
		return nil, err
	}
	var merchant string
	var floor int64
	floors := map[string]int64{}
	_, err = pgx.ForEachRow(r, []any{&merchant, &floor}, func() error { floors[merchant] = floor; return nil })
	return floors, err
}

func gaps(ctx context.Context, q querier, rest string, args ...any) ([]chain.Gap, error) {
	r, err := q.Query(ctx, `SELECT first, last, hash FROM gaps `+rest, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(r, pgx.RowToStructByPos[chain.Gap])
}

// goneLock is the key of the advisory lock under which one processor at a time lets payments go.
const goneLock = 0x5ea3

// underWay lists, for each of the payments $1, one row for everything that is not done yet; $2 are
// sinks. An entry or audit record counts that is not sealed or the last of its chain: the chain is
// continued from it.
var underWay = `WITH leaving AS (SELECT unnest($1::text[]) COLLATE "C" AS payment),
	objects AS (SELECT payment, payment AS object FROM leaving
		UNION ALL SELECT r.payment, r.id FROM leaving l JOIN records r ON r.payment = l.payment AND r.payment <> '' AND r.kind <> 'break')
	SELECT d.payment FROM leaving l JOIN deliveries d ON d.payment = l.payment WHERE d.status = 'pending'
	UNION ALL
	SELECT r.payment FROM leaving l JOIN records r ON r.payment = l.payment AND r.payment <> '' WHERE r.due_at IS NOT NULL OR r.kind = 'break' AND r.status = 'open'
	UNION ALL
	SELECT e.payment FROM leaving l JOIN entries e ON e.payment = l.payment WHERE ` + ledgerChain.ahead("e") + `
	UNION ALL
	SELECT o.payment FROM objects o JOIN audits a ON a.object = o.object WHERE ` + auditChain.ahead("a") + `
	UNION ALL
	SELECT e.payment FROM unnest($2::text[]) AS k (sink) CROSS JOIN leaving l JOIN events e ON e.payment = l.payment
		LEFT JOIN cursors c ON c.sink = k.sink AND c.merchant = e.merchant WHERE e.sequence > coalesce(c.sequence, 0)
	UNION ALL
	SELECT m.payment FROM outbox o CROSS JOIN LATERAL unnest(o.ids) AS j (id) JOIN messages m ON m.id = j.id
	UNION ALL
	SELECT e.payment FROM outbox o CROSS JOIN LATERAL unnest(o.ids) AS j (id) JOIN events e ON e.id = j.id`

// fetchLeaving queues what is to be known of payments that are to be let go. It leaves out what
// another transaction is at, and everything where another processor lets some go.
func fetchLeaving(b *pgx.Batch, l processor.Load, found *processor.Loaded) {
	if len(l.Leaving) == 0 {
		return
	}
	ids, of, sinks := []string{}, []string{}, append([]string{}, l.Sinks...)
	for _, one := range l.Leaving {
		ids, of = append(ids, one.Payment), append(of, one.Items...)
	}
	var list []payment.Payment
	var items []settlement.Item
	mine := false
	b.Queue(`SELECT pg_try_advisory_xact_lock($1)`, goneLock).QueryRow(func(r pgx.Row) error { return r.Scan(&mine) })
	b.Queue(selectPayments+`WHERE s.payment = ANY($1) ORDER BY s.payment FOR UPDATE OF s SKIP LOCKED`, ids).
		Query(func(r pgx.Rows) error { return scanPayments(r, &list) })
	b.Queue(`SELECT doc FROM items WHERE id = ANY($1)`, of).Query(func(r pgx.Rows) error { return scanDocs(r, &items) })
	b.Queue(underWay, ids, sinks).Query(func(r pgx.Rows) error {
		var id string
		open := map[string]int{}
		_, err := pgx.ForEachRow(r, []any{&id}, func() error { open[id]++; return nil })
		if err == nil && mine {
			found.Old = processor.Olds(list, items, open)
		}
		return err
	})
}
