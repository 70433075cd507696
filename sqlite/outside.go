package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/go-json-experiment/json"

	"sandbank/broker"
	"sandbank/fault"
	"sandbank/processor"
	"sandbank/webhook"
)

// Claim implements the outbox's store.
func (s *Store) Claim(ctx context.Context, limit int) (found []broker.Parcel, err error) {
	until, now := micros(s.lease()), time.Now().UnixMicro()
	err = s.inTx(ctx, "sqlite.claim", func(t *tx) error {
		var free []string
		err := rows(ctx, t.tx, `SELECT id FROM outbox WHERE until <= ? ORDER BY until, id LIMIT ?`, []any{now, limit}, func(scan scan) error {
			var id string
			err := scan(&id)
			free = append(free, id)
			return err
		})
		if err != nil {
			return err
		}
		const named = `WHERE id IN (SELECT value FROM outbox o, json_each(o.ids) WHERE o.id = ?) `
		for _, id := range free {
			told, err := events(ctx, t.tx, named+`ORDER BY merchant, sequence`, id)
			if err != nil {
				return err
			}
			asked, err := messages(ctx, t.tx, named+`ORDER BY id`, id)
			if err != nil {
				return err
			}
			found = append(found, processor.NewParcel(id, told, asked))
		}
		return t.each(`UPDATE outbox SET until = ? WHERE id = ?`, len(free), func(i int) []any { return []any{until, free[i]} })
	})
	return found, err
}

// Resend puts the requests that no bank has answered yet back into the outbox,
// for a broker that forgot them with its process. A bank that had answered gives
// the same answer again.
func (s *Store) Resend(ctx context.Context) error {
	return s.inTx(ctx, "sqlite.resend", func(t *tx) error {
		return t.exec(`INSERT OR IGNORE INTO outbox (id, until, ids)
			SELECT m.id, 0, json_array(m.id) FROM payments p JOIN messages m ON m.payment = p.id
			WHERE p.due_at IS NOT NULL AND p.status = 'processing' AND m.direction = 'out' AND m.kind = 'authorize'
			AND m.attempt = json_array_length(p.doc, '$.attempts')`)
	})
}

// Published implements the outbox's store.
func (s *Store) Published(ctx context.Context, ids []string) error {
	return s.inTx(ctx, "sqlite.published", func(t *tx) error {
		return t.each(`DELETE FROM outbox WHERE id = ?`, len(ids), func(i int) []any { return []any{ids[i]} })
	})
}

// Postpone implements the outbox's store.
func (s *Store) Postpone(ctx context.Context, parcel string, ids []string, note string) error {
	return s.inTx(ctx, "sqlite.postpone", func(t *tx) error {
		return t.exec(`UPDATE outbox SET until = ?, ids = ?, note = ? WHERE id = ?`, micros(s.lease()), document(ids), note, parcel)
	})
}

// ClaimDeliveries implements [webhook.Store].
func (s *Store) ClaimDeliveries(ctx context.Context, now time.Time, limit int) (due []webhook.Delivery, next time.Time, err error) {
	err = s.inTx(ctx, "sqlite.claim_deliveries", func(t *tx) error {
		due, err = deliveries(ctx, t.tx, `WHERE d.status = 'pending' AND d.next_at <= ? ORDER BY d.next_at LIMIT ?`, micros(now), limit)
		if err != nil {
			return err
		}
		until := micros(now.Add(webhook.Lease))
		if err := t.each(`UPDATE deliveries SET next_at = ? WHERE id = ?`, len(due), func(i int) []any { return []any{until, due[i].ID} }); err != nil {
			return err
		}
		next, err = earliest(ctx, t.tx, `SELECT min(next_at) FROM deliveries WHERE status = 'pending'`)
		return err
	})
	return due, next, err
}

