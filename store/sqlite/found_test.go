package sqlite

import (
	"testing"

	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/processor"
)

// More payments than are read at once, packed ones among them, are all found after the migration.
func TestFillFound_ReadsEveryDocument(t *testing.T) {
	s, err := Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	const many = foundBatch + 7
	raw, err := s.write.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	before := &tx{ctx: t.Context(), tx: raw}
	err = before.each(`INSERT INTO payments (id, merchant, reference, status, doc) VALUES (?, 'm1', 'r', 'captured', ?)`, many, func(i int) []any {
		p := payment.Payment{ID: string(rune('a'+i%26)) + string(rune('0'+i/26)), Bank: "SLOWDE2A", Status: payment.Captured}
		if i%2 == 0 {
			p.Status = payment.Processing // in plain text
		}
		p.Attempts = []payment.Attempt{{Instrument: instrument.Instrument{Kind: instrument.Card}}}
		return []any{p.ID, resting(&p)}
	})
	if err == nil {
		err = fillFound(t.Context(), raw)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Commit(); err != nil {
		t.Fatal(err)
	}
	found, err := s.Payments(t.Context(), processor.Filter{Bank: "SLOWDE2A", Method: instrument.Card, Limit: 2 * many})
	if err != nil || len(found) != many {
		t.Errorf("found %d of %d, %v", len(found), many, err)
	}
}
