package postgres

import (
	"context"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sandbank/payment"
	"sandbank/processor"
)

// Commit implements [processor.Committer].
func (s *Store) Commit(ctx context.Context, load processor.Load, decide func(*processor.Work) error) error {
	var w *processor.Work
	err := repeated(func() error {
		return s.onConn(ctx, func(conn *pgxpool.Conn) (err error) {
			w, err = s.attempt(ctx, conn, load, decide)
			return err
		})
	})
	if err == nil {
		s.news.changed(w)
	}
	return classify("postgres.commit", err)
}

func (s *Store) attempt(ctx context.Context, conn *pgxpool.Conn, load processor.Load, decide func(*processor.Work) error) (*processor.Work, error) {
	found, err := fetch(ctx, conn, load)
	if err != nil {
		return nil, err
	}
	w := processor.NewWork(found)
	if err := decide(w); err != nil {
		return nil, err
	}
	b := &pgx.Batch{}
	savePayments(b, w, found.Payments)
	saveMessages(b, w)
	saveAudits(b, w.Audits, "")
	saveItems(b, w)
	saveRecords(b, w)
	if err := saveEntries(b, w); err != nil {
		return nil, err
	}
	if len(w.Gone.Payments) > 0 {
		if err := conn.SendBatch(ctx, b).Close(); err != nil {
			return nil, err
		}
		if err := letGo(ctx, conn, w.Gone); err != nil {
			return nil, err
		}
		b = &pgx.Batch{}
	}
	// The sequence is taken late: other transactions with events of the same merchant
	// wait from here to the commit, which follows without a further round trip.
	saveEvents(b, w)
	saveDeliveries(b, w) // also those of earlier events, without any new one
	if ids := w.Outgoing(); len(ids) > 0 {
		b.Queue(`INSERT INTO outbox (id, until, ids) VALUES ($1, now() + $2, $3)`, ids[0], w.Lease, ids)
	}
	b.Queue(`COMMIT`)
	return w, conn.SendBatch(ctx, b).Close()
}

// fetch begins the transaction and loads and locks in one round trip.
func fetch(ctx context.Context, conn *pgxpool.Conn, l processor.Load) (found processor.Loaded, err error) {
	merchants, keys := make([]string, len(l.Keys)), make([]string, len(l.Keys))
	for i, k := range l.Keys {
		merchants[i], keys[i] = k.Merchant, k.Key
	}
	b := &pgx.Batch{}
	b.Queue(`BEGIN`)
	found.Keyed = map[processor.Key]string{}
	if len(keys) > 0 {
		b.Queue(`SELECT p.merchant, p.idem_key, `+halves+` FROM unnest($1::text[], $2::text[]) AS k (merchant, key)
			JOIN payments p ON p.merchant = k.merchant AND p.idem_key = k.key JOIN states s ON s.payment = p.id`, merchants, keys).
			Query(func(r pgx.Rows) error { return scanKeyed(r, &found) })
	}
	if len(l.Payments) > 0 {
		b.Queue(selectPayments+`WHERE s.payment = ANY($1) ORDER BY s.payment FOR UPDATE OF s`, l.Payments).
			Query(func(r pgx.Rows) error { return scanPayments(r, &found.Payments) })
		b.Queue(`SELECT doc FROM endpoints WHERE merchant IN (SELECT merchant FROM payments WHERE id = ANY($1)) ORDER BY id`, l.Payments).
			Query(func(r pgx.Rows) error { return scanDocs(r, &found.Endpoints) })
	}
	fetchMoney(b, l, &found)
	fetchLeaving(b, l, &found)
	if len(l.Inbox) > 0 {
		// After the payments are locked: a twin of a message under way waits for
		// that lock, and then sees it here.
		b.Queue(`SELECT id FROM messages WHERE id = ANY($1)`, l.Inbox).
			Query(func(r pgx.Rows) (err error) {
				found.Seen, err = pgx.CollectRows(r, pgx.RowTo[string])
				return err
			})
	}
	return found, conn.SendBatch(ctx, b).Close()
}

