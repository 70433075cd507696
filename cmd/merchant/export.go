package main

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// exportCommand writes what happened as a scenario file.
type exportCommand struct {
	shopAccount
	Payment string `arg:"" optional:"" help:"The payment's id, pay_…."`
	All     bool   `help:"Export all payments of the merchant as one scenario."`
	Out     string `short:"o" placeholder:"FILE" help:"File to write. Default: standard output."`
}

// Help is shown by export --help.
func (*exportCommand) Help() string {
	return `The file brings the same about again: "merchant run FILE" plays it on a Sandbank of its own. With --seed at the processor, the run has the same transcript. /docs/scenarios tells more.`
}

// Run writes the file.
func (c *exportCommand) Run(ctx context.Context, to output) error {
	if (c.Payment == "") != c.All {
		return errors.New("say which payment, or --all, and not both")
	}
	from, err := c.open()
	if err != nil {
		return err
	}
	defer from.Close()
	file, err := from.Scenario(ctx, c.Payment)
	if err != nil {
		return err
	}
	if c.Out == "" {
		_, err = to.out.Write(file)
		return err
	}
	if err := os.WriteFile(c.Out, file, 0o600); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	_, err = fmt.Fprintf(to.err, "%s is written; \"merchant run %s\" plays it.\n", c.Out, c.Out)
	return err
}
