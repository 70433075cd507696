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

	"sandbank/node"

	"sandbank/certificate"
	"sandbank/cmd/internal/terminal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// commandLine has the program's commands and flags.
type commandLine struct {
	Version   kong.VersionFlag `env:"-" help:"Print the version."`
	CA        string           `name:"ca" placeholder:"FILE" help:"Authorities, PEM, of a processor at an https:// address. Default: the system's."`
	Serve     serveCommand     `cmd:"" help:"Run the demo shop: buy something, pay, and see what a shop has to do."`
	Listen    listenCommand    `cmd:"" help:"Forward events to a receiver on this machine, signed as webhooks."`
	Resend    resendCommand    `cmd:"" help:"Forward single events again."`
	Token     tokenCommand     `cmd:"" help:"Print an access token for a shell; on one's own machine it is good for hours."`
	Payments  paymentsCommand  `cmd:"" help:"Create payments, pay them, and look at them."`
	Events    eventsCommand    `cmd:"" help:"Print events as they happen."`
	Logs      logsCommand      `cmd:"" help:"Tell what happened to payments: requests, answers, bookings, events, tries of webhooks."`
	Load      loadCommand      `cmd:"" help:"Make many payments from end to end, and report how fast they were and whether any was lost."`
	Trigger   triggerCommand   `cmd:"" help:"Make something happen to a payment, as its customer or its bank would."`
	Run       runCommand       `cmd:"" help:"Carry out scenarios, and say whether what they expect has come."`
	Check     checkCommand     `cmd:"" help:"Grade your own server: whether it takes webhooks, silence and outages as it should."`
	Export    exportCommand    `cmd:"" help:"Write a payment, or all of them, as a scenario file that brings the same about again."`
	Clock     clockCommand     `cmd:"" help:"Show simulated time, and freeze, set, run or advance it."`
	Reset     resetCommand     `cmd:"" help:"Put everything back to the beginning."`
	Snapshot  snapshotCommand  `cmd:"" help:"Save the whole state of an embedded processor, and bring it back."`
	Fault     faultCommand     `cmd:"" help:"List what goes wrong on purpose, have something go wrong, and end it."`
	Hold      holdCommand      `cmd:"" help:"Hold payments on their way, hop by hop, and release, drop or answer what is held."`
	Settle    settleCommand    `cmd:"" help:"Have every bank settle now, and pay the merchants out."`
	Reconcile reconcileCommand `cmd:"" help:"Print what banks owe by the processor's book and by their own; exit code 1 where that is not explained, or breaks are open."`

	Completion terminal.Completion `cmd:"" help:"Print what a shell needs to complete commands and flags."`
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
	l.Run.trust, l.Check.trust = with, with
	k, h := &l.Clock, &l.Hold
	for _, s := range []*staff{&k.Show.staff, &k.Advance.staff, &k.Set.staff, &k.Freeze.staff, &k.Rate.staff, &k.Follow.staff, &l.Fault.List.staff, &l.Fault.Begin.staff, &l.Fault.End.staff, &l.Reset.staff, &l.Snapshot.Save.staff, &l.Snapshot.Load.staff,
		&h.List.staff, &h.Begin.staff, &h.End.staff, &h.Step.staff, &h.Move.staff} {
		s.trust = with
	}
	t, p := &l.Trigger, &l.Payments
	for _, a := range []*shopAccount{&t.Customer.shopAccount, &t.Bank.shopAccount, &t.Plan.shopAccount, &l.Export.shopAccount, &p.Create.shopAccount, &p.Pay.shopAccount, &p.Get.shopAccount, &p.List.shopAccount, &p.Tail.shopAccount, &l.Events.Tail.shopAccount} {
		a.trust = with
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
		kong.DefaultEnvars("SANDBANK"), kong.Vars{"version": node.VersionLine("merchant")},
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
