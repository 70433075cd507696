package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"sandbank/clock"
	"sandbank/merchant/client"
	"sandbank/secret"
	"sandbank/settlement/statement"
)

// staff has the credentials for commands that are not about one merchant.
type staff struct {
	URL            string      `name:"url" default:"http://127.0.0.1:8080" help:"Address of the processor."`
	OperatorID     string      `default:"demo-operator" help:"An operator's client id."`
	OperatorSecret secret.Text `default:"demo-operator-secret" help:"The operator's client secret."`

	trust *tls.Config // nil is the system's authorities
}

func (s *staff) open() (*client.Client, error) {
	c, err := client.New(client.Config{Base: s.URL, ID: s.OperatorID, Secret: s.OperatorSecret, Trust: s.trust})
	if err != nil {
		return nil, fmt.Errorf("--url, --operator-id, --operator-secret: %w", err)
	}
	return c, nil
}

// settleCommand ends the banks' day early.
type settleCommand struct {
	staff
	formatFlag
	Timeout time.Duration  `default:"90s" help:"How long to wait for the banks' batches. A batch that came before an answer it pays for waits for that up to a minute."`
	NoPay   bool           `help:"Do not pay the merchants out."`
	clock   clock.Computer // nil is the computer's
	Files   string         `placeholder:"DIR" help:"Folder to save each batch to, as CSV, camt.053 (in two versions) and camt.054 files."`
}

// Help is shown by settle --help.
func (*settleCommand) Help() string {
	return `Tells every bank that is online to cut off now, waits until the processor has matched their batches, and pays the merchants what was settled for them. It prints each batch that pays for something, its breaks, and the payouts.

With --format json each batch is a line {"settlement": …}, and each payout a line {"payout": …}; words go to standard error.

The exit code is 1 where a batch did not come in time. Breaks are no error here; "merchant reconcile" is
the command that fails on open breaks.`
}

// Validate refuses what makes no sense.
func (c *settleCommand) Validate() error {
	if c.Timeout <= 0 {
		return fmt.Errorf("--timeout %s: must be more than 0", c.Timeout)
	}
	return nil
}

