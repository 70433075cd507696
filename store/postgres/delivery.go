package postgres

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"

	"sandbank/event"
	"sandbank/processor"
	"sandbank/webhook"
)

// ClaimDeliveries implements [webhook.Store].
func (s *Store) ClaimDeliveries(ctx context.Context, now time.Time, lease time.Duration, limit int) (due []webhook.Delivery, next time.Time, err error) {
	err = s.inTx(ctx, "postgres.claim_deliveries", func(t pgx.Tx) error {
		r, err := t.Query(ctx, `WITH due AS MATERIALIZED (
				SELECT endpoint, id FROM deliveries WHERE status = 'pending' AND next_at <= $2 AND until <= now() ORDER BY next_at LIMIT $3 FOR UPDATE SKIP LOCKED)
			UPDATE deliveries d SET until = now() + $1 FROM due
			WHERE d.endpoint = due.endpoint AND d.id = due.id RETURNING d.endpoint, d.id`, lease, now, limit)
		if err != nil {
			return err
		}
		var endpoints, ids []string
		for r.Next() {
			var endpoint, id string
			if err := r.Scan(&endpoint, &id); err != nil {
				return err
			}
			endpoints, ids = append(endpoints, endpoint), append(ids, id)
		}
		if err := r.Err(); err != nil {
			return err
		}
		if len(ids) > 0 {
			if due, err = deliveries(ctx, t, `JOIN unnest($1::text[], $2::text[]) AS r (endpoint, id) ON d.endpoint = r.endpoint AND d.id = r.id
				ORDER BY e.merchant, e.sequence`, endpoints, ids); err != nil {
				return err
			}
		}
		return scanOptional(t.QueryRow(ctx, `SELECT min(next_at) FROM deliveries WHERE status = 'pending' AND next_at > $1`, now), &next)
	})
	return due, next, err
}

