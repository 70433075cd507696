package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/go-json-experiment/json"

	"sandbank/event"
	"sandbank/payment"
	"sandbank/processor"
)

// queryer is a database or a transaction.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

type scan func(into ...any) error

// rows runs a query and calls row for each row.
func rows(ctx context.Context, q queryer, query string, args []any, row func(scan) error) error {
	r, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	for r.Next() {
		if err := row(r.Scan); err != nil {
			return err
		}
	}
	return r.Err()
}

// snapshot runs several queries on one state of the database.
func (s *Store) snapshot(ctx context.Context, op string, f func(queryer) error) error {
	// A read transaction would start as a writing one under _txlock=immediate;
	// one connection outside a transaction is enough where there is one writer and
	// readers tolerate what is committed in between.
	conn, err := s.read.Conn(ctx)
	if err != nil {
		return classify(op, err)
	}
	defer func() { _ = conn.Close() }()
	// A caller may leave while the transaction begins. It has begun nevertheless, and
	// must not stay open on a connection that others get: so its end, which takes no
	// lock, does not end with the caller's context.
	whole := context.WithoutCancel(ctx)
	if _, err := conn.ExecContext(whole, `BEGIN DEFERRED`); err != nil {
		return classify(op, err)
	}
	defer func() { _, _ = conn.ExecContext(whole, `ROLLBACK`) }()
	return classify(op, f(conn))
}

// Payment implements [processor.Reader].
func (s *Store) Payment(ctx context.Context, id string) (payment.Payment, error) {
	list, err := s.payments(ctx, `SELECT doc FROM payments WHERE id = ?`, id)
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
	query := `SELECT doc FROM payments WHERE (?1 = '' OR merchant = ?1) AND (?2 = '' OR status = ?2)
		AND (?3 = '' OR reference = ?3) AND (?4 = '' OR id < ?4) AND id >= ?5 AND (?6 = '' OR method = ?6) AND (?7 = '' OR bank = ?7)`
	if f.Bank != "" {
		query += ` AND bank = ?7` // by its index, which the planner does not use for what may be left out
	}
	return s.payments(ctx, query+` ORDER BY id DESC LIMIT ?8`,
		f.Merchant, string(f.Status), f.Reference, f.Before, f.From, string(f.Method), f.Bank, f.Limit)
}

// Tally implements [processor.Payments].
func (s *Store) Tally(ctx context.Context, merchant string) (t processor.Tally, err error) {
	t.ByStatus = map[payment.Status]int{}
	err = s.snapshot(ctx, "sqlite.tally", func(q queryer) error {
		err := rows(ctx, q, `SELECT status, count(*) FROM payments WHERE ?1 = '' OR merchant = ?1 GROUP BY status`, []any{merchant}, func(scan scan) error {
			var status payment.Status
			var n int
			err := scan(&status, &n)
			t.ByStatus[status] = n
			return err
		})
		if err != nil {
			return err
		}
		return rows(ctx, q, `SELECT count(DISTINCT payment) FROM records WHERE kind = ?2 AND (?1 = '' OR merchant = ?1)`,
			[]any{merchant, string(processor.DisputeRecord)}, func(scan scan) error { return scan(&t.Disputed) })
	})
	return t, err
}

func (s *Store) payments(ctx context.Context, query string, args ...any) (list []payment.Payment, err error) {
	err = rows(ctx, s.read, query, args, func(scan scan) error {
		var doc []byte
		if err := scan(unpacked{&doc}); err != nil {
			return err
		}
		var p payment.Payment
		err := json.Unmarshal(doc, &p)
		list = append(list, p)
		return err
	})
	return list, classify("sqlite.payments", err)
}

// Events implements [processor.Reader].
func (s *Store) Events(ctx context.Context, merchant string, after int64, limit int) ([]event.Event, error) {
	list, err := events(ctx, s.read, `WHERE merchant = ? AND sequence > ? ORDER BY sequence LIMIT ?`, merchant, after, limit)
	return list, classify("sqlite.events", err)
}

// LastSequence implements [processor.Reader].
func (s *Store) LastSequence(ctx context.Context, merchant string) (last int64, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT coalesce(max(last), 0) FROM sequences WHERE merchant = ?`, merchant).Scan(&last)
	return last, classify("sqlite.last_sequence", err)
}

// SequenceOf implements [processor.Reader].
func (s *Store) SequenceOf(ctx context.Context, merchant, id string) (sequence int64, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT sequence FROM events WHERE id = ? AND merchant = ?`, id, merchant).Scan(&sequence)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, processor.NoEvent(id)
	}
	return sequence, classify("sqlite.sequence_of", err)
}

