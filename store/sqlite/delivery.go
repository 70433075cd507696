package sqlite

import (
	"context"
	"time"

	"github.com/go-json-experiment/json"

	"sandbank/event"
	"sandbank/processor"
	"sandbank/webhook"
)

// ClaimDeliveries implements [webhook.Store].
func (s *Store) ClaimDeliveries(ctx context.Context, now time.Time, lease time.Duration, limit int) (due []webhook.Delivery, next time.Time, err error) {
	present := time.Now()
	err = s.inTx(ctx, "sqlite.claim_deliveries", func(t *tx) error {
		due, err = deliveries(ctx, t.tx, `WHERE d.status = 'pending' AND d.next_at <= ? AND d.until <= ? ORDER BY d.next_at LIMIT ?`,
			micros(now), micros(present), limit)
		if err != nil {
			return err
		}
		until := micros(present.Add(lease))
		if err := t.each(`UPDATE deliveries SET until = ? WHERE endpoint = ? AND id = ?`, len(due), func(i int) []any { return []any{until, due[i].Endpoint.ID, due[i].ID} }); err != nil {
			return err
		}
		next, err = earliest(ctx, t.tx, `SELECT min(next_at) FROM deliveries WHERE status = 'pending' AND next_at > ?`, micros(now))
		return err
	})
	return due, next, err
}

func deliveries(ctx context.Context, q queryer, rest string, args ...any) (list []webhook.Delivery, err error) {
	err = rows(ctx, q, `SELECT d.id, d.status, d.tries, d.next_at, coalesce(p.doc, ''), d.endpoint,
			e.id, e.type, e.merchant, e.payment, e.sequence, e.at, e.data, e.courses
		FROM deliveries d JOIN events e ON e.id = d.event LEFT JOIN endpoints p ON p.id = d.endpoint `+rest, args,
		func(scan scan) error {
			var d webhook.Delivery
			var next, at int64
			var doc, courses string
			var data []byte
			e := &d.Event
			if err := scan(&d.ID, &d.Status, &d.Tries, &next, &doc, &d.Endpoint.ID,
				&e.ID, &e.Type, &e.Merchant, &e.Payment, &e.Sequence, &at, unpacked{&data}, &courses); err != nil {
				return err
			}
			d.NextAt, e.At, e.Data = fromMicros(next), fromMicros(at), data
			if doc != "" {
				if err := json.Unmarshal([]byte(doc), &d.Endpoint); err != nil {
					return err
				}
			}
			var err error
			e.Courses, err = event.ReadCourses(courses)
			list = append(list, d)
			return err
		})
	return list, err
}

const insertAttempt = `INSERT OR IGNORE INTO attempts
	(delivery, number, at, ahead, took, url, signature, form, code, error, headers, response) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)`

func attemptRow(a webhook.Attempt) []any {
	return []any{a.Delivery, a.Number, micros(a.At), a.Ahead.Microseconds(), a.Took.Microseconds(), a.Request.URL, a.Request.Signature,
		string(a.Request.Body), a.Code, a.Error, a.Headers, a.Response}
}

// Record implements [webhook.Store].
func (s *Store) Record(ctx context.Context, tried []webhook.Tried) error {
	return s.inTx(ctx, "sqlite.record", func(t *tx) error {
		if err := t.each(insertAttempt, len(tried), func(i int) []any { return attemptRow(tried[i].Attempt) }); err != nil {
			return err
		}
		if err := t.each(`UPDATE deliveries SET status = ?, tries = ?, next_at = ?, until = 0 WHERE endpoint = ? AND id = ? AND status = 'pending'`,
			len(tried), func(i int) []any {
				d := tried[i]
				return []any{string(d.Status), d.Number, micros(d.NextAt), d.Owner.ID, d.Delivery}
			}); err != nil {
			return err
		}
		for _, d := range tried {
			if d.Disable == "" {
				continue
			}
			if err := t.gone(d); err != nil {
				return err
			}
		}
		return nil
	})
}

// gone disables an endpoint, unless its URL was changed since the try.
func (t *tx) gone(d webhook.Tried) error {
	r, err := t.tx.ExecContext(t.ctx, `UPDATE endpoints SET doc = json_set(doc, '$.enabled', json('false'), '$.note', ?)
		WHERE id = ? AND json_extract(doc, '$.url') = ?`, d.Disable, d.Owner.ID, d.Owner.URL)
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return t.exhaust(d.Owner.ID)
}

// exhaust gives up what is pending for an endpoint.
func (t *tx) exhaust(endpoint string) error {
	return t.exec(`UPDATE deliveries SET status = 'exhausted' WHERE endpoint = ? AND status = 'pending'`, endpoint)
}

