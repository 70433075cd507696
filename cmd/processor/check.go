package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sandbank/clock"
	"sandbank/clock/steer"
	"sandbank/payment"
	"sandbank/processor/invariant"
)

// checkCommand reads a whole database and checks that it keeps its promises.
type checkCommand struct {
	database
	Slack time.Duration `default:"10s" help:"How far past its time a payment may be before it counts as left hanging."`
}

// Run checks once.
func (c *checkCommand) Run(ctx context.Context, to output) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	kept, err := steer.Load(ctx, s)
	if err != nil {
		return err
	}
	report, err := invariant.Check(ctx, s, kept.Time(clock.Real{}.Now()), c.Slack)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(to.out, "%d payments, %d messages, %d events, %d ledger entries (%d not sealed yet), %d audit records\n",
		report.Payments, report.Messages, report.Events, report.Entries, report.Unsealed, report.Audits)
	if report.LetGo > 0 {
		_, _ = fmt.Fprintf(to.out, "%d further payments were let go; chains and balances are checked from their checkpoints on\n", report.LetGo)
	}
	for _, status := range payment.Statuses() {
		if n := report.ByStatus[status]; n > 0 {
			_, _ = fmt.Fprintf(to.out, "  %-16s %d\n", status, n)
		}
	}
	_, _ = fmt.Fprintf(to.out, "still to leave: %d messages, %d webhooks\n", report.Outbox, report.Deliveries)
	for _, v := range slices.Sorted(slices.Values(report.Violations)) {
		_, _ = fmt.Fprintln(to.out, "VIOLATED:", v)
	}
	if n := len(report.Violations); n > 0 {
		return fmt.Errorf("%d invariants do not hold", n)
	}
	_, _ = fmt.Fprintln(to.out, "All invariants hold.")
	return nil
}
