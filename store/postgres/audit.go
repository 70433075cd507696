package postgres

import (
	"context"
	"iter"

	"sandbank/event"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/settlement"
)

// AllPayments implements the invariants' source.
func (s *Store) AllPayments(ctx context.Context) iter.Seq2[payment.Payment, error] {
	return listed(payments(ctx, s.scan, `SELECT doc FROM states`))
}

// AllMessages implements the invariants' source.
func (s *Store) AllMessages(ctx context.Context) iter.Seq2[processor.Message, error] {
	return listed(messages(ctx, s.scan, ``))
}

// AllEntries implements the invariants' source.
func (s *Store) AllEntries(ctx context.Context) iter.Seq2[processor.SealedEntry, error] {
	return listed(entries(ctx, s.scan, `ORDER BY s.number NULLS LAST, e.xid, e.id, p.line`))
}

// AllEvents implements the invariants' source.
func (s *Store) AllEvents(ctx context.Context) iter.Seq2[event.Event, error] {
	return listed(events(ctx, s.scan, `ORDER BY merchant, sequence`))
}

// PendingDeliveries implements the invariants' source.
func (s *Store) PendingDeliveries(ctx context.Context) (n int, err error) {
	err = s.scan.QueryRow(ctx, `SELECT count(*) FROM deliveries WHERE status = 'pending'`).Scan(&n)
	return n, classify("postgres.pending_deliveries", err)
}

// AllItems implements the invariants' source.
func (s *Store) AllItems(ctx context.Context) iter.Seq2[settlement.Item, error] {
	r, err := s.scan.Query(ctx, `SELECT doc FROM items`)
	if err != nil {
		return listed[settlement.Item](nil, err)
	}
	defer r.Close()
	var list []settlement.Item
	err = scanDocs(r, &list)
	return listed(list, err)
}

// AllRecords implements the invariants' source.
func (s *Store) AllRecords(ctx context.Context) iter.Seq2[processor.Record, error] {
	return listed(s.records(ctx, ``))
}

// listed walks a list that was read whole.
func listed[T any](list []T, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range list {
			if !yield(v, nil) {
				return
			}
		}
		if err != nil {
			var none T
			yield(none, classify("postgres.all", err))
		}
	}
}
