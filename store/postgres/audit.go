package postgres

import (
	"context"
	"iter"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"

	"sandbank/event"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/settlement"
)

// AllPayments implements the invariants' source.
func (s *Store) AllPayments(ctx context.Context) iter.Seq2[payment.Payment, error] {
	return streamed(ctx, s.scan, selectPayments, scanPayment)
}

// AllMessages implements the invariants' source.
func (s *Store) AllMessages(ctx context.Context) iter.Seq2[processor.Message, error] {
	return streamed(ctx, s.scan, selectMessages, scanMessage)
}

// AllEntries implements the invariants' source.
func (s *Store) AllEntries(ctx context.Context) iter.Seq2[processor.SealedEntry, error] {
	return func(yield func(processor.SealedEntry, error) bool) {
		var whole processor.SealedEntry // as far as its lines have come
		for e, err := range streamed(ctx, s.scan, selectAllEntries+`ORDER BY s.number NULLS LAST, e.xid, e.id, p.line`, scanLine) {
			switch {
			case err != nil:
				yield(e, err)
				return
			case e.ID == whole.ID:
				whole.Postings = append(whole.Postings, e.Postings...)
				continue
			case whole.ID != "" && !yield(whole, nil):
				return
			}
			whole = e
		}
		if whole.ID != "" {
			yield(whole, nil)
		}
	}
}

// AllEvents implements the invariants' source.
func (s *Store) AllEvents(ctx context.Context) iter.Seq2[event.Event, error] {
	return streamed(ctx, s.scan, selectEvents+`ORDER BY merchant, sequence`, scanEvent)
}

// PendingDeliveries implements the invariants' source.
func (s *Store) PendingDeliveries(ctx context.Context) (n int, err error) {
	err = s.scan.QueryRow(ctx, `SELECT count(*) FROM deliveries WHERE status = 'pending'`).Scan(&n)
	return n, classify("postgres.pending_deliveries", err)
}

// AllItems implements the invariants' source.
func (s *Store) AllItems(ctx context.Context) iter.Seq2[settlement.Item, error] {
	return streamed(ctx, s.scan, `SELECT doc FROM items`, scanDoc[settlement.Item])
}

// AllRecords implements the invariants' source.
func (s *Store) AllRecords(ctx context.Context) iter.Seq2[processor.Record, error] {
	return streamed(ctx, s.scan, recordColumns, scanRecord)
}

// streamed walks rows as they come, so that a table may be larger than the memory. An error is the last that it gives.
func streamed[T any](ctx context.Context, q querier, query string, scan pgx.RowToFunc[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		r, err := q.Query(ctx, query)
		if err != nil {
			yield(none, classify("postgres.all", err))
			return
		}
		defer r.Close()
		for r.Next() {
			v, err := scan(r)
			if err != nil || !yield(v, nil) {
				cancel() // else what is left would be read to its end
				if err != nil {
					yield(none, classify("postgres.all", err))
				}
				return
			}
		}
		if err := r.Err(); err != nil {
			yield(none, classify("postgres.all", err))
		}
	}
}

func scanDoc[T any](row pgx.CollectableRow) (v T, err error) {
	var doc []byte
	if err := row.Scan(&doc); err != nil {
		return v, err
	}
	return v, json.Unmarshal(doc, &v)
}
