// Package money is exact, currency-aware money. An [Amount] is a decimal in
// major units ("19.99") that never has more digits than its currency's minor
// unit, and is never stored in a float.
package money

import (
	"strings"

	"github.com/shopspring/decimal"

	"sandbank/fault"
)

// MaxDigits bounds the digits before the decimal point: enough for a trillion
// in any currency, and few enough that hostile input stays cheap.
const MaxDigits = 12

// MaxSumDigits bounds the digits of a sum: enough to add up the largest amounts
// as often as anybody will book them.
const MaxSumDigits = 30

// Amount is an exact sum in one currency. The zero value has no currency.
type Amount struct {
	value    decimal.Decimal
	currency Currency
}

// spelled reads the one accepted spelling: no sign, no exponent, no leading zeros, digits on both sides of a
// point. A text must have it before the decimal library sees it. It is read digit by digit, and not by a regular
// expression, since each payment's amounts are read a dozen times.
func spelled(value string, digits int) (decimals int, ok bool) {
	whole, fraction, pointed := strings.Cut(value, ".")
	if len(whole) == 0 || len(whole) > digits || len(whole) > 1 && whole[0] == '0' || !allDigits(whole) {
		return 0, false
	}
	if pointed && (len(fraction) == 0 || len(fraction) > maxDecimals || !allDigits(fraction)) {
		return 0, false
	}
	return len(fraction), true
}

// maxDecimals is the greatest number of decimals of any currency.
const maxDecimals = 4

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// Parse reads a decimal string in major units. Its errors are [fault.Invalid]
// with a JSON pointer below at ("/amount/value").
func Parse(value string, currency Currency, at string) (Amount, error) {
	return parse(value, currency, at, MaxDigits)
}

// ParseTyped is [Parse] for an amount that a person typed, which must be more
// than zero. An empty text is an error and does not mean "all": the field was
// there, and was emptied.
func ParseTyped(typed string, c Currency) (Amount, error) {
	if typed == "" {
		return Amount{}, fault.New(fault.Invalid, "amount_invalid", "Type an amount.").At("/amount/value", "is required")
	}
	a, err := Parse(typed, c, "/amount")
	if err == nil && !a.IsPositive() {
		err = fault.New(fault.Invalid, "amount_invalid", "The amount must be more than zero.").At("/amount/value", "must be more than zero")
	}
	return a, err
}

// ParseSum is [Parse] for a sum, which may have more digits than an amount that
// somebody requests.
func ParseSum(value string, currency Currency) (Amount, error) {
	return parse(value, currency, "", MaxSumDigits)
}

func parse(value string, currency Currency, at string, digits int) (Amount, error) {
	if !currency.Known() {
		return Amount{}, fault.New(fault.Invalid, "currency_unknown", "The currency is not known.").
			At(at+"/currency", "must be an active ISO 4217 code in capitals, such as \"EUR\"")
	}
	decimals, ok := spelled(value, digits)
	if !ok {
		return Amount{}, invalid().At(at+"/value",
			"must be a plain decimal string in major units, such as \"19.99\": up to %d digits, no sign, no exponent, no spaces", digits)
	}
	if decimals > int(currency.Decimals()) {
		return Amount{}, invalid().At(at+"/value", "has %d decimals, but %s has %d", decimals, currency, currency.Decimals())
	}
	d, err := decimal.NewFromString(value)
	if err != nil {
		return Amount{}, invalid().At(at+"/value", "is not a decimal number").Because(err)
	}
	return Amount{d, currency}, nil
}

func invalid() *fault.Error {
	return fault.New(fault.Invalid, "amount_invalid", "The amount is not valid.")
}

// Must is [Parse] for constants and tests; it panics on a bad amount.
func Must(value string, currency Currency) Amount {
	a, err := Parse(value, currency, "")
	if err != nil {
		panic(err)
	}
	return a
}

// Zero returns the amount 0 in a currency.
func Zero(c Currency) Amount { return Amount{currency: c} }

// Of makes an amount from a computed value, rounded half away from zero to the
// currency's minor unit: the commercial rounding of fee schedules.
func Of(value decimal.Decimal, c Currency) Amount {
	return Amount{value.Round(c.Decimals()), c}
}

// Currency returns the amount's currency.
func (a Amount) Currency() Currency { return a.currency }

// Decimal returns the value in major units.
func (a Amount) Decimal() decimal.Decimal { return a.value }

// Value returns the canonical text, with all decimals of the currency: "19.90".
func (a Amount) Value() string { return a.value.StringFixed(a.currency.Decimals()) }

// String returns the amount for people and logs: "19.90 EUR".
func (a Amount) String() string { return a.Value() + " " + string(a.currency) }

// IsZero reports whether the amount is zero.
func (a Amount) IsZero() bool { return a.value.IsZero() }

// IsPositive reports whether the amount is more than zero.
func (a Amount) IsPositive() bool { return a.value.IsPositive() }

// Equal reports whether both currency and value are the same.
func (a Amount) Equal(b Amount) bool { return a.currency == b.currency && a.value.Equal(b.value) }

// Add sums two amounts of one currency; mixing currencies is a defect of the
// caller and panics.
func (a Amount) Add(b Amount) Amount { return Amount{a.value.Add(same(a, b).value), a.currency} }

// Sub subtracts b; the result may be negative.
func (a Amount) Sub(b Amount) Amount { return Amount{a.value.Sub(same(a, b).value), a.currency} }

func same(a, b Amount) Amount {
	if a.currency != b.currency {
		panic("money: " + string(a.currency) + " and " + string(b.currency) + " do not add")
	}
	return b
}
