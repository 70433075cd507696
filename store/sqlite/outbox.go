package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/go-json-experiment/json"

	"sandbank/broker"
	"sandbank/fault"
	"sandbank/payment"
	"sandbank/processor"
)

// Claim implements the outbox's store.
func (s *Store) Claim(ctx context.Context, lease time.Duration, limit int) (found []broker.Parcel, err error) {
	now := time.Now()
	err = s.inTx(ctx, "sqlite.claim", func(t *tx) error {
		var free []string
		err := rows(ctx, t.tx, `SELECT id FROM outbox WHERE until <= ? ORDER BY until, id LIMIT ?`, []any{micros(now), limit}, func(scan scan) error {
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
		return t.each(`UPDATE outbox SET until = ? WHERE id = ?`, len(free), func(i int) []any { return []any{micros(now.Add(lease)), free[i]} })
	})
	return found, err
}

// Resend implements the store.
func (s *Store) Resend(ctx context.Context) error {
	return s.inTx(ctx, "sqlite.resend", func(t *tx) error {
		err := t.exec(`INSERT OR IGNORE INTO outbox (id, until, ids)
			SELECT m.id, 0, json_array(m.id) FROM payments p JOIN messages m ON m.payment = p.id
			WHERE p.due_at IS NOT NULL AND p.status = 'processing' AND m.direction = 'out' AND m.kind = 'authorize'
			AND m.attempt = (SELECT max(attempt) FROM messages a WHERE a.payment = p.id AND a.direction = 'out' AND a.kind = 'authorize')`)
		if err != nil {
			return err
		}
		pending, err := t.pendingRequests()
		if err != nil {
			return err
		}
		return t.exec(`INSERT OR IGNORE INTO outbox (id, until, ids)
			SELECT id, 0, json_array(id) FROM messages WHERE id IN (SELECT value FROM json_each(?))`, document(pending))
	})
}

// pendingRequests lists the message ids of operations that no bank has answered.
func (t *tx) pendingRequests() ([]string, error) {
	ids := []string{}
	err := rows(t.ctx, t.tx, `SELECT doc FROM payments WHERE due_at IS NOT NULL`, nil, func(scan scan) error {
		var doc []byte
		if err := scan(unpacked{&doc}); err != nil {
			return err
		}
		var p payment.Payment
		if err := json.Unmarshal(doc, &p); err != nil {
			return err
		}
		for _, o := range p.Operations {
			if o.Status == payment.OpPending {
				ids = append(ids, o.RequestID)
			}
		}
		return nil
	})
	return ids, err
}

// Published implements the outbox's store.
func (s *Store) Published(ctx context.Context, ids []string) error {
	return s.inTx(ctx, "sqlite.published", func(t *tx) error {
		return t.each(`DELETE FROM outbox WHERE id = ?`, len(ids), func(i int) []any { return []any{ids[i]} })
	})
}

// Postpone implements the outbox's store.
func (s *Store) Postpone(ctx context.Context, parcel string, lease time.Duration, ids []string, note string) error {
	return s.inTx(ctx, "sqlite.postpone", func(t *tx) error {
		return t.exec(`UPDATE outbox SET until = ?, ids = ?, note = ? WHERE id = ?`, micros(time.Now().Add(lease)), document(ids), note, parcel)
	})
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
