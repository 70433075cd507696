package sqlite

import (
	"context"
	"database/sql"

	"sandbank/audit/chain"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/settlement"
)

// Older implements [processor.Retention].
func (s *Store) Older(ctx context.Context, o processor.Older) (list []payment.Payment, oldest payment.Payment, err error) {
	if o.Before != "" {
		list, err = s.payments(ctx, olderThan, o.After, o.Before, o.Limit)
		return list, oldest, err
	}
	const counted = `(SELECT id FROM payments ORDER BY id DESC LIMIT 1 OFFSET ?2)`
	kept, err := s.payments(ctx, `SELECT doc FROM payments WHERE id = CASE WHEN ?1 = '' THEN `+counted+` ELSE ?1 END`, o.Oldest, o.Keep-1)
	if err != nil || len(kept) == 0 {
		return nil, oldest, err
	}
	list, err = s.payments(ctx, olderThan, o.After, kept[0].ID, o.Limit)
	return list, kept[0], err
}

const olderThan = `SELECT doc FROM payments WHERE id > ? AND id < ? ORDER BY id LIMIT ?`

// Horizon implements [processor.Retention].
func (s *Store) Horizon(ctx context.Context) (processor.Horizon, error) {
	h, err := horizon(ctx, s.read)
	return h, classify("sqlite.horizon", err)
}

func horizon(ctx context.Context, q queryer) (h processor.Horizon, err error) {
	err = rows(ctx, q, `SELECT payments, newest, booked FROM horizon`, nil, func(scan scan) error {
		var booked sql.NullInt64
		err := scan(&h.Payments, &h.Newest, &booked)
		h.Booked = orZero(booked)
		return err
	})
	return h, err
}

// Floor implements [processor.Retention].
func (s *Store) Floor(ctx context.Context, merchant string) (floor int64, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT coalesce(max(sequence), 0) FROM floors WHERE merchant = ?`, merchant).Scan(&floor)
	return floor, classify("sqlite.floor", err)
}

// Checkpoint implements the invariants' source.
func (s *Store) Checkpoint(ctx context.Context) (c processor.Checkpoint, err error) {
	err = s.snapshot(ctx, "sqlite.checkpoint", func(q queryer) error {
		if c.Horizon, err = horizon(ctx, q); err != nil {
			return err
		}
		if c.Opening, err = balances(ctx, q, `openings`, ``); err != nil {
			return err
		}
		if c.Ledger, err = gaps(ctx, q, `WHERE chain = 'ledger' ORDER BY first`); err != nil {
			return err
		}
		if c.Audit, err = gaps(ctx, q, `WHERE chain = 'audit' ORDER BY first`); err != nil {
			return err
		}
		c.Floors = map[string]int64{}
		return rows(ctx, q, `SELECT merchant, sequence FROM floors`, nil, func(scan scan) error {
			var merchant string
			var floor int64
			err := scan(&merchant, &floor)
			c.Floors[merchant] = floor
			return err
		})
	})
	return c, err
}

func gaps(ctx context.Context, q queryer, rest string, args ...any) (list []chain.Gap, err error) {
	err = rows(ctx, q, `SELECT first, last, hash FROM gaps `+rest, args, func(scan scan) error {
		var g chain.Gap
		err := scan(&g.First, &g.Last, &g.Hash)
		list = append(list, g)
		return err
	})
	return list, err
}

// underWay lists, for each of the payments in a JSON array ?1, one row for everything that is not
// done yet; ?2 is an array of sinks. An entry or audit record counts that is not sealed or the last
// of its chain: the chain is continued from it.
const underWay = `WITH leaving AS (SELECT value AS payment FROM json_each(?1)),
	objects AS (SELECT payment, payment AS object FROM leaving
		UNION ALL SELECT r.payment, r.id FROM leaving l JOIN records r ON r.payment = l.payment AND r.kind <> 'break')
	SELECT d.payment FROM leaving l JOIN deliveries d ON d.payment = l.payment WHERE d.status = 'pending'
	UNION ALL
	SELECT r.payment FROM leaving l JOIN records r ON r.payment = l.payment WHERE r.due_at IS NOT NULL OR r.kind = 'break' AND r.status = 'open'
	UNION ALL
	SELECT e.payment FROM leaving l JOIN entries e ON e.payment = l.payment LEFT JOIN seals s ON s.entry = e.id
		WHERE s.number IS NULL OR s.number = (SELECT max(number) FROM seals)
	UNION ALL
	SELECT o.payment FROM objects o JOIN audits a ON a.object = o.object LEFT JOIN audit_seals s ON s.seq = a.seq
		WHERE s.number IS NULL OR s.number = (SELECT max(number) FROM audit_seals)
	UNION ALL
	SELECT e.payment FROM json_each(?2) k JOIN leaving l JOIN events e ON e.payment = l.payment
		LEFT JOIN cursors c ON c.sink = k.value AND c.merchant = e.merchant WHERE e.sequence > coalesce(c.sequence, 0)
	UNION ALL
	SELECT m.payment FROM outbox o, json_each(o.ids) j JOIN messages m ON m.id = j.value
	UNION ALL
	SELECT e.payment FROM outbox o, json_each(o.ids) j JOIN events e ON e.id = j.value`

// loadLeaving loads the payments that are to be let go, with what decides whether they may.
func (t *tx) loadLeaving(l processor.Load) ([]processor.Old, error) {
	if len(l.Leaving) == 0 {
		return nil, nil
	}
	ids, of := make([]string, len(l.Leaving)), []string{}
	for i, one := range l.Leaving {
		ids[i], of = one.Payment, append(of, one.Items...)
	}
	found, err := t.payments(ids)
	if err != nil {
		return nil, err
	}
	var moved []settlement.Item
	if err := items(t.ctx, t.tx, &moved, `WHERE id IN (SELECT value FROM json_each(?))`, document(of)); err != nil {
		return nil, err
	}
	sinks := l.Sinks
	if sinks == nil {
		sinks = []string{}
	}
	open := map[string]int{}
	err = rows(t.ctx, t.tx, underWay, []any{document(ids), document(sinks)}, func(scan scan) error {
		var id string
		err := scan(&id)
		open[id]++
		return err
	})
	return processor.Olds(found, moved, open), err
}
