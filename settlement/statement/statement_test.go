package statement

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"sandbank/broker/wire"
	"sandbank/internal/iso20022"
	"sandbank/money"
)

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

func line(kind wire.LineKind, direction, value, fee string, c money.Currency) wire.Line {
	return wire.Line{
		Reference: "req_01890a5d-ac96-774b-bcce-b302099a8057", Payment: "pay_01890a5d-ac96-774b-bcce-b302099a8058", Kind: kind, Direction: direction,
		Amount: money.Must(value, c), Fee: money.Must(fee, c), BookedAt: noon,
	}
}

func statement(c money.Currency, opening string, lines ...wire.Line) Statement {
	s := Statement{Opening: money.Must(opening, c).Net(), Settlement: wire.Settlement{
		Type: wire.SettlementType, ID: "stl-SANDNL2A-" + string(c) + "-20260314-1", Bank: "SANDNL2A", Currency: c, BusinessDate: "2026-03-14", Sequence: 1,
		CoversUntil: noon.Add(time.Hour), SentAt: noon.Add(2 * time.Hour), Lines: lines, Owed: money.Zero(c).Net(),
	}}
	s.Credits, s.Debits, s.Fees, s.Net = s.Sums()
	return s
}

func written(t interface{ Fatal(...any) }, s Statement, f Format) []byte {
	var b bytes.Buffer
	if err := s.Write(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A statement as a person reads it: every kind of line once, and the sums.
func TestCamt053_EveryKindOfLine(t *testing.T) {
	s := statement("EUR", "100.00",
		line(wire.LineCapture, wire.LineCredit, "19.99", "0.04", "EUR"),
		line(wire.LineCapture, wire.LineCredit, "5.00", "0.01", "EUR"),
		line(wire.LineRefund, wire.LineDebit, "2.50", "0.00", "EUR"),
		line(wire.LineChargeback, wire.LineDebit, "200.00", "0.00", "EUR"),
		line(wire.LineReversal, wire.LineDebit, "5.00", "0.00", "EUR"),
		line(wire.LineCorrection, wire.LineCredit, "1.00", "0.00", "EUR"),
		line(wire.LineCorrection, wire.LineDebit, "0.01", "0.00", "EUR"),
	)
	var got []string
	document := read[camt053](t, written(t, s, Camt053))
	for _, b := range document.Report.Balances {
		got = append(got, fmt.Sprintf("%s %s %s %s", b.Type, b.Amount.Value, b.Sign, b.Date))
	}
	for _, e := range document.Report.Entries {
		got = append(got, fmt.Sprintf("%d %s %s %s %t %s: %d of %s", e.Number, e.Amount.Value, e.Sign, e.Code.SubFamily, e.Reversal, e.Reference, len(e.Details), e.Info))
	}
	want := []string{
		"OPBD 100.00 CRDT 2026-03-14",
		"CLBD 81.57 DBIT 2026-03-14",
		"1 24.99 CRDT POSP false stl-SANDNL2A-EUR-20260314-1-1: 2 of capture, 2 in this batch",
		"2 2.50 DBIT RIMB false stl-SANDNL2A-EUR-20260314-1-2: 1 of refund, 1 in this batch",
		"3 200.00 DBIT UPCT false stl-SANDNL2A-EUR-20260314-1-3: 1 of chargeback, 1 in this batch",
		"4 5.00 DBIT POSP true stl-SANDNL2A-EUR-20260314-1-4: 1 of reversal, 1 in this batch",
		"5 1.00 CRDT CAJT false stl-SANDNL2A-EUR-20260314-1-5: 1 of correction, 1 in this batch",
		"6 0.01 DBIT DAJT false stl-SANDNL2A-EUR-20260314-1-6: 1 of correction, 1 in this batch",
		"7 0.05 DBIT CHRG false stl-SANDNL2A-EUR-20260314-1-7: 2 of fees, 2 in this batch",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("it says\n%s\nand not\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	first := document.Report.Entries[0].Details[0]
	if first.Instruction != "01890a5dac96774bbcceb302099a8057" || first.EndToEnd != "01890a5dac96774bbcceb302099a8058" || first.Charge == nil || first.Charge.Amount.Value != "0.04" {
		t.Errorf("the first transaction is %+v", first)
	}
}

// Version 02 says what version 08 says, in its own elements and in the order of its
// schema, which no Go module carries: so this holds its structure.
func TestCamt053v2_SaysTheSameWithPlainDates(t *testing.T) {
	s := statement("EUR", "100.00",
		line(wire.LineCapture, wire.LineCredit, "19.99", "0.04", "EUR"),
		line(wire.LineRefund, wire.LineDebit, "2.50", "0.00", "EUR"),
	)
	file := written(t, s, Camt053v2)
	now, old := read[camt053](t, written(t, s, Camt053)).Report, read[camt053v2](t, file).Report
	if !reflect.DeepEqual(old.Balances, now.Balances) || len(old.Entries) != len(now.Entries) || old.Summary != summaryV2(now.Summary) {
		t.Errorf("the versions differ:\n%+v\n%+v", old, now)
	}
	for i, e := range old.Entries {
		if n := now.Entries[i]; e.Amount != n.Amount || e.Sign != n.Sign || e.Status != "BOOK" || e.Booked != "2026-03-14" || e.Details[0].Amount != n.Details[0].Amount {
			t.Errorf("entry %d: %+v, and %+v", i, e, n)
		}
	}
	if d := old.Entries[0].Details[0]; d.Charge == nil || d.Charge.Amount.Value != "0.04" || d.Info != "credit" {
		t.Errorf("the first transaction is %+v", d)
	}
	rest := string(file)
	for _, element := range []string{
		"camt.053.001.02", "<GrpHdr>", "<MsgId>", "<CreDtTm>", "<Stmt>", "<Id>", "<ElctrncSeqNb>", "<CreDtTm>", "<FrToDt>", "<Acct>", "<BIC>SANDNL2A</BIC>",
		"<Bal>", "<TxsSummry>", "<TtlNetNtryAmt>", "<TtlCdtNtries>", "<Ntry>", "<NtryRef>", "<Sts>BOOK</Sts>", "<BookgDt>", "<Dt>2026-03-14</Dt>", "<ValDt>",
		"<AcctSvcrRef>", "<BkTxCd>", "<NtryDtls>", "<Btch>", "<TxDtls>", "<Refs>", "<AmtDtls>", "<TxAmt>", "<Chrgs>", "<RmtInf>", "<RltdDts>", "<AddtlTxInf>",
		"<AddtlNtryInf>", "<AddtlStmtInf>",
	} {
		_, after, ok := strings.Cut(rest, element)
		if !ok {
			t.Fatalf("%s is missing, or not in its place:\n%s", element, file)
		}
		rest = after
	}
	if strings.Contains(string(file), "BICFI") || strings.Contains(string(file), "ChrgInclInd") {
		t.Errorf("elements of a later version:\n%s", file)
	}
}

// For every batch, the files are valid by the published schemas, list each line
// with its amount, and add up: opening balance and payment.
func TestCamt_ValidAndAddsUp(t *testing.T) {
	files := map[Format][][]byte{}
	rapid.Check(t, func(r *rapid.T) {
		s := drawn(r)
		statement, notice := written(r, s, Camt053), written(r, s, Camt054)
		if len(files[Camt053]) < 300 {
			files[Camt053], files[Camt054] = append(files[Camt053], statement), append(files[Camt054], notice)
		}
		one, two := read[camt053](r, statement).Report, read[camt054](r, notice).Report
		if !reflect.DeepEqual(one.Entries, two.Entries) {
			r.Fatalf("the notification has other entries than the statement:\n%v\n%v", one.Entries, two.Entries)
		}
		if opening, closing, moved := value(one.Balances[0].Amount, one.Balances[0].Sign), value(one.Balances[1].Amount, one.Balances[1].Sign), moved(r, one); !opening.Add(moved).Equal(closing) || !moved.Equal(s.Net.Decimal()) {
			r.Fatalf("%s and the entries' %s make %s; the batch pays %s", opening, moved, closing, s.Net)
		}
		if len(one.Entries) != one.Summary.Entries || one.Summary.Credits.Entries+one.Summary.Debits.Entries != one.Summary.Entries {
			r.Fatalf("the summary counts %+v of %d entries", one.Summary, len(one.Entries))
		}
	})
	iso20022.Validate(t, "camt.053.001.08", files[Camt053]...)
	iso20022.Validate(t, "camt.054.001.08", files[Camt054]...)
}

// drawn is a random batch.
func drawn(r *rapid.T) Statement {
	c := rapid.SampledFrom([]money.Currency{"EUR", "JPY", "BHD"}).Draw(r, "currency")
	amount := func(most int64, name string) money.Amount {
		return money.Of(decimal.New(rapid.Int64Range(1, most).Draw(r, name), -c.Decimals()), c)
	}
	id := rapid.OneOf(rapid.StringMatching(`[ -~]{1,200}`), rapid.StringMatching(`(req|pay)_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`))
	s := statement(c, "0")
	s.Opening = amount(1e15, "opening").Sub(amount(1e15, "less")).Net()
	s.ID, s.Sequence = id.Draw(r, "id"), rapid.IntRange(1, 1e6).Draw(r, "sequence")
	for range rapid.IntRange(0, 12).Draw(r, "lines") {
		l := wire.Line{
			Reference: id.Draw(r, "reference"), Payment: id.Draw(r, "payment"), Amount: amount(1e13, "amount"), Fee: money.Zero(c),
			Kind:      rapid.SampledFrom(order).Draw(r, "kind"),
			Direction: rapid.SampledFrom([]string{wire.LineCredit, wire.LineDebit}).Draw(r, "direction"),
			BookedAt:  noon.Add(time.Duration(rapid.Int64Range(-1e12, 1e12).Draw(r, "booked"))),
		}
		switch rapid.IntRange(0, 2).Draw(r, "fee is") {
		case 1:
			l.Fee = amount(1e6, "fee")
		case 2:
			l.Fee = amount(1e6, "fee").Neg()
		}
		s.Lines = append(s.Lines, l)
	}
	s.Credits, s.Debits, s.Fees, s.Net = s.Sums()
	return s
}

// moved returns the sums of the entries; each entry is the sum of its
// transactions.
func moved(r *rapid.T, of report) decimal.Decimal {
	sum := decimal.Zero
	for _, e := range of.Entries {
		parts := decimal.Zero
		for _, d := range e.Details {
			parts = parts.Add(value(d.Amount, d.Sign))
		}
		if !parts.Equal(value(e.Amount, e.Sign)) || len(e.Details) != e.Batch.Transactions {
			r.Fatalf("entry %d of %s %s has transactions of %s", e.Number, e.Amount.Value, e.Sign, parts)
		}
		sum = sum.Add(parts)
	}
	return sum
}

func value(a amount, sign string) decimal.Decimal {
	d := decimal.RequireFromString(a.Value)
	if sign == debit {
		return d.Neg()
	}
	return d
}

func read[T any](t interface{ Fatal(...any) }, file []byte) T {
	var document T
	if err := xml.Unmarshal(file, &document); err != nil {
		t.Fatal(err)
	}
	return document
}

func TestShort_FitsAndTellsApart(t *testing.T) {
	for id, want := range map[string]string{
		"req-1":                 "req-1",
		strings.Repeat("x", 35): strings.Repeat("x", 35),
		"req_01890a5d-ac96-774b-bcce-b302099a8057": "01890a5dac96774bbcceb302099a8057",
	} {
		if got := short(id); got != want {
			t.Errorf("%q became %q and not %q", id, got, want)
		}
	}
	a, b := short(strings.Repeat("x", 40)+"1"), short(strings.Repeat("x", 40)+"2")
	if len(a) != 35 || a == b {
		t.Errorf("two long names became %q and %q", a, b)
	}
}

func TestCSV_IsTheBatchLineByLine(t *testing.T) {
	s := statement("JPY", "0", line(wire.LineCapture, wire.LineCredit, "1999", "4", "JPY"))
	s.Lines[0].Reference = `=cmd("x")`
	rows, err := csv.NewReader(bytes.NewReader(written(t, s, CSV))).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	want := []string{s.ID, "1", `'=cmd("x")`, s.Lines[0].Payment, "capture", "credit", "2026-03-14T12:00:00Z", "JPY", "1999", "4"}
	if fmt.Sprint(rows[1]) != fmt.Sprint(want) {
		t.Errorf("the line is %v and not %v", rows[1], want)
	}
}
