package postgres

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"

	"sandbank/broker"
	"sandbank/processor"
	"sandbank/webhook"
)

// Claim implements the outbox's store.
func (s *Store) Claim(ctx context.Context, limit int) (found []broker.Parcel, err error) {
	err = s.inTx(ctx, "postgres.claim", func(t pgx.Tx) error {
		r, err := t.Query(ctx, `UPDATE outbox SET until = $1 WHERE id IN (
				SELECT id FROM outbox WHERE until <= now() ORDER BY until, id LIMIT $2 FOR UPDATE SKIP LOCKED)
			RETURNING id, ids`, s.lease(), limit)
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

// relaxed lets a transaction commit without waiting for the disk: for what a
// crash may take back, because it is then simply done again.
const relaxed = `SET LOCAL synchronous_commit = off`

// Published implements the outbox's store. To lose it costs a copy, which the
// receiver drops, so it does not wait for the disk.
func (s *Store) Published(ctx context.Context, ids []string) error {
	b := &pgx.Batch{}
	b.Queue(relaxed)
	b.Queue(`DELETE FROM outbox WHERE id = ANY($1)`, ids)
	return s.inTx(ctx, "postgres.published", func(t pgx.Tx) error { return t.SendBatch(ctx, b).Close() })
}

// Postpone implements the outbox's store.
func (s *Store) Postpone(ctx context.Context, parcel string, ids []string, note string) error {
	_, err := s.pool.Exec(ctx, `UPDATE outbox SET until = $1, ids = $2, note = $3 WHERE id = $4`, s.lease(), ids, note, parcel)
	return classify("postgres.postpone", err)
}

// ClaimDeliveries implements [webhook.Store].
func (s *Store) ClaimDeliveries(ctx context.Context, now time.Time, limit int) (due []webhook.Delivery, next time.Time, err error) {
	err = s.inTx(ctx, "postgres.claim_deliveries", func(t pgx.Tx) error {
		r, err := t.Query(ctx, `UPDATE deliveries SET next_at = $1 WHERE id IN (
				SELECT id FROM deliveries WHERE status = 'pending' AND next_at <= $2 ORDER BY next_at LIMIT $3 FOR UPDATE SKIP LOCKED)
			RETURNING id`, now.Add(webhook.Lease), now, limit)
		if err != nil {
			return err
		}
		ids, err := pgx.CollectRows(r, pgx.RowTo[string])
		if err != nil {
			return err
		}
		if len(ids) > 0 {
			if due, err = deliveries(ctx, t, `WHERE d.id = ANY($1) ORDER BY e.merchant, e.sequence`, ids); err != nil {
				return err
			}
		}
		return scanOptional(t.QueryRow(ctx, `SELECT min(next_at) FROM deliveries WHERE status = 'pending'`), &next)
	})
	return due, next, err
}

func deliveries(ctx context.Context, q querier, rest string, args ...any) ([]webhook.Delivery, error) {
	r, err := q.Query(ctx, `SELECT d.id, d.status, d.tries, d.next_at, p.doc, d.endpoint,
			e.id, e.type, e.merchant, e.payment, e.sequence, e.at, e.data
		FROM deliveries d JOIN events e ON e.id = d.event LEFT JOIN endpoints p ON p.id = d.endpoint `+rest, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(r, func(row pgx.CollectableRow) (d webhook.Delivery, err error) {
		var doc, data []byte
		e := &d.Event
		if err := row.Scan(&d.ID, &d.Status, &d.Tries, &d.NextAt, &doc, &d.Endpoint.ID,
			&e.ID, &e.Type, &e.Merchant, &e.Payment, &e.Sequence, &e.At, &data); err != nil {
			return d, err
		}
		d.NextAt, e.At, e.Data = d.NextAt.UTC(), e.At.UTC(), data
		if doc != nil {
			err = json.Unmarshal(doc, &d.Endpoint)
		}
		return d, err
	})
}

// Record implements [webhook.Store].
func (s *Store) Record(ctx context.Context, tried []webhook.Tried) error {
	n := len(tried)
	ids, numbers, ats, tooks := texts(n), make([]int64, n), make([]time.Time, n), make([]int64, n)
	codes, problems, responses, statuses, next := make([]int, n), texts(n), texts(n), texts(n), make([]time.Time, n)
	b := &pgx.Batch{}
	b.Queue(relaxed) // a try that is forgotten is made again
	for i, t := range tried {
		ids[i], numbers[i], ats[i], tooks[i] = t.Delivery, int64(t.Number), t.At, t.Took.Microseconds()
		codes[i], problems[i], responses[i], statuses[i], next[i] = t.Code, clean(t.Error), clean(t.Response), string(t.Status), t.NextAt
	}
	b.Queue(`INSERT INTO attempts (delivery, number, at, took, code, error, response)
		SELECT * FROM unnest($1::text[], $2::bigint[], $3::timestamptz[], $4::bigint[], $5::int[], $6::text[], $7::text[])
		ON CONFLICT DO NOTHING`, ids, numbers, ats, tooks, codes, problems, responses)
	b.Queue(`UPDATE deliveries d SET status = r.status, tries = r.tries, next_at = r.next_at
		FROM unnest($1::text[], $2::text[], $3::int[], $4::timestamptz[]) AS r (id, status, tries, next_at)
		WHERE d.id = r.id AND d.status = 'pending'`, ids, statuses, numbers, next)
	for _, t := range tried {
		if t.Disable != "" {
			t.Owner.Enabled, t.Owner.Note = false, t.Disable
			b.Queue(`UPDATE endpoints SET doc = $1 WHERE id = $2`, document(t.Owner), t.Owner.ID)
			b.Queue(`UPDATE deliveries SET status = 'exhausted' WHERE endpoint = $1 AND status = 'pending'`, t.Owner.ID)
		}
	}
	return s.inTx(ctx, "postgres.record", func(t pgx.Tx) error { return t.SendBatch(ctx, b).Close() })
}

// clean takes out what PostgreSQL's text cannot hold: NUL, and bytes that are
// not UTF-8.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\x00", "?")
}

// AddEndpoint implements [processor.Endpoints].
func (s *Store) AddEndpoint(ctx context.Context, e webhook.Endpoint) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO endpoints (id, merchant, doc) VALUES ($1, $2, $3)`, e.ID, e.Merchant, document(e))
	return classify("postgres.add_endpoint", err)
}

// ListEndpoints implements [processor.Endpoints].
func (s *Store) ListEndpoints(ctx context.Context, merchant string) (list []webhook.Endpoint, err error) {
	r, err := s.pool.Query(ctx, `SELECT doc FROM endpoints WHERE merchant = $1 ORDER BY id`, merchant)
	if err != nil {
		return nil, classify("postgres.endpoints", err)
	}
	defer r.Close()
	err = scanDocs(r, &list)
	return list, classify("postgres.endpoints", err)
}

// Endpoint implements [processor.Endpoints].
func (s *Store) Endpoint(ctx context.Context, merchant, id string) (webhook.Endpoint, error) {
	list, err := s.ListEndpoints(ctx, merchant)
	for _, e := range list {
		if e.ID == id {
			return e, err
		}
	}
	if err == nil {
		err = processor.NoEndpoint(id)
	}
	return webhook.Endpoint{}, err
}

// RemoveEndpoint implements [processor.Endpoints].
func (s *Store) RemoveEndpoint(ctx context.Context, merchant, id string) error {
	return s.inTx(ctx, "postgres.remove_endpoint", func(t pgx.Tx) error {
		tag, err := t.Exec(ctx, `DELETE FROM endpoints WHERE id = $1 AND merchant = $2`, id, merchant)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return processor.NoEndpoint(id)
		}
		_, err = t.Exec(ctx, `UPDATE deliveries SET status = 'exhausted' WHERE endpoint = $1 AND status = 'pending'`, id)
		return err
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
