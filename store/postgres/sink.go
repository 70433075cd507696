package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"sandbank/event"
	"sandbank/event/sink"
)

// ClaimEvents implements [sink.Store].
func (s *Store) ClaimEvents(ctx context.Context, c sink.Claim) (found []event.Event, err error) {
	err = s.inTx(ctx, "postgres.claim_events", func(t pgx.Tx) error {
		_, err := t.Exec(ctx, `INSERT INTO cursors (sink, merchant, sequence, until)
			SELECT $1, s.merchant, 0, '-infinity' FROM sequences s
			WHERE NOT EXISTS (SELECT FROM cursors c WHERE c.sink = $1 AND c.merchant = s.merchant) ON CONFLICT DO NOTHING`, c.Sink)
		if err != nil {
			return err
		}
		var merchant string
		var after int64
		err = t.QueryRow(ctx, `WITH next AS MATERIALIZED (
				SELECT c.sink, c.merchant FROM cursors c JOIN sequences s ON s.merchant = c.merchant
				WHERE c.sink = $1 AND c.until <= $3 AND s.last > c.sequence ORDER BY c.until LIMIT 1 FOR UPDATE OF c SKIP LOCKED)
			UPDATE cursors c SET owner = $2, until = $4 FROM next WHERE c.sink = next.sink AND c.merchant = next.merchant
			RETURNING c.merchant, c.sequence`, c.Sink, c.Owner, c.Now, c.Until).Scan(&merchant, &after)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		found, err = events(ctx, t, `WHERE merchant = $1 AND sequence > $2 ORDER BY sequence LIMIT $3`, merchant, after, c.Limit)
		return err
	})
	return found, err
}

// Written implements [sink.Store]. To lose it costs a copy, so it does not wait
// for the disk.
func (s *Store) Written(ctx context.Context, c sink.Claim, merchant string, sequence int64) error {
	return s.atOnce(ctx, "postgres.written", func(b *pgx.Batch) {
		b.Queue(relaxed)
		b.Queue(`UPDATE cursors SET sequence = greatest(sequence, $4), until = CASE WHEN owner = $3 THEN $5 ELSE until END
		WHERE sink = $1 AND merchant = $2`, c.Sink, merchant, c.Owner, sequence, c.Now)
	})
}
