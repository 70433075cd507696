package book

import (
	"fmt"
	"testing"

	"sandbank/broker/wire"
	"sandbank/money"
	"sandbank/payment"
)

// filled is a book with captures of 10.00 EUR, all told.
func filled(t *testing.T, n, most int) *Book {
	t.Helper()
	b := New(rules(most))
	for i := range n {
		id := fmt.Sprintf("req_%08d-0000-0000-0000-000000000000", i)
		b.Apply(b.Decide(noon, wire.Request{
			Type: wire.Authorize, ID: id, Payment: "pay" + id[3:], Attempt: 1, Amount: money.Must("10.00", "EUR"), Capture: payment.CaptureAutomatic,
		}, Wish{Outcome: payment.OutcomeApproved, Rule: "r"}))
		b.Apply(b.Sent(noon, []string{id}, nil))
	}
	return b
}

func settled(b *Book, o Order) []wire.Settlement {
	o.Currency = "EUR"
	r := b.Settle(noon, o)
	b.Apply(r)
	return r.Batches
}

func TestSettle_TooManyLinesAreSeveralBatches(t *testing.T) {
	const n = 2*wire.MaxLines + 500
	b := filled(t, n, 0)
	list := settled(b, Order{})
	lines := 0
	for i, s := range list {
		body := wire.Encode(s)
		if _, err := wire.ReadSettlement(body); err != nil {
			t.Errorf("batch %d of %d bytes: %v", i, len(body), err)
		}
		lines += len(s.Lines)
		if last := s.Lines[len(s.Lines)-1].BookedAt; i < len(list)-1 && !s.CoversUntil.Equal(last) || s.Sequence != i+1 {
			t.Errorf("batch %d covers until %s, its last line is of %s", s.Sequence, s.CoversUntil, last)
		}
		if !s.Owed.IsZero() { // until then: the rest is booked later
			t.Errorf("after batch %d, of what it covers %s is owed", i, s.Owed)
		}
	}
	if len(list) < 3 || lines != n {
		t.Errorf("%d batches with %d lines", len(list), lines)
	}
}

// Each break changes one batch in its way, the bank's debt differs by its
// amount, and a correction makes it right.
func TestPlant_EachKindIsOwedAndCorrected(t *testing.T) {
	for kind, c := range map[wire.BreakKind]struct {
		lines int
		owed  string // a capture of 10.00 has a fee of 0.02
		want  string // kind and amount of the correction
	}{
		wire.BreakMissing:     {1, "10.00", "credit 10.00 fee 0.02"},
		wire.BreakTwice:       {3, "-9.98", "debit 9.98 fee 0.00"},
		wire.BreakWrongAmount: {2, "-0.01", "debit 0.01 fee 0.00"},
		wire.BreakFee:         {2, "0.01", "credit 0.01 fee 0.00"},
	} {
		b := filled(t, 2, 0)
		obey(b, "ctl_1", wire.Controls{Command: wire.CommandPlant, Breaks: []wire.Plant{{Kind: kind, Currency: "EUR"}}})
		obey(b, "ctl_1", wire.Controls{Command: wire.CommandPlant, Breaks: []wire.Plant{{Kind: kind, Currency: "EUR"}}}) // the same again
		first := settled(b, Order{})[0]
		if len(first.Lines) != c.lines || first.Owed.Value() != c.owed {
			t.Errorf("%s: %d lines, owed %s: %+v", kind, len(first.Lines), first.Owed, first)
		}
		if between := settled(b, Order{})[0]; len(between.Lines) != 0 || between.Owed.Value() != c.owed {
			t.Errorf("%s: not corrected, and settled as %+v", kind, between)
		}
		obey(b, "ctl_2", wire.Controls{Command: wire.CommandCorrect, Settlement: first.ID})
		next := settled(b, Order{})[0]
		if len(next.Lines) != 1 || !next.Owed.IsZero() {
			t.Fatalf("%s: corrected as %+v", kind, next)
		}
		l := next.Lines[0]
		if got := fmt.Sprintf("%s %s fee %s", l.Direction, l.Amount.Value(), l.Fee.Value()); l.Kind != wire.LineCorrection || got != c.want {
			t.Errorf("%s: corrected by %s %s, want %s", kind, l.Kind, got, c.want)
		}
	}
}

