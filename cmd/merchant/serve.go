package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"golang.org/x/net/netutil"

	"sandbank/certificate"
	"sandbank/merchant/client"
	"sandbank/merchant/shop"
	"sandbank/secret"
	"sandbank/telemetry/meter"
	"sandbank/telemetry/trace"
	"sandbank/web/host"
)

// serveCommand runs the demo shop.
type serveCommand struct {
	Addr          string        `default:"127.0.0.1:8070" help:"Address to listen on; port 0 takes a free one."`
	URL           string        `name:"url" default:"http://127.0.0.1:8080" help:"Address of the processor, as the shop's server reaches it."`
	ClientID      string        `default:"demo-shop" help:"The merchant's client id."`
	ClientSecret  secret.Text   `default:"demo-shop-secret" help:"The merchant's client secret."`
	PublicURL     string        `help:"URL under which browsers reach the shop. Default: the address listened on."`
	WebhookURL    string        `help:"URL under which the processor reaches the shop's webhook. Default: /webhooks/sandbank below the public URL."`
	WebhookSecret secret.Text   `help:"Signing secret of the webhooks, whsec_ and 24 to 64 bytes in base64. Default: a new one for each run."`
	AllowHosts    []string      `name:"allow-host" placeholder:"NAME" help:"Further name under which the shop may be asked, such as shop.test or *.shop.test; repeat for more. Default: this machine, and the hosts of --public-url and --webhook-url."`
	ProcessorURL  string        `help:"URL under which browsers reach the processor, where it differs from --url."`
	PayWithin     time.Duration `help:"How long a customer has to pay; with 30s one can watch an order being released. Default: the processor's, 15 minutes."`
	ManualCapture bool          `help:"Have the bank only reserve what a customer pays; the money is taken, or released, in the shop's back office."`
	TLSCert       string        `name:"tls-cert" placeholder:"FILE" help:"Serve the shop over HTTPS with this certificate and its chain, PEM; read again when it changes."`
	TLSKey        string        `name:"tls-key" placeholder:"FILE" help:"Key of --tls-cert, PEM."`
	Name          string        `default:"Harbor Goods" help:"The shop's name."`
	OTLPEndpoint  string        `name:"otlp-endpoint" placeholder:"URL" help:"Collector to which traces go by OTLP over HTTP, such as http://127.0.0.1:4318; a payment's trace then begins in the shop. Default: where the OTEL_… variables say, else nowhere."`
	MetricsAddr   string        `name:"metrics-addr" placeholder:"ADDR" help:"Address on which /metrics answers, for Prometheus, such as 127.0.0.1:8071. Default: none."`
	LogFormat     string        `enum:"text,json" default:"text" help:"text or json."`
	Quiet         bool          `help:"Print only warnings and errors."`

	trust  *tls.Config   // nil is the system's authorities
	tracer *trace.Tracer // nil for none
	meters *meter.Shop   // nil counts nothing
}

const (
	// grace is how long the end may take.
	grace = 5 * time.Second
	// patience is how long a customer's order is tried to be paid for.
	patience = 4 * time.Second
)

// maxConnections is how many the shop takes at a time; further ones wait.
const maxConnections = 1000

// Run serves until ctx ends.
func (c *serveCommand) Run(ctx context.Context, to output) error {
	if c.PayWithin != 0 && c.PayWithin < time.Second {
		return fmt.Errorf("--pay-within %s: must be 1s or more", c.PayWithin)
	}
	log := c.logger(to)
	for _, name := range c.AllowHosts {
		if err := host.Check(name); err != nil {
			return fmt.Errorf("--allow-host %w", err)
		}
	}
	source, err := c.certificate(log)
	if err != nil {
		return err
	}
	listener, err := c.listen(ctx)
	if err != nil {
		return err
	}
	defer listener.Close()
	ending, err := c.watched(ctx, log)
	if err != nil {
		return err
	}
	defer ending()
	front, err := c.shop(log, listener.Addr().String())
	if err != nil {
		return err
	}
	defer front.Client.Close()
	running, stop := context.WithCancel(ctx)
	defer stop()
	var following sync.WaitGroup
	following.Go(func() { front.Run(running) })
	server := &http.Server{
		Handler: front.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- serve(server, netutil.LimitListener(listener, maxConnections), source) }()
	c.welcome(to, front)
	select {
	case err = <-failed:
	case <-ctx.Done():
		err = drain(server)
		if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
			err = errors.Join(err, served)
		}
	}
	stop()
	following.Wait()
	if !c.Quiet {
		fmt.Fprintln(to.out, "The shop is closed.")
	}
	return err
}

