package money

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/shopspring/decimal"
)

// Net is a sum that may be negative, such as credits less debits. It is written
// like an [Amount], with "-" before a negative value.
type Net struct{ Amount }

// Net returns the amount as a sum that may be negative.
func (a Amount) Net() Net { return Net{a} }

// Neg turns the sign around.
func (a Amount) Neg() Amount { return Amount{a.value.Neg(), a.currency} }

// IsNegative reports whether the sum is less than zero.
func (a Amount) IsNegative() bool { return a.value.IsNegative() }

// Abs returns the amount without its sign.
func (a Amount) Abs() Amount { return Amount{a.value.Abs(), a.currency} }

// Equal reports whether both currency and value are the same.
func (n Net) Equal(other Net) bool { return n.Amount.Equal(other.Amount) }

// UnmarshalJSON reads the output of MarshalJSON, under the rules of [ParseSum]
// except for the sign.
func (n *Net) UnmarshalJSON(b []byte) error {
	var w wireAmount
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	if w == (wireAmount{Value: "0"}) {
		*n = Net{Amount{value: decimal.Zero}}
		return nil
	}
	text, negative := strings.CutPrefix(w.Value, "-")
	parsed, err := ParseSum(text, w.Currency)
	if err != nil {
		return err
	}
	if n.Amount = parsed; negative {
		n.Amount = parsed.Neg()
	}
	return nil
}
