package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/go-json-experiment/json"

	"sandbank/fault"
	"sandbank/identity/grant"
)

// ChangeSecret implements the authorization server's store.
func (s *Store) ChangeSecret(ctx context.Context, name string, change func([]byte) ([]byte, error)) (value []byte, err error) {
	err = s.inTx(ctx, "sqlite.change_secret", func(t *tx) error {
		err := t.tx.QueryRowContext(ctx, `SELECT value FROM secrets WHERE name = ?`, name).Scan(&value)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if value, err = change(value); err != nil {
			return fault.From(err)
		}
		return t.exec(`INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value`, name, value)
	})
	return value, err
}

// AddGrant implements the authorization server's store.
func (s *Store) AddGrant(ctx context.Context, g grant.Grant, first grant.Ticket) error {
	return s.inTx(ctx, "sqlite.add_grant", func(t *tx) error {
		if err := t.exec(`INSERT INTO grants (id, until, doc) VALUES (?, ?, ?)`, g.ID, micros(g.Until), document(g)); err != nil {
			return err
		}
		return t.addTicket(first)
	})
}

// AddTicket implements the authorization server's store.
func (s *Store) AddTicket(ctx context.Context, k grant.Ticket) error {
	return s.inTx(ctx, "sqlite.add_ticket", func(t *tx) error { return t.addTicket(k) })
}

func (t *tx) addTicket(k grant.Ticket) error {
	r, err := t.tx.ExecContext(t.ctx, `INSERT INTO tickets (hash, grant_id, until, doc) SELECT ?, id, ?, ? FROM grants WHERE id = ?`,
		k.Hash, micros(k.Until), document(k), k.Grant)
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, grant.ErrNoTicket)
	}
	return nil
}

// Ticket implements the authorization server's store.
func (s *Store) Ticket(ctx context.Context, hash string) (g grant.Grant, k grant.Ticket, err error) {
	g, k, err = ticket(s.read.QueryRowContext(ctx, findTicket, hash))
	return g, k, classify("sqlite.ticket", err)
}

const findTicket = `SELECT g.doc, k.doc, k.until, k.spent FROM tickets k JOIN grants g ON g.id = k.grant_id WHERE k.hash = ?`

func ticket(row *sql.Row) (g grant.Grant, k grant.Ticket, err error) {
	var granted, doc []byte
	var until int64
	err = row.Scan(&granted, &doc, &until, &k.Spent)
	if errors.Is(err, sql.ErrNoRows) {
		return g, k, grant.ErrNoTicket
	}
	if err == nil {
		err = errors.Join(json.Unmarshal(granted, &g), json.Unmarshal(doc, &k))
	}
	k.Until = fromMicros(until)
	return g, k, err
}

// Spend implements the authorization server's store.
func (s *Store) Spend(ctx context.Context, hash string) (g grant.Grant, k grant.Ticket, err error) {
	err = s.inTx(ctx, "sqlite.spend", func(t *tx) error {
		if g, k, err = ticket(t.tx.QueryRowContext(ctx, findTicket, hash)); err != nil {
			return err
		}
		return t.exec(`UPDATE tickets SET spent = 1 WHERE hash = ?`, hash)
	})
	return g, k, err
}

// ExtendTicket implements the authorization server's store.
func (s *Store) ExtendTicket(ctx context.Context, hash string, until time.Time) error {
	return s.inTx(ctx, "sqlite.extend_ticket", func(t *tx) error {
		return t.exec(`UPDATE tickets SET until = ? WHERE hash = ?`, micros(until), hash)
	})
}

// Revoke implements the authorization server's store.
func (s *Store) Revoke(ctx context.Context, r grant.Revocation) error {
	return s.inTx(ctx, "sqlite.revoke", func(t *tx) error {
		return errors.Join(
			t.exec(`DELETE FROM tickets WHERE grant_id = ?`, r.ID),
			t.exec(`DELETE FROM grants WHERE id = ?`, r.ID),
			t.exec(`INSERT INTO revocations (id, until) VALUES (?, ?) ON CONFLICT DO NOTHING`, r.ID, micros(r.Until)),
		)
	})
}

// Revocations implements the authorization server's store.
func (s *Store) Revocations(ctx context.Context, after int64, now time.Time) (list []grant.Revocation, err error) {
	const query = `SELECT number, id, until FROM revocations WHERE number > ? AND until > ? ORDER BY number`
	err = rows(ctx, s.read, query, []any{after, micros(now)}, func(scan scan) error {
		var r grant.Revocation
		var until int64
		err := scan(&r.Number, &r.ID, &until)
		r.Until = fromMicros(until)
		list = append(list, r)
		return err
	})
	return list, classify("sqlite.revocations", err)
}

// Forget implements the authorization server's store.
func (s *Store) Forget(ctx context.Context, now time.Time) error {
	return s.inTx(ctx, "sqlite.forget", func(t *tx) error {
		at := micros(now)
		return errors.Join(
			t.exec(`DELETE FROM tickets WHERE grant_id IN (SELECT id FROM grants WHERE until <= ?)`, at),
			t.exec(`DELETE FROM grants WHERE until <= ?`, at),
			t.exec(`DELETE FROM revocations WHERE until <= ?`, at),
		)
	})
}
