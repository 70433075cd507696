package look

import (
	"strconv"
	"strings"
)

// symbols are the currencies whose sign people know; others keep their code.
var symbols = map[string]string{"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}

// Count writes a number of things in groups of three digits.
func Count(n int) string { return group(strconv.Itoa(n)) }

// Money is an amount for people: Money("-1234.5", "EUR") is "−€1,234.5". The
// value is a decimal string whose digits are kept as they are: no rounding
// happens on a page.
func Money(value, currency string) string {
	value, negative := strings.CutPrefix(value, "-")
	whole, fraction, hasFraction := strings.Cut(value, ".")
	whole = group(whole)
	if hasFraction {
		whole += "." + fraction
	}
	sign := ""
	if negative {
		sign = "−"
	}
	if symbol, ok := symbols[currency]; ok {
		return sign + symbol + whole
	}
	return sign + currency + "\u00a0" + whole
}

// group puts a comma before every third digit from the right.
func group(digits string) string {
	var out strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out.WriteByte(',')
		}
		out.WriteRune(d)
	}
	return out.String()
}
