package settlement

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sandbank/broker/wire"
	"sandbank/ledger"
	"sandbank/money"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const bic = "SANDNL2A"

// book is a bank's items and breaks in the processor's book. A test compares its
// batches with them one after the other, with all amounts in one currency.
type book struct {
	t      *testing.T
	c      money.Currency
	items  []Item
	breaks []Break
	sums   ledger.Sums // of all batches
	n      int
}

func newBook(t *testing.T, c money.Currency) *book { return &book{t: t, c: c, sums: ledger.Sums{}} }

func (b *book) amount(text string) money.Amount {
	if rest, negative := strings.CutPrefix(text, "-"); negative {
		return money.Must(rest, b.c).Neg()
	}
	return money.Must(text, b.c)
}

// has books an item an hour before noon.
func (b *book) has(kind ItemKind, id, amount string) {
	i := Item{
		ID: id, Kind: kind, Of: "of_" + id, Merchant: "m1", Bank: bic, Payment: "pay_" + id, Amount: b.amount(amount),
		MerchantFee: money.Zero(b.c), BankFee: money.Zero(b.c), BookedAt: noon.Add(-time.Hour), State: ItemOpen,
	}
	if kind == ItemCapture {
		i.BankFee = wire.BankFee(i.Amount)
	}
	b.items = append(b.items, i)
	b.add(ledger.BankReceivable(bic), i.signed(i.Amount))
}

func (b *book) add(a ledger.Account, amount money.Amount) { b.sums.Add(a, amount) }

// line reads "capture r1 20.00 0.04" or "-correction r1 1.00": the minus is for a
// debit, and the fee may be left out.
func (b *book) line(text string) wire.Line {
	words := strings.Fields(text)
	l := wire.Line{Reference: words[1], Payment: "pay_" + words[1], Direction: wire.LineCredit, Amount: b.amount(words[2]), Fee: money.Zero(b.c), BookedAt: noon.Add(-time.Hour)}
	kind, debit := strings.CutPrefix(words[0], "-")
	if l.Kind = wire.LineKind(kind); debit {
		l.Direction = wire.LineDebit
	}
	if len(words) > 3 {
		l.Fee = b.amount(words[3])
	}
	return l
}

// batch compares a batch with the book, and books it.
func (b *book) batch(lines ...string) Outcome {
	b.t.Helper()
	b.n++
	w := wire.Settlement{Type: wire.SettlementType, ID: fmt.Sprintf("stl-%d", b.n), Bank: bic, Currency: b.c, CoversUntil: noon}
	for _, l := range lines {
		w.Lines = append(w.Lines, b.line(l))
	}
	w.Credits, w.Debits, w.Fees, w.Net = w.Sums()
	before := append([]Item(nil), b.items...)
	out := Match(Of(fmt.Sprintf("stl_%d", b.n), w, noon), w, b.items, b.open(), noon, func(n int) string { return fmt.Sprintf("brk_%d_%d", b.n, n) })
	for i := range before {
		if b.items[i] != before[i] {
			b.t.Errorf("item %s was changed where it was handed in", before[i].ID)
		}
	}
	for _, i := range out.Items {
		for n := range b.items {
			if b.items[n].ID == i.ID {
				b.items[n] = i
			}
		}
	}
	b.take(out.Breaks)
	for a, amount := range out.Sums {
		b.add(a, amount)
	}
	b.balanced(out, w)
	return out
}

func (b *book) open() (list []Break) {
	for _, k := range b.breaks {
		if k.Status == BreakOpen {
			list = append(list, k)
		}
	}
	return list
}

func (b *book) take(changed []Break) {
	for _, k := range changed {
		known := false
		for n := range b.breaks {
			if b.breaks[n].ID == k.ID {
				b.breaks[n], known = k, true
			}
		}
		if !known {
			b.breaks = append(b.breaks, k)
		}
	}
}

// balanced checks the entry's form, and compares the accounts with items and
// breaks.
func (b *book) balanced(out Outcome, w wire.Settlement) {
	b.t.Helper()
	if e, ok := ledger.Settle(ledger.Subject{EntryID: "ent", Of: out.Settlement.ID, At: noon}, bic, out.Sums); ok {
		if err := e.Check(); err != nil {
			b.t.Error(err)
		}
	}
	if cash, ok := out.Sums[ledger.BankCash(bic)]; ok && !cash.Equal(w.Net.Amount) || !ok && !w.Net.IsZero() {
		b.t.Errorf("the bank paid %s, booked is %s", w.Net, cash)
	}
	receivable, breaks := money.Zero(b.c), money.Zero(b.c)
	for _, i := range b.items {
		if i.State == ItemOpen && i.Kind.Settles() {
			receivable = receivable.Add(i.signed(i.Amount))
		}
	}
	for _, k := range b.open() {
		breaks = breaks.Add(k.Effect.Amount)
	}
	for account, want := range map[ledger.Account]money.Amount{ledger.BankReceivable(bic): receivable, ledger.Breaks(bic): breaks} {
		if got, ok := b.sums[account]; ok && !got.Equal(want) || !ok && !want.IsZero() {
			b.t.Errorf("%s holds %s; by items and breaks it is %s", account, got, want)
		}
	}
}

