package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"sandbank/merchant/client"
)

// reconcileCommand holds the processor's book against the banks'.
type reconcileCommand struct {
	staff
	formatFlag
}

// Help is shown by reconcile --help.
func (*reconcileCommand) Help() string {
	return `Prints what each bank owes in each currency: by the processor's book, of that what was booked after the bank's last cut-off, what the bank said then, and what was written off. What is left is unexplained: a mistake in one of the books. Below stand the breaks that nobody has worked off.

The exit code is 0 where nothing is unexplained and no break is open, and 1 otherwise, or where the processor cannot be asked.`
}

// Run prints the report.
func (c *reconcileCommand) Run(ctx context.Context, to output) error {
	from, err := c.open()
	if err != nil {
		return err
	}
	defer from.Close()
	list, err := from.Reconcile(ctx)
	if err != nil {
		return err
	}
	out := to.out
	if c.json() {
		for _, p := range list {
			if err := printJSON(to.out, p); err != nil {
				return err
			}
		}
		out = io.Discard // the words
	}
	if len(list) == 0 {
		fmt.Fprintln(out, "No bank owes anything, and none has settled.")
		return nil
	}
	unexplained, open := printPositions(out, list)
	switch {
	case unexplained > 0:
		return fmt.Errorf("what is owed is unexplained in %d cases; open breaks: %d", unexplained, open)
	case open > 0:
		return fmt.Errorf("open breaks: %d", open)
	}
	fmt.Fprintln(out, "\nEverything is explained.")
	return nil
}

func printPositions(out io.Writer, list []client.Position) (unexplained, open int) {
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "BANK\tOWES BY THE BOOK\tOF IT LATER\tOWES BY ITS OWN\tWRITTEN OFF\tUNEXPLAINED")
	even := 0
	for _, p := range list {
		if p.Claim.IsZero() && p.Later.IsZero() && p.WrittenOff.IsZero() && p.Unexplained.IsZero() && (p.Owed == nil || p.Owed.IsZero()) && len(p.OpenBreaks) == 0 {
			even++
			continue
		}
		owed := "no batch yet"
		if p.Owed != nil {
			owed = p.Owed.String()
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", p.Bank, p.Claim, p.Later, owed, p.WrittenOff, p.Unexplained)
		if !p.Unexplained.IsZero() {
			unexplained++
		}
		for _, s := range p.OpenBreaks {
			open += s.Count
		}
	}
	if even < len(list) {
		_ = table.Flush()
	}
	if even > 0 {
		fmt.Fprintf(out, "In %d other cases nothing is owed, by either book.\n", even)
	}
	if open > 0 {
		fmt.Fprintln(out)
		fmt.Fprintln(table, "BANK\tOPEN BREAKS\tHOW MANY\tSTILL OWED")
		for _, p := range list {
			for _, s := range p.OpenBreaks {
				fmt.Fprintf(table, "%s\t%s\t%d\t%s\n", p.Bank, s.Kind, s.Count, s.Effect)
			}
		}
		_ = table.Flush()
	}
	return unexplained, open
}
