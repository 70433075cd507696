package money

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"sandbank/fault"
)

func TestParse_RefusesBadAmounts(t *testing.T) {
	for name, c := range map[string]struct {
		value    string
		currency Currency
	}{
		"minus zero":                 {"-0", "EUR"},
		"negative":                   {"-1.00", "EUR"},
		"plus":                       {"+5", "EUR"},
		"no digit before the point":  {".5", "EUR"},
		"no digit after the point":   {"5.", "EUR"},
		"point alone":                {".", "EUR"},
		"two points":                 {"1.2.3", "EUR"},
		"exponent":                   {"1e2", "EUR"},
		"huge exponent":              {"1e9999", "EUR"},
		"giant exponent":             {"1e20000000", "EUR"},
		"negative exponent":          {"1e-2", "EUR"},
		"too many decimals":          {"1.001", "EUR"},
		"trailing zero decimals":     {"1.000", "EUR"},
		"yen with decimals":          {"1.0", "JPY"},
		"four decimals in dinars":    {"1.0000", "BHD"},
		"five decimals":              {"1.00000", "BHD"},
		"thirteen digits":            {"1000000000000", "EUR"},
		"leading zero":               {"01.00", "EUR"},
		"only zeros":                 {"00", "EUR"},
		"empty":                      {"", "EUR"},
		"space":                      {" 1.00", "EUR"},
		"space after":                {"1.00 ", "EUR"},
		"line end":                   {"1.00\n", "EUR"},
		"comma":                      {"1,00", "EUR"},
		"thousands":                  {"1,000.00", "EUR"},
		"underscore":                 {"1_000", "EUR"},
		"hexadecimal":                {"0x10", "EUR"},
		"not a number":               {"NaN", "EUR"},
		"infinity":                   {"Infinity", "EUR"},
		"word":                       {"ten", "EUR"},
		"NUL":                        {"1\x00", "EUR"},
		"arabic digits":              {"١.٠٠", "EUR"},
		"full width digits":          {"１.００", "EUR"},
		"invalid UTF-8":              {"1\xff", "EUR"},
		"with its currency":          {"1.00 EUR", "EUR"},
		"ten megabytes of ones":      {strings.Repeat("1", 10<<20), "EUR"},
		"ten megabytes of decimals":  {"1." + strings.Repeat("0", 10<<20), "EUR"},
		"ten megabytes of lead":      {strings.Repeat("0", 10<<20), "EUR"},
		"unknown currency":           {"1.00", "XXX"},
		"lower case currency":        {"1.00", "eur"},
		"no currency":                {"1.00", ""},
		"currency with a space":      {"1.00", "EUR "},
		"precious metal":             {"1.00", "XAU"},
		"currency of another length": {"1.00", "EURO"},
	} {
		a, err := Parse(c.value, c.currency, "/amount")
		if !fault.Is(err, fault.Invalid) || a != (Amount{}) {
			t.Errorf("%s: got %v, %v", name, a, err)
			continue
		}
		want := "/amount/value"
		if !c.currency.Known() {
			want = "/amount/currency"
		}
		f := fault.From(err)
		if len(f.Fields) != 1 || f.Fields[0].Pointer != want {
			t.Errorf("%s: the error points at %v, not at %s", name, f.Fields, want)
		}
		if len(err.Error()) > 400 {
			t.Errorf("%s: the error has %d bytes: it repeats the input", name, len(err.Error()))
		}
	}
}

func TestParse_AcceptsPlainAmounts(t *testing.T) {
	for _, c := range []struct {
		value    string
		currency Currency
		want     string
	}{
		{"0", "EUR", "0.00"}, {"0.00", "EUR", "0.00"}, {"19.9", "EUR", "19.90"}, {"19.99", "EUR", "19.99"}, {"5", "EUR", "5.00"},
		{"0.01", "EUR", "0.01"}, {"999999999999.99", "EUR", "999999999999.99"}, {"1000", "JPY", "1000"}, {"0", "JPY", "0"},
		{"1.234", "BHD", "1.234"}, {"1", "BHD", "1.000"}, {"1.2", "IQD", "1.200"},
	} {
		a, err := Parse(c.value, c.currency, "")
		if err != nil || a.Value() != c.want || a.String() != c.want+" "+string(c.currency) || a.Currency() != c.currency {
			t.Errorf("%s %s: got %s, %v", c.value, c.currency, a, err)
		}
	}
}

