package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"sandbank/merchant/client"
)

// holdCommand holds payments on their way, and moves what is held.
type holdCommand struct {
	List  holdList  `cmd:"" default:"withargs" help:"Print the holds in force, and what they hold."`
	Begin holdBegin `cmd:"" help:"Hold payments at hops of their way, within a bound."`
	End   holdEnd   `cmd:"" help:"End a hold; what it holds goes on."`
	Step  holdStep  `cmd:"" help:"Have the first thing go on that is held."`
	Move  holdMove  `cmd:"" help:"Release, drop, duplicate, reorder or answer one thing that is held."`
}

// Help is shown by hold --help.
func (*holdCommand) Help() string {
	return `A hold ends by itself when one of its bounds is over; what it holds goes on then, in order. Time goes on meanwhile: a request that is held too long times out. /docs/steer explains it.`
}

func printHold(out io.Writer, as formatFlag, h client.Hold) error {
	if as.json() {
		return printJSON(out, h)
	}
	of := "every payment"
	switch {
	case h.Payment != "":
		of = h.Payment
	case h.Merchant != "":
		of += " of " + h.Merchant
	}
	_, err := fmt.Fprintf(out, "%s  %s at %s, until %s at the latest, holds %d, took %d of %d\n", h.ID, of, strings.Join(h.Hops, ", "), h.EndsAt.Format(time.RFC3339), h.Held, h.Taken, h.Times)
	return err
}

func printHeld(out io.Writer, as formatFlag, h client.Held) error {
	if as.json() {
		return printJSON(out, h)
	}
	fmt.Fprintf(out, "%s  %s: %s", h.ID, h.Hop, h.Says)
	if h.Payment != "" {
		fmt.Fprintf(out, ", %s", h.Payment)
	}
	_, err := fmt.Fprintf(out, ", %s since %s\n", h.Status, h.Since.Format(time.RFC3339))
	return err
}

type holdList struct {
	staff
	formatFlag
	Payment string `placeholder:"ID" help:"Print only what is held of this payment."`
}

// Run prints the holds, and what they hold.
func (c *holdList) Run(ctx context.Context, to output) error {
	from, err := c.open()
	if err != nil {
		return err
	}
	defer from.Close()
	holds, err := from.Holds(ctx)
	if err != nil {
		return err
	}
	if len(holds) == 0 && !c.json() {
		fmt.Fprintln(to.out, "no hold is in force")
	}
	for _, h := range holds {
		if err := printHold(to.out, c.formatFlag, h); err != nil {
			return err
		}
	}
	held, err := from.Held(ctx, c.Payment)
	for _, h := range held {
		if err := printHeld(to.out, c.formatFlag, h); err != nil {
			return err
		}
	}
	return err
}

type holdBegin struct {
	staff
	formatFlag
	Hops    []string `arg:"" optional:"" enum:"request,result,booking,webhook" help:"Where: request, result, booking, webhook. Default: everywhere."`
	Payment string   `placeholder:"ID" help:"Hold only this payment."`
	For     string   `placeholder:"24h" help:"How long it lasts, in simulated time. Default: 24h."`
	Within  string   `placeholder:"30m" help:"How long it lasts by the processor's computer, 4h at most. Default: 30m."`
	Times   int      `help:"How much it takes at most. Default: 100."`
}

// Run begins the hold, and prints it.
func (c *holdBegin) Run(ctx context.Context, to output) error {
	from, err := c.open()
	if err != nil {
		return err
	}
	defer from.Close()
	h, err := from.BeginHold(ctx, client.HoldWish{Hops: c.Hops, Payment: c.Payment, For: c.For, Within: c.Within, Times: c.Times})
	if err != nil {
		return err
	}
	return printHold(to.out, c.formatFlag, h)
}

type holdEnd struct {
	staff
	formatFlag
	Hold string `arg:"" help:"The hold's id, hld_…."`
}

// Run ends the hold.
func (c *holdEnd) Run(ctx context.Context, to output) error {
	from, err := c.open()
	if err != nil {
		return err
	}
	defer from.Close()
	if err := from.EndHold(ctx, c.Hold); err != nil {
		return err
	}
	return c.done(to.out, doneWord{ID: c.Hold, Done: "ended"}, c.Hold+" has ended")
}

type holdStep struct {
	staff
	formatFlag
	Payment string `arg:"" optional:"" help:"The payment whose first thing goes on. Default: the first of all."`
}

// Run takes the step, and prints what has gone on.
func (c *holdStep) Run(ctx context.Context, to output) error {
	from, err := c.open()
	if err != nil {
		return err
	}
	defer from.Close()
	h, err := from.Step(ctx, c.Payment)
	if err != nil {
		return err
	}
	return printHeld(to.out, c.formatFlag, h)
}

type holdMove struct {
	staff
	formatFlag
	Held    string `arg:"" help:"The id of what is held, hop_…."`
	Action  string `arg:"" enum:"release,drop,duplicate,first,last,answer" help:"release, drop, duplicate, first, last or answer."`
	Outcome string `help:"With answer: what the bank says, such as approved, declined or silent."`
	Reason  string `help:"With answer: because of what, such as insufficient_funds."`
	Twice   bool   `help:"With answer: the bank says it twice."`
}

// Run makes the move, and prints what was moved.
func (c *holdMove) Run(ctx context.Context, to output) error {
	from, err := c.open()
	if err != nil {
		return err
	}
	defer from.Close()
	h, err := from.MoveHeld(ctx, c.Held, client.HeldMove{Action: c.Action, Outcome: c.Outcome, Reason: c.Reason, Twice: c.Twice})
	if err != nil {
		return err
	}
	return printHeld(to.out, c.formatFlag, h)
}
