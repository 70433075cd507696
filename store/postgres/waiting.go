package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"sandbank/processor"
)

// Waiting implements [processor.Backlogs].
func (s *Store) Waiting(ctx context.Context) (w processor.Waiting, err error) {
	return w, classify("postgres.waiting", snapshot(ctx, s.pool, func(q pgx.Tx) error {
		last, err := ledgerChain.end(ctx, q)
		if err != nil {
			return err
		}
		var until, due *time.Time
		err = q.QueryRow(ctx, `SELECT
			(SELECT coalesce(sum(cardinality(ids)), 0) FROM outbox),
			(SELECT min(until) FROM outbox),
			(SELECT count(*) FROM deliveries WHERE status = 'pending'),
			(SELECT min(next_at) FROM deliveries WHERE status = 'pending'),
			(SELECT count(*) FROM entries WHERE (xid, id) > ($1::text::xid8, $2)),
			(SELECT count(*) FROM letters),
			(SELECT count(*) FROM records WHERE kind = 'break' AND status = 'open')`, last.xid, last.id).Scan(&w.Outbox, &until, &w.Deliveries, &due, &w.Unsealed, &w.Letters, &w.Breaks)
		w.OutboxUntil, w.DeliveryDue = orZero(until), orZero(due)
		return err
	}))
}