func deliveries(ctx context.Context, q querier, rest string, args ...any) ([]webhook.Delivery, error) {
	r, err := q.Query(ctx, `SELECT d.id, d.status, d.tries, d.next_at, p.doc, d.endpoint,
			e.id, e.type, e.merchant, e.payment, e.sequence, e.at, e.data, e.courses
		FROM deliveries d JOIN events e ON e.id = d.event LEFT JOIN endpoints p ON p.id = d.endpoint `+rest, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(r, func(row pgx.CollectableRow) (d webhook.Delivery, err error) {
		var doc, data []byte
		var courses string
		e := &d.Event
		if err := row.Scan(&d.ID, &d.Status, &d.Tries, &d.NextAt, &doc, &d.Endpoint.ID,
			&e.ID, &e.Type, &e.Merchant, &e.Payment, &e.Sequence, &e.At, &data, &courses); err != nil {
			return d, err
		}
		d.NextAt, e.At, e.Data = d.NextAt.UTC(), e.At.UTC(), data
		if e.Courses, err = event.ReadCourses(courses); err == nil && doc != nil {
			err = json.Unmarshal(doc, &d.Endpoint)
		}
		return d, err
	})
}

const insertAttempts = `INSERT INTO attempts (delivery, number, at, took, url, signature, form, code, error, headers, response, ahead)
	SELECT * FROM unnest($1::text[], $2::bigint[], $3::timestamptz[], $4::bigint[], $5::text[], $6::text[], $7::text[],
		$8::int[], $9::text[], $10::text[], $11::text[], $12::bigint[])
	ON CONFLICT DO NOTHING`

// attemptRows are the columns of [insertAttempts].
func attemptRows(list []webhook.Attempt) []any {
	n := len(list)
	ids, numbers, ats, tooks, codes := texts(n), make([]int64, n), make([]time.Time, n), make([]int64, n), make([]int, n)
	urls, signatures, forms := texts(n), texts(n), texts(n)
	problems, headers, responses, ahead := texts(n), texts(n), texts(n), make([]int64, n)
	for i, a := range list {
		ids[i], numbers[i], ats[i], tooks[i], codes[i] = a.Delivery, int64(a.Number), a.At, a.Took.Microseconds(), a.Code
		urls[i], signatures[i], forms[i] = a.Request.URL, a.Request.Signature, string(a.Request.Body)
		problems[i], headers[i], responses[i] = clean(a.Error), clean(a.Headers), clean(a.Response)
		ahead[i] = a.Ahead.Microseconds()
	}
	return []any{ids, numbers, ats, tooks, urls, signatures, forms, codes, problems, headers, responses, ahead}
}

const exhaust = `UPDATE deliveries SET status = 'exhausted' WHERE endpoint = $1 AND status = 'pending'`

// Record implements [webhook.Store].
func (s *Store) Record(ctx context.Context, tried []webhook.Tried) error {
	// Rows are locked in the order of their keys, as everywhere.
	tried = slices.SortedFunc(slices.Values(tried), func(a, b webhook.Tried) int {
		return cmp.Or(strings.Compare(a.Owner.ID, b.Owner.ID), strings.Compare(a.Delivery, b.Delivery))
	})
	n := len(tried)
	attempts, endpoints, ids, numbers := make([]webhook.Attempt, n), texts(n), texts(n), make([]int64, n)
	statuses, next := texts(n), make([]time.Time, n)
	for i, t := range tried {
		attempts[i], endpoints[i], ids[i], numbers[i] = t.Attempt, t.Owner.ID, t.Delivery, int64(t.Number)
		statuses[i], next[i] = string(t.Status), t.NextAt
	}
	// An endpoint that is changed or removed meanwhile locks the same rows.
	return s.atOnce(ctx, "postgres.record", func(b *pgx.Batch) {
		b.Queue(relaxed) // a try that is forgotten is made again
		b.Queue(insertAttempts, attemptRows(attempts)...)
		b.Queue(`UPDATE deliveries d SET status = r.status, tries = r.tries, next_at = r.next_at, until = '-infinity'
			FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::timestamptz[]) AS r (endpoint, id, status, tries, next_at)
			WHERE d.endpoint = r.endpoint AND d.id = r.id AND d.status = 'pending'`, endpoints, ids, statuses, numbers, next)
		for _, t := range tried {
			if t.Disable != "" {
				// Not if the URL was changed since the try.
				b.Queue(`WITH gone AS (
					UPDATE endpoints SET doc = (doc::jsonb || jsonb_build_object('enabled', false, 'note', $3::text))::json
					WHERE id = $1 AND doc ->> 'url' = $2 RETURNING id)
					UPDATE deliveries SET status = 'exhausted' WHERE endpoint IN (SELECT id FROM gone) AND status = 'pending'`,
					t.Owner.ID, t.Owner.URL, t.Disable)
			}
		}
	})
}

// ListDeliveries implements [processor.Deliveries].
func (s *Store) ListDeliveries(ctx context.Context, f processor.DeliveryFilter) ([]webhook.Delivery, error) {
	list, err := deliveries(ctx, s.pool, `WHERE d.endpoint = $1 AND ($2 = '' OR d.status = $2) AND ($3 = '' OR d.id < $3)
		ORDER BY d.id DESC LIMIT $4`, f.Endpoint, string(f.Status), f.Before, f.Limit)
	return list, classify("postgres.deliveries", err)
}

// Delivery implements [processor.Deliveries].
func (s *Store) Delivery(ctx context.Context, endpoint, id string) (r processor.DeliveryRecord, err error) {
	list, err := deliveryRecords(ctx, s.pool, `WHERE d.endpoint = $1 AND d.id = $2`, endpoint, id)
	if err == nil && len(list) == 0 {
		err = processor.NoDelivery(id)
	}
	if err != nil {
		return r, classify("postgres.delivery", err)
	}
	return list[0], nil
}

// Arrivals implements [processor.Deliveries].
func (s *Store) Arrivals(ctx context.Context, payments []string) (map[string]processor.Arrivals, error) {
	found := map[string]processor.Arrivals{}
	r, err := s.pool.Query(ctx, `SELECT payment, count(*) FILTER (WHERE status = 'pending' AND tries = 0),
			count(*) FILTER (WHERE status = 'pending' AND tries > 0),
			count(*) FILTER (WHERE status = 'delivered'), count(*) FILTER (WHERE status = 'exhausted')
		FROM deliveries WHERE payment = ANY ($1) GROUP BY payment`, payments)
	if err == nil {
		var id string
		var a processor.Arrivals
		_, err = pgx.ForEachRow(r, []any{&id, &a.Waiting, &a.Retrying, &a.Delivered, &a.Exhausted}, func() error { found[id] = a; return nil })
	}
	return found, classify("postgres.arrivals", err)
}

// Redeliver implements [processor.Deliveries].
func (s *Store) Redeliver(ctx context.Context, r processor.Redelivery, at time.Time) (int, error) {
	query, args := `UPDATE deliveries SET status = 'pending', next_at = $1, until = '-infinity' WHERE endpoint = $2 AND id = $3`, []any{at, r.Endpoint, r.Delivery}
	if r.Delivery == "" {
		query = `UPDATE deliveries SET status = 'pending', next_at = $1, until = '-infinity' WHERE endpoint = $2 AND id IN (
			SELECT id FROM deliveries WHERE endpoint = $2 AND id >= $3
			AND (status = 'exhausted' OR status = 'pending' AND tries > 0 AND next_at > $1) ORDER BY id LIMIT $4)`
		args = []any{at, r.Endpoint, r.From, r.Limit}
	}
	tag, err := s.pool.Exec(ctx, query, args...)
	return int(tag.RowsAffected()), classify("postgres.redeliver", err)
}

// AddEdited implements [processor.Deliveries].
func (s *Store) AddEdited(ctx context.Context, a webhook.Attempt) error {
	return s.inTx(ctx, "postgres.add_edited", func(t pgx.Tx) error {
		// The delivery's row is the lock under which numbers are given out.
		if _, err := t.Exec(ctx, `SELECT 1 FROM deliveries WHERE id = $1 FOR UPDATE`, a.Delivery); err != nil {
			return err
		}
		err := t.QueryRow(ctx, `SELECT least(coalesce(min(number), 0), 0) - 1 FROM attempts WHERE delivery = $1`, a.Delivery).Scan(&a.Number)
		if err != nil {
			return err
		}
		if _, err = t.Exec(ctx, insertAttempts, attemptRows([]webhook.Attempt{a})...); err != nil {
			return err
		}
		_, err = t.Exec(ctx, `UPDATE attempts SET edited = $1 WHERE delivery = $2 AND number = $3`, clean(a.Request.Edited), a.Delivery, a.Number)
		return err
	})
}

func deliveryRecords(ctx context.Context, q querier, rest string, args ...any) (list []processor.DeliveryRecord, err error) {
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

func tries(ctx context.Context, q querier, delivery string) ([]webhook.Attempt, error) {
	r, err := q.Query(ctx, `SELECT greatest(number, 0), at, ahead, took, url, signature, form, edited, code, error, headers, response
		FROM attempts WHERE delivery = $1 ORDER BY at, abs(number)`, delivery)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(r, func(row pgx.CollectableRow) (webhook.Attempt, error) {
		a := webhook.Attempt{Delivery: delivery}
		q := &a.Request
		var ahead, took int64
		err := row.Scan(&a.Number, &a.At, &ahead, &took, &q.URL, &q.Signature, &q.Body, &q.Edited, &a.Code, &a.Error, &a.Headers, &a.Response)
		a.At, a.Ahead, a.Took = a.At.UTC(), time.Duration(ahead)*time.Microsecond, time.Duration(took)*time.Microsecond
		return a, err
	})
}

// clean takes out what PostgreSQL's text cannot hold: NUL, and bytes that are
// not UTF-8.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\x00", "?")
}
