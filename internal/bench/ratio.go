package main

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// round measures the skeleton once.
func (b *bones) round(ctx context.Context, o options, e engines, counts bool) error {
	rate, spent, err := b.measure(ctx, o, e)
	if err == nil && counts {
		b.rates, b.costs = append(b.rates, rate), append(b.costs, spent)
	}
	return err
}

func (b *bones) measure(ctx context.Context, o options, e engines) (rate float64, spent cost, err error) {
	spent, err = spending(o, func() (cost, error) { return e.meter(ctx, b.db, b.processes) }, func() error {
		rate, err = b.drive(ctx, o)
		return err
	})
	return rate, spent, err
}

// compare prints the skeleton beside candidates: how fast they are and what they cost, as parts of one.
func (b *bones) compare(list []*candidate) {
	bare := median(b.costs)
	say("")
	say("The same durable work with no logic, %.0f payments/s:", middle(b.rates))
	bare.print("skeleton", bare)
	for _, c := range list {
		spent := median(c.costs[len(measured)-1])
		say("  %-12s %.0f payments/s; ratio to the skeleton: %.2f by rate, %.2f by processor time, %.2f by that of the processor alone",
			c.name, middle(c.rates), middle(quotients(c.rates, b.rates)), bare.whole()/spent.whole(), bare.processor/spent.processor)
	}
}

// quotients are those of the same rounds.
func quotients(ours, theirs []float64) []float64 {
	var list []float64
	for i := range min(len(ours), len(theirs)) {
		list = append(list, ours[i]/theirs[i])
	}
	return list
}

// whole is the processor time of everybody.
func (c cost) whole() float64 { return c.product() + c.load }

// besideSkeleton measures the skeleton and Sandbank, one after the other.
func (f *figures) besideSkeleton(ctx context.Context, o options, e engines, p *product, b *bones) error {
	var err error
	if f.skeleton, f.skeletonCost, err = b.measure(ctx, o, e); err != nil {
		return err
	}
	db, err := pgx.Connect(ctx, e.pg.URL())
	if err != nil {
		return err
	}
	defer func() { _ = db.Close(ctx) }()
	f.cost, err = spending(o, func() (cost, error) { return e.meter(ctx, db, p.processes) }, func() error { return p.drive(ctx, o, f) })
	return err
}

// printBeside prints what a payment cost, beside the skeleton's.
func printBeside(rounds []figures) {
	var ours, bare []cost
	for _, f := range rounds {
		ours, bare = append(ours, f.cost), append(bare, f.skeletonCost)
	}
	this, limit := median(ours), median(bare)
	say("For a complete payment; by processor time it is %.2f of the skeleton's:", limit.whole()/this.whole())
	this.print("Sandbank", this)
	limit.print("skeleton", this)
}