func TestOf_RoundsHalfAwayFromZero(t *testing.T) {
	for _, c := range []struct {
		value    string
		currency Currency
		want     string
	}{
		{"0.005", "EUR", "0.01"}, {"0.0049", "EUR", "0.00"}, {"-0.005", "EUR", "-0.01"}, {"0.015", "EUR", "0.02"},
		{"0.5", "JPY", "1"}, {"1.49", "JPY", "1"}, {"2.5", "JPY", "3"}, {"0.0005", "BHD", "0.001"}, {"0.00049", "BHD", "0.000"},
	} {
		if got := Of(decimal.RequireFromString(c.value), c.currency).Value(); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.value, c.currency, got, c.want)
		}
	}
}

func TestAmount_JSONRoundTrip(t *testing.T) {
	for _, a := range []Amount{Must("19.90", "EUR"), Must("1000", "JPY"), Must("1.234", "BHD"), Must("0", "EUR"), {}, Must("999999999999.99", "EUR").Add(Must("999999999999.99", "EUR"))} {
		b, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var got Amount
		if err := json.Unmarshal(b, &got); err != nil || !got.Equal(a) || got.Value() != a.Value() {
			t.Errorf("%s came back as %s, %v", b, got, err)
		}
	}
	if b, _ := json.Marshal(Must("19.9", "EUR")); string(b) != `{"value":"19.90","currency":"EUR"}` {
		t.Errorf("written as %s", b)
	}
}

func TestAmount_JSONRefuses(t *testing.T) {
	for _, body := range []string{
		`{"value": 19.99, "currency": "EUR"}`, `{"value": "1e2", "currency": "EUR"}`, `{"value": "1.00"}`, `{"currency": "EUR"}`,
		`{}`, `null`, `[]`, `"19.99 EUR"`, `19.99`, `{"value": "0.5", "currency": "JPY"}`, `{"value": "0", "currency": "XXX"}`,
		`{"value": "1` + strings.Repeat("0", MaxSumDigits) + `", "currency": "EUR"}`,
	} {
		a := Must("7", "EUR")
		if err := json.Unmarshal([]byte(body), &a); err == nil {
			t.Errorf("%s was read as %s", body, a)
		}
	}
}

func TestAmount_MixedCurrenciesDoNotAdd(t *testing.T) {
	for name, mix := range map[string]func(a, b Amount) Amount{"add": Amount.Add, "sub": Amount.Sub} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: euros and yen went together", name)
				}
			}()
			mix(Must("1", "EUR"), Must("1", "JPY"))
		}()
	}
	if Must("1", "EUR").Equal(Must("1", "USD")) {
		t.Error("a euro equals a dollar")
	}
}

func TestCurrencies_DecimalsOfTheStandard(t *testing.T) {
	for c, want := range map[Currency]int32{"JPY": 0, "KRW": 0, "ISK": 0, "EUR": 2, "USD": 2, "HUF": 2, "BHD": 3, "KWD": 3, "TND": 3} {
		if c.Decimals() != want || !c.Known() {
			t.Errorf("%s has %d decimals, want %d", c, c.Decimals(), want)
		}
	}
	list := Currencies()
	for i, c := range list {
		if len(c) != 3 || i > 0 && list[i-1] >= c {
			t.Errorf("%s at %d is out of order", c, i)
		}
	}
	if len(list) < 150 {
		t.Errorf("only %d currencies", len(list))
	}
}

// Parse returns quickly for every text. An accepted amount is read again as
// itself, and stays within the bounds of every computation.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"19.99", "0", "-0", "1e9999", "1e20000000", ".5", "5.", "+5", "999999999999.999", "\x00", strings.Repeat("9", 100_000)} {
		for _, c := range []string{"EUR", "JPY", "BHD", "xxx"} {
			f.Add(seed, c)
		}
	}
	f.Fuzz(func(t *testing.T, value, currency string) {
		a, err := Parse(value, Currency(currency), "/amount")
		if err != nil {
			if len(err.Error()) > 400 {
				t.Fatalf("an error of %d bytes", len(err.Error()))
			}
			return
		}
		if len(value) > MaxDigits+1+4 || strings.Trim(value, "0123456789.") != "" {
			t.Fatalf("accepted %q", value)
		}
		again, err := Parse(a.Value(), a.Currency(), "")
		if err != nil || !again.Equal(a) || again.Value() != a.Value() {
			t.Fatalf("%q became %s, which reads as %s, %v", value, a.Value(), again, err)
		}
		if exact := decimal.RequireFromString(value); !exact.Equal(a.Decimal()) {
			t.Fatalf("%q became %s", value, a.Decimal())
		}
		body, err := json.Marshal(a)
		var back Amount
		if err != nil || json.Unmarshal(body, &back) != nil || !back.Equal(a) {
			t.Fatalf("%s came back as %s", body, back)
		}
	})
}