// LatestEvents implements [processor.Reader].
func (s *Store) LatestEvents(ctx context.Context, f processor.EventFilter) ([]event.Event, error) {
	const ofAll = `WHERE (?1 = '' OR merchant = ?1) AND (?2 = '' OR type = ?2) AND (?3 = '' OR id < ?3) ORDER BY id DESC LIMIT ?4`
	const ofOne = `WHERE merchant = ?1 AND (?2 = '' OR type = ?2)
		AND (?3 = '' OR sequence < (SELECT sequence FROM events WHERE id = ?3 AND merchant = ?1)) ORDER BY sequence DESC LIMIT ?4`
	part := ofAll
	if f.Merchant != "" {
		part = ofOne
	}
	list, err := events(ctx, s.read, part, f.Merchant, f.Type, f.Before, f.Limit)
	return list, classify("sqlite.events", err)
}

// LatestEntries implements [processor.Reader].
func (s *Store) LatestEntries(ctx context.Context, limit int) ([]processor.SealedEntry, error) {
	found, err := entries(ctx, s.read, `WHERE e.seq IN (SELECT seq FROM entries ORDER BY seq DESC LIMIT ?) ORDER BY e.seq DESC, p.line`, limit)
	return sealedEntries(found), classify("sqlite.entries", err)
}

func events(ctx context.Context, q queryer, rest string, args ...any) (list []event.Event, err error) {
	err = rows(ctx, q, `SELECT id, type, merchant, payment, sequence, at, data, courses FROM events `+rest, args, func(scan scan) error {
		var e event.Event
		var at int64
		var data []byte
		var courses string
		err := scan(&e.ID, &e.Type, &e.Merchant, &e.Payment, &e.Sequence, &at, unpacked{&data}, &courses)
		if e.At, e.Data = fromMicros(at), data; err == nil {
			e.Courses, err = event.ReadCourses(courses)
		}
		list = append(list, e)
		return err
	})
	return list, err
}

// Due implements [processor.Reader].
func (s *Store) Due(ctx context.Context, now time.Time, limit int) (ids []string, next time.Time, err error) {
	err = rows(ctx, s.read, `SELECT id FROM payments WHERE due_at <= ? ORDER BY due_at LIMIT ?`, []any{micros(now), limit},
		func(scan scan) error {
			var id string
			err := scan(&id)
			ids = append(ids, id)
			return err
		})
	if err == nil {
		next, err = earliest(ctx, s.read, `SELECT min(due_at) FROM payments WHERE due_at > ?`, micros(now))
	}
	return ids, next, classify("sqlite.due", err)
}

func earliest(ctx context.Context, q queryer, query string, args ...any) (at time.Time, err error) {
	err = rows(ctx, q, query, args, func(scan scan) error {
		var us sql.NullInt64
		err := scan(&us)
		at = orZero(us)
		return err
	})
	return at, err
}

// Backlog implements [processor.Reader].
func (s *Store) Backlog(ctx context.Context) (n int, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT coalesce(sum(json_array_length(ids)), 0) FROM outbox`).Scan(&n)
	return n, classify("sqlite.backlog", err)
}

// Timeline implements [processor.Reader].
func (s *Store) Timeline(ctx context.Context, id string) (t processor.Timeline, err error) {
	err = s.snapshot(ctx, "sqlite.timeline", func(q queryer) error {
		if t.Messages, err = messages(ctx, q, `WHERE payment = ? ORDER BY at, id`, id); err != nil {
			return err
		}
		found, err := entries(ctx, q, `WHERE e.payment = ? ORDER BY e.seq, p.line`, id)
		if err != nil {
			return err
		}
		t.Entries = sealedEntries(found)
		if t.Events, err = events(ctx, q, `WHERE payment = ? ORDER BY sequence`, id); err != nil {
			return err
		}
		t.Deliveries, err = deliveryRecords(ctx, q, `WHERE d.payment = ? ORDER BY e.sequence, d.id`, id)
		return err
	})
	return t, err
}

func messages(ctx context.Context, q queryer, rest string, args ...any) (list []processor.Message, err error) {
	err = rows(ctx, q, `SELECT id, direction, payment, bank, attempt, kind, at, verdict, note, body FROM messages `+rest, args,
		func(scan scan) error {
			var m processor.Message
			var at int64
			err := scan(&m.ID, &m.Direction, &m.Payment, &m.Bank, &m.Attempt, &m.Kind, &at, &m.Verdict, &m.Note, unpacked{&m.Body})
			m.At = fromMicros(at)
			list = append(list, m)
			return err
		})
	return list, err
}
