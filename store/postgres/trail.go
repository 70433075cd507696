package postgres

import (
	"context"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"

	"sandbank/audit"
	"sandbank/chance"
	"sandbank/processor"
)

// unlessThere leaves records as they are that are there already.
const unlessThere = ` ON CONFLICT (id) DO NOTHING`

// saveAudits queues the insertion of records, which are new, or else what the clause says.
func saveAudits(b *pgx.Batch, list []audit.Record, clause string) {
	n := len(list)
	if n == 0 {
		return
	}
	ids, ats, kinds, actors, roles, merchants := texts(n), make([]time.Time, n), texts(n), texts(n), texts(n), texts(n)
	actions, objects, outcomes, codes, addresses, requests, counts := texts(n), texts(n), texts(n), texts(n), texts(n), texts(n), make([]int, n)
	for i, r := range list {
		ids[i], ats[i], kinds[i], actors[i], roles[i], merchants[i] = r.ID, r.At, string(r.Actor.Kind), r.Actor.ID, r.Role, r.Merchant
		actions[i], objects[i], outcomes[i], codes[i] = string(r.Action), r.Object, string(r.Outcome), r.Code
		addresses[i], requests[i], counts[i] = r.Address, r.Request, r.Count
	}
	b.Queue(`INSERT INTO audits (id, at, kind, actor, role, merchant, action, object, outcome, code, address, request, count)
		SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
			$8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::int[])`+clause,
		ids, ats, kinds, actors, roles, merchants, actions, objects, outcomes, codes, addresses, requests, counts)
}

// AddAudits implements [trail.Store].
func (s *Store) AddAudits(ctx context.Context, list []audit.Record) error {
	return s.atOnce(ctx, "postgres.add_audits", func(b *pgx.Batch) { saveAudits(b, list, unlessThere) })
}

// auditLock is the key of the advisory lock under which one processor at a time
// seals the audit log.
const auditLock = 0x5ea2

// SealAudits implements [trail.Store]. The order is that of the ledger's chain,
// for the same reason: no record can appear later in between.
func (s *Store) SealAudits(ctx context.Context, limit int) (sealed int, err error) {
	err = s.inTx(ctx, "postgres.seal_audits", func(t pgx.Tx) error {
		var mine bool
		if err := t.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock($1)`, auditLock).Scan(&mine); err != nil || !mine {
			return err
		}
		last, err := auditChain.end(ctx, t)
		if err != nil {
			return err
		}
		found, err := scanAudits(t.Query(ctx, `SELECT 0::bigint, '', `+auditColumns+` FROM audits a
			WHERE (xid, id) > ($1::text::xid8, $2) AND xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid, id LIMIT $3`, last.xid, last.id, limit))
		if err != nil || len(found) == 0 {
			return err
		}
		sealed = len(found)
		return sealAudits(ctx, t, audit.Sealed{Number: last.Number, Hash: last.Hash}, found)
	})
	return sealed, err
}

func sealAudits(ctx context.Context, t pgx.Tx, last audit.Sealed, found []audit.Sealed) error {
	n := len(found)
	records, ids, hashes := make([]audit.Record, n), texts(n), texts(n)
	for i, f := range found {
		records[i] = f.Record
	}
	for i, link := range audit.Link(last, records) {
		ids[i], hashes[i] = link.Record.ID, link.Hash
	}
	b := &pgx.Batch{}
	auditChain.add(b, last.Number+1, ids, hashes)
	return t.SendBatch(ctx, b).Close()
}

// ListAudits implements [processor.Audits].
func (s *Store) ListAudits(ctx context.Context, f audit.Filter) ([]audit.Sealed, error) {
	from, to := "", ""
	if !f.From.IsZero() {
		from = chance.FirstID("aud", f.From)
	}
	if !f.To.IsZero() {
		to = chance.FirstID("aud", f.To)
	}
	list, err := scanAudits(s.scan.Query(ctx, selectAudits+`WHERE ($1 = '' OR a.kind = $1) AND ($2 = '' OR a.actor = $2) AND ($3 = '' OR a.merchant = $3)
		AND ($4 = '' OR a.action = $4 OR right($4, 1) = '.' AND starts_with(a.action, $4)) AND ($5 = '' OR a.object = $5) AND ($6 = '' OR a.outcome = $6)
		AND ($7 = '' OR a.id >= $7) AND ($8 = '' OR a.id < $8) AND ($9 = '' OR a.id < $9) ORDER BY a.id DESC LIMIT $10`,
		string(f.Kind), f.Actor, f.Merchant, string(f.Action), f.Object, string(f.Outcome), from, to, f.Before, f.Limit))
	return list, classify("postgres.list_audits", err)
}

const auditColumns = `a.id, a.at, a.kind, a.actor, a.role, a.merchant, a.action, a.object, a.outcome, a.code, a.address, a.request, a.count`

const sealColumns = `SELECT coalesce(s.number, 0), coalesce(s.hash, ''), ` + auditColumns

// selectAudits reads records with their seals; selectAllAudits does for walks over all of them.
var (
	selectAudits    = sealColumns + ` FROM audits a LEFT JOIN` + auditChain.of("a") + `ON true `
	selectAllAudits = sealColumns + ` FROM audits a LEFT JOIN` + auditChain.each() + `ON s.id = a.id `
)

// AllAudits implements the invariants' source. A last seal whose record is gone
// comes with an empty one.
func (s *Store) AllAudits(ctx context.Context) iter.Seq2[audit.Sealed, error] {
	return func(yield func(audit.Sealed, error) bool) {
		// Read before the records: what is sealed in between is a record more, and not one that is gone.
		var last, seen int64
		if err := s.scan.QueryRow(ctx, `SELECT coalesce(max(last), 0) FROM audit_seals`).Scan(&last); err != nil {
			yield(audit.Sealed{}, classify("postgres.all", err))
			return
		}
		for a, err := range streamed(ctx, s.scan, selectAllAudits+`ORDER BY s.number NULLS FIRST, a.xid, a.id`, scanAudit) {
			if !yield(a, err) || err != nil {
				return
			}
			seen = a.Number
		}
		if last > seen {
			yield(audit.Sealed{Number: last}, nil)
		}
	}
}

func scanAudits(r pgx.Rows, err error) ([]audit.Sealed, error) {
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(r, scanAudit)
}

func scanAudit(row pgx.CollectableRow) (s audit.Sealed, err error) {
	r := &s.Record
	err = row.Scan(&s.Number, &s.Hash, &r.ID, &r.At, &r.Actor.Kind, &r.Actor.ID, &r.Role, &r.Merchant,
		&r.Action, &r.Object, &r.Outcome, &r.Code, &r.Address, &r.Request, &r.Count)
	r.At = r.At.UTC()
	return s, err
}

var _ processor.Audits = (*Store)(nil)