// A reversal has the reference of its capture, and is settled even if the capture
// is left out.
func TestPlant_AMissingCaptureMayBeUndone(t *testing.T) {
	b := filled(t, 1, 0)
	id := "req_00000000-0000-0000-0000-000000000000"
	for _, r := range []wire.Request{
		{Type: wire.Refund, ID: "req_refund", Authorization: id, Amount: money.Must("2.00", "EUR")},
		{Type: wire.Reverse, ID: "req_reverse", Reverses: id, Amount: money.Must("10.00", "EUR")},
	} {
		r.Payment, r.Attempt = "pay"+id[3:], 1
		b.Apply(b.Decide(noon, r, Wish{Outcome: payment.OutcomeApproved, Rule: "r"}))
		b.Apply(b.Sent(noon, []string{r.ID}, nil))
	}
	obey(b, "ctl_1", wire.Controls{Command: wire.CommandPlant, Breaks: []wire.Plant{{Kind: wire.BreakMissing, Reference: id}}})
	first := settled(b, Order{})[0]
	if len(first.Lines) != 2 || first.Owed.Value() != "10.00" {
		t.Fatalf("owed is %s, lines %+v", first.Owed, first.Lines)
	}
	obey(b, "ctl_2", wire.Controls{Command: wire.CommandCorrect, Settlement: first.ID})
	next := settled(b, Order{})[0]
	if len(next.Lines) != 1 || next.Lines[0].Amount.Value() != "10.00" || !next.Owed.IsZero() {
		t.Errorf("corrected as %+v", next)
	}
	if left := settled(b, Order{})[0]; len(left.Lines) != 0 || !b.Owed("EUR").IsZero() {
		t.Errorf("afterwards there are %+v, owed is %s", left.Lines, b.Owed("EUR"))
	}
}

func TestPlant_UnknownIsOwedBack(t *testing.T) {
	b := filled(t, 1, 0)
	obey(b, "ctl_1", wire.Controls{Command: wire.CommandPlant, Breaks: []wire.Plant{{Kind: wire.BreakUnknown}}})
	s := settled(b, Order{})[0]
	if len(s.Lines) != 2 || !s.Owed.IsNegative() {
		t.Fatalf("settled with a planted unknown line: want two lines and a negative sum, got %+v", s)
	}
	made := s.Lines[1]
	if paid := made.Amount.Sub(made.Fee); !s.Owed.Equal(paid.Neg().Net()) {
		t.Errorf("paid %s for nothing, and %s is owed", paid, s.Owed)
	}
	obey(b, "ctl_2", wire.Controls{Command: wire.CommandCorrect, Settlement: s.ID, Reference: made.Reference})
	if next := settled(b, Order{})[0]; !next.Owed.IsZero() || len(next.Lines) != 1 || next.Lines[0].Direction != wire.LineDebit {
		t.Errorf("corrected as %+v", next)
	}
}

func TestPlant_StandingBreaksNeedLines(t *testing.T) {
	if s := settled(filled(t, 4, 0), Order{Plants: wire.BreakKinds()})[0]; len(s.Lines) != 4 || !s.Owed.IsZero() {
		t.Errorf("four lines are broken: %+v", s)
	}
	b := filled(t, 5, 0)
	r := b.Settle(noon, Order{Plants: wire.BreakKinds(), Currency: "EUR"})
	b.Apply(r)
	// Five, less the missing one, with one twice and one made up.
	if s := r.Batches[0]; len(s.Lines) != 6 || len(r.Withheld) != 1 || len(b.breaks) != 5 {
		t.Errorf("%d lines, %d withheld, %d breaks", len(s.Lines), len(r.Withheld), len(b.breaks))
	}
}

func obey(b *Book, id string, c wire.Controls) {
	b.Apply(b.Decide(noon, wire.Request{Type: wire.Control, ID: id, Controls: &c}, Wish{}))
}

