package ledger

import (
	"fmt"
	"time"

	"sandbank/money"
)

// HoldStatus is the status of a hold, which is resolved once.
//
//	pending ──▶ posted   some or all of it was booked; the rest is free again
//	       └──▶ voided   nothing was booked
type HoldStatus string

// The hold statuses.
const (
	HoldPending HoldStatus = "pending"
	HoldPosted  HoldStatus = "posted"
	HoldVoided  HoldStatus = "voided"
)

// Hold is reserved money that is not booked yet: an authorization at a bank, or
// a refund in progress at a bank. It is not part of any balance.
type Hold struct {
	ID         string       `json:"id"`      // of the payment or refund that it is for, with "hold_" before it
	Kind       string       `json:"kind"`    // "authorization" or "refund"
	Account    Account      `json:"account"` // the account for its booking
	Payment    string       `json:"payment"`
	Amount     money.Amount `json:"amount"`
	Posted     money.Amount `json:"posted"` // the amount booked so far
	Status     HoldStatus   `json:"status"`
	At         time.Time    `json:"at"`
	ResolvedAt time.Time    `json:"resolved_at"`
}

// Check returns the first error in the hold.
func (h Hold) Check() error {
	switch {
	case !h.Amount.IsPositive() || h.Posted.IsNegative() || h.Posted.Decimal().GreaterThan(h.Amount.Decimal()):
		return fmt.Errorf("ledger: hold %s has %s posted of %s", h.ID, h.Posted, h.Amount)
	case h.Status == HoldVoided && !h.Posted.IsZero():
		return fmt.Errorf("ledger: hold %s is voided, and %s of it posted", h.ID, h.Posted)
	case h.Status == HoldPosted && !h.Posted.IsPositive():
		return fmt.Errorf("ledger: hold %s is posted with nothing", h.ID)
	case (h.Status == HoldPending) != h.ResolvedAt.IsZero():
		return fmt.Errorf("ledger: hold %s is %s, resolved at %s", h.ID, h.Status, h.ResolvedAt)
	}
	return nil
}
