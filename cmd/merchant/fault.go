package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"sandbank/merchant/client"
)

// faultCommand has parts of the processor go wrong on purpose.
type faultCommand struct {
	List  faultList  `cmd:"" default:"withargs" help:"Print the faults in force."`
	Begin faultBegin `cmd:"" help:"Have something go wrong, within a bound."`
	End   faultEnd   `cmd:"" help:"End a fault at once."`
}

// Help is shown by fault --help.
func (*faultCommand) Help() string {
	return `A fault ends by itself when its time is over or it has struck as often as it was to; nothing of it is left then. /docs/steer lists the kinds.`
}

func printFault(out io.Writer, as formatFlag, f client.Fault) error {
	if as.json() {
		return printJSON(out, f)
	}
	fmt.Fprintf(out, "%s  %s", f.ID, f.Kind)
	for _, more := range []string{f.Bank, f.Endpoint} {
		if more != "" {
			fmt.Fprintf(out, " %s", more)
		}
	}
	if f.Delay != "" {
		fmt.Fprintf(out, " by %s", f.Delay)
	}
	fmt.Fprintf(out, ", until %s at the latest, struck %d", f.EndsAt.Format(time.RFC3339), f.Struck)
	if f.Times > 0 {
		fmt.Fprintf(out, " of %d", f.Times)
	}
	if f.ActsAt != "" {
		fmt.Fprintf(out, ", at %s", strings.ReplaceAll(f.ActsAt, "_", " "))
	}
	if f.Share > 0 {
		fmt.Fprintf(out, ", share %g by seed %d", f.Share, f.Seed)
	}
	_, err := fmt.Fprintln(out)
	return err
}

type faultList struct {
	staff
	formatFlag
}

// Run prints the faults.
func (c *faultList) Run(ctx context.Context, to output) error {
	from, err := c.open()
	if err != nil {
		return err
	}
	defer from.Close()
	list, err := from.Faults(ctx)
	if err == nil && len(list) == 0 && !c.json() {
		fmt.Fprintln(to.out, "no fault is in force")
	}
	for _, f := range list {
		if err := printFault(to.out, c.formatFlag, f); err != nil {
			return err
		}
	}
	return err
}

type faultBegin struct {
	staff
	formatFlag
	Kind     string  `arg:"" help:"What goes wrong, such as broker_cut or receiver_fails."`
	Bank     string  `placeholder:"BIC" help:"The bank, of a bank's fault."`
	Endpoint string  `placeholder:"ID" help:"The webhook endpoint, of a receiver's fault. Default: all."`
	Delay    string  `placeholder:"1s" help:"By how much something slow takes longer. Default: 1s."`
	For      string  `placeholder:"1m" help:"How long it lasts, in simulated time. Default: 1m."`
	Times    int     `help:"How often it strikes. Default: as often as there is occasion."`
	Share    float64 `help:"What share of the occasions it strikes, up to 1. Default: all."`
	Seed     int64   `help:"Seed of the share's luck. Default: one by chance, which is printed."`
}

// Run begins the fault, and prints it.
func (c *faultBegin) Run(ctx context.Context, to output) error {
	from, err := c.open()
	if err != nil {
		return err
	}
	defer from.Close()
	f, err := from.BeginFault(ctx, client.FaultWish{
		Kind: c.Kind, Bank: c.Bank, Endpoint: c.Endpoint, Delay: c.Delay, For: c.For, Times: c.Times, Share: c.Share, Seed: c.Seed,
	})
	if err != nil {
		return err
	}
	return printFault(to.out, c.formatFlag, f)
}

type faultEnd struct {
	staff
	formatFlag
	Fault string `arg:"" help:"The fault's id, flt_…."`
}

// Run ends the fault.
func (c *faultEnd) Run(ctx context.Context, to output) error {
	from, err := c.open()
	if err != nil {
		return err
	}
	defer from.Close()
	if err := from.EndFault(ctx, c.Fault); err != nil {
		return err
	}
	return c.done(to.out, doneWord{ID: c.Fault, Done: "ended"}, c.Fault+" has ended")
}
