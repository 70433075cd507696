package sqlite

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
	return listed(s.payments(ctx, `SELECT doc FROM payments`))
}

// AllMessages implements the invariants' source.
func (s *Store) AllMessages(ctx context.Context) iter.Seq2[processor.Message, error] {
	return listed(messages(ctx, s.read, ``))
}

// AllEntries implements the invariants' source.
func (s *Store) AllEntries(ctx context.Context) iter.Seq2[processor.SealedEntry, error] {
	found, err := entries(ctx, s.read, `ORDER BY s.number IS NULL, s.number, e.seq, p.line`)
	return listed(sealedEntries(found), err)
}

// AllEvents implements the invariants' source.
func (s *Store) AllEvents(ctx context.Context) iter.Seq2[event.Event, error] {
	return listed(events(ctx, s.read, `ORDER BY merchant, sequence`))
}

// PendingDeliveries implements the invariants' source.
func (s *Store) PendingDeliveries(ctx context.Context) (n int, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT count(*) FROM deliveries WHERE status = 'pending'`).Scan(&n)
	return n, classify("sqlite.pending_deliveries", err)
}

// AllItems implements the invariants' source.
func (s *Store) AllItems(ctx context.Context) iter.Seq2[settlement.Item, error] {
	var list []settlement.Item
	err := items(ctx, s.read, &list, ``)
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
			yield(none, classify("sqlite.all", err))
		}
	}
}