// Run settles, pays out and prints.
func (c *settleCommand) Run(ctx context.Context, to output) error {
	from, err := c.open()
	if err != nil {
		return err
	}
	defer from.Close()
	last, err := newest(ctx, from)
	if err != nil {
		return err
	}
	awaited, err := cutOff(ctx, from)
	if err != nil {
		return err
	}
	words := to.out
	if c.json() {
		words = to.err
	}
	fmt.Fprintf(words, "Banks told to settle: %d.\n\n", len(awaited))
	list, missing, err := c.await(ctx, to.err, from, last, awaited)
	if err != nil {
		return err
	}
	if err := c.printSettlements(ctx, to.out, from, list); err != nil {
		return err
	}
	if c.Files != "" {
		if err := saveFiles(ctx, words, from, c.Files, list); err != nil {
			return fmt.Errorf("--files: %w", err)
		}
	}
	if !c.NoPay {
		made, err := from.PayOut(ctx)
		if err != nil {
			return err
		}
		if err := c.printPayouts(to.out, made); err != nil {
			return err
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("no batch within %s from %s", c.Timeout, strings.Join(missing, ", "))
	}
	return nil
}

// newest is the id of the newest settlement, "" for none.
func newest(ctx context.Context, from *client.Client) (string, error) {
	page, err := from.Settlements(ctx, "", 1)
	if err != nil || len(page.Data) == 0 {
		return "", err
	}
	return page.Data[0].ID, nil
}

// cutOff tells the banks, and says in which currencies each is to send a batch.
func cutOff(ctx context.Context, from *client.Client) (map[string][]string, error) {
	banks, err := from.Banks(ctx)
	if err != nil {
		return nil, err
	}
	awaited := map[string][]string{}
	for _, b := range banks {
		if !b.Online {
			continue
		}
		if err := from.Settle(ctx, b.Identifier); err != nil {
			return nil, err
		}
		awaited[b.Identifier] = b.Currencies
	}
	if len(awaited) == 0 {
		return nil, errors.New("no bank is online")
	}
	return awaited, nil
}

const (
	askAgain = 100 * time.Millisecond
	word     = 10 * time.Second // how often is said what is waited for
)

// await asks until there is a matched settlement after the last one for each bank
// and currency. It lists those that never came.
func (c *settleCommand) await(ctx context.Context, words io.Writer, from *client.Client, last string, awaited map[string][]string) (list []client.Settlement, missing []string, err error) {
	wall := c.clock
	if wall == nil {
		wall = clock.Real{}
	}
	until, next := wall.Now().Add(c.Timeout), wall.Now().Add(word)
	for {
		if list, err = since(ctx, from, last); err != nil {
			return nil, nil, err
		}
		if missing = lacking(list, awaited); len(missing) == 0 || wall.Now().After(until) {
			return list, missing, nil
		}
		if now := wall.Now(); !now.Before(next) {
			next = now.Add(word)
			fmt.Fprintf(words, "Still waiting for batches from %s, up to %s more. A bank that went offline sends none: /banks on the dashboard shows it.\n",
				strings.Join(missing, ", "), until.Sub(now).Round(time.Second))
		}
		if err := clock.Sleep(ctx, wall, askAgain); err != nil {
			return nil, nil, err
		}
	}
}

// since lists the settlements after one, newest first.
func since(ctx context.Context, from *client.Client, last string) (list []client.Settlement, err error) {
	for cursor := ""; ; {
		page, err := from.Settlements(ctx, cursor, 100)
		if err != nil {
			return nil, err
		}
		for _, s := range page.Data {
			if s.ID <= last {
				return list, nil
			}
			list = append(list, s)
		}
		if cursor = page.NextCursor; cursor == "" {
			return list, nil
		}
	}
}

// lacking lists the banks and currencies without a matched settlement.
func lacking(list []client.Settlement, awaited map[string][]string) (missing []string) {
	for bank, currencies := range awaited {
		for _, currency := range currencies {
			there := slices.ContainsFunc(list, func(s client.Settlement) bool {
				return s.Bank == bank && string(s.Currency) == currency && s.Status != "received"
			})
			if !there {
				missing = append(missing, bank+" in "+currency)
			}
		}
	}
	slices.Sort(missing)
	return missing
}

func (c *settleCommand) printSettlements(ctx context.Context, out io.Writer, from *client.Client, list []client.Settlement) error {
	slices.SortFunc(list, func(a, b client.Settlement) int {
		return strings.Compare(a.Bank+string(a.Currency)+a.ID, b.Bank+string(b.Currency)+b.ID)
	})
	if c.json() {
		for _, s := range list {
			if err := printJSON(out, map[string]client.Settlement{"settlement": s}); err != nil {
				return err
			}
		}
		return nil
	}
	var breaks []string
	empty := 0
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "BANK\tLINES\tBANK'S FEES\tPAID\tBREAKS\tSETTLEMENT")
	for _, s := range list {
		if s.Lines == 0 && s.Breaks == 0 {
			empty++
			continue
		}
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%d\t%s\n", s.Bank, s.Lines, s.Fees, s.Net, s.Breaks, s.ID)
		if s.Breaks == 0 {
			continue
		}
		found, err := from.Breaks(ctx, s.ID)
		if err != nil {
			return err
		}
		for _, k := range found {
			breaks = append(breaks, fmt.Sprintf("%s\t%s\t%s\t%s\t%s\n", s.Bank, k.Kind, k.Effect, k.Reference, k.ID))
		}
	}
	if empty < len(list) {
		_ = table.Flush()
	}
	if empty > 0 {
		fmt.Fprintf(out, "%d batches had nothing to pay.\n", empty)
	}
	if len(breaks) > 0 {
		fmt.Fprintln(out)
		fmt.Fprintln(table, "BANK\tBREAK\tSTILL OWED\tREFERENCE\tID")
		fmt.Fprint(table, strings.Join(breaks, ""))
		_ = table.Flush()
	}
	return nil
}

// saveFiles saves the batches that pay for something.
func saveFiles(ctx context.Context, out io.Writer, from *client.Client, dir string, list []client.Settlement) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	saved := 0
	for _, s := range list {
		if s.Lines == 0 {
			continue
		}
		for _, f := range statement.Formats() {
			file, err := from.SettlementFile(ctx, s.ID, string(f))
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(dir, filepath.Base(s.ID)+f.Extension()), file, 0o600); err != nil {
				return err
			}
			saved++
		}
	}
	fmt.Fprintf(out, "\n%d files are in %s.\n", saved, dir)
	return nil
}

func (c *settleCommand) printPayouts(out io.Writer, made []client.Payout) error {
	if c.json() {
		for _, p := range made {
			if err := printJSON(out, map[string]client.Payout{"payout": p}); err != nil {
				return err
			}
		}
		return nil
	}
	if len(made) == 0 {
		_, err := fmt.Fprintln(out, "\nThere was nothing to pay out.")
		return err
	}
	fmt.Fprintln(out)
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "PAID TO\tITEMS\tFEES\tAMOUNT\tPAYOUT")
	for _, p := range made {
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\n", p.Merchant, p.Items, p.Fees, p.Amount, p.ID)
	}
	return table.Flush()
}
