package postgres

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"

	"sandbank/fault"
	"sandbank/identity/grant"
)

// ChangeSecret implements the authorization server's store.
func (s *Store) ChangeSecret(ctx context.Context, name string, change func([]byte) ([]byte, error)) (value []byte, err error) {
	err = s.meeting(ctx, "postgres.change_secret", func(t pgx.Tx) error {
		// The row has to be there before it can be locked.
		if _, err := t.Exec(ctx, `INSERT INTO secrets (name, value) VALUES ($1, '') ON CONFLICT DO NOTHING`, name); err != nil {
			return err
		}
		if err := t.QueryRow(ctx, `SELECT value FROM secrets WHERE name = $1 FOR UPDATE`, name).Scan(&value); err != nil {
			return err
		}
		was := value
		if value, err = change(was); err != nil {
			return fault.From(err)
		}
		if bytes.Equal(was, value) {
			return nil
		}
		if _, err := t.Exec(ctx, `UPDATE secrets SET value = $2 WHERE name = $1`, name, value); err != nil {
			return err
		}
		return s.news.kept(ctx, t, name)
	})
	return value, err
}

// AddGrant implements the authorization server's store.
func (s *Store) AddGrant(ctx context.Context, g grant.Grant, first grant.Ticket) error {
	return s.inTx(ctx, "postgres.add_grant", func(t pgx.Tx) error {
		if _, err := t.Exec(ctx, `INSERT INTO grants (id, until, doc) VALUES ($1, $2, $3)`, g.ID, g.Until, document(g)); err != nil {
			return err
		}
		return addTicket(ctx, t, first)
	})
}

// AddTicket implements the authorization server's store.
func (s *Store) AddTicket(ctx context.Context, k grant.Ticket) error {
	return s.inTx(ctx, "postgres.add_ticket", func(t pgx.Tx) error { return addTicket(ctx, t, k) })
}

// addTicket locks the grant against being taken back meanwhile.
func addTicket(ctx context.Context, t pgx.Tx, k grant.Ticket) error {
	tag, err := t.Exec(ctx, `INSERT INTO tickets (hash, grant_id, until, doc)
		SELECT $1, id, $2, $3 FROM grants WHERE id = $4 FOR KEY SHARE`, k.Hash, k.Until, document(k), k.Grant)
	if err == nil && tag.RowsAffected() == 0 {
		return grant.ErrNoTicket
	}
	return err
}

const findTicket = `SELECT g.doc, k.doc, k.until, k.spent FROM tickets k JOIN grants g ON g.id = k.grant_id WHERE k.hash = $1`

// Ticket implements the authorization server's store.
func (s *Store) Ticket(ctx context.Context, hash string) (g grant.Grant, k grant.Ticket, err error) {
	g, k, err = ticket(s.pool.QueryRow(ctx, findTicket, hash))
	return g, k, classify("postgres.ticket", err)
}

func ticket(row pgx.Row) (g grant.Grant, k grant.Ticket, err error) {
	var granted, doc []byte
	var until time.Time
	err = row.Scan(&granted, &doc, &until, &k.Spent)
	if errors.Is(err, pgx.ErrNoRows) {
		return g, k, grant.ErrNoTicket
	}
	if err == nil {
		err = errors.Join(json.Unmarshal(granted, &g), json.Unmarshal(doc, &k))
	}
	k.Until = until.UTC()
	return g, k, err
}

// Spend implements the authorization server's store. Of several that spend one
// ticket at once, all but one find it spent.
func (s *Store) Spend(ctx context.Context, hash string) (g grant.Grant, k grant.Ticket, err error) {
	err = s.inTx(ctx, "postgres.spend", func(t pgx.Tx) error {
		if g, k, err = ticket(t.QueryRow(ctx, findTicket+` FOR UPDATE OF k`, hash)); err != nil {
			return err
		}
		_, err := t.Exec(ctx, `UPDATE tickets SET spent = true WHERE hash = $1`, hash)
		return err
	})
	return g, k, err
}

// ExtendTicket implements the authorization server's store.
func (s *Store) ExtendTicket(ctx context.Context, hash string, until time.Time) error {
	_, err := s.pool.Exec(ctx, `UPDATE tickets SET until = $2 WHERE hash = $1`, hash, until)
	return classify("postgres.extend_ticket", err)
}

// revoking is the advisory lock under which revocations are numbered: a reader up
// to a number will find no lower one later.
const revoking = 0x7265766f6b65

// Revoke implements the authorization server's store.
func (s *Store) Revoke(ctx context.Context, r grant.Revocation) error {
	return s.meeting(ctx, "postgres.revoke", func(t pgx.Tx) error {
		b := &pgx.Batch{}
		b.Queue(`SELECT pg_advisory_xact_lock($1)`, int64(revoking))
		b.Queue(`DELETE FROM grants WHERE id = $1`, r.ID)
		b.Queue(`DELETE FROM tickets WHERE grant_id = $1`, r.ID)
		b.Queue(`INSERT INTO revocations (id, until) VALUES ($1, $2) ON CONFLICT DO NOTHING`, r.ID, r.Until)
		return t.SendBatch(ctx, b).Close()
	})
}

// Revocations implements the authorization server's store.
func (s *Store) Revocations(ctx context.Context, after int64, now time.Time) ([]grant.Revocation, error) {
	r, err := s.pool.Query(ctx, `SELECT number, id, until FROM revocations WHERE number > $1 AND until > $2 ORDER BY number`, after, now)
	if err != nil {
		return nil, classify("postgres.revocations", err)
	}
	list, err := pgx.CollectRows(r, pgx.RowToStructByPos[grant.Revocation])
	for i := range list {
		list[i].Until = list[i].Until.UTC()
	}
	return list, classify("postgres.revocations", err)
}

// Forget implements the authorization server's store.
func (s *Store) Forget(ctx context.Context, now time.Time) error {
	return s.meeting(ctx, "postgres.forget", func(t pgx.Tx) error {
		b := &pgx.Batch{}
		b.Queue(`DELETE FROM tickets WHERE grant_id IN (SELECT id FROM grants WHERE until <= $1)`, now)
		b.Queue(`DELETE FROM grants WHERE until <= $1`, now)
		b.Queue(`DELETE FROM revocations WHERE until <= $1`, now)
		return t.SendBatch(ctx, b).Close()
	})
}
