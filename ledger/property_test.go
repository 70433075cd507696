package ledger

import (
	"fmt"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"sandbank/money"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 123000, time.UTC)

// drawn is a random capture, with its fee.
type drawn struct {
	EntryID, Payment, Merchant, Bank string
	Amount                           money.Amount
	Fee                              Fee
	At                               time.Time
}

func (d drawn) Entry() Entry {
	return Capture(Subject{EntryID: d.EntryID, Of: d.Payment, Payment: d.Payment, At: d.At}, d.Bank, d.Merchant, d.Amount, d.Fee.Of(d.Amount))
}

// drawCapture draws a capture: JPY has no minor unit, EUR two digits, BHD three.
func drawCapture(t *rapid.T, i int) drawn {
	currency := rapid.SampledFrom([]money.Currency{"JPY", "EUR", "BHD"}).Draw(t, "currency")
	units := rapid.Int64Range(1, 999_999_999_999).Draw(t, "minor units")
	return drawn{
		EntryID: fmt.Sprintf("ent_%d", i), Payment: fmt.Sprintf("pay_%d", i),
		Merchant: rapid.SampledFrom([]string{"m1", "m2"}).Draw(t, "merchant"),
		Bank:     rapid.SampledFrom([]string{"SANDNL2A", "SLOWDE2A"}).Draw(t, "bank"),
		Amount:   money.Of(decimal.New(units, -currency.Decimals()), currency),
		Fee: Fee{
			Percent: decimal.New(rapid.Int64Range(0, 2000).Draw(t, "percent"), -2),
			Fixed:   decimal.New(rapid.Int64Range(0, 500).Draw(t, "fixed"), -2),
		},
		At: noon.Add(time.Duration(i) * time.Second),
	}
}

func drawEntries(t *rapid.T, low int) []Entry {
	entries := make([]Entry, rapid.IntRange(low, 12).Draw(t, "entries"))
	for i := range entries {
		entries[i] = drawCapture(t, i).Entry()
	}
	return entries
}

func TestCapture_AlwaysBalances(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fold := Fold{}
		owed := map[money.Currency]decimal.Decimal{}
		for i := range rapid.IntRange(1, 12).Draw(t, "captures") {
			c := drawCapture(t, i)
			e := c.Entry()
			if err := e.Check(); err != nil {
				t.Fatalf("booked a capture: want a balanced entry, got %v: %+v", err, e)
			}
			fold.Add(e)
			owed[c.Amount.Currency()] = owed[c.Amount.Currency()].Add(c.Amount.Decimal())
		}
		for _, total := range TrialBalance(fold.Balances()) {
			if !total.Net().IsZero() || !total.Debits.Equal(owed[total.Currency]) {
				t.Fatalf("%s: debits %s, credits %s, captured %s", total.Currency, total.Debits, total.Credits, owed[total.Currency])
			}
		}
	})
}

func TestFee_IsRoundedAndNeverMoreThanTheAmount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCapture(t, 0)
		fee := c.Fee.Of(c.Amount)
		if fee.Currency() != c.Amount.Currency() || fee.Decimal().IsNegative() || fee.Decimal().GreaterThan(c.Amount.Decimal()) {
			t.Fatalf("a fee of %s on %s", fee, c.Amount)
		}
		if !fee.Decimal().Equal(fee.Decimal().Truncate(fee.Currency().Decimals())) {
			t.Fatalf("%s has more digits than its currency", fee.Decimal())
		}
		exact := c.Amount.Decimal().Mul(c.Fee.Percent).Div(decimal.NewFromInt(100)).Add(c.Fee.Fixed)
		half := decimal.New(5, -fee.Currency().Decimals()-1)
		if exact.LessThan(c.Amount.Decimal()) && fee.Decimal().Sub(exact).Abs().GreaterThan(half) {
			t.Fatalf("a fee of %s where %s is exact", fee, exact)
		}
	})
}

func TestFee_RoundsPerCurrency(t *testing.T) {
	for _, c := range []struct {
		value    string
		currency money.Currency
		want     string
	}{
		{"19.99", "EUR", "0.53"},      // 0.52986
		{"10.00", "EUR", "0.39"},      // exact
		{"0.25", "EUR", "0.25"},       // 0.2535 is more than the amount
		{"0.01", "EUR", "0.01"},       // never more than the amount
		{"1000", "JPY", "14"},         // 14.25
		{"18", "JPY", "1"},            // 0.502
		{"17", "JPY", "0"},            // 0.488
		{"100", "JPY", "2"},           // 1.65
		{"1.000", "BHD", "0.264"},     // exact
		{"10.250", "BHD", "0.394"},    // 0.3935: half away from zero
		{"1234.567", "BHD", "17.534"}, // 17.533938
	} {
		if got := StandardFee.Of(money.Must(c.value, c.currency)).Value(); got != c.want {
			t.Errorf("fee on %s %s: %s, want %s", c.value, c.currency, got, c.want)
		}
	}
}

func TestCapture_LeavesOutWhatIsNothing(t *testing.T) {
	for value, want := range map[string]int{"17": 2, "18": 3, "1": 2} { // no fee; both; the fee takes nothing of 1
		c := drawn{EntryID: "e", Payment: "p", Merchant: "m", Bank: "SANDNL2A", Amount: money.Must(value, "JPY"), Fee: StandardFee, At: noon}
		if e := c.Entry(); len(e.Postings) != want || e.Check() != nil {
			t.Errorf("%s JPY: %+v, %v", value, e.Postings, e.Check())
		}
	}
	all := drawn{EntryID: "e", Payment: "p", Merchant: "m", Bank: "SANDNL2A", Amount: money.Must("0.20", "EUR"), Fee: StandardFee, At: noon}
	if e := all.Entry(); len(e.Postings) != 2 || e.Postings[1].Account != Fees || e.Check() != nil {
		t.Errorf("a fee of everything: %+v", e.Postings)
	}
}

func TestEntry_CheckRefuses(t *testing.T) {
	good := func() Entry {
		return drawn{EntryID: "e", Payment: "p", Merchant: "m", Bank: "SANDNL2A", Amount: money.Must("20.00", "EUR"), Fee: StandardFee, At: noon}.Entry()
	}
	if err := good().Check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Entry){
		"no id":             func(e *Entry) { e.ID = "" },
		"no key":            func(e *Entry) { e.Key = "" },
		"no kind":           func(e *Entry) { e.Kind = "" },
		"one posting":       func(e *Entry) { e.Postings = e.Postings[:1] },
		"no posting":        func(e *Entry) { e.Postings = nil },
		"a cent over":       func(e *Entry) { e.Postings[0].Amount = money.Must("20.01", "EUR") },
		"nothing posted":    func(e *Entry) { e.Postings[0].Amount = money.Zero("EUR") },
		"negative":          func(e *Entry) { e.Postings[0].Amount = money.Zero("EUR").Sub(money.Must("20.00", "EUR")) },
		"no side":           func(e *Entry) { e.Postings[0].Side = "" },
		"no currency":       func(e *Entry) { e.Postings[0].Amount = money.Of(decimal.NewFromInt(20), "") },
		"another currency":  func(e *Entry) { e.Postings[0].Amount = money.Must("20.00", "USD") },
		"both on one side":  func(e *Entry) { e.Postings[0].Side = Credit },
		"a currency unpaid": func(e *Entry) { e.Postings = append(e.Postings, Posting{Fees, Debit, money.Must("1", "JPY")}) },
	} {
		e := good()
		spoil(&e)
		if e.Check() == nil {
			t.Errorf("%s: passes: %+v", name, e)
		}
	}
}