// ListDeliveries implements [processor.Deliveries].
func (s *Store) ListDeliveries(ctx context.Context, f processor.DeliveryFilter) ([]webhook.Delivery, error) {
	list, err := deliveries(ctx, s.read, `WHERE d.endpoint = ?1 AND (?2 = '' OR d.status = ?2) AND (?3 = '' OR d.id < ?3)
		ORDER BY d.id DESC LIMIT ?4`, f.Endpoint, string(f.Status), f.Before, f.Limit)
	return list, classify("sqlite.deliveries", err)
}

// Delivery implements [processor.Deliveries].
func (s *Store) Delivery(ctx context.Context, endpoint, id string) (r processor.DeliveryRecord, err error) {
	err = s.snapshot(ctx, "sqlite.delivery", func(q queryer) error {
		list, err := deliveryRecords(ctx, q, `WHERE d.endpoint = ? AND d.id = ?`, endpoint, id)
		if err == nil && len(list) == 0 {
			err = processor.NoDelivery(id)
		}
		if err == nil {
			r = list[0]
		}
		return err
	})
	return r, err
}

// Arrivals implements [processor.Deliveries].
func (s *Store) Arrivals(ctx context.Context, payments []string) (map[string]processor.Arrivals, error) {
	found := map[string]processor.Arrivals{}
	err := rows(ctx, s.read, `SELECT payment, sum(status = 'pending' AND tries = 0), sum(status = 'pending' AND tries > 0),
			sum(status = 'delivered'), sum(status = 'exhausted')
		FROM deliveries WHERE payment IN (SELECT value FROM json_each(?)) GROUP BY payment`, []any{document(payments)}, func(scan scan) error {
		var id string
		var a processor.Arrivals
		err := scan(&id, &a.Waiting, &a.Retrying, &a.Delivered, &a.Exhausted)
		found[id] = a
		return err
	})
	return found, classify("sqlite.arrivals", err)
}

// Redeliver implements [processor.Deliveries].
func (s *Store) Redeliver(ctx context.Context, r processor.Redelivery, at time.Time) (n int, err error) {
	err = s.inTx(ctx, "sqlite.redeliver", func(t *tx) error {
		query, args := `UPDATE deliveries SET status = 'pending', next_at = ?, until = 0 WHERE endpoint = ? AND id = ?`, []any{micros(at), r.Endpoint, r.Delivery}
		if r.Delivery == "" {
			query = `UPDATE deliveries SET status = 'pending', next_at = ?1, until = 0 WHERE endpoint = ?2 AND id IN (
				SELECT id FROM deliveries WHERE endpoint = ?2 AND id >= ?3
				AND (status = 'exhausted' OR status = 'pending' AND tries > 0 AND next_at > ?1) ORDER BY id LIMIT ?4)`
			args = []any{micros(at), r.Endpoint, r.From, r.Limit}
		}
		done, err := t.tx.ExecContext(ctx, query, args...)
		if err != nil {
			return err
		}
		count, err := done.RowsAffected()
		n = int(count)
		return err
	})
	return n, err
}

// AddEdited implements [processor.Deliveries].
func (s *Store) AddEdited(ctx context.Context, a webhook.Attempt) error {
	return s.inTx(ctx, "sqlite.add_edited", func(t *tx) error {
		err := t.tx.QueryRowContext(ctx, `SELECT min(coalesce(min(number), 0), 0) - 1 FROM attempts WHERE delivery = ?`, a.Delivery).Scan(&a.Number)
		if err != nil {
			return err
		}
		if err := t.exec(insertAttempt, attemptRow(a)...); err != nil {
			return err
		}
		return t.exec(`UPDATE attempts SET edited = ? WHERE delivery = ? AND number = ?`, a.Request.Edited, a.Delivery, a.Number)
	})
}

func deliveryRecords(ctx context.Context, q queryer, rest string, args ...any) (list []processor.DeliveryRecord, err error) {
	found, err := deliveries(ctx, q, rest, args...)
	for _, d := range found {
		list = append(list, processor.DeliveryRecord{Delivery: d})
	}
	for i := range list {
		if list[i].Attempts, err = tries(ctx, q, list[i].ID); err != nil {
			return nil, err
		}
	}
	return list, err
}

func tries(ctx context.Context, q queryer, delivery string) (list []webhook.Attempt, err error) {
	err = rows(ctx, q, `SELECT max(number, 0), at, ahead, took, url, signature, form, edited, code, error, headers, response
		FROM attempts WHERE delivery = ? ORDER BY at, abs(number)`, []any{delivery}, func(scan scan) error {
		a := webhook.Attempt{Delivery: delivery}
		r := &a.Request
		var at, ahead, took int64
		err := scan(&a.Number, &at, &ahead, &took, &r.URL, &r.Signature, &r.Body, &r.Edited, &a.Code, &a.Error, &a.Headers, &a.Response)
		a.At, a.Ahead, a.Took = fromMicros(at), time.Duration(ahead)*time.Microsecond, time.Duration(took)*time.Microsecond
		list = append(list, a)
		return err
	})
	return list, err
}
