// Command bank runs simulated banks beside a processor: one process hosts one or
// many. They need nothing but the broker.
package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"sandbank/bank"
	"sandbank/broker"
	"sandbank/certificate"
	"sandbank/clock"
	"sandbank/cmd/internal/terminal"
	"sandbank/node"
	"sandbank/node/lifecycle"
	"sandbank/payment"
	"sandbank/telemetry/meter"
	"sandbank/web/host"
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

// config has the program's settings, by flag or by SANDBANK_… variable.
type config struct {
	Version kong.VersionFlag `env:"-" help:"Print the version."`
	AMQPURL string           `name:"amqp-url" default:"amqp://guest:guest@127.0.0.1:5672/" help:"The broker; the nodes of a cluster one after the other, with commas between."`
	Banks   []string         `help:"BICs of the banks to run. Default: all seven, and the others of --config."`
	Config  string           `placeholder:"FILE" help:"YAML file that says how banks behave; see examples/banks.yaml."`
	Data    string           `placeholder:"DIR" help:"Folder that keeps the banks' journal. Default: in memory, gone at the end."`
	Files   string           `placeholder:"DIR" help:"Folder to deliver each settlement to, as CSV, camt.053 (in two versions) and camt.054 files. Default: none."`
	temperFlags
	AMQPCA       string        `name:"amqp-ca" placeholder:"FILE" help:"Authorities, PEM, of the broker at an amqps:// URL. Default: the system's."`
	AMQPCert     string        `name:"amqp-cert" placeholder:"FILE" help:"Certificate, PEM, to show to that broker."`
	AMQPKey      string        `name:"amqp-key" placeholder:"FILE" help:"Key of --amqp-cert, PEM."`
	TLSCert      string        `name:"tls-cert" placeholder:"FILE" help:"Serve the page over HTTPS with this certificate and its chain, PEM; read again when it changes."`
	TLSKey       string        `name:"tls-key" placeholder:"FILE" help:"Key of --tls-cert, PEM."`
	PageAddr     string        `default:"127.0.0.1:8082" help:"Address of the page on which a bank asks customers to confirm."`
	PageURL      string        `help:"Base URL of that page as customers reach it. Default: the address."`
	AllowHosts   []string      `name:"allow-host" placeholder:"NAME" help:"Further name under which that page may be asked, such as bank.test or *.bank.test; repeat for more. Default: this machine, and the host of --page-url."`
	Seed         uint64        `help:"Seed of the banks' chances; banks that share a BIC must share it."`
	OTLPEndpoint string        `name:"otlp-endpoint" placeholder:"URL" help:"Collector to which traces go by OTLP over HTTP, such as http://127.0.0.1:4318. Default: what the OTEL_… variables say, else none."`
	MetricsAddr  string        `name:"metrics-addr" placeholder:"ADDR" help:"Address on which /metrics answers, for Prometheus, such as 127.0.0.1:8091. Default: none."`
	LogFormat    string        `enum:"text,json" default:"text" help:"text or json."`
	GiveUp       time.Duration `default:"10m" help:"How long to wait at the start for a broker that cannot be reached; 0 is for ever."`
	Quiet        bool          `help:"Print only warnings and errors."`
}

var errHelp = errors.New("help was printed")

func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	var c config
	defer func() {
		if r := recover(); r != nil && r != any(errHelp) {
			panic(r)
		}
	}()
	parser, err := kong.New(&c, kong.Name("bank"), kong.Description("Simulated banks for Sandbank. \"bank completion bash\", or zsh or fish, prints what a shell needs to complete the flags."),
		kong.DefaultEnvars("SANDBANK"), kong.Vars{"version": node.VersionLine("bank")}, kong.Writers(stdout, stderr), kong.Exit(func(int) { panic(errHelp) }))
	if err != nil {
		return err
	}
	if len(args) == 2 && args[0] == "completion" {
		return terminal.Complete(stdout, parser.Model, args[1])
	}
	if _, err := parser.Parse(args); err != nil {
		return fmt.Errorf("%w (try \"bank --help\")", err)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200) // its heap is the payments that it remembers, which all live
	}
	return c.serve(ctx, stdout, stderr)
}