// serve serves over HTTPS where there is a certificate.
func serve(server *http.Server, l net.Listener, source *certificate.Files) error {
	if source == nil {
		return server.Serve(l)
	}
	server.TLSConfig = certificate.Server(source.Get, "h2", "http/1.1")
	return server.ServeTLS(l, "", "")
}

// certificate is the shop's; nil for plain HTTP.
func (c *serveCommand) certificate(log *slog.Logger) (*certificate.Files, error) {
	if c.TLSCert == "" && c.TLSKey == "" {
		return nil, nil
	}
	files, err := certificate.Load(c.TLSCert, c.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("--tls-cert, --tls-key: %w", err)
	}
	files.Failed = func(err error) {
		log.Error("the new certificate cannot be read; the former one goes on", "error", err)
	}
	return files, nil
}

// drain ends what is under way, and cuts what takes too long.
func drain(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), grace-time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); errors.Is(err, context.DeadlineExceeded) {
		return server.Close()
	} else if err != nil {
		return err
	}
	return nil
}

func (c *serveCommand) listen(ctx context.Context) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("--addr %s: the port is taken; end the other program or choose another port (port 0 takes a free one)", c.Addr)
	}
	if err != nil {
		return nil, fmt.Errorf("--addr %s: %w; write it as host:port, such as 127.0.0.1:8070", c.Addr, err)
	}
	return l, nil
}

func (c *serveCommand) shop(log *slog.Logger, listening string) (*shop.Shop, error) {
	processor, err := client.New(client.Config{Base: c.URL, ID: c.ClientID, Secret: c.ClientSecret, Trust: c.trust, Patience: patience})
	if err != nil {
		return nil, fmt.Errorf("--url, --client-id, --client-secret: %w", err)
	}
	public := c.PublicURL
	if public == "" {
		public = "http://" + reachable(listening)
		if c.TLSCert != "" {
			public = "https://" + reachable(listening)
		}
	}
	var told func(string)
	if c.meters != nil {
		told = c.meters.Hooked
	}
	return shop.New(shop.Config{
		Around: c.around, Told: told,
		Client: processor, PublicURL: public, AllowHosts: append(c.AllowHosts, c.Addr), WebhookURL: c.WebhookURL, WebhookSecret: c.WebhookSecret.Reveal(),
		ProcessorURL: c.ProcessorURL, Life: c.PayWithin, ManualCapture: c.ManualCapture, Name: c.Name, Log: log,
	})
}

// reachable replaces an address that means "all of them" by one that a browser
// on this machine can open.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("localhost", port)
	}
	return address
}

func (c *serveCommand) welcome(to output, s *shop.Shop) {
	if c.Quiet {
		return
	}
	fmt.Fprintf(to.out, "%s is open at %s\n", s.Name, s.PublicURL)
	fmt.Fprintf(to.out, "It takes payments through %s as %s, and hears of them at %s\n", c.URL, c.ClientID, s.WebhookURL)
}

func (c *serveCommand) logger(to output) *slog.Logger {
	options := &slog.HandlerOptions{Level: slog.LevelInfo}
	if c.Quiet {
		options.Level = slog.LevelWarn
	}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(to.err, options))
	}
	return slog.New(slog.NewTextHandler(to.err, options))
}