func deliveries(ctx context.Context, q queryer, rest string, args ...any) (list []webhook.Delivery, err error) {
	err = rows(ctx, q, `SELECT d.id, d.status, d.tries, d.next_at, coalesce(p.doc, ''), d.endpoint,
			e.id, e.type, e.merchant, e.payment, e.sequence, e.at, e.data
		FROM deliveries d JOIN events e ON e.id = d.event LEFT JOIN endpoints p ON p.id = d.endpoint `+rest, args,
		func(scan scan) error {
			var d webhook.Delivery
			var next, at int64
			var doc string
			var data []byte
			e := &d.Event
			if err := scan(&d.ID, &d.Status, &d.Tries, &next, &doc, &d.Endpoint.ID,
				&e.ID, &e.Type, &e.Merchant, &e.Payment, &e.Sequence, &at, &data); err != nil {
				return err
			}
			d.NextAt, e.At, e.Data = fromMicros(next), fromMicros(at), data
			if doc != "" {
				if err := json.Unmarshal([]byte(doc), &d.Endpoint); err != nil {
					return err
				}
			}
			list = append(list, d)
			return nil
		})
	return list, err
}

// Record implements [webhook.Store].
func (s *Store) Record(ctx context.Context, tried []webhook.Tried) error {
	return s.inTx(ctx, "sqlite.record", func(t *tx) error {
		if err := t.each(`INSERT OR IGNORE INTO attempts (delivery, number, at, took, code, error, response) VALUES (?,?,?,?,?,?,?)`,
			len(tried), func(i int) []any {
				a := tried[i].Attempt
				return []any{a.Delivery, a.Number, micros(a.At), a.Took.Microseconds(), a.Code, a.Error, a.Response}
			}); err != nil {
			return err
		}
		if err := t.each(`UPDATE deliveries SET status = ?, tries = ?, next_at = ? WHERE id = ? AND status = 'pending'`,
			len(tried), func(i int) []any {
				d := tried[i]
				return []any{string(d.Status), d.Number, micros(d.NextAt), d.Delivery}
			}); err != nil {
			return err
		}
		for _, d := range tried {
			if d.Disable == "" {
				continue
			}
			d.Owner.Enabled, d.Owner.Note = false, d.Disable
			if err := t.exec(`UPDATE endpoints SET doc = ? WHERE id = ?`, document(d.Owner), d.Owner.ID); err != nil {
				return err
			}
			if err := t.exec(`UPDATE deliveries SET status = 'exhausted' WHERE endpoint = ? AND status = 'pending'`, d.Owner.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// AddEndpoint implements [processor.Endpoints].
func (s *Store) AddEndpoint(ctx context.Context, e webhook.Endpoint) error {
	return s.inTx(ctx, "sqlite.add_endpoint", func(t *tx) error {
		return t.exec(`INSERT INTO endpoints (id, merchant, doc) VALUES (?,?,?)`, e.ID, e.Merchant, document(e))
	})
}

// ListEndpoints implements [processor.Endpoints].
func (s *Store) ListEndpoints(ctx context.Context, merchant string) ([]webhook.Endpoint, error) {
	list, err := endpointsOf(ctx, s.read, merchant)
	return list, classify("sqlite.endpoints", err)
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
	return s.inTx(ctx, "sqlite.remove_endpoint", func(t *tx) error {
		r, err := t.tx.ExecContext(ctx, `DELETE FROM endpoints WHERE id = ? AND merchant = ?`, id, merchant)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, processor.NoEndpoint(id))
		}
		return t.exec(`UPDATE deliveries SET status = 'exhausted' WHERE endpoint = ? AND status = 'pending'`, id)
	})
}

func endpointsOf(ctx context.Context, q queryer, merchant string) (list []webhook.Endpoint, err error) {
	err = rows(ctx, q, `SELECT doc FROM endpoints WHERE merchant = ? ORDER BY id`, []any{merchant}, func(scan scan) error {
		var doc []byte
		if err := scan(&doc); err != nil {
			return err
		}
		var e webhook.Endpoint
		err := json.Unmarshal(doc, &e)
		list = append(list, e)
		return err
	})
	return list, err
}

// Secret returns the named secret, made on first use.
func (s *Store) Secret(ctx context.Context, name string, make func() ([]byte, error)) (value []byte, err error) {
	err = s.inTx(ctx, "sqlite.secret", func(t *tx) error {
		err := t.tx.QueryRowContext(ctx, `SELECT value FROM secrets WHERE name = ?`, name).Scan(&value)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if value, err = make(); err != nil {
			return fault.From(err)
		}
		return t.exec(`INSERT INTO secrets (name, value) VALUES (?, ?)`, name, value)
	})
	return value, err
}
