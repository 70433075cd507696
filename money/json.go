package money

import (
	"github.com/go-json-experiment/json"
	"github.com/shopspring/decimal"
)

// wireAmount is {"value": "19.99", "currency": "EUR"}.
type wireAmount struct {
	Value    string   `json:"value"`
	Currency Currency `json:"currency"`
}

// MarshalJSON writes {"value": "19.99", "currency": "EUR"}.
func (a Amount) MarshalJSON() ([]byte, error) {
	b := make([]byte, 0, 48)
	b = append(b, `{"value":"`...)
	b = append(b, a.Value()...)
	b = append(b, `","currency":"`...)
	b = append(b, a.currency...)
	return append(b, `"}`...), nil
}

// UnmarshalJSON reads what MarshalJSON wrote, under the rules of [ParseSum].
func (a *Amount) UnmarshalJSON(b []byte) error {
	var w wireAmount
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	if w == (wireAmount{Value: "0"}) { // the zero value, which has no currency
		*a = Amount{value: decimal.Zero}
		return nil
	}
	parsed, err := ParseSum(w.Value, w.Currency)
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}
