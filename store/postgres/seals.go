package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"sandbank/audit/chain"
)

// sealed is a chain: its name in gaps, the table of what it seals, and the table of its seals, which has a row for each
// block of them. Records are sealed in the order of (xid, id), so a record is in the first block whose latest record is
// not before it, or in none yet.
type sealed struct{ name, records, seals string }

var (
	ledgerChain = sealed{"ledger", "entries", "seals"}
	auditChain  = sealed{"audit", "audits", "audit_seals"}
)

// of is what joins a single record, by its alias, to its seal, as s with a number and a hash; both are NULL for one
// that is not sealed.
func (c sealed) of(record string) string {
	return ` LATERAL (SELECT b.number + array_position(b.ids, ` + record + `.id) - 1 AS number, b.hashes[array_position(b.ids, ` + record + `.id)] AS hash
		FROM (SELECT number, ids, hashes FROM ` + c.seals + ` WHERE (xid, latest) >= (` + record + `.xid, ` + record + `.id) ORDER BY xid, latest LIMIT 1) b) s `
}

// each is the table of single seals, for walks over all of them.
func (c sealed) each() string {
	return ` (SELECT b.number + o.n - 1 AS number, o.id, o.hash FROM ` + c.seals + ` b, unnest(b.ids, b.hashes) WITH ORDINALITY AS o (id, hash, n)) s `
}

// ahead is true for a record, by its alias, that is not sealed, or the last of its chain: the chain is continued from it.
func (c sealed) ahead(record string) string {
	return `NOT EXISTS (SELECT FROM ` + c.seals + ` s WHERE (s.xid, s.latest) > (` + record + `.xid, ` + record + `.id))`
}

// end is where a chain ends.
type end struct {
	chain.Link
	id  string
	xid string // of the transaction of the last record; 0 comes before every transaction
}

func (c sealed) end(ctx context.Context, q querier) (e end, err error) {
	e.xid = "0"
	r, err := q.Query(ctx, `SELECT last, latest, hash, xid::text FROM `+c.seals+` ORDER BY number DESC LIMIT 1`)
	if err != nil {
		return e, err
	}
	_, err = pgx.ForEachRow(r, []any{&e.Number, &e.id, &e.Hash, &e.xid}, func() error { return nil })
	return e, err
}

// add queues a block of seals, of records by their ids, the first of which gets a number.
func (c sealed) add(b *pgx.Batch, first int64, ids, hashes []string) {
	n := len(ids)
	b.Queue(relaxed) // the same records are sealed the same way again
	b.Queue(`INSERT INTO `+c.seals+` (number, last, xid, latest, hash, ids, hashes)
		SELECT $1, $2, xid, id, $4, $5, $6 FROM `+c.records+` WHERE id = $3`, first, first+int64(n)-1, ids[n-1], hashes[n-1], ids, hashes)
}