// found writes breaks as "kind reference effect status", in order.
func (b *book) found() string {
	var list []string
	for _, k := range b.breaks {
		list = append(list, fmt.Sprintf("%s %s %s %s", k.Kind, k.Reference, k.Effect.Value(), k.Status))
	}
	return strings.Join(list, ", ")
}

func TestMatch_NamesWhatDiffers(t *testing.T) {
	for name, c := range map[string]struct {
		currency money.Currency
		has      []string   // "kind id amount"
		batches  [][]string // lines
		breaks   string     // after all batches
		status   Status     // of the last batch
		matched  int        // lines of the last batch
	}{
		"it fits":                    {"EUR", []string{"capture r1 20.00", "refund r2 5.00", "chargeback d1 3.00"}, [][]string{{"capture r1 20.00 0.04", "-refund r2 5.00", "-chargeback d1 3.00"}}, "", Matched, 3},
		"nothing":                    {"EUR", nil, [][]string{{}}, "", Matched, 0},
		"yen":                        {"JPY", []string{"capture r1 2000"}, [][]string{{"capture r1 2000 4"}}, "", Matched, 1},
		"dinars":                     {"BHD", []string{"capture r1 20.005"}, [][]string{{"capture r1 20.005 0.040"}}, "", Matched, 1},
		"a thousandth off":           {"BHD", []string{"capture r1 20.005"}, [][]string{{"capture r1 20.006 0.040"}}, "wrong_amount r1 -0.001 open", Broken, 0},
		"a yen off":                  {"JPY", []string{"capture r1 2000"}, [][]string{{"capture r1 1999 4"}}, "wrong_amount r1 1 open", Broken, 0},
		"too little":                 {"EUR", []string{"capture r1 20.00"}, [][]string{{"capture r1 19.00 0.04"}}, "wrong_amount r1 1.00 open", Broken, 0},
		"a fee too high":             {"EUR", []string{"capture r1 20.00"}, [][]string{{"capture r1 20.00 0.05"}}, "fee_mismatch r1 0.01 open", Broken, 0},
		"a fee too low":              {"EUR", []string{"capture r1 20.00"}, [][]string{{"capture r1 20.00"}}, "fee_mismatch r1 -0.04 open", Broken, 0},
		"missing":                    {"EUR", []string{"capture r1 20.00", "capture r2 5.00"}, [][]string{{"capture r2 5.00 0.01"}}, "missing r1 20.00 open", Broken, 1},
		"a refund missing":           {"EUR", []string{"refund r1 20.00"}, [][]string{{}}, "missing r1 -20.00 open", Broken, 0},
		"missing is said once":       {"EUR", []string{"capture r1 20.00"}, [][]string{{}, {}}, "missing r1 20.00 open", Matched, 0},
		"unknown":                    {"EUR", nil, [][]string{{"capture r9 20.00 0.04"}}, "unknown r9 -19.96 open", Broken, 0},
		"an unknown refund":          {"EUR", nil, [][]string{{"-refund r9 20.00"}}, "unknown r9 20.00 open", Broken, 0},
		"the wrong way round":        {"EUR", []string{"capture r1 20.00"}, [][]string{{"-refund r1 20.00"}}, "unknown r1 20.00 open, missing r1 20.00 open", Broken, 0},
		"twice in a batch":           {"EUR", []string{"capture r1 20.00"}, [][]string{{"capture r1 20.00 0.04", "capture r1 20.00 0.04"}}, "twice r1 -19.96 open", Broken, 1},
		"twice in two batches":       {"EUR", []string{"capture r1 20.00"}, [][]string{{"capture r1 20.00 0.04"}, {"capture r1 20.00 0.04"}}, "twice r1 -19.96 open", Broken, 0},
		"late after all":             {"EUR", []string{"capture r1 20.00"}, [][]string{{}, {"capture r1 20.00 0.04"}}, "missing r1 0.00 corrected", Matched, 1},
		"late, and wrong":            {"EUR", []string{"capture r1 20.00"}, [][]string{{}, {"capture r1 19.00 0.04"}}, "missing r1 0.00 corrected, wrong_amount r1 1.00 open", Broken, 0},
		"missing, corrected":         {"EUR", []string{"capture r1 20.00"}, [][]string{{}, {"correction r1 20.00 0.04"}}, "missing r1 0.00 corrected", Matched, 1},
		"wrong, corrected":           {"EUR", []string{"capture r1 20.00"}, [][]string{{"capture r1 19.00 0.04"}, {"correction r1 1.00"}}, "wrong_amount r1 0.00 corrected", Matched, 1},
		"too much, corrected":        {"EUR", []string{"capture r1 20.00"}, [][]string{{"capture r1 21.00 0.04"}, {"-correction r1 1.00"}}, "wrong_amount r1 0.00 corrected", Matched, 1},
		"twice, corrected":           {"EUR", []string{"capture r1 20.00"}, [][]string{{"capture r1 20.00 0.04", "capture r1 20.00 0.04"}, {"-correction r1 19.96"}}, "twice r1 0.00 corrected", Matched, 1},
		"a fee, corrected":           {"EUR", []string{"capture r1 20.00"}, [][]string{{"capture r1 20.00 0.05"}, {"correction r1 0.01"}}, "fee_mismatch r1 0.00 corrected", Matched, 1},
		"unknown, taken back":        {"EUR", nil, [][]string{{"capture r9 20.00 0.04"}, {"-correction r9 19.96"}}, "unknown r9 0.00 corrected", Matched, 1},
		"corrected in part":          {"EUR", []string{"capture r1 20.00"}, [][]string{{"capture r1 18.00 0.04"}, {"correction r1 0.50"}}, "wrong_amount r1 1.50 open", Matched, 1},
		"a correction of nothing":    {"EUR", []string{"capture r1 20.00"}, [][]string{{"capture r1 20.00 0.04"}, {"correction r1 1.00"}}, "unknown r1 -1.00 open", Broken, 0},
		"a reversal, settled before": {"EUR", nil, [][]string{{"capture r9 20.00"}, {"-reversal r9 20.00"}}, "unknown r9 0.00 corrected", Matched, 1},
		"a reversal, less the fee":   {"EUR", nil, [][]string{{"capture r9 20.00 0.04"}, {"-reversal r9 20.00"}}, "unknown r9 0.00 corrected", Matched, 1},
		"a reversal of a part":       {"EUR", nil, [][]string{{"capture r9 20.00 0.04"}, {"-reversal r9 19.00"}}, "unknown r9 -0.96 open", Matched, 1},
		"both in one batch":          {"EUR", nil, [][]string{{"capture r9 20.00", "-reversal r9 20.00"}}, "unknown r9 0.00 corrected", Matched, 1},
		"it comes to nothing":        {"EUR", []string{"capture r1 20.00"}, [][]string{{"capture r1 20.01 0.05"}}, "wrong_amount r1 0.00 open", Broken, 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBook(t, c.currency)
			for _, text := range c.has {
				words := strings.Fields(text)
				b.has(ItemKind(words[0]), words[1], words[2])
			}
			var last Outcome
			for _, lines := range c.batches {
				last = b.batch(lines...)
			}
			if got := b.found(); got != c.breaks {
				t.Errorf("found %q, want %q", got, c.breaks)
			}
			if s := last.Settlement; s.Status != c.status || s.Matched != c.matched || s.MatchedAt.IsZero() {
				t.Errorf("the last is %s with %d matched, want %s with %d", s.Status, s.Matched, c.status, c.matched)
			}
		})
	}
}

