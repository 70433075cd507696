package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/go-json-experiment/json"

	"sandbank/payment"
	"sandbank/processor"
)

// Commit implements [processor.Committer]. The transaction is the only one that
// writes, so what it loads is locked by that alone.
func (s *Store) Commit(ctx context.Context, load processor.Load, decide func(*processor.Work) error) error {
	return s.inTx(ctx, "sqlite.commit", func(t *tx) error {
		found, err := t.load(load)
		if err != nil {
			return err
		}
		w := processor.NewWork(found)
		if err := decide(w); err != nil {
			return err
		}
		return s.save(t, w)
	})
}

func (t *tx) load(l processor.Load) (found processor.Loaded, err error) {
	ids := append([]string(nil), l.Payments...)
	found.Keyed = map[processor.Key]string{}
	for _, k := range l.Keys {
		var id string
		err := t.tx.QueryRowContext(t.ctx, `SELECT id FROM payments WHERE merchant = ? AND idem_key = ?`, k.Merchant, k.Key).Scan(&id)
		if err == nil {
			found.Keyed[k] = id
			ids = append(ids, id)
		} else if !errors.Is(err, sql.ErrNoRows) {
			return found, err
		}
	}
	if found.Payments, err = t.payments(ids); err != nil {
		return found, err
	}
	if found.Seen, err = t.seen(l.Inbox); err != nil {
		return found, err
	}
	merchants := map[string]bool{}
	for _, p := range found.Payments {
		merchants[p.Merchant] = true
	}
	for _, m := range l.Tells {
		merchants[m] = true
	}
	for m := range merchants {
		list, err := endpointsOf(t.ctx, t.tx, m)
		if err != nil {
			return found, err
		}
		found.Endpoints = append(found.Endpoints, list...)
	}
	if found.Old, err = t.loadLeaving(l); err != nil {
		return found, err
	}
	return found, t.loadMoney(l, &found)
}

func (t *tx) payments(ids []string) ([]payment.Payment, error) {
	list := make([]payment.Payment, 0, len(ids))
	err := t.lookUp(`SELECT doc FROM payments WHERE id = ?`, ids, func(stored any) error {
		var doc []byte
		if err := (unpacked{&doc}).Scan(stored); err != nil {
			return err
		}
		var p payment.Payment
		err := json.Unmarshal(doc, &p)
		list = append(list, p)
		return err
	})
	return list, err
}

func (t *tx) seen(ids []string) (seen []string, err error) {
	err = t.lookUp(`SELECT id FROM messages WHERE id = ?`, ids, func(id any) error {
		seen = append(seen, id.(string))
		return nil
	})
	return seen, err
}

// lookUp runs a one-column query for each id and skips those without a row.
func (t *tx) lookUp(query string, ids []string, found func(any) error) error {
	if len(ids) == 0 {
		return nil
	}
	stmt, err := t.tx.PrepareContext(t.ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = stmt.Close() }()
	for _, id := range ids {
		var value any
		switch err := stmt.QueryRowContext(t.ctx, id).Scan(&value); {
		case errors.Is(err, sql.ErrNoRows):
		case err != nil:
			return err
		default:
			if err := found(value); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) save(t *tx, w *processor.Work) error {
	for _, step := range []func(*processor.Work) error{
		t.savePayments, t.saveMessages, t.saveItems, t.saveRecords, t.saveEntries, t.saveEvents, t.saveDeliveries, t.saveAudits, t.letGo,
	} {
		if err := step(w); err != nil {
			return err
		}
	}
	ids := w.Outgoing()
	if len(ids) == 0 {
		return nil
	}
	return t.exec(`INSERT INTO outbox (id, until, ids) VALUES (?, ?, ?)`, ids[0], micros(time.Now().Add(w.Lease)), document(ids))
}

func (t *tx) savePayments(w *processor.Work) error {
	err := t.each(`INSERT INTO payments (id, merchant, reference, status, bank, method, due_at, idem_key, doc) VALUES (?,?,?,?,?,?,?,?,?)`,
		len(w.Created), func(i int) []any {
			p := &w.Created[i]
			return []any{p.ID, p.Merchant, p.Reference, string(p.Status), p.Bank, string(p.Method()), orNull(p.WakeAt()),
				sql.NullString{String: p.Origin.IdempotencyKey, Valid: p.Origin.IdempotencyKey != ""}, resting(p)}
		})
	if err != nil {
		return err
	}
	return t.each(`UPDATE payments SET status = ?, bank = ?, method = ?, due_at = ?, doc = ? WHERE id = ?`,
		len(w.Updated), func(i int) []any {
			p := &w.Updated[i]
			return []any{string(p.Status), p.Bank, string(p.Method()), orNull(p.WakeAt()), resting(p), p.ID}
		})
}

func (t *tx) saveMessages(w *processor.Work) error {
	return t.each(`INSERT INTO messages (id, direction, payment, bank, attempt, kind, at, verdict, note, body) VALUES (?,?,?,?,?,?,?,?,?,?)`,
		len(w.Messages), func(i int) []any {
			m := w.Messages[i]
			return []any{m.ID, string(m.Direction), m.Payment, m.Bank, m.Attempt, m.Kind, micros(m.At), string(m.Verdict), m.Note, pack(string(m.Body))}
		})
}

func (t *tx) saveEvents(w *processor.Work) error {
	counts, lasts := map[string]int64{}, map[string]int64{}
	for i := range w.Events {
		counts[w.Events[i].Merchant]++
	}
	for merchant, n := range counts {
		var last int64
		err := t.tx.QueryRowContext(t.ctx, `INSERT INTO sequences (merchant, last) VALUES (?1, ?2)
			ON CONFLICT (merchant) DO UPDATE SET last = last + ?2 RETURNING last`, merchant, n).Scan(&last)
		if err != nil {
			return err
		}
		lasts[merchant] = last - n
	}
	for i := range w.Events {
		e := &w.Events[i]
		lasts[e.Merchant]++
		e.Sequence = lasts[e.Merchant]
	}
	return t.each(`INSERT INTO events (merchant, sequence, id, type, payment, at, data, courses) VALUES (?,?,?,?,?,?,?,?)`,
		len(w.Events), func(i int) []any {
			e := w.Events[i]
			return []any{e.Merchant, e.Sequence, e.ID, e.Type, e.Payment, micros(e.At), pack(string(e.Data)), e.KeptCourses()}
		})
}

func (t *tx) saveDeliveries(w *processor.Work) error {
	present := time.Now()
	return t.each(`INSERT INTO deliveries (id, endpoint, event, payment, status, tries, next_at, until) VALUES (?,?,?,?,?,0,?,?)`,
		len(w.Deliveries), func(i int) []any {
			d := w.Deliveries[i]
			e := w.EventOf(d)
			return []any{d.ID, d.Endpoint.ID, e.ID, e.Payment, string(d.Status()), micros(d.NextAt), micros(present.Add(w.DeliveryLease(d)))}
		})
}

// resting is a payment's document, packed once its status is final: until then it is read and written
// again within seconds.
func resting(p *payment.Payment) any {
	text := document(p)
	if !p.Status.Final() {
		return text
	}
	return pack(text)
}

func document(v any) string {
	b, err := json.Marshal(v, json.FormatNilSliceAsNull(true), json.FormatNilMapAsNull(true))
	if err != nil {
		panic("sqlite: " + err.Error()) // domain values always encode
	}
	return string(b)
}
