package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sandbank/audit/chain"
	"sandbank/processor"
)

// objectsGoing selects what audit records about the payments that are let go are about.
const objectsGoing = `(SELECT payment FROM parting UNION SELECT r.id FROM parting p JOIN records r ON r.payment = p.payment AND r.payment <> '' AND r.kind <> 'break')`

// letGo is the one way by which anything is let go; the schema's triggers hold it to its order: first
// what takes the place of what goes, then what goes.
func letGo(ctx context.Context, conn *pgxpool.Conn, g processor.Gone) error {
	if len(g.Payments) == 0 {
		return nil
	}
	var ids, of []string
	for _, one := range g.Payments {
		ids, of = append(ids, one.Payment), append(of, one.Items...)
	}
	b := &pgx.Batch{}
	b.Queue(`INSERT INTO parting (payment) SELECT unnest($1::text[])`, ids)
	replaceGone(b)
	var entries, audits []chain.Link
	b.Queue(`SELECT s.number, s.hash FROM parting p JOIN entries e ON e.payment = p.payment JOIN` + ledgerChain.of("e") + `ON s.number IS NOT NULL`).Query(scanLinks(&entries))
	b.Queue(`SELECT s.number, s.hash FROM audits a JOIN` + auditChain.of("a") + `ON s.number IS NOT NULL WHERE a.object IN ` + objectsGoing).Query(scanLinks(&audits))
	if err := conn.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	b = &pgx.Batch{}
	for c, gone := range map[sealed][]chain.Link{ledgerChain: entries, auditChain: audits} {
		if err := c.gap(ctx, conn, b, gone); err != nil {
			return err
		}
	}
	removeGone(b, of, g.Settlements)
	return conn.SendBatch(ctx, b).Close()
}

func scanLinks(into *[]chain.Link) func(pgx.Rows) error {
	return func(r pgx.Rows) (err error) {
		*into, err = pgx.CollectRows(r, pgx.RowToStructByPos[chain.Link])
		return err
	}
}

// replaceGone queues what takes the place of what goes, but for the gaps.
func replaceGone(b *pgx.Batch) {
	b.Queue(`INSERT INTO openings (account, currency, debits, credits)
		SELECT l.account, l.currency, sum(CASE l.side WHEN 'debit' THEN l.amount ELSE 0 END), sum(CASE l.side WHEN 'credit' THEN l.amount ELSE 0 END)
		FROM parting p JOIN entries e ON e.payment = p.payment JOIN postings l ON l.entry = e.id GROUP BY l.account, l.currency
		ON CONFLICT (account, currency) DO UPDATE SET debits = openings.debits + excluded.debits, credits = openings.credits + excluded.credits`)
	b.Queue(`INSERT INTO floors (merchant, sequence)
		SELECT e.merchant, max(e.sequence) FROM parting p JOIN events e ON e.payment = p.payment GROUP BY e.merchant
		ON CONFLICT (merchant) DO UPDATE SET sequence = greatest(floors.sequence, excluded.sequence)`)
	b.Queue(`UPDATE horizon SET payments = payments + (SELECT count(*) FROM parting),
		newest = greatest(newest, (SELECT max(payment) FROM parting)),
		booked = greatest(booked, (SELECT max(e.at) FROM parting p JOIN entries e ON e.payment = p.payment))`)
}

// gap queues what puts links of a chain into its gaps, and joins those that come to touch one another. Blocks of seals
// go that are in a gap as a whole.
func (c sealed) gap(ctx context.Context, q querier, b *pgx.Batch, gone []chain.Link) error {
	runs := chain.Runs(gone)
	before, after := make([]int64, len(runs)), make([]int64, len(runs))
	for i, run := range runs {
		before[i], after[i] = run.First-1, run.Last+1
	}
	beside, err := gaps(ctx, q, `WHERE chain = $1 AND (last = ANY($2) OR first = ANY($3))`, c.name, before, after)
	if err != nil {
		return err
	}
	old := make([]int64, len(beside))
	for i, g := range beside {
		old[i] = g.First
	}
	b.Queue(`DELETE FROM gaps WHERE chain = $1 AND first = ANY($2)`, c.name, old)
	for _, g := range chain.Join(append(runs, beside...)) {
		b.Queue(`INSERT INTO gaps (chain, first, last, hash) VALUES ($1, $2, $3, $4)`, c.name, g.First, g.Last, g.Hash)
		b.Queue(`DELETE FROM `+c.seals+` WHERE number BETWEEN $1 AND $2 AND last <= $2`, g.First, g.Last)
	}
	return nil
}

// removeGone queues the end of what goes.
func removeGone(b *pgx.Batch, items, settlements []string) {
	for _, remove := range []string{
		`DELETE FROM postings WHERE entry IN (SELECT e.id FROM parting p JOIN entries e ON e.payment = p.payment)`,
		`DELETE FROM entries WHERE payment IN (SELECT payment FROM parting)`,
		`DELETE FROM audits WHERE object IN ` + objectsGoing,
		`DELETE FROM attempts WHERE delivery IN (SELECT d.id FROM parting p JOIN deliveries d ON d.payment = p.payment)`,
		`DELETE FROM deliveries WHERE payment IN (SELECT payment FROM parting)`,
		`DELETE FROM events WHERE payment IN (SELECT payment FROM parting)`,
		`DELETE FROM messages WHERE payment IN (SELECT payment FROM parting)`,
		`DELETE FROM records WHERE payment <> '' AND payment IN (SELECT payment FROM parting) AND kind <> 'break'`,
		`DELETE FROM states WHERE payment IN (SELECT payment FROM parting)`,
		`DELETE FROM payments WHERE id IN (SELECT payment FROM parting)`,
		`DELETE FROM parting`,
	} {
		b.Queue(remove)
	}
	b.Queue(`DELETE FROM items WHERE id = ANY($1)`, items)
	if len(settlements) == 0 {
		return
	}
	batches := texts(len(settlements))
	for i, id := range settlements {
		batches[i] = processor.BatchIDOf(id)
	}
	b.Queue(`DELETE FROM records r USING unnest($1::text[], $2::text[]) AS g (batch, settlement) WHERE r.id = g.batch
		AND NOT EXISTS (SELECT FROM items i WHERE i.settlement <> '' AND i.settlement = g.settlement)`, batches, settlements)
}
