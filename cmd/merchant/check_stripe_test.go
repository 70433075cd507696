package main

import (
	"bytes"
	"slices"
	"testing"

	"sandbank/merchant/check"
	"sandbank/merchant/rule"
)

// In Stripe's dialect a planted fault is found by its rule, and by no other; without a fault nothing is found. These are
// the rules whose webhooks the check writes or sends itself; what the others look at is what it is in the house's own API.
func TestCheck_FindsEachPlantedFaultInStripesDialect(t *testing.T) {
	t.Parallel()
	shops := map[string][]rule.ID{"none": nil}
	for _, id := range []rule.ID{rule.Signature, rule.Raw, rule.Later, rule.Duplicates, rule.Captured} {
		shops[string(id)] = []rule.ID{id}
	}
	for name, broken := range shops {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			few <- struct{}{}
			defer func() { <-few }()
			c := aCheck(broken...)
			c.Dialect = dialectStripe
			r, err := c.own(t.Context(), nil, c.naiveShop(broken...))
			if err != nil {
				t.Fatalf("a shop that breaks %v could not be graded: %v", broken, err)
			}
			if got := r.Failing(); !slices.Equal(got, broken) || r.Count(check.NotRun)+r.Count(check.TimedOut) > 0 || len(r.Verdicts) != len(rule.StripeIDs()) {
				var text bytes.Buffer
				_ = check.Text(&text, r)
				t.Errorf("a shop that breaks %v fails %v:\n%s", broken, got, text.String())
			}
		})
	}
}
