// Command processor is Sandbank: an asynchronous payment processor that runs on
// your own machine. Without arguments it runs everything in one process, with an
// embedded broker and database; with --amqp-url and --database-url it is one of
// any number of processors side by side.
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

	"sandbank/cmd/internal/terminal"
	"sandbank/node"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// commandLine has the program's commands and flags.
type commandLine struct {
	Version kong.VersionFlag `env:"-" help:"Print the version."`

	Run        runCommand          `cmd:"" default:"withargs" help:"Run the processor (the default)."`
	Health     healthCommand       `cmd:"" help:"Ask a running processor whether it is ready; exit code 0 if so."`
	Users      accessCommand       `cmd:"" name:"amqp-users" help:"Print what gives merchants, banks and the processor their users on RabbitMQ: rabbitmqctl commands, or a file of definitions."`
	Rotate     rotateCommand       `cmd:"" name:"rotate-key" help:"Have the next key sign access tokens from now on."`
	Certs      certificatesCommand `cmd:"" name:"certificates" help:"Write certificates with which the programs of one machine speak TLS with one another."`
	Audit      auditCommand        `cmd:"" help:"Export the audit log, or verify its chain."`
	Transcript transcriptCommand   `cmd:"" help:"Write what a database says happened, in a form that can be compared."`
	Check      checkCommand        `cmd:"" help:"Check every invariant of what a database holds; exit code 0 if all hold."`
	Completion terminal.Completion `cmd:"" help:"Print what a shell needs to complete commands and flags."`
}

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
		kong.Name("processor"),
		kong.Description("Sandbank: an asynchronous payment processor on your own machine. Nobody's money.\n\nWithout a command it runs; \"processor run --help\" lists the flags for that."),
		kong.DefaultEnvars("SANDBANK"), kong.Vars{"formats": formats(), "version": node.VersionLine("processor")},
		kong.Writers(stdout, stderr),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(output{stdout, stderr}),
		kong.Exit(func(c int) { code = c; panic(exit) }),
	)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "processor:", err)
		return 2
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "processor: %v\nTry \"processor --help\".\n", err)
		return 2
	}
	if err := parsed.Run(); err != nil {
		_, _ = fmt.Fprintln(stderr, "processor:", err)
		return 1
	}
	return 0
}

type output struct{ out, err io.Writer }
