package check

import (
	"context"
	"time"

	"sandbank/merchant/rule"
)

// course is how a rule is tried, in parts between which simulated time goes on. Each is nil where
// there is nothing to do.
type course struct {
	rule   rule.ID
	orders []string // that are begun before anything else

	now, minute, expired, away, end func(context.Context, *trial) error
}

// courses lists them. The rules of the API that is spoken say which are gone through, and in which order.
func courses() []course {
	return []course{
		{rule: rule.Fast, end: quick},
		{rule: rule.Signature, orders: []string{"forged"}, now: forged},
		{rule: rule.Timestamp, orders: []string{"stale"}, now: stale},
		{rule: rule.Duplicates, orders: []string{"twice"}, now: twice},
		{rule: rule.Reordering, orders: []string{"late"}, now: overtaken, minute: stillPaid},
		{rule: rule.ReturnURL, orders: []string{"returns"}, now: comesBack},
		{rule: rule.Thin, orders: []string{"thin"}, now: hinted},
		{rule: rule.Missed, orders: []string{"missed"}, now: unheard},
		{rule: rule.Abandoned, orders: []string{"walks away"}, expired: walkedAway},
		{rule: rule.Captured, orders: []string{"declined", "error", "canceled", "silent"}, now: unpaid, expired: stillUnpaid},
		{rule: rule.Returned, orders: []string{"refunded", "disputed"}, now: givenBack},
		{rule: rule.Outage, away: outage},
		// In Stripe's dialect alone.
		{rule: rule.Raw, orders: []string{"respaced", "changed"}, now: respaced, minute: changed},
		{rule: rule.Later, orders: []string{"debited", "bounced"}, now: debited, minute: decided},
	}
}

// stage is a part of all courses, and what comes before it.
type stage struct {
	says   string
	before func(context.Context, *exam, []*trial) error
	part   func(course) func(context.Context, *trial) error
}

// lateness is by how much a webhook is late that is overtaken.
const lateness = time.Minute

var stages = []stage{
	{
		"what happens at once", func(context.Context, *exam, []*trial) error { return nil },
		func(c course) func(context.Context, *trial) error { return c.now },
	},
	{
		"a minute later", func(ctx context.Context, e *exam, _ []*trial) error { return e.advance(ctx, lateness) },
		func(c course) func(context.Context, *trial) error { return c.minute },
	},
	{
		"when the time to pay is over", expire,
		func(c course) func(context.Context, *trial) error { return c.expired },
	},
	{
		"24 hours of outage", func(context.Context, *exam, []*trial) error { return nil },
		func(c course) func(context.Context, *trial) error { return c.away },
	},
	{
		"how fast the answers were", func(context.Context, *exam, []*trial) error { return nil },
		func(c course) func(context.Context, *trial) error { return c.end },
	},
}

// expire goes on until every payment that was begun has run out of time.
func expire(ctx context.Context, e *exam, trials []*trial) error {
	k, err := e.Operator.Clock(ctx)
	if err != nil {
		return err
	}
	by := lateness
	for _, t := range trials {
		for _, o := range t.orders {
			by = max(by, o.payment.ExpiresAt.Sub(k.Now)+lateness)
		}
	}
	return e.advance(ctx, by)
}