// An item that was booked after the time that a batch covers waits for the next
// one. A chargeback has the bank's name, whatever its id is: with the bank's
// identifier, in the old form without it, and with the same name as a request.
func TestMatch_ChargebacksByTheBanksName(t *testing.T) {
	for name, c := range map[string]struct{ id, line string }{
		"with the bank":    {ChargebackID(bic, "pay_dispute-1", "dispute-1"), "dispute-1"},
		"without payment":  {bic + ":dispute-1", "dispute-1"}, // as they were once
		"booked before":    {"dispute-1", ""},
		"as a request has": {ChargebackID(bic, "pay_r1", "r1"), "r1"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBook(t, "EUR")
			b.has(ItemCapture, "r1", "20.00")
			b.has(ItemChargeback, c.id, "20.00")
			b.items[1].Line = c.line
			called := b.items[1].Named()
			if out := b.batch("capture r1 20.00 0.04"); out.Settlement.Breaks != 1 || out.Breaks[0].Kind != wire.BreakMissing || out.Breaks[0].Reference != called {
				t.Fatalf("the batch that leaves it out: %+v", out.Breaks)
			}
			out := b.batch("-chargeback " + called + " 20.00")
			if out.Settlement.Matched != 1 || out.Settlement.Breaks != 0 || b.items[1].State != ItemSettled || len(b.open()) != 0 {
				t.Errorf("%+v, item %+v, open %+v", out.Settlement, b.items[1], b.open())
			}
			ids := IDs(bic, wire.Line{Kind: wire.LineChargeback, Payment: "pay_" + called, Reference: called})
			if !slices.Contains(ids, c.id) {
				t.Errorf("the line finds %v, not %s", ids, c.id)
			}
		})
	}
}