func (c config) serve(ctx context.Context, stdout, stderr io.Writer) error {
	tempers, errBanks := c.tempers()
	dial, errURL := c.dialer()
	source, errTLS := c.certificate()
	if err := errors.Join(errBanks, errURL, errTLS, c.checkHosts()); err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.PageAddr)
	if err != nil {
		return fmt.Errorf("--page-addr %s: %w; choose another port (port 0 takes a free one)", c.PageAddr, err)
	}
	var online atomic.Int64
	log := c.logger(stderr, func() bool { return online.Load() > 0 })
	address := strings.TrimRight(c.PageURL, "/")
	if source != nil {
		source.Failed = func(err error) {
			log.Error("the new certificate cannot be read; the former one goes on", "error", err)
		}
		address = cmp.Or(address, "https://"+l.Addr().String())
		l = tls.NewListener(l, certificate.Server(source.Get, "http/1.1"))
	}
	tracer, err := node.OpenTracer(ctx, c.OTLPEndpoint, "sandbank-bank", log)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer node.CloseTracer(ctx, tracer)
	var early atomic.Bool
	waits := sync.OnceFunc(func() { c.waits(stdout) })
	parts := lifecycle.New()
	meters := c.meters()
	house, err := node.OpenBanks(ctx, parts, node.BankHouseConfig{
		Tempers: tempers, Dial: func(string) broker.Dialer { return dial }, Page: l, PageURL: address, Hosts: append(c.AllowHosts, c.PageAddr), Data: c.Data, Forgets: true, Files: c.Files,
		Early: func() { early.Store(true); waits() }, Clock: clock.NewSteered(clock.State{}), AsksTime: true, Seed: c.Seed, Log: log, Tracer: tracer, Meters: meters,
	})
	if err != nil {
		return errors.Join(inFlags(err), parts.Stop(context.WithoutCancel(ctx)))
	}
	if meters != nil {
		part, _, err := node.MeterServer(ctx, c.MetricsAddr, meters.Handler(bank.Meters(house.Banks)), log)
		if err != nil {
			return errors.Join(err, parts.Stop(context.WithoutCancel(ctx)))
		}
		parts.Add(part)
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	var gaveUp error // of part wait, read when it has ended
	house.Site.Ready = func() bool { return online.Load() == int64(len(tempers)) }
	parts.Add(lifecycle.Part{Name: "wait", Run: func(ctx context.Context) {
		w := wait{clock: clock.Real{}, patience: c.GiveUp, broker: c.brokerAddress(), of: len(tempers), early: early.Load, words: stderr}
		if gaveUp = w.run(ctx, func() int { return int(online.Load()) }); gaveUp != nil {
			end()
		}
	}})
	for i, b := range house.Banks {
		parts.Add(lifecycle.Part{Name: "voice " + b.Identifier, Needs: []string{house.Parts[i]}, Run: func(ctx context.Context) {
			select {
			case <-b.Ready():
				online.Add(1)
				c.announce(stdout, tempers[i])
			case <-ctx.Done():
			}
		}})
	}
	if err := parts.Start(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	err = parts.Stop(context.WithoutCancel(ctx)) // as long as it takes to answer what is decided
	return errors.Join(gaveUp, err)
}

// meters count what the banks answer; nil where nobody is to read them.
func (c config) meters() *meter.Banks {
	if c.MetricsAddr == "" {
		return nil
	}
	var outcomes []string
	for _, o := range payment.Outcomes() {
		outcomes = append(outcomes, string(o))
	}
	return meter.NewBanks(outcomes)
}

// inFlags names the flag of what could not be opened.
func inFlags(err error) error {
	var field *node.FieldError
	if errors.As(err, &field) && field.Field == "Store.Folder" {
		return fmt.Errorf("--data: %w", field.Err)
	}
	return err
}

func (c config) checkHosts() error {
	var faults []error
	for _, name := range c.AllowHosts {
		if err := host.Check(name); err != nil {
			faults = append(faults, fmt.Errorf("--allow-host %w", err))
		}
	}
	return errors.Join(faults...)
}

// tempers are the banks to run.
func (c config) tempers() ([]bank.Temper, error) {
	var file []bank.Temper
	if c.Config != "" {
		var err error
		if file, err = bank.Load(c.Config); err != nil {
			return nil, fmt.Errorf("--config: %w", err)
		}
	}
	list, err := bank.Choose(c.Banks, file...)
	if err != nil {
		return nil, err
	}
	return list, c.over(list)
}

// dialer is how the broker is reached.
func (c config) dialer() (broker.Dialer, error) {
	if !strings.HasPrefix(c.AMQPURL, "amqps://") && (c.AMQPCA != "" || c.AMQPCert != "") {
		return nil, errors.New("--amqp-ca, --amqp-cert: are for an --amqp-url that begins with amqps://")
	}
	with, err := certificate.Client(c.AMQPCA, c.AMQPCert, c.AMQPKey)
	if err != nil {
		return nil, fmt.Errorf("--amqp-ca, --amqp-cert, --amqp-key: %w", err)
	}
	dial, err := broker.SecureURL(c.AMQPURL, with)
	if err != nil {
		return nil, fmt.Errorf("--amqp-url: %w", err)
	}
	return dial, nil
}

// certificate is the page's certificate; nil for plain HTTP.
func (c config) certificate() (*certificate.Files, error) {
	if c.TLSCert == "" && c.TLSKey == "" {
		return nil, nil
	}
	files, err := certificate.Load(c.TLSCert, c.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("--tls-cert, --tls-key: %w", err)
	}
	return files, nil
}

// waits says, calmly, that the banks were first.
func (c config) waits(stdout io.Writer) {
	switch {
	case c.Quiet:
	case c.LogFormat == "json":
		slog.New(slog.NewJSONHandler(stdout, nil)).Info("waiting for the first processor at this broker")
	default:
		_, _ = fmt.Fprintln(stdout, "No processor has been at this broker yet. The banks wait for the first one: processor --amqp-url … --database-url …")
	}
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

// logger is what the banks log with; been says whether one has been online.
func (c config) logger(stderr io.Writer, been func() bool) *slog.Logger {
	if c.LogFormat == "json" {
		return slog.New(c.hinting(stderr, node.Calm(slog.NewJSONHandler(stderr, nil)), been))
	}
	return slog.New(c.hinting(stderr, node.Calm(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn})), been))
}
