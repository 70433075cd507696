package settlement_test

import (
	"testing"
	"time"

	"sandbank/broker/wire"
	"sandbank/ledger"
	"sandbank/money"
	"sandbank/settlement"
)

const prompt = "SANDNL2A"

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

// books is this book and the bank's book, kept by hand.
type books struct {
	*testing.T
	settlement.Evidence
	Items []settlement.Item
	fold  ledger.Fold
	n     int
}

func (b *books) id() string { b.n++; return "id-" + string(rune('a'+b.n)) }

// capture books a captured amount, which the bank will list.
func (b *books) capture(id, value string, at time.Time) {
	amount := money.Must(value, "EUR")
	b.fold.Add(ledger.Capture(ledger.Subject{EntryID: b.id(), Of: id, At: at}, prompt, "demo-shop", amount, money.Zero("EUR")))
	b.Items = append(b.Items, settlement.Item{
		ID: id, Kind: settlement.ItemCapture, Merchant: "demo-shop", Bank: prompt, Payment: "pay_" + id, Amount: amount,
		MerchantFee: money.Zero("EUR"), BankFee: money.Zero("EUR"), BookedAt: at, State: settlement.ItemOpen,
	})
}

func credit(id, value string) wire.Line {
	return wire.Line{Reference: id, Payment: "pay_" + id, Kind: wire.LineCapture, Direction: wire.LineCredit, Amount: money.Must(value, "EUR"), Fee: money.Zero("EUR")}
}

// settle matches a batch after which the bank reports a remaining debt.
func (b *books) settle(owed string, until time.Time, lines ...wire.Line) {
	b.Helper()
	batch := wire.Settlement{
		ID: b.id(), Bank: prompt, Currency: "EUR", BusinessDate: "2026-03-14", Sequence: len(b.Latest) + 1, CoversUntil: until, Lines: lines,
		Owed: money.Must(owed, "EUR").Net(),
	}
	batch.Credits, batch.Debits, batch.Fees, batch.Net = batch.Sums()
	var open []settlement.Break
	for _, k := range b.Breaks {
		if k.Status == settlement.BreakOpen {
			open = append(open, k)
		}
	}
	out := settlement.Match(settlement.Of(b.id(), batch, until), batch, b.Items, open, until, func(int) string { return b.id() })
	if e, ok := ledger.Settle(ledger.Subject{EntryID: b.id(), Of: out.Settlement.ID, At: until}, prompt, out.Sums); ok {
		b.fold.Add(e)
	}
	b.Latest = []settlement.Settlement{out.Settlement}
	for _, changed := range out.Items {
		for i := range b.Items {
			if b.Items[i].ID == changed.ID {
				b.Items[i] = changed
			}
		}
	}
	b.Breaks = append(b.Breaks, out.Breaks...)
}

func (b *books) writeOff(n int) {
	b.Helper()
	k, err := b.Breaks[n].WriteOff(noon, "demo-operator", "small", b.id())
	if err != nil {
		b.Fatal(err)
	}
	if e, ok := ledger.WriteOff(ledger.Subject{EntryID: k.Entry, Of: k.ID, At: noon}, prompt, k.Effect); ok {
		b.fold.Add(e)
	}
	b.Breaks[n] = k
}

func (b *books) position() settlement.Position {
	b.Helper()
	b.Balances, b.Later = b.fold.Balances(), nil
	for _, s := range b.Latest {
		sum := money.Zero(s.Currency).Net()
		for _, i := range b.Items {
			if i.State == settlement.ItemOpen && i.BookedAt.After(s.CoversUntil) {
				sum = sum.Add(i.Claim().Amount).Net()
			}
		}
		b.Later = append(b.Later, sum)
	}
	list := settlement.Reconcile(b.Evidence)
	if len(list) != 1 {
		b.Fatalf("%d positions: %+v", len(list), list)
	}
	return list[0]
}

func TestReconcile_ExplainsWhatTheBankSaysItOwes(t *testing.T) {
	for name, c := range map[string]struct {
		do                                   func(*books)
		claim, later, difference, writtenOff string
		open                                 int
	}{
		"no batch yet": {func(b *books) { b.capture("a", "10.00", noon) }, "10.00", "10.00", "0.00", "0.00", 0},
		"all settled": {func(b *books) {
			b.capture("a", "10.00", noon)
			b.settle("0", noon, credit("a", "10.00"))
		}, "0.00", "0.00", "0.00", "0.00", 0},
		"booked after the cut-off": {func(b *books) {
			b.capture("a", "10.00", noon)
			b.capture("b", "3.00", noon.Add(time.Second))
			b.settle("0", noon, credit("a", "10.00"))
		}, "3.00", "3.00", "0.00", "0.00", 0},
		"missing": {func(b *books) {
			b.capture("a", "10.00", noon)
			b.settle("10.00", noon)
		}, "10.00", "0.00", "0.00", "0.00", 1},
		"paid too little": {func(b *books) {
			b.capture("a", "10.00", noon)
			b.settle("1.00", noon, credit("a", "9.00"))
		}, "1.00", "0.00", "0.00", "0.00", 1},
		"paid too little and given up": {func(b *books) {
			b.capture("a", "10.00", noon)
			b.settle("1.00", noon, credit("a", "9.00"))
			b.writeOff(0)
		}, "0.00", "0.00", "-1.00", "1.00", 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := &books{T: t, fold: ledger.Fold{}}
			c.do(b)
			p := b.position()
			open := 0
			for _, s := range p.OpenBreaks {
				open += s.Count
			}
			if p.Claim.Value() != c.claim || p.Later.Value() != c.later || p.Difference.Value() != c.difference || p.WrittenOff.Value() != c.writtenOff || open != c.open {
				t.Errorf("reconciled: want %+v, got %+v", c, p)
			}
			if !p.Explained() {
				t.Errorf("%s is unexplained", p.Unexplained)
			}
		})
	}
}

// An error in a bank's own book is found even without a break.
func TestReconcile_ShowsWhatNothingExplains(t *testing.T) {
	b := &books{T: t, fold: ledger.Fold{}}
	b.capture("a", "10.00", noon)
	b.settle("0.01", noon, credit("a", "10.00"))
	if p := b.position(); p.Unexplained.Value() != "-0.01" || p.Explained() {
		t.Errorf("settled 0.01 more than was captured: want -0.01 unexplained, got %+v", p)
	}
}