// Two payments' disputes of one name: a line settles that of its own payment, also after both were missing.
func TestMatch_NamesakesByTheirPayment(t *testing.T) {
	b := newBook(t, "EUR")
	for _, of := range []string{"one", "two"} {
		b.has(ItemCapture, of, "20.00")
		b.has(ItemChargeback, ChargebackID(bic, "pay_"+of, "dispute-1"), "20.00")
		last := &b.items[len(b.items)-1]
		last.Payment, last.Line = "pay_"+of, "dispute-1"
	}
	if out := b.batch("capture one 20.00 0.04", "capture two 20.00 0.04"); out.Settlement.Breaks != 2 {
		t.Fatalf("a batch without both chargebacks: want two breaks, got %+v", out.Breaks)
	}
	w := wire.Settlement{Type: wire.SettlementType, ID: "late", Bank: bic, Currency: b.c, CoversUntil: noon}
	line := b.line("-chargeback dispute-1 20.00")
	line.Payment = "pay_two"
	w.Lines = append(w.Lines, line)
	w.Credits, w.Debits, w.Fees, w.Net = w.Sums()
	out := Match(Of("stl_late", w, noon), w, b.items, b.open(), noon, func(n int) string { return fmt.Sprint("brk_", n) })
	if len(out.Items) != 1 || out.Items[0].Payment != "pay_two" || out.Items[0].State != ItemSettled {
		t.Errorf("a line of the second payment: want its chargeback settled, got %+v", out.Items)
	}
	if len(out.Breaks) != 1 || out.Breaks[0].Payment != "pay_two" || out.Breaks[0].Status == BreakOpen {
		t.Errorf("a line of the second payment: want its break closed, got %+v", out.Breaks)
	}
}

func TestMatch_CoversUntilAnInstant(t *testing.T) {
	b := newBook(t, "EUR")
	b.has(ItemCapture, "r1", "20.00")
	b.items[0].BookedAt = noon.Add(time.Microsecond)
	if out := b.batch(); len(out.Breaks)+len(out.Items) != 0 {
		t.Errorf("an item booked after what the batch covers: want no break and nothing settled, got %+v", out)
	}
	b.items[0].BookedAt = noon
	if b.batch(); b.found() != "missing r1 20.00 open" {
		t.Errorf("found %q", b.found())
	}
}

// A break records what was expected, what was found, and the merchant.
func TestMatch_BreaksSayWhatWasExpected(t *testing.T) {
	b := newBook(t, "EUR")
	b.has(ItemCapture, "r1", "20.00")
	k := b.batch("capture r1 19.00 0.03").Breaks[0]
	if k.Expected.Value() != "20.00" || k.Found.Value() != "19.00" || k.ExpectedFee.Value() != "0.04" || k.FoundFee.Value() != "0.03" ||
		k.Merchant != "m1" || k.Payment != "pay_r1" || k.Settlement != "stl_1" || k.Batch != "stl-1" || !k.First.Equal(k.Effect) {
		t.Errorf("matched 19.00 and a fee of 0.03 against 20.00 and 0.04: want a break with both, got %+v", k)
	}
}

func TestWriteOff_OfAnOpenBreakOnly(t *testing.T) {
	b := newBook(t, "EUR")
	k := b.batch("capture r9 20.00").Breaks[0]
	off, err := k.WriteOff(noon, "ada", "small", "ent_1")
	if err != nil || off.Status != BreakWrittenOff || off.ResolvedBy != "ada" || off.Note != "small" || off.Entry != "ent_1" || !off.Effect.Equal(k.Effect) {
		t.Errorf("wrote off an open break: want it written off by ada with her note and entry, got %+v, %v", off, err)
	}
	if _, err := off.WriteOff(noon, "ada", "", "ent_2"); err == nil {
		t.Error("written off twice")
	}
}

func TestSettlement_IsResolvedWithItsLastBreak(t *testing.T) {
	s := Settlement{Status: Broken, OpenBreaks: 2}
	if s = s.Without(); s.Status != Broken || s.OpenBreaks != 1 {
		t.Errorf("closed the first of two breaks: want a broken settlement with one open, got %+v", s)
	}
	if s = s.Without(); s.Status != Resolved || s.OpenBreaks != 0 {
		t.Errorf("closed the last break: want a resolved settlement with none open, got %+v", s)
	}
}
