package postgres

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"sandbank/event"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/processor"
)

// Payment implements [processor.Reader].
func (s *Store) Payment(ctx context.Context, id string) (payment.Payment, error) {
	list, err := payments(ctx, s.pool, selectPayments+`WHERE s.payment = $1`, id)
	if err == nil && len(list) == 0 {
		err = processor.NoPayment(id)
	}
	if err != nil {
		return payment.Payment{}, err
	}
	return list[0], nil
}

// Payments implements [processor.Reader].
func (s *Store) Payments(ctx context.Context, f processor.Filter) ([]payment.Payment, error) {
	query := `SELECT ` + halves + ` FROM payments p JOIN states s ON s.payment = p.id
		WHERE ($1 = '' OR p.merchant = $1) AND ($2 = '' OR s.status = $2)
		AND ($3 = '' OR p.reference = $3) AND ($4 = '' OR p.id < $4) AND p.id >= $5 AND ($6 = '' OR s.method = $6) AND ($7 = '' OR s.bank = $7)`
	query += byIndexes(f)
	return payments(ctx, s.scan, query+` ORDER BY p.id DESC LIMIT $8`,
		f.Merchant, string(f.Status), f.Reference, f.Before, f.From, string(f.Method), f.Bank, f.Limit)
}

// byIndexes says again what a filter says, in the words of the indexes: a general plan uses none for what may be left out.
func byIndexes(f processor.Filter) (and string) {
	if f.Bank != "" {
		and += ` AND s.bank = $7`
	}
	switch {
	case f.Status == payment.Created || f.Status == payment.Processing:
		and += ` AND s.due_at IS NOT NULL` // as it is until a payment is final
	case f.Status != payment.Captured && slices.Contains(payment.Statuses(), f.Status):
		and += ` AND s.status = '` + string(f.Status) + `'`
	}
	if f.Method == instrument.Account {
		and += ` AND s.method = '` + string(instrument.Account) + `'`
	}
	return and
}

// Tally implements [processor.Payments].
func (s *Store) Tally(ctx context.Context, merchant string) (t processor.Tally, err error) {
	t.ByStatus = map[payment.Status]int{}
	query, args := `SELECT status, count(*) FROM states GROUP BY status`, []any{} // by an index that has the status with it
	if merchant != "" {
		query, args = `SELECT s.status, count(*) FROM payments p JOIN states s ON s.payment = p.id WHERE p.merchant = $1 GROUP BY s.status`, []any{merchant}
	}
	r, err := s.scan.Query(ctx, query, args...)
	if err == nil {
		var status string
		var n int
		_, err = pgx.ForEachRow(r, []any{&status, &n}, func() error { t.ByStatus[payment.Status(status)] = n; return nil })
	}
	if err == nil {
		err = s.scan.QueryRow(ctx, `SELECT count(DISTINCT payment) FROM records WHERE kind = $2 AND ($1 = '' OR merchant = $1)`,
			merchant, string(processor.DisputeRecord)).Scan(&t.Disputed)
	}
	return t, classify("postgres.tally", err)
}

func payments(ctx context.Context, q querier, query string, args ...any) (list []payment.Payment, err error) {
	r, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, classify("postgres.payments", err)
	}
	defer r.Close()
	return list, classify("postgres.payments", scanPayments(r, &list))
}

// Events implements [processor.Reader].
func (s *Store) Events(ctx context.Context, merchant string, after int64, limit int) ([]event.Event, error) {
	list, err := events(ctx, s.pool, `WHERE merchant = $1 AND sequence > $2 ORDER BY sequence LIMIT $3`, merchant, after, limit)
	return list, classify("postgres.events", err)
}

// LastSequence implements [processor.Reader].
func (s *Store) LastSequence(ctx context.Context, merchant string) (last int64, err error) {
	err = s.pool.QueryRow(ctx, `SELECT coalesce(max(last), 0) FROM sequences WHERE merchant = $1`, merchant).Scan(&last)
	return last, classify("postgres.last_sequence", err)
}

// SequenceOf implements [processor.Reader].
func (s *Store) SequenceOf(ctx context.Context, merchant, id string) (sequence int64, err error) {
	err = s.pool.QueryRow(ctx, `SELECT sequence FROM events WHERE id = $1 AND merchant = $2`, id, merchant).Scan(&sequence)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, processor.NoEvent(id)
	}
	return sequence, classify("postgres.sequence_of", err)
}

