package invariant

import (
	"context"

	"sandbank/ledger"
)

// checkpoint begins where what is stored begins: chains go on over their gaps, balances from the
// opening ones, and sequences from their floors.
func (c *checker) checkpoint(ctx context.Context, s Source) error {
	at, err := s.Checkpoint(ctx)
	if err != nil {
		return err
	}
	c.LetGo, c.floors = at.Payments, at.Floors
	c.chain.Gaps, c.audits.Gaps = at.Ledger, at.Audit
	for _, t := range ledger.TrialBalance(at.Opening) {
		if !t.Net().IsZero() {
			c.violate("the opening balances in %s do not add up: %s over", t.Currency, t.Net())
		}
	}
	for _, b := range at.Opening {
		c.fold.Merge(b)
	}
	return nil
}
