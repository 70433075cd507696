package ledger

import (
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"sandbank/money"
)

// Fee is the price of a capture for a merchant.
type Fee struct {
	Percent decimal.Decimal // 1.4 for 1.4 %
	Fixed   decimal.Decimal // in major units of the capture's currency
}

// StandardFee is 1.4 % + 0.25.
var StandardFee = Fee{Percent: decimal.RequireFromString("1.4"), Fixed: decimal.RequireFromString("0.25")}

// Of returns the fee on an amount: rounded half away from zero to the minor
// unit, and never more than the amount.
func (f Fee) Of(a money.Amount) money.Amount {
	raw := a.Decimal().Mul(f.Percent).Shift(-2).Add(f.Fixed)
	fee := money.Of(raw, a.Currency())
	if fee.Decimal().GreaterThan(a.Decimal()) {
		return a
	}
	return fee
}

// String writes a fee as on the command line: "1.4%+0.25".
func (f Fee) String() string { return f.Percent.String() + "%+" + f.Fixed.String() }

// ParseFee reads "1.4%+0.25".
func ParseFee(text string) (Fee, error) {
	bad := fmt.Errorf("a fee is written as a percentage and a fixed part, such as 1.4%%+0.25, not %q", text)
	percent, fixed, ok := strings.Cut(text, "%+")
	if !ok || len(text) > 20 || strings.ContainsAny(text, "eE-") {
		return Fee{}, bad
	}
	p, err1 := decimal.NewFromString(percent)
	x, err2 := decimal.NewFromString(fixed)
	if err1 != nil || err2 != nil || p.GreaterThan(decimal.NewFromInt(100)) {
		return Fee{}, bad
	}
	return Fee{Percent: p, Fixed: x}, nil
}

// Schedule has the fees of all merchants.
type Schedule struct {
	Standard  Fee
	Merchants map[string]Fee  // fees of single merchants that differ
	Dispute   decimal.Decimal // fee for each dispute, however it ends, in major units
}

// StandardSchedule charges everybody the standard fee, and 15.00 for a dispute.
var StandardSchedule = Schedule{Standard: StandardFee, Dispute: decimal.NewFromInt(15)}

// Capture returns the fee on a merchant's capture.
func (s Schedule) Capture(merchant string, amount money.Amount) money.Amount {
	if f, ok := s.Merchants[merchant]; ok {
		return f.Of(amount)
	}
	return s.Standard.Of(amount)
}

// OfDispute returns the fee for a dispute.
func (s Schedule) OfDispute(c money.Currency) money.Amount { return money.Of(s.Dispute, c) }