// Settled bookings may be forgotten; unsettled ones never are.
func TestCollapse_KeepsWhatIsNotSettled(t *testing.T) {
	b := filled(t, 50, 10)
	if len(b.auths) != 50 {
		t.Errorf("%d are known of 50 that are not settled", len(b.auths))
	}
	settled(b, Order{})
	for i := range 100 {
		id := fmt.Sprintf("more_%d", i)
		b.Apply(b.Decide(noon, wire.Request{Type: wire.Authorize, ID: id, Payment: "p", Amount: money.Must("1.00", "EUR")}, Wish{Outcome: payment.OutcomeDeclined}))
		b.Apply(b.Sent(noon, []string{id}, nil))
	}
	if len(b.auths) > 12 || len(b.order) != len(b.auths) {
		t.Errorf("%d are known of 10 that may be, %d in a row", len(b.auths), len(b.order))
	}
	if owed := b.Owed("EUR"); !owed.IsZero() {
		t.Errorf("%s is owed", owed)
	}
}

// A daily cut-off tells of currencies in which something happened; one that is
// asked for of all.
func TestSettle_Currencies(t *testing.T) {
	b := filled(t, 1, 0)
	if r := b.Settle(noon, Order{Daily: true}); len(r.Batches) != 1 || r.Batches[0].Currency != "EUR" {
		t.Errorf("daily: %+v", r.Batches)
	}
	if r := b.Settle(noon, Order{}); len(r.Batches) != 2 {
		t.Errorf("asked for: %+v", r.Batches)
	}
	if r := New(rules(0)).Settle(noon, Order{Daily: true}); len(r.Batches) != 0 {
		t.Errorf("nothing ever happened: %+v", r.Batches)
	}
}

func TestSettle_StopsBeforeWhatIsNotTold(t *testing.T) {
	b := filled(t, 2, 0)
	late := b.Decide(noon, wire.Request{Type: wire.Authorize, ID: "req_late", Payment: "p", Amount: money.Must("1.00", "EUR"), Capture: payment.CaptureAutomatic}, Wish{Outcome: payment.OutcomeApproved})
	b.Apply(late)
	s := settled(b, Order{})[0]
	if len(s.Lines) != 2 || !s.CoversUntil.Before(late.At) || !s.Owed.IsZero() {
		t.Errorf("with an answer on its way: %+v", s)
	}
	b.Apply(b.Sent(noon, []string{"req_late"}, nil))
	if s := settled(b, Order{})[0]; len(s.Lines) != 1 || s.CoversUntil.Before(late.At) {
		t.Errorf("when it is told: %+v", s)
	}
}

func BenchmarkBook_Payment(b *testing.B) {
	book := New(rules(1000))
	for i := range b.N {
		id := fmt.Sprintf("req_%d", i)
		book.Apply(book.Decide(noon, wire.Request{
			Type: wire.Authorize, ID: id, Payment: id, Amount: money.Must("10.00", "EUR"), Capture: payment.CaptureAutomatic,
		}, Wish{Outcome: payment.OutcomeApproved, Default: true}))
		if i%256 == 255 {
			book.Apply(book.Sent(noon, []string{id}, nil))
		}
	}
}

// A break planted for several batches of one cut-off is made in the batch that
// should have listed the line, and corrected once.
func TestPlant_MissingIsOfOneBatch(t *testing.T) {
	b := filled(t, wire.MaxLines+500, 0)
	obey(b, "ctl_1", wire.Controls{Command: wire.CommandPlant, Breaks: []wire.Plant{{Kind: wire.BreakMissing, Currency: "EUR"}}})
	pages := settled(b, Order{})
	if len(pages) < 2 || len(b.breaks) != 1 {
		t.Errorf("%d batches, %d breaks", len(pages), len(b.breaks))
	}
	for i, s := range pages {
		obey(b, fmt.Sprint("ctl_correct_", i), wire.Controls{Command: wire.CommandCorrect, Settlement: s.ID})
	}
	if next := settled(b, Order{})[0]; len(next.Lines) != 1 || !next.Owed.IsZero() {
		t.Errorf("corrected by %d lines, and %s is owed", len(next.Lines), next.Owed)
	}
}
