// Command merchant is the other side of a payment processor: a shop to buy
// from, events forwarded to a receiver in the making, a load of payments to
// measure with, and the end of the day. All speak to the processor as any
// merchant's server or operator does, over its public interface.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"sandbank/certificate"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// commandLine has the program's commands and flags.
type commandLine struct {
	CA        string           `name:"ca" placeholder:"FILE" help:"Authorities, PEM, of a processor at an https:// address. Default: the system's."`
	Serve     serveCommand     `cmd:"" help:"Run the demo shop: buy something, pay, and see what a shop has to do."`
	Listen    listenCommand    `cmd:"" help:"Forward events to a receiver on this machine, signed as webhooks."`
	Resend    resendCommand    `cmd:"" help:"Forward single events again."`
	Token     tokenCommand     `cmd:"" help:"Print an access token for a shell; on one's own machine it is good for hours."`
	Load      loadCommand      `cmd:"" help:"Make many payments from end to end, and report how fast they were and whether any was lost."`
	Trigger   triggerCommand   `cmd:"" help:"Make something happen to a payment, as its customer or its bank would."`
	Run       runCommand       `cmd:"" help:"Carry out scenarios, and say whether what they expect has come."`
	Check     checkCommand     `cmd:"" help:"Grade your own server: whether it takes webhooks, silence and outages as it should."`
	Export    exportCommand    `cmd:"" help:"Write a payment, or all of them, as a scenario file that brings the same about again."`
	Clock     clockCommand     `cmd:"" help:"Show simulated time, and freeze, set, run or advance it."`
	Reset     resetCommand     `cmd:"" help:"Put everything back to the beginning."`
	Snapshot  snapshotCommand  `cmd:"" help:"Save the whole state of an embedded processor, and bring it back."`
	Fault     faultCommand     `cmd:"" help:"List what goes wrong on purpose, have something go wrong, and end it."`
	Settle    settleCommand    `cmd:"" help:"Have every bank settle now, and pay the merchants out."`
	Reconcile reconcileCommand `cmd:"" help:"Print what banks owe by the processor's book and by their own; exit code 1 where that is not explained, or breaks are open."`
}

const description = `The merchant's side of Sandbank: a demo shop, forwarded events, load, and settlement.

A processor must be running; "go run ./cmd/processor" starts one. Each flag can
also be set by its environment variable.`

// trust makes every command's client trust the authorities of --ca.
func (l *commandLine) trust() error {
	if l.CA == "" {
		return nil
	}
	with, err := certificate.Client(l.CA, "", "")
	if err != nil {
		return err
	}
	l.Serve.trust, l.Load.trust, l.Token.trust = with, with, with
	l.Listen.trust, l.Resend.trust = with, with
	l.Settle.trust, l.Reconcile.trust = with, with
	l.Run.trust = with
	k := &l.Clock
	for _, s := range []*staff{&k.Show.staff, &k.Advance.staff, &k.Set.staff, &k.Freeze.staff, &k.Rate.staff, &k.Follow.staff, &l.Fault.List.staff, &l.Fault.Begin.staff, &l.Fault.End.staff} {
		s.trust = with
	}
	return nil
}

// output is where a command writes.
type output struct{ out, err io.Writer }

// run is the program without its process: it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (code int) {
	var line commandLine
	exit := errors.New("exit")
	defer func() {
		if r := recover(); r != nil && r != any(exit) {
			panic(r)
		}
	}()
	parser, err := kong.New(&line,
		kong.Name("merchant"),
		kong.Description(description),
		kong.DefaultEnvars("SANDBANK"),
		kong.Writers(stdout, stderr),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(output{stdout, stderr}),
		kong.Exit(func(c int) { code = c; panic(exit) }),
	)
	if err != nil {
		fmt.Fprintln(stderr, "merchant:", err)
		return 2
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "merchant: %v\nTry \"merchant --help\".\n", err)
		return 2
	}
	if err := line.trust(); err != nil {
		fmt.Fprintln(stderr, "merchant: --ca:", err)
		return 2
	}
	if err := parsed.Run(); err != nil {
		fmt.Fprintln(stderr, "merchant:", err)
		if e, ok := errors.AsType[*exitError](err); ok {
			return e.code
		}
		return 1
	}
	return 0
}
