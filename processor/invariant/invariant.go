// Package invariant checks what Sandbank promises over everything that a store
// holds: that the money adds up, that it moved if and only if a bank approved,
// that nothing is told twice or told of the abandoned, and that nothing is left
// hanging. Every test that breaks something calls it at the end.
package invariant

import (
	"context"
	"fmt"
	"iter"
	"time"

	"sandbank/audit"
	"sandbank/event"
	"sandbank/ledger"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/settlement"
)

// Source reads everything that a store holds, each kind on one pass.
type Source interface {
	// AllPayments in no order.
	AllPayments(ctx context.Context) iter.Seq2[payment.Payment, error]
	// AllMessages in no order.
	AllMessages(ctx context.Context) iter.Seq2[processor.Message, error]
	// AllEntries by number in the chain, those not sealed last.
	AllEntries(ctx context.Context) iter.Seq2[processor.SealedEntry, error]
	// AllEvents by merchant, then sequence.
	AllEvents(ctx context.Context) iter.Seq2[event.Event, error]
	// AllAudits by number in the chain; those not sealed anywhere.
	AllAudits(ctx context.Context) iter.Seq2[audit.Sealed, error]
	// PendingDeliveries counts webhook deliveries that are neither delivered nor
	// exhausted.
	PendingDeliveries(ctx context.Context) (int, error)
	// AllItems in no order.
	AllItems(ctx context.Context) iter.Seq2[settlement.Item, error]
	// AllRecords in no order.
	AllRecords(ctx context.Context) iter.Seq2[processor.Record, error]
	Balances(ctx context.Context) ([]ledger.Balance, error)
	// Checkpoint is what stands in the place of what was let go.
	Checkpoint(ctx context.Context) (processor.Checkpoint, error)
	Backlog(ctx context.Context) (int, error)
}

// Report has the counts of the check, and the violations.
type Report struct {
	Payments, Entries, Events, Messages int
	Audits                              int
	LetGo                               int64 // payments that went with all that was about them
	ByStatus                            map[payment.Status]int
	Outbox, Deliveries                  int // still to leave
	Unsealed                            int
	Violations                          []string
}

// maxListed bounds the list of violations; one more says how it goes on.
const maxListed = 100

func (r *Report) violate(format string, args ...any) {
	switch n := len(r.Violations); {
	case n < maxListed:
		r.Violations = append(r.Violations, fmt.Sprintf(format, args...))
	case n == maxListed:
		r.Violations = append(r.Violations, "and more")
	}
}

// Check reads everything and reports. It returns an error only where it could
// not read; violations are in the report. Payments more than slack past their
// due time count as left hanging.
func Check(ctx context.Context, s Source, now time.Time, slack time.Duration) (*Report, error) {
	c := &checker{
		Report:   &Report{ByStatus: map[payment.Status]int{}},
		payments: map[string]payment.Payment{}, booked: map[string]ledger.Entry{}, keys: map[string]bool{},
		approved: map[string]int{}, told: map[string][]string{}, fold: ledger.Fold{},
		paid: map[string]share{}, breaks: map[string]int{}, holds: map[string]bool{}, disputes: map[string]payment.DisputeResource{},
	}
	for _, step := range []func() error{
		func() error { return c.checkpoint(ctx, s) },
		func() error {
			return each(s.AllPayments(ctx), func(p payment.Payment) { c.payment(p, now.Add(-slack)) })
		},
		func() error { return each(s.AllMessages(ctx), c.message) },
		func() error { return each(s.AllEntries(ctx), c.entry) },
		func() error { return each(s.AllEvents(ctx), c.event) },
		func() error { return each(s.AllItems(ctx), c.item) },
		func() error { return each(s.AllRecords(ctx), c.record) },
		func() error { return each(s.AllAudits(ctx), c.audit) },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	c.captures()
	c.kept()
	c.notifications()
	c.accounts()
	if err := c.totals(ctx, s); err != nil {
		return nil, err
	}
	return c.Report, nil
}

func each[T any](seq iter.Seq2[T, error], f func(T)) error {
	for v, err := range seq {
		if err != nil {
			return err
		}
		f(v)
	}
	return nil
}

type checker struct {
	*Report
	payments map[string]payment.Payment
	booked   map[string]ledger.Entry // by key, of the entries about one payment
	keys     map[string]bool
	approved map[string]int                     // request → applied approvals of its amount
	paid     map[string]share                   // by payout
	breaks   map[string]int                     // settlement → its open breaks less those that it counts
	holds    map[string]bool                    // by id
	disputes map[string]payment.DisputeResource // by id
	sums     sums
	told     map[string][]string // payment → event types in order
	chain    ledger.Verifier
	audits   audit.Verifier
	broken   bool // the audit log's chain: what follows cannot be told
	fold     ledger.Fold
	floors   map[string]int64 // by merchant
	last     struct {
		merchant string
		sequence int64
	}
}

func (c *checker) payment(p payment.Payment, dueBefore time.Time) {
	c.Payments++
	c.ByStatus[p.Status]++
	c.payments[p.ID] = p
	if _, open := pending(p); (p.Status.Final() && !open) != p.DueAt.IsZero() {
		c.violate("payment %s is %s and due at %s", p.ID, p.Status, p.DueAt)
	}
	if !p.DueAt.IsZero() && p.DueAt.Before(dueBefore) {
		c.violate("payment %s is still %s, due since %s", p.ID, p.Status, p.DueAt)
	}
	approved := 0
	for _, a := range p.Attempts {
		if a.Status == payment.AttemptApproved {
			approved++
		}
	}
	if taken := p.Status == payment.Captured || p.Status == payment.Authorized || p.Status == payment.Voided; approved > 1 || taken != (approved == 1) {
		c.violate("payment %s is %s with %d approved attempts", p.ID, p.Status, approved)
	}
}

// audit walks the audit log's chain.
func (c *checker) audit(s audit.Sealed) {
	c.Audits++
	if c.broken {
		return
	}
	if err := c.audits.Step(s); err != nil {
		c.broken = true
		c.violate("%v", err)
	}
}

// totals compares the balances with the postings, and counts unsent messages.
func (c *checker) totals(ctx context.Context, s Source) error {
	balances, err := s.Balances(ctx)
	if err != nil {
		return err
	}
	for _, t := range ledger.TrialBalance(balances) {
		if !t.Net().IsZero() {
			c.violate("the balances in %s do not add up: %s over", t.Currency, t.Net())
		}
	}
	folded := c.fold.Balances()
	if len(folded) != len(balances) {
		c.violate("there are %d balances, but postings to %d accounts", len(balances), len(folded))
	} else {
		for i, b := range balances {
			if f := folded[i]; f.Account != b.Account || f.Currency != b.Currency || !f.Debits.Equal(b.Debits) || !f.Credits.Equal(b.Credits) {
				c.violate("the balance of %s in %s is %s/%s, its postings say %s/%s", b.Account, b.Currency, b.Debits, b.Credits, f.Debits, f.Credits)
			}
		}
	}
	if c.Outbox, err = s.Backlog(ctx); err != nil {
		return err
	}
	c.Deliveries, err = s.PendingDeliveries(ctx)
	return err
}
