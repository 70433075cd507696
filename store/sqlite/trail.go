package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"strings"

	"sandbank/audit"
	"sandbank/chance"
	"sandbank/processor"
)

const auditColumns = `id, at, kind, actor, role, merchant, action, object, outcome, code, address, request, count`

func (t *tx) saveAudits(w *processor.Work) error { return t.addAudits(w.Audits, "") }

// unlessThere leaves records as they are that are there already.
const unlessThere = ` ON CONFLICT (id) DO NOTHING`

// addAudits inserts records, which are new, or else what the clause says.
func (t *tx) addAudits(list []audit.Record, clause string) error {
	return t.each(`INSERT INTO audits (`+auditColumns+`) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)`+clause, len(list), func(i int) []any {
		r := list[i]
		return []any{
			r.ID, micros(r.At), string(r.Actor.Kind), r.Actor.ID, r.Role, r.Merchant, string(r.Action), r.Object,
			string(r.Outcome), r.Code, r.Address, r.Request, r.Count,
		}
	})
}

// AddAudits implements [trail.Store].
func (s *Store) AddAudits(ctx context.Context, list []audit.Record) error {
	return s.inTx(ctx, "sqlite.add_audits", func(t *tx) error { return t.addAudits(list, unlessThere) })
}

// SealAudits implements [trail.Store].
func (s *Store) SealAudits(ctx context.Context, limit int) (sealed int, err error) {
	err = s.inTx(ctx, "sqlite.seal_audits", func(t *tx) error {
		var last audit.Sealed
		var seq int64
		err := t.tx.QueryRowContext(ctx, `SELECT number, hash, seq FROM audit_seals ORDER BY number DESC LIMIT 1`).Scan(&last.Number, &last.Hash, &seq)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		// With one writer, records become visible in the order of their seq.
		found, err := audits(ctx, t.tx, `WHERE a.seq > ? ORDER BY a.seq LIMIT ?`, seq, limit)
		if err != nil {
			return err
		}
		records, seqs := make([]audit.Record, len(found)), make([]int64, len(found))
		for i, f := range found {
			records[i], seqs[i] = f.Record, f.seq
		}
		links := audit.Link(last, records)
		sealed = len(links)
		return t.each(`INSERT INTO audit_seals (number, seq, hash) VALUES (?,?,?)`, len(links), func(i int) []any {
			return []any{links[i].Number, seqs[i], links[i].Hash}
		})
	})
	return sealed, err
}

// ListAudits implements [processor.Audits].
func (s *Store) ListAudits(ctx context.Context, f audit.Filter) (list []audit.Sealed, err error) {
	var where []string
	var args []any
	narrow := func(condition string, value any) { where, args = append(where, condition), append(args, value) }
	for column, value := range map[string]string{
		"kind": string(f.Kind), "actor": f.Actor, "merchant": f.Merchant, "object": f.Object, "outcome": string(f.Outcome),
	} {
		if value != "" {
			narrow("a."+column+" = ?", value)
		}
	}
	if action := string(f.Action); strings.HasSuffix(action, ".") {
		narrow("substr(a.action, 1, length(?)) = ?", action)
		args = append(args, action)
	} else if action != "" {
		narrow("a.action = ?", action)
	}
	if f.Before != "" {
		narrow("a.id < ?", f.Before)
	}
	if !f.From.IsZero() {
		narrow("a.id >= ?", chance.FirstID("aud", f.From))
	}
	if !f.To.IsZero() {
		narrow("a.id < ?", chance.FirstID("aud", f.To))
	}
	rest := ""
	if len(where) > 0 {
		rest = `WHERE ` + strings.Join(where, " AND ")
	}
	found, err := audits(ctx, s.read, rest+` ORDER BY a.id DESC LIMIT ?`, append(args, f.Limit)...)
	return sealedOnly(found), classify("sqlite.list_audits", err)
}

// AllAudits implements the invariants' source. A last seal whose record is gone
// comes with an empty one.
func (s *Store) AllAudits(ctx context.Context) iter.Seq2[audit.Sealed, error] {
	// Read before the records: what is sealed in between is a record more, and not one that is gone.
	var last, seen int64
	if err := s.read.QueryRowContext(ctx, `SELECT coalesce(max(number), 0) FROM audit_seals`).Scan(&last); err != nil {
		return listed[audit.Sealed](nil, err)
	}
	found, err := audits(ctx, s.read, `ORDER BY s.number, a.seq`) // those without a seal first
	if err != nil {
		return listed[audit.Sealed](nil, err)
	}
	list := sealedOnly(found)
	if n := len(list); n > 0 {
		seen = list[n-1].Number
	}
	if last > seen {
		list = append(list, audit.Sealed{Number: last})
	}
	return listed(list, nil)
}

type sealedAudit struct {
	audit.Sealed
	seq int64
}

func sealedOnly(found []sealedAudit) []audit.Sealed {
	list := make([]audit.Sealed, len(found))
	for i, f := range found {
		list[i] = f.Sealed
	}
	return list
}

func audits(ctx context.Context, q queryer, rest string, args ...any) (list []sealedAudit, err error) {
	err = rows(ctx, q, `SELECT a.seq, coalesce(s.number, 0), coalesce(s.hash, ''), a.id, a.at, a.kind, a.actor, a.role, a.merchant,
			a.action, a.object, a.outcome, a.code, a.address, a.request, a.count
		FROM audits a LEFT JOIN audit_seals s ON s.seq = a.seq `+rest, args, func(scan scan) error {
		var s sealedAudit
		var at int64
		r := &s.Record
		err := scan(&s.seq, &s.Number, &s.Hash, &r.ID, &at, &r.Actor.Kind, &r.Actor.ID, &r.Role, &r.Merchant,
			&r.Action, &r.Object, &r.Outcome, &r.Code, &r.Address, &r.Request, &r.Count)
		r.At = fromMicros(at)
		list = append(list, s)
		return err
	})
	return list, err
}
