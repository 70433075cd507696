package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"

	"github.com/schollz/progressbar/v3"

	"sandbank/cmd/internal/terminal"
	"sandbank/merchant/load"
	"sandbank/secret"
)

// loadCommand makes many payments.
type loadCommand struct {
	URL          []string      `name:"url" default:"http://127.0.0.1:8080" help:"Address of a processor; repeat it to spread the load over several."`
	ClientID     string        `default:"demo-shop" help:"The merchant's client id."`
	ClientSecret secret.Text   `default:"demo-shop-secret" help:"The merchant's client secret."`
	Payments     int           `short:"n" default:"1000" help:"How many payments to make."`
	Rate         float64       `short:"r" default:"0" help:"How many to begin a second; 0 is as fast as they go."`
	Concurrency  int           `short:"c" default:"64" help:"How many customers pay at the same time."`
	Amount       string        `default:"10" help:"Amount of each payment."`
	Currency     string        `default:"EUR" help:"Currency of each payment."`
	Bank         string        `help:"Identifier of the bank to pay through. Default: the processor chooses."`
	Card         string        `default:"4242424242424242" help:"Test card to pay with."`
	Timeout      time.Duration `default:"30s" help:"How long one payment may take."`
	Patience     time.Duration `default:"30s" help:"How long to go on while no payment moves."`
	Receiver     string        `default:"127.0.0.1:0" help:"Address on which webhooks are received; port 0 takes a free one."`
	ReceiverURL  string        `help:"URL under which the processor reaches the receiver, if it runs on another machine."`
	JSON         bool          `name:"json" hidden:"" help:"The former name of --format json."`
	formatFlag
	Quiet bool `help:"Show no progress."`

	trust *tls.Config // nil is the system's authorities
}

// Validate refuses what package load would take for "not given".
func (c *loadCommand) Validate() error {
	var faults []error
	if c.Payments < 1 {
		faults = append(faults, fmt.Errorf("--payments %d: must be 1 or more", c.Payments))
	}
	if c.Concurrency < 1 {
		faults = append(faults, fmt.Errorf("--concurrency %d: must be 1 or more", c.Concurrency))
	}
	if c.Timeout <= 0 {
		faults = append(faults, fmt.Errorf("--timeout %s: must be more than 0", c.Timeout))
	}
	if c.Patience <= 0 {
		faults = append(faults, fmt.Errorf("--patience %s: must be more than 0", c.Patience))
	}
	return errors.Join(faults...)
}

// tuneMemory trades memory for speed, as the processor does: what makes the load
// is not what is measured. The environment's own GOGC goes before.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}

// Run makes the payments. Losses and errors are an error, so that a script sees them.
func (c *loadCommand) Run(ctx context.Context, to output) error {
	tuneMemory()
	report, err := load.Run(ctx, load.Options{
		Bases: c.URL, ID: c.ClientID, Secret: c.ClientSecret.Reveal(), Payments: c.Payments, Rate: c.Rate, Concurrency: c.Concurrency,
		Value: c.Amount, Currency: c.Currency, Bank: c.Bank, Card: c.Card, Timeout: c.Timeout, Patience: c.Patience,
		Listen: c.Receiver, ReceiverURL: c.ReceiverURL, Trust: c.trust,
	}, c.progress(to.err))
	if report.Payments > 0 {
		if printed := c.print(to.out, report); printed != nil {
			return printed
		}
	}
	switch {
	case errors.Is(err, context.Canceled):
		return errors.New("stopped before the end; the report covers what was done")
	case err != nil:
		return err
	case !report.OK():
		return fmt.Errorf("%d lost, %d contradicted, %d failed", report.Lost, report.Contradictions, report.Failed())
	}
	return nil
}

func (c *loadCommand) print(w io.Writer, r load.Report) error {
	if !c.JSON && !c.json() {
		return r.Write(w)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// progress shows a bar on a terminal, and elsewhere a line now and then.
func (c *loadCommand) progress(w io.Writer) func(load.Progress) {
	if c.Quiet {
		return nil
	}
	if terminal.Is(w) {
		bar := progressbar.NewOptions(cmp.Or(c.Payments, 1), progressbar.OptionSetWriter(w), progressbar.OptionSetDescription("payments"),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("payments"),
			progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish())
		return func(p load.Progress) { _ = bar.Set(p.Done) }
	}
	next := time.Now().Add(plainEvery)
	return func(p load.Progress) {
		if now := time.Now(); now.After(next) {
			next = now.Add(plainEvery)
			fmt.Fprintf(w, "%d of %d payments\n", p.Done, p.Of)
		}
	}
}

// plainEvery is how often a log gets a line of progress.
const plainEvery = 5 * time.Second
