package object

import (
	"strings"

	"github.com/shopspring/decimal"

	"sandbank/money"
)

// exponents are the currencies whose minor unit is another one at Stripe than in ISO
// 4217, by its number of decimals (docs.stripe.com/currencies).
var exponents = map[money.Currency]int32{"ISK": 2, "UGX": 2, "MGA": 0}

func exponent(c money.Currency) int32 {
	if e, other := exponents[c]; other {
		return e
	}
	return c.Decimals()
}

// Minor is an amount in minor units.
func Minor(a money.Amount) int64 { return a.Decimal().Shift(exponent(a.Currency())).IntPart() }

// Major is an amount of minor units; false where the currency has no such part.
func Major(minor int64, c money.Currency) (money.Amount, bool) {
	value := decimal.New(minor, -exponent(c))
	a := money.Of(value, c)
	return a, c.Known() && a.Decimal().Equal(value)
}

// Code is a currency as Stripe writes it, in lower case.
func Code(c money.Currency) string { return strings.ToLower(string(c)) }

// Currency is a currency as the house writes it.
func Currency(code string) money.Currency { return money.Currency(strings.ToUpper(code)) }
