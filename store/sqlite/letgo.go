package sqlite

import (
	"database/sql"

	"sandbank/audit/chain"
	"sandbank/ledger"
	"sandbank/processor"
)

// going selects what belongs to the payments that are let go.
const going = `IN (SELECT payment FROM parting)`

// objectsGoing selects what audit records about them are about.
const objectsGoing = `IN (SELECT payment FROM parting UNION SELECT r.id FROM parting p JOIN records r ON r.payment = p.payment AND r.kind <> 'break')`

// letGo is the one way by which anything is let go; the schema's triggers hold it to its order: first
// what takes the place of what goes, then what goes.
func (t *tx) letGo(w *processor.Work) error {
	if len(w.Gone.Payments) == 0 {
		return nil
	}
	ids, of := make([]string, len(w.Gone.Payments)), []string{}
	for i, one := range w.Gone.Payments {
		ids[i], of = one.Payment, append(of, one.Items...)
	}
	if err := t.exec(`INSERT INTO parting (payment) SELECT value FROM json_each(?)`, document(ids)); err != nil {
		return err
	}
	for _, step := range []func() error{t.foldGone, t.gapLedger, t.gapAudits, t.raiseFloors, t.moveHorizon} {
		if err := step(); err != nil {
			return err
		}
	}
	for _, remove := range []string{
		`DELETE FROM seals WHERE entry IN (SELECT e.id FROM parting p JOIN entries e ON e.payment = p.payment)`,
		`DELETE FROM postings WHERE entry IN (SELECT e.id FROM parting p JOIN entries e ON e.payment = p.payment)`,
		`DELETE FROM entries WHERE payment ` + going,
		`DELETE FROM audit_seals WHERE seq IN (SELECT seq FROM audits WHERE object ` + objectsGoing + `)`,
		`DELETE FROM audits WHERE object ` + objectsGoing,
		`DELETE FROM attempts WHERE delivery IN (SELECT d.id FROM parting p JOIN deliveries d ON d.payment = p.payment)`,
		`DELETE FROM deliveries WHERE payment ` + going,
		`DELETE FROM events WHERE payment ` + going,
		`DELETE FROM messages WHERE payment ` + going,
		`DELETE FROM records WHERE payment ` + going + ` AND kind <> 'break'`,
		`DELETE FROM payments WHERE id ` + going,
		`DELETE FROM parting`,
	} {
		if err := t.exec(remove); err != nil {
			return err
		}
	}
	if err := t.exec(`DELETE FROM items WHERE id IN (SELECT value FROM json_each(?))`, document(of)); err != nil {
		return err
	}
	return t.each(`DELETE FROM records WHERE id = ? AND NOT EXISTS (SELECT 1 FROM items WHERE settlement <> '' AND settlement = ?)`,
		len(w.Gone.Settlements), func(i int) []any {
			return []any{processor.BatchIDOf(w.Gone.Settlements[i]), w.Gone.Settlements[i]}
		})
}

// foldGone adds the entries that go to the opening balances.
func (t *tx) foldGone() error {
	found, err := entries(t.ctx, t.tx, `WHERE e.payment `+going+` ORDER BY e.seq, p.line`)
	if err != nil {
		return err
	}
	sums := ledger.Fold{}
	for _, e := range found {
		sums.Add(e.Entry)
	}
	return t.addTo(`openings`, sums)
}

func (t *tx) gapLedger() error {
	return t.gap(`ledger`, `SELECT s.number, s.hash FROM parting p JOIN entries e ON e.payment = p.payment JOIN seals s ON s.entry = e.id`)
}

func (t *tx) gapAudits() error {
	return t.gap(`audit`, `SELECT s.number, s.hash FROM audits a JOIN audit_seals s ON s.seq = a.seq WHERE a.object `+objectsGoing)
}

// gap puts links of a chain into its gaps, and joins those that come to touch one another.
func (t *tx) gap(name, links string) error {
	var gone []chain.Link
	err := rows(t.ctx, t.tx, links, nil, func(scan scan) error {
		var l chain.Link
		err := scan(&l.Number, &l.Hash)
		gone = append(gone, l)
		return err
	})
	if err != nil || len(gone) == 0 {
		return err
	}
	touched := chain.Runs(gone)
	for _, run := range chain.Runs(gone) {
		beside, err := gaps(t.ctx, t.tx, `WHERE chain = ?1 AND last = ?2 UNION SELECT first, last, hash FROM gaps WHERE chain = ?1 AND first = ?3`,
			name, run.First-1, run.Last+1)
		if err != nil {
			return err
		}
		touched = append(touched, beside...)
		if err := t.each(`DELETE FROM gaps WHERE chain = ? AND first = ?`, len(beside), func(i int) []any { return []any{name, beside[i].First} }); err != nil {
			return err
		}
	}
	whole := chain.Join(touched)
	return t.each(`INSERT INTO gaps (chain, first, last, hash) VALUES (?,?,?,?)`, len(whole), func(i int) []any {
		return []any{name, whole[i].First, whole[i].Last, whole[i].Hash}
	})
}

func (t *tx) raiseFloors() error {
	return t.exec(`INSERT INTO floors (merchant, sequence)
		SELECT e.merchant, max(e.sequence) FROM parting p JOIN events e ON e.payment = p.payment WHERE true GROUP BY e.merchant
		ON CONFLICT (merchant) DO UPDATE SET sequence = max(sequence, excluded.sequence)`)
}

func (t *tx) moveHorizon() error {
	var booked sql.NullInt64
	err := t.tx.QueryRowContext(t.ctx, `SELECT max(e.at) FROM parting p JOIN entries e ON e.payment = p.payment`).Scan(&booked)
	if err != nil {
		return err
	}
	return t.exec(`UPDATE horizon SET payments = payments + (SELECT count(*) FROM parting),
		newest = max(newest, (SELECT max(payment) FROM parting)), booked = max(coalesce(booked, ?1), coalesce(?1, booked))`, booked)
}
