package main

import (
	"context"
	"fmt"
	"time"

	"sandbank/clock"
	"sandbank/cmd/internal/terminal"
	"sandbank/merchant/client"
	"sandbank/merchant/listen"
)

type paymentsTail struct {
	shopAccount
	formatFlag
	bounds
	Payment string        `arg:"" optional:"" help:"The payment's id, pay_…. Default: all that something happens to."`
	Until   client.Status `placeholder:"STATUS" help:"End at the first payment in this status, such as captured; of one payment, exit code 1 where it ends in another."`
}

// Help is shown by payments tail --help.
func (*paymentsTail) Help() string {
	return `Prints one line each time a payment's status or money changes, beginning with what happens from now on; of one payment, with where it stands, and until its status is final.

Nobody is told of an abandoned payment: it shows only where the payment is named.`
}

// Run follows one payment, or all.
func (c *paymentsTail) Run(ctx context.Context, to output) error {
	from, err := c.open()
	if err != nil {
		return err
	}
	defer from.Close()
	if c.Payment != "" {
		return c.one(ctx, to, from)
	}
	newest, err := listen.Newest(ctx, from)
	if err != nil {
		return err
	}
	source, printed := listen.NewPoll(from, newest, time.Second, clock.Real{}), 0
	return c.follow(ctx, to.err, string(c.Until), func(ctx context.Context) (bool, error) {
		events, err := source.Next(ctx)
		for _, e := range events {
			p, err := e.Payment()
			if err != nil {
				continue // a payout, or a dispute's money: no payment
			}
			if err := c.print(to, e.Timestamp, p); err != nil {
				return true, err
			}
			if printed++; p.Status == c.Until || printed == c.Count {
				return true, nil
			}
		}
		return false, err
	})
}

// one follows one payment to its end.
func (c *paymentsTail) one(ctx context.Context, to output, from *client.Client) error {
	var known client.Version
	printed := 0
	return c.follow(ctx, to.err, string(c.Until), func(ctx context.Context) (bool, error) {
		p, now, changed, err := from.Changed(ctx, c.Payment, known)
		if err != nil || !changed {
			return false, err
		}
		known = now
		if err := c.print(to, p.UpdatedAt, p); err != nil {
			return true, err
		}
		printed++
		switch {
		case p.Status == c.Until || printed == c.Count:
			return true, nil
		case p.Status.Final() && c.Until != "":
			return true, &exitError{exitFailed, fmt.Errorf("%s is %s, and will not become %s", p.ID, p.Status, c.Until)}
		}
		return p.Status.Final(), nil
	})
}

func (c *paymentsTail) print(to output, at time.Time, p client.Payment) error {
	if c.json() {
		return printRaw(to.out, p.Body)
	}
	_, err := fmt.Fprintf(to.out, "%s  %s  %s  %s%s%s\n", at.Format(clockTime), terminal.For(to.out).Status(string(p.Status), fmt.Sprintf("%-15s", p.Status)), p.ID, p.Amount, after("  ", p.Reference), after(" · ", whyOf(p)))
	return err
}
