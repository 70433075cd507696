package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"sandbank/event"
	"sandbank/event/sink"
)

// ClaimEvents implements [sink.Store].
func (s *Store) ClaimEvents(ctx context.Context, c sink.Claim) (found []event.Event, err error) {
	err = s.inTx(ctx, "sqlite.claim_events", func(t *tx) error {
		if err := t.exec(`INSERT OR IGNORE INTO cursors (sink, merchant, sequence, until) SELECT ?, merchant, 0, 0 FROM sequences`, c.Sink); err != nil {
			return err
		}
		var merchant string
		var after int64
		err := t.tx.QueryRowContext(ctx, `SELECT c.merchant, c.sequence FROM cursors c JOIN sequences s ON s.merchant = c.merchant
			WHERE c.sink = ? AND c.until <= ? AND s.last > c.sequence ORDER BY c.until LIMIT 1`, c.Sink, micros(c.Now)).Scan(&merchant, &after)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := t.exec(`UPDATE cursors SET owner = ?, until = ? WHERE sink = ? AND merchant = ?`, c.Owner, micros(c.Until), c.Sink, merchant); err != nil {
			return err
		}
		found, err = events(ctx, t.tx, `WHERE merchant = ? AND sequence > ? ORDER BY sequence LIMIT ?`, merchant, after, c.Limit)
		return err
	})
	return found, err
}

// Written implements [sink.Store].
func (s *Store) Written(ctx context.Context, c sink.Claim, merchant string, sequence int64) error {
	return s.inTx(ctx, "sqlite.written", func(t *tx) error {
		return t.exec(`UPDATE cursors SET sequence = max(sequence, ?), until = CASE WHEN owner = ? THEN ? ELSE until END
			WHERE sink = ? AND merchant = ?`, sequence, c.Owner, micros(c.Now), c.Sink, merchant)
	})
}