// LatestEvents implements [processor.Reader].
func (s *Store) LatestEvents(ctx context.Context, f processor.EventFilter) ([]event.Event, error) {
	const ofAll = `WHERE ($1 = '' OR merchant = $1) AND ($2 = '' OR type = $2) AND ($3 = '' OR id < $3) ORDER BY id DESC LIMIT $4`
	const ofOne = `WHERE merchant = $1 AND ($2 = '' OR type = $2)
		AND ($3 = '' OR sequence < (SELECT sequence FROM events WHERE id = $3 AND merchant = $1)) ORDER BY sequence DESC LIMIT $4`
	part := ofAll
	if f.Merchant != "" {
		part = ofOne
	}
	list, err := events(ctx, s.scan, part, f.Merchant, f.Type, f.Before, f.Limit)
	return list, classify("postgres.events", err)
}

// LatestEntries implements [processor.Reader].
func (s *Store) LatestEntries(ctx context.Context, limit int) ([]processor.SealedEntry, error) {
	list, err := entries(ctx, s.pool, `WHERE e.id IN (SELECT id FROM entries ORDER BY xid DESC, id DESC LIMIT $1) ORDER BY e.xid DESC, e.id DESC, p.line`, limit)
	return list, classify("postgres.entries", err)
}

func events(ctx context.Context, q querier, rest string, args ...any) ([]event.Event, error) {
	r, err := q.Query(ctx, selectEvents+rest, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(r, scanEvent)
}

const selectEvents = `SELECT id, type, merchant, payment, sequence, at, data, courses FROM events `

func scanEvent(row pgx.CollectableRow) (e event.Event, err error) {
	var data []byte
	var courses string
	err = row.Scan(&e.ID, &e.Type, &e.Merchant, &e.Payment, &e.Sequence, &e.At, &data, &courses)
	if e.At, e.Data = e.At.UTC(), data; err == nil {
		e.Courses, err = event.ReadCourses(courses)
	}
	return e, err
}

// Due implements [processor.Reader].
func (s *Store) Due(ctx context.Context, now time.Time, limit int) (ids []string, next time.Time, err error) {
	b := &pgx.Batch{}
	b.Queue(`SELECT payment FROM states WHERE due_at <= $1 ORDER BY due_at LIMIT $2`, now, limit).Query(func(r pgx.Rows) (err error) {
		ids, err = pgx.CollectRows(r, pgx.RowTo[string])
		return err
	})
	b.Queue(`SELECT min(due_at) FROM states WHERE due_at > $1`, now).QueryRow(func(r pgx.Row) error {
		return scanOptional(r, &next)
	})
	return ids, next, classify("postgres.due", s.pool.SendBatch(ctx, b).Close())
}

func scanOptional(r pgx.Row, into *time.Time) error {
	var at *time.Time
	err := r.Scan(&at)
	*into = orZero(at)
	return err
}

// Backlog implements [processor.Reader].
func (s *Store) Backlog(ctx context.Context) (n int, err error) {
	err = s.pool.QueryRow(ctx, `SELECT coalesce(sum(cardinality(ids)), 0) FROM outbox`).Scan(&n)
	return n, classify("postgres.backlog", err)
}

// Timeline implements [processor.Reader].
func (s *Store) Timeline(ctx context.Context, id string) (t processor.Timeline, err error) {
	err = classify("postgres.timeline", snapshot(ctx, s.pool, func(q pgx.Tx) error {
		if t.Messages, err = messages(ctx, q, `WHERE payment = $1 ORDER BY at, id`, id); err != nil {
			return err
		}
		if t.Entries, err = entries(ctx, q, `WHERE e.payment = $1 ORDER BY e.id, p.line`, id); err != nil {
			return err
		}
		if t.Events, err = events(ctx, q, `WHERE payment = $1 ORDER BY sequence`, id); err != nil {
			return err
		}
		t.Deliveries, err = deliveryRecords(ctx, q, `WHERE d.payment = $1 ORDER BY e.sequence, d.id`, id)
		return err
	}))
	return t, err
}

func messages(ctx context.Context, q querier, rest string, args ...any) ([]processor.Message, error) {
	r, err := q.Query(ctx, selectMessages+rest, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(r, scanMessage)
}

const selectMessages = `SELECT id, direction, payment, bank, attempt, kind, at, verdict, note, body FROM messages `

func scanMessage(row pgx.CollectableRow) (m processor.Message, err error) {
	err = row.Scan(&m.ID, &m.Direction, &m.Payment, &m.Bank, &m.Attempt, &m.Kind, &m.At, &m.Verdict, &m.Note, &m.Body)
	m.At = m.At.UTC()
	return m, err
}
