package sqlite

import (
	"context"
	"database/sql"

	"sandbank/processor"
)

// Waiting implements [processor.Backlogs]. With one writer, what is not sealed stands behind the last seal.
func (s *Store) Waiting(ctx context.Context) (w processor.Waiting, err error) {
	var until, due sql.NullInt64
	err = s.read.QueryRowContext(ctx, `SELECT
		(SELECT coalesce(sum(json_array_length(ids)), 0) FROM outbox),
		(SELECT min(until) FROM outbox),
		(SELECT count(*) FROM deliveries WHERE status = 'pending'),
		(SELECT min(next_at) FROM deliveries WHERE status = 'pending'),
		(SELECT count(*) FROM entries WHERE seq > coalesce((SELECT seq FROM seals ORDER BY number DESC LIMIT 1), 0)),
		(SELECT count(*) FROM letters),
		(SELECT count(*) FROM records WHERE kind = 'break' AND status = 'open')`).Scan(&w.Outbox, &until, &w.Deliveries, &due, &w.Unsealed, &w.Letters, &w.Breaks)
	w.OutboxUntil, w.DeliveryDue = orZero(until), orZero(due)
	return w, classify("sqlite.waiting", err)
}
