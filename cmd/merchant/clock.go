package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"sandbank/merchant/client"
)

// clockCommand shows simulated time and steers it.
type clockCommand struct {
	Show    clockShow    `cmd:"" default:"withargs" help:"Print what time it is in the simulation."`
	Advance clockAdvance `cmd:"" help:"Go on, from one due moment to the next, and print what happened on the way."`
	Set     clockSet     `cmd:"" help:"Jump to a time; what was due in between happens late."`
	Freeze  clockFreeze  `cmd:"" help:"Have time stand still."`
	Rate    clockRate    `cmd:"" help:"Have time run at a rate."`
	Follow  clockFollow  `cmd:"" help:"Have time pass as the computer's does, from where it stands."`
}

// Help is shown by clock --help.
func (*clockCommand) Help() string {
	return `Simulated time rules expiry, banks' delays, webhook retries, cut-offs and payouts. It never goes back. /docs/steer explains it.`
}

// clockStaff has what every command about the clock has.
type clockStaff struct {
	staff
	formatFlag
}

// steered steers the clock, and prints where it is and what happened.
func (s *clockStaff) steered(ctx context.Context, to output, w client.ClockWish) error {
	from, err := s.open()
	if err != nil {
		return err
	}
	defer from.Close()
	k, err := from.SteerClock(ctx, w)
	if err != nil {
		return err
	}
	if s.json() {
		return printJSON(to.out, k)
	}
	printClock(to.out, k)
	for _, kind := range slices.Sorted(maps.Keys(k.Happened)) {
		fmt.Fprintf(to.out, "%7d  %s\n", k.Happened[kind], kind)
	}
	return nil
}

func printClock(out io.Writer, k client.Clock) {
	way := k.Mode
	if k.Mode == "running" {
		way = fmt.Sprintf("running at %g", k.Rate)
	}
	fmt.Fprintf(out, "%s, %s", k.Now.Format(time.RFC3339Nano), way)
	if k.NextDue != nil {
		fmt.Fprintf(out, "; next due %s", k.NextDue.Format(time.RFC3339Nano))
	}
	fmt.Fprintln(out)
}

type clockShow struct{ clockStaff }

// Run prints the clock.
func (c *clockShow) Run(ctx context.Context, to output) error {
	from, err := c.open()
	if err != nil {
		return err
	}
	defer from.Close()
	k, err := from.Clock(ctx)
	switch {
	case err != nil:
		return err
	case c.json():
		return printJSON(to.out, k)
	}
	printClock(to.out, k)
	return nil
}

type clockAdvance struct {
	clockStaff
	By     string    `arg:"" optional:"" placeholder:"15m" help:"How far, such as 15m or 36h."`
	To     time.Time `format:"2006-01-02T15:04:05Z07:00" placeholder:"TIME" help:"Until when, such as 2027-01-01T00:00:00Z."`
	Next   bool      `help:"To the next due moment."`
	Freeze bool      `help:"Have time stand still afterwards."`
	Within string    `placeholder:"30s" help:"How long it may take in the computer's time. Default: 30s."`
}

// Run advances time.
func (c *clockAdvance) Run(ctx context.Context, to output) error {
	w := client.ClockWish{Advance: &client.ClockAdvance{By: c.By, Next: c.Next}, Freeze: c.Freeze, Within: c.Within}
	if !c.To.IsZero() {
		w.Advance.To = &c.To
	}
	return c.steered(ctx, to, w)
}

type clockSet struct {
	clockStaff
	To     time.Time `arg:"" format:"2006-01-02T15:04:05Z07:00" help:"Such as 2027-01-01T00:00:00Z."`
	Freeze bool      `help:"Have time stand still there."`
}

// Run sets time.
func (c *clockSet) Run(ctx context.Context, to output) error {
	return c.steered(ctx, to, client.ClockWish{Set: &c.To, Freeze: c.Freeze})
}

type clockFreeze struct{ clockStaff }

// Run freezes time.
func (c *clockFreeze) Run(ctx context.Context, to output) error {
	return c.steered(ctx, to, client.ClockWish{Freeze: true})
}

type clockRate struct {
	clockStaff
	Rate float64 `arg:"" help:"Seconds of simulated time in one of the computer's, up to 100,000."`
}

// Run has time run.
func (c *clockRate) Run(ctx context.Context, to output) error {
	return c.steered(ctx, to, client.ClockWish{Rate: c.Rate})
}

type clockFollow struct{ clockStaff }

// Run has time follow the computer's.
func (c *clockFollow) Run(ctx context.Context, to output) error {
	return c.steered(ctx, to, client.ClockWish{Follow: true})
}
