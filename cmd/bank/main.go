// Command bank runs simulated banks beside a processor: one process hosts one or
// many. They need nothing but the broker.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/alecthomas/kong"

	"sandbank/bank"
	"sandbank/bankpage"
	"sandbank/broker"
	"sandbank/clock"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bank:", err)
		os.Exit(1)
	}
}

// config is what the program understands, by flag or by SANDBANK_… variable.
type config struct {
	AMQPURL   string   `name:"amqp-url" default:"amqp://guest:guest@127.0.0.1:5672/" help:"The broker."`
	Banks     []string `help:"BICs of the banks to run. Default: all seven."`
	PageAddr  string   `default:"127.0.0.1:8082" help:"Address of the page on which a bank asks customers to confirm."`
	PageURL   string   `help:"Base URL of that page as customers reach it. Default: the address."`
	Seed      uint64   `help:"Seed of the banks' chances; banks that share a BIC must share it."`
	LogFormat string   `enum:"text,json" default:"text" help:"text or json."`
	Quiet     bool     `help:"Print only warnings and errors."`
}

var errHelp = errors.New("help was printed")

func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	var c config
	defer func() {
		if r := recover(); r != nil && r != any(errHelp) {
			panic(r)
		}
	}()
	parser, err := kong.New(&c, kong.Name("bank"), kong.Description("Simulated banks for Sandbank."),
		kong.DefaultEnvars("SANDBANK"), kong.Writers(stdout, stderr), kong.Exit(func(int) { panic(errHelp) }))
	if err != nil {
		return err
	}
	if _, err := parser.Parse(args); err != nil {
		return fmt.Errorf("%w (try \"bank --help\")", err)
	}
	return c.serve(ctx, stdout, stderr)
}

func (c config) serve(ctx context.Context, stdout, stderr io.Writer) error {
	tempers, errBanks := bank.Choose(c.Banks)
	dial, errURL := broker.URL(c.AMQPURL)
	if err := errors.Join(errBanks, errURL); err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.PageAddr)
	if err != nil {
		return fmt.Errorf("--page-addr %s: %w; choose another port (port 0 takes a free one)", c.PageAddr, err)
	}
	log := c.logger(stderr)
	site := bankpage.New(l, strings.TrimRight(c.PageURL, "/"), log)
	var online atomic.Int64
	site.Ready = func() bool { return online.Load() == int64(len(tempers)) }
	var parts sync.WaitGroup
	defer parts.Wait()
	parts.Go(func() { site.Run(ctx) })
	for _, t := range tempers {
		b := bank.New(t, bank.Config{Dial: dial, Clock: clock.Real{}, Seed: c.Seed, Log: log, Challenges: site.Challenges()})
		parts.Go(func() { b.Run(ctx) })
		parts.Go(func() {
			select {
			case <-b.Ready():
				online.Add(1)
				c.announce(stdout, t)
			case <-ctx.Done():
			}
		})
	}
	return nil
}

func (c config) announce(stdout io.Writer, t bank.Temper) {
	switch {
	case c.Quiet:
	case c.LogFormat == "json":
		slog.New(slog.NewJSONHandler(stdout, nil)).Info("bank online", "bank", t.Identifier, "name", t.Name)
	default:
		_, _ = fmt.Fprintf(stdout, "%s  %-16s  is online: %s\n", t.Identifier, t.Name, t.Behavior)
	}
}

func (c config) logger(stderr io.Writer) *slog.Logger {
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(stderr, nil))
	}
	return slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}
