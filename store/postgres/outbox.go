package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"sandbank/broker"
	"sandbank/processor"
)

// Claim implements the outbox's store.
func (s *Store) Claim(ctx context.Context, lease time.Duration, limit int) (found []broker.Parcel, err error) {
	err = s.inTx(ctx, "postgres.claim", func(t pgx.Tx) error {
		r, err := t.Query(ctx, `WITH free AS MATERIALIZED (
				SELECT id FROM outbox WHERE until <= now() ORDER BY until, id LIMIT $2 FOR UPDATE SKIP LOCKED)
			UPDATE outbox o SET until = now() + $1 FROM free WHERE o.id = free.id RETURNING o.id, o.ids`, lease, limit)
		if err != nil {
			return err
		}
		type named struct {
			ID  string
			IDs []string
		}
		free, err := pgx.CollectRows(r, pgx.RowToStructByPos[named])
		if err != nil {
			return err
		}
		for _, row := range free {
			told, err := events(ctx, t, `WHERE id = ANY($1) ORDER BY merchant, sequence`, row.IDs)
			if err != nil {
				return err
			}
			asked, err := messages(ctx, t, `WHERE id = ANY($1) ORDER BY id`, row.IDs)
			if err != nil {
				return err
			}
			found = append(found, processor.NewParcel(row.ID, told, asked))
		}
		return nil
	})
	return found, err
}

// relaxed lets a transaction commit without waiting for the disk, where a crash
// may undo it, because it is then simply done again.
const relaxed = `SET LOCAL synchronous_commit = off`

// Published implements the outbox's store. To lose it costs a copy, which the
// receiver drops, so it does not wait for the disk.
func (s *Store) Published(ctx context.Context, ids []string) error {
	return s.atOnce(ctx, "postgres.published", func(b *pgx.Batch) {
		b.Queue(relaxed)
		b.Queue(`DELETE FROM outbox WHERE id = ANY($1)`, ids)
	})
}

// Postpone implements the outbox's store.
func (s *Store) Postpone(ctx context.Context, parcel string, lease time.Duration, ids []string, note string) error {
	_, err := s.pool.Exec(ctx, `UPDATE outbox SET until = now() + $1, ids = $2, note = $3 WHERE id = $4`, lease, ids, note, parcel)
	return classify("postgres.postpone", err)
}

// Resend implements the store.
func (s *Store) Resend(ctx context.Context) error {
	return s.atOnce(ctx, "postgres.resend", func(b *pgx.Batch) {
		b.Queue(`INSERT INTO outbox (id, until, ids)
		SELECT m.id, now(), ARRAY[m.id] FROM states s JOIN messages m ON m.payment = s.payment
		WHERE s.due_at IS NOT NULL AND s.status = 'processing' AND m.direction = 'out' AND m.kind = 'authorize'
		AND m.attempt = json_array_length(s.doc::json -> 'attempts') ON CONFLICT DO NOTHING`)
		b.Queue(`INSERT INTO outbox (id, until, ids)
		SELECT m.id, now(), ARRAY[m.id] FROM states s, json_array_elements(s.doc::json -> 'operations') o JOIN messages m ON m.id = o ->> 'request_id'
		WHERE s.due_at IS NOT NULL AND o ->> 'status' = 'pending' ON CONFLICT DO NOTHING`)
	})
}

// Secret returns the named secret, made on first use. Of several processors
// that make it at once, all get the first one's.
func (s *Store) Secret(ctx context.Context, name string, make func() ([]byte, error)) (value []byte, err error) {
	find := func() error {
		return s.pool.QueryRow(ctx, `SELECT value FROM secrets WHERE name = $1`, name).Scan(&value)
	}
	if err = find(); !errors.Is(err, pgx.ErrNoRows) {
		return value, classify("postgres.secret", err)
	}
	if value, err = make(); err != nil {
		return nil, err
	}
	if _, err := s.pool.Exec(ctx, `INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING`, name, value); err != nil {
		return nil, classify("postgres.secret", err)
	}
	return value, classify("postgres.secret", find())
}