func scanKeyed(r pgx.Rows, found *processor.Loaded) error {
	for r.Next() {
		var k processor.Key
		var first, second []byte
		if err := r.Scan(&k.Merchant, &k.Key, &first, &second); err != nil {
			return err
		}
		p, err := joined(first, second)
		if err != nil {
			return err
		}
		found.Keyed[k] = p.ID
		found.Payments = append(found.Payments, p)
	}
	return r.Err()
}

// scanDocs reads a single JSON column into a list.
func scanDocs[T any](r pgx.Rows, list *[]T) error {
	for r.Next() {
		v, err := scanDoc[T](r)
		if err != nil {
			return err
		}
		*list = append(*list, v)
	}
	return r.Err()
}

// savePayments queues the new payments and the changes of those that were found.
func savePayments(b *pgx.Batch, w *processor.Work, found []payment.Payment) {
	if n := len(w.Created); n > 0 {
		ids, merchants, references, statuses, banks, methods := texts(n), texts(n), texts(n), texts(n), texts(n), texts(n)
		dues, keys, terms, docs := make([]*time.Time, n), make([]*string, n), texts(n), texts(n)
		for i := range w.Created {
			p := &w.Created[i]
			ids[i], merchants[i], references[i], statuses[i] = p.ID, p.Merchant, p.Reference, string(p.Status)
			banks[i], methods[i], dues[i] = p.Bank, string(p.Method()), orNull(p.WakeAt())
			terms[i], docs[i] = document(termsOf(p)), document(stateOf(p))
			if p.Origin.IdempotencyKey != "" {
				keys[i] = &p.Origin.IdempotencyKey
			}
		}
		b.Queue(`INSERT INTO payments (id, merchant, reference, idem_key, doc)
			SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])`, ids, merchants, references, keys, terms)
		b.Queue(`INSERT INTO states (payment, status, bank, method, due_at, doc)
			SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[])`,
			ids, statuses, banks, methods, dues, docs)
	}
	if n := len(w.Updated); n > 0 {
		ids, statuses, banks, methods := texts(n), texts(n), texts(n), texts(n)
		dues, docs := make([]*time.Time, n), texts(n)
		for i := range w.Updated {
			p := &w.Updated[i]
			ids[i], statuses[i], banks[i], methods[i] = p.ID, string(p.Status), p.Bank, string(p.Method())
			dues[i], docs[i] = orNull(p.WakeAt()), document(stateOf(p))
		}
		b.Queue(`UPDATE states s SET status = r.status, bank = r.bank, method = r.method, due_at = r.due_at, doc = r.doc
			FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[]) AS r (payment, status, bank, method, due_at, doc)
			WHERE s.payment = r.payment`, ids, statuses, banks, methods, dues, docs)
		saveTerms(b, w.Updated, found)
	}
}

// saveTerms queues what was created otherwise than it now is.
func saveTerms(b *pgx.Batch, list, found []payment.Payment) {
	before := make(map[string]*payment.Payment, len(found))
	for i := range found {
		before[found[i].ID] = &found[i]
	}
	var ids, docs []string
	for i := range list {
		p := &list[i]
		if was := before[p.ID]; was == nil || !same(was, p) {
			ids, docs = append(ids, p.ID), append(docs, document(termsOf(p)))
		}
	}
	if len(ids) > 0 {
		b.Queue(`UPDATE payments p SET doc = r.doc FROM unnest($1::text[], $2::text[]) AS r (id, doc) WHERE p.id = r.id`, ids, docs)
	}
}

