package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"sandbank/bank"
	"sandbank/bank/journal"
	"sandbank/bank/page"
	"sandbank/broker"
	"sandbank/broker/amqpd"
	"sandbank/certificate"
	"sandbank/chance"
	"sandbank/clock"
	"sandbank/settlement/statement"
	"sandbank/store/sqlite"
)

// grace is how long the end may take, in all.
const grace = 5 * time.Second

// Run runs a processor until ctx ends.
func (c *runCommand) Run(ctx context.Context, to output) error {
	began := time.Now()
	s, err := c.check()
	if err != nil {
		return err
	}
	p := &program{settings: s, log: newLogger(s, to)}
	defer p.close()
	if err := p.open(ctx); err != nil {
		return err
	}
	voice := newVoice(s, to)
	if err := p.build(ctx, voice.observer()); err != nil {
		return err
	}
	p.tuneMemory()
	p.start()
	p.startBanks()
	p.startShop()
	if err := p.awaitReady(ctx, len(p.banks)); err != nil && ctx.Err() == nil && p.embedded() {
		return err
	}
	voice.welcome(p, time.Since(began))
	<-ctx.Done()
	voice.goodbye()
	return nil
}

// tuneMemory trades memory for speed where there is load, and the other way
// round on a laptop. The environment's own GOGC goes before.
func (p *program) tuneMemory() {
	switch {
	case os.Getenv("GOGC") != "":
	case p.embedded():
		debug.SetGCPercent(100)
	default:
		debug.SetGCPercent(400)
	}
}

// program is a node with what runs beside it in one process.
type program struct {
	node
	settings     settings
	log          *slog.Logger
	broker       *amqpd.Server
	own          ownUsers // of the embedded broker
	amqpAddr     net.Addr
	amqpsAddr    net.Addr // nil for none
	bankSite     *page.Site
	bankBook     *journal.File // nil for banks that forget
	shopListener net.Listener  // nil for no shop
	aside        sync.WaitGroup
	endAside     context.CancelFunc
	started      bool
}

func (p *program) embedded() bool { return p.settings.AMQPURL == "" }

func newLogger(s settings, to output) *slog.Logger {
	level := slog.LevelInfo
	if s.Quiet || s.LogFormat == "text" {
		level = slog.LevelWarn // in text, the voice tells what a person wants to know
	}
	options := &slog.HandlerOptions{Level: level}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(to.err, options))
	}
	return slog.New(slog.NewTextHandler(to.err, options))
}

// open takes the listener, the broker and the database.
func (p *program) open(ctx context.Context) (err error) {
	p.node.settings, p.node.log, p.node.clock = p.settings, p.log, clock.Real{}
	p.chance = chance.Crypto()
	if p.settings.Seed != 0 {
		p.chance = chance.Seeded(p.settings.Seed)
	}
	if p.listener, err = listen("--addr", p.settings.Addr); err != nil {
		return err
	}
	if err := p.openTLS(); err != nil {
		return err
	}
	p.base = cmp.Or(p.settings.PublicURL, p.encryption.scheme()+p.listener.Addr().String())
	own := []uint16{portOf(p.listener.Addr())}
	if p.settings.HTTPRedirect != "" {
		if p.plain, err = listen("--http-redirect", p.settings.HTTPRedirect); err != nil {
			return err
		}
		own = append(own, portOf(p.plain.Addr()))
	}
	p.ports = func() []uint16 { return own }
	if p.embedded() {
		err = p.openBroker(ctx)
		own = append(own, portOf(p.amqpAddr))
		if p.amqpsAddr != nil {
			own = append(own, portOf(p.amqpsAddr))
		}
	} else {
		p.dial, err = p.dialBroker()
	}
	if err != nil {
		return err
	}
	p.listenShop()
	if p.store, err = openStore(ctx, p.settings.DatabaseURL.Reveal(), p.settings.Data); err != nil {
		return err
	}
	if p.settings.Data != "" && len(p.banks) > 0 {
		if p.bankBook, err = journal.Open(ctx, p.settings.Data); err != nil {
			return fmt.Errorf("--data: %w", err)
		}
	}
	if embedded, ok := p.store.(*sqlite.Store); ok {
		return embedded.Resend(ctx)
	}
	return nil
}

// brokerUser is the embedded broker's development user.
const brokerUser, brokerPassword = "guest", "guest"

