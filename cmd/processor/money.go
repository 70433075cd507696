package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sandbank/identity"
	"sandbank/ledger"
	"sandbank/node"
)

// moneyFlags say what merchants pay, and when they are paid.
type moneyFlags struct {
	Fees          []string      `name:"fee" placeholder:"MERCHANT=FEE" help:"What a merchant pays for a capture, as a percentage and a fixed part, such as demo-shop=1.4%+0.25, which is what everybody else pays; repeat for more."`
	PayoutAt      string        `default:"23:30" placeholder:"HH:MM" help:"When merchants are paid what was settled for them, every day, UTC; off for never by itself."`
	PayoutTransit time.Duration `default:"5s" help:"How long a payout takes to arrive."`
}

const maxTransit = 7 * 24 * time.Hour

// check reads the flags; fees are for merchants that there are.
func (f moneyFlags) check(clients []identity.Client) (rules node.Money, err error) {
	fees := ledger.StandardSchedule
	fees.Merchants = map[string]ledger.Fee{}
	rules = node.Money{Fees: &fees, Transit: f.PayoutTransit}
	var faults []error
	for _, text := range f.Fees {
		merchant, fee, _ := strings.Cut(text, "=")
		parsed, err := ledger.ParseFee(fee)
		_, twice := fees.Merchants[merchant]
		known := slices.ContainsFunc(clients, func(c identity.Client) bool { return c.Merchant.ID != "" && c.Merchant.ID == merchant })
		switch {
		case err != nil:
			faults = append(faults, fmt.Errorf("--fee %q: write it as MERCHANT=FEE: %w", text, err))
		case !known:
			faults = append(faults, fmt.Errorf("--fee %q: there is no merchant %q", text, merchant))
		case twice:
			faults = append(faults, fmt.Errorf("--fee %q: %s has a fee already", text, merchant))
		default:
			fees.Merchants[merchant] = parsed
		}
	}
	if f.PayoutAt != "off" {
		at, err := time.Parse("15:04", f.PayoutAt)
		if err != nil {
			faults = append(faults, fmt.Errorf("--payout-at %q: write it as a time of day, such as 23:30, or off", f.PayoutAt))
		}
		since := time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
		rules.PayoutAt = &since
	}
	if f.PayoutTransit < 0 || f.PayoutTransit > maxTransit {
		faults = append(faults, fmt.Errorf("--payout-transit %s: must be 0s to %s", f.PayoutTransit, maxTransit))
	}
	return rules, errors.Join(faults...)
}