func saveMessages(b *pgx.Batch, w *processor.Work) {
	n := len(w.Messages)
	if n == 0 {
		return
	}
	ids, directions, payments, banks, kinds := texts(n), texts(n), texts(n), texts(n), texts(n)
	attempts, ats, verdicts, notes, bodies := make([]int, n), make([]time.Time, n), texts(n), texts(n), texts(n)
	for i, m := range w.Messages {
		ids[i], directions[i], payments[i], banks[i], kinds[i] = m.ID, string(m.Direction), m.Payment, m.Bank, m.Kind
		attempts[i], ats[i], verdicts[i], notes[i], bodies[i] = m.Attempt, m.At, string(m.Verdict), m.Note, string(m.Body)
	}
	b.Queue(`INSERT INTO messages (id, direction, payment, bank, attempt, kind, at, verdict, note, body)
		SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::timestamptz[], $8::text[], $9::text[], $10::text[])`,
		ids, directions, payments, banks, attempts, kinds, ats, verdicts, notes, bodies)
}

// saveEvents gives the events their numbers and writes them, in one statement: what has to know a number
// is made of it afterwards.
func saveEvents(b *pgx.Batch, w *processor.Work) {
	n := len(w.Events)
	if n == 0 {
		return
	}
	counts := map[string]int64{}
	for i := range w.Events {
		counts[w.Events[i].Merchant]++
	}
	owners, numbers := ordered(counts)
	merchants, after, ids, types := texts(n), make([]int64, n), texts(n), texts(n)
	payments, ats, data, courses := texts(n), make([]time.Time, n), texts(n), texts(n)
	for i := range w.Events {
		e := &w.Events[i]
		counts[e.Merchant]--
		merchants[i], after[i], ids[i], types[i] = e.Merchant, counts[e.Merchant], e.ID, e.Type
		payments[i], ats[i], data[i] = e.Payment, e.At, string(e.Data)
		courses[i] = e.KeptCourses()
	}
	b.Queue(`WITH taken AS (
			INSERT INTO sequences (merchant, last) SELECT * FROM unnest($1::text[], $2::bigint[])
			ON CONFLICT (merchant) DO UPDATE SET last = sequences.last + excluded.last RETURNING merchant, last),
		written AS (
			INSERT INTO events (merchant, sequence, id, type, payment, at, data, courses)
			SELECT r.merchant, taken.last - r.after, r.id, r.type, r.payment, r.at, r.data, r.courses
			FROM unnest($3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::text[], $10::text[])
			AS r (merchant, after, id, type, payment, at, data, courses) JOIN taken ON taken.merchant = r.merchant)
		SELECT merchant, last FROM taken`, owners, numbers, merchants, after, ids, types, payments, ats, data, courses).
		Query(func(r pgx.Rows) error {
			last := map[string]int64{}
			for r.Next() {
				var m string
				var n int64
				if err := r.Scan(&m, &n); err != nil {
					return err
				}
				last[m] = n
			}
			for i := range w.Events {
				w.Events[i].Sequence = last[w.Events[i].Merchant] - after[i]
			}
			return r.Err()
		})
}

func saveDeliveries(b *pgx.Batch, w *processor.Work) {
	n := len(w.Deliveries)
	if n == 0 {
		return
	}
	ids, endpoints, events, payments, statuses := texts(n), texts(n), texts(n), texts(n), texts(n)
	next, leases := make([]time.Time, n), make([]time.Duration, n)
	for i, d := range w.Deliveries {
		e := w.EventOf(d)
		ids[i], endpoints[i], events[i], payments[i], statuses[i] = d.ID, d.Endpoint.ID, e.ID, e.Payment, string(d.Status())
		next[i], leases[i] = d.NextAt, w.DeliveryLease(d)
	}
	b.Queue(`INSERT INTO deliveries (id, endpoint, event, payment, status, tries, next_at, until)
		SELECT id, endpoint, event, payment, status, 0, next_at, now() + lease
		FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::interval[])
			AS r (id, endpoint, event, payment, status, next_at, lease)`,
		ids, endpoints, events, payments, statuses, next, leases)
}

func texts(n int) []string { return make([]string, n) }

func document(v any) string {
	b, err := json.Marshal(v, json.FormatNilSliceAsNull(true), json.FormatNilMapAsNull(true))
	if err != nil {
		panic("postgres: " + err.Error()) // domain values always encode
	}
	return string(b)
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// orZero is an instant that may be missing, the zero time where it is.
func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