func (p *program) openBroker(ctx context.Context) (err error) {
	p.own = newOwnUsers(p.settings.banks)
	if p.broker, err = amqpd.New(p.embeddedBroker()); err != nil {
		return err
	}
	if p.settings.AMQPAddr != "" {
		p.amqpAddr, err = p.broker.Listen("tcp", p.settings.AMQPAddr)
	} else {
		p.amqpAddr, err = p.listenBrokerNear(5672)
	}
	if err != nil {
		return fmt.Errorf("--amqp-addr: %w", err)
	}
	if p.settings.AMQPSAddr != "" {
		if p.amqpsAddr, err = p.listenSecure(); err != nil {
			return err
		}
	}
	p.dial = p.dialAs(p.own.processor)
	// At once, so that no bank begins before there is something to bind to.
	return broker.Declare(ctx, p.dial, broker.DeclareProcessor)
}

// listenSecure has the embedded broker speak TLS as well.
func (p *program) listenSecure() (net.Addr, error) {
	c := p.encryption.server.Clone()
	c.NextProtos = nil
	if p.settings.AMQPSClientCA != "" {
		var err error
		if c, err = certificate.Demanding(c, p.settings.AMQPSClientCA); err != nil {
			return nil, fmt.Errorf("--amqps-client-ca: %w", err)
		}
	}
	at, err := p.broker.ListenTLS("tcp", p.settings.AMQPSAddr, c)
	if err != nil {
		return nil, fmt.Errorf("--amqps-addr: %w", err)
	}
	return at, nil
}

// dialBroker is how RabbitMQ is reached.
func (p *program) dialBroker() (broker.Dialer, error) {
	c, err := certificate.Client(p.settings.AMQPCA, p.settings.AMQPCert, p.settings.AMQPKey)
	if err != nil {
		return nil, fmt.Errorf("--amqp-ca, --amqp-cert, --amqp-key: %w", err)
	}
	return broker.SecureURL(p.settings.AMQPURL.Reveal(), c)
}

func (p *program) listenBrokerNear(port int) (at net.Addr, err error) {
	if _, wanted, _ := net.SplitHostPort(p.settings.Addr); wanted == "0" {
		return p.broker.Listen("tcp", "127.0.0.1:0")
	}
	for try := range 20 {
		if at, err = p.broker.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port+try))); err == nil {
			return at, nil
		}
	}
	return nil, fmt.Errorf("no free port from %d to %d: %w", port, port+19, err)
}

// startBanks runs the banks of this process, with their page on a port of its
// own: another company's, as in life.
func (p *program) startBanks() {
	ctx, cancel := context.WithCancel(context.Background())
	p.endAside = cancel
	p.followSIGHUP(ctx)
	if len(p.banks) == 0 {
		return
	}
	config := bank.Config{Clock: p.clock, Seed: p.settings.Seed, Log: p.log}
	if p.settings.BanksFiles != "" {
		config.Files = statement.Folder(p.settings.BanksFiles).Deliver
	}
	if site, err := p.openBankPage(); err != nil {
		p.log.Warn("the banks have no page; what they would ask the customer is approved", "error", err)
	} else {
		p.bankSite, config.Challenges = site, site.Challenges()
		p.aside.Go(func() { site.Run(ctx) })
	}
	for _, t := range p.banks {
		config.Dial = p.dialBankAs(t.Identifier)
		if config.Journal = nil; p.bankBook != nil {
			config.Journal = p.bankBook.Of(t.Identifier)
		}
		b := bank.New(t, config)
		p.aside.Go(func() { b.Run(ctx) })
	}
}

func (p *program) openBankPage() (*page.Site, error) {
	l, err := listenNear("127.0.0.1", p.near(2))
	if err != nil {
		return nil, err
	}
	return page.New(p.encryption.around(l), p.encryption.scheme()+l.Addr().String(), p.log), nil
}

// near is a port beside the processor's, or 0 where that one was free to choose.
func (p *program) near(offset int) int {
	if _, wanted, _ := net.SplitHostPort(p.settings.Addr); wanted == "0" {
		return 0
	}
	return int(portOf(p.listener.Addr())) + offset
}

func (p *program) start() {
	p.started = true
	p.node.start()
}

// close ends what was begun, whichever part of it.
func (p *program) close() {
	force := time.AfterFunc(grace, func() {
		p.log.Error("the end took too long; what was accepted is in the store")
		os.Exit(1)
	})
	defer force.Stop()
	if p.started {
		p.node.stop(grace - time.Second)
	} else {
		for _, l := range []net.Listener{p.listener, p.plain} {
			if l != nil {
				_ = l.Close()
			}
		}
	}
	if p.endAside != nil {
		p.endAside()
	}
	p.aside.Wait()
	if p.bankBook != nil {
		_ = p.bankBook.Close()
	}
	if p.shopListener != nil {
		_ = p.shopListener.Close() // closed already, if the shop was open
	}
	if p.store != nil {
		_ = p.store.Close()
	}
	if p.broker != nil {
		_ = p.broker.Close()
	}
}
