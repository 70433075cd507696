package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/mux"

	"sandbank/audit"
	"sandbank/audit/trail"
	"sandbank/broker"
	"sandbank/broker/outbox"
	"sandbank/chance"
	"sandbank/clock"
	"sandbank/event"
	"sandbank/event/feed"
	"sandbank/event/kafka"
	"sandbank/event/sink"
	"sandbank/fault"
	"sandbank/hostedpage"
	"sandbank/identity"
	"sandbank/processor"
	"sandbank/processor/invariant"
	"sandbank/processor/routing"
	"sandbank/store/postgres"
	"sandbank/web/api"
	"sandbank/web/contract"
	"sandbank/web/dashboard"
	"sandbank/web/docs"
	"sandbank/web/gate"
	"sandbank/web/graph"
	"sandbank/web/look"
	"sandbank/web/oauth"
	"sandbank/web/stream"
	"sandbank/webhook"
)

// store is what both databases offer.
type store interface {
	processor.Store
	outbox.Store
	webhook.Store
	sink.Store
	invariant.Source
	oauth.Store
	trail.Store
	Close() error
}

// node is one processor with all that it is made of.
type node struct {
	settings
	store      store
	dial       broker.Dialer
	log        *slog.Logger
	clock      clock.Clock
	chance     *chance.Source
	base       string
	listener   net.Listener
	plain      net.Listener // leads from HTTP to HTTPS; nil for none
	encryption encryption
	ports      func() []uint16 // own ports, where no webhook goes
	processor  *processor.Processor
	relay      *outbox.Relay
	publisher  *broker.Publisher
	deliverer  *webhook.Deliverer
	feed       *feed.Feed
	sink       *sink.Sink    // nil for none
	toKafka    *kafka.Writer // nil for none
	trail      *trail.Trail
	seats      *feed.Seats
	told       *stream.Server
	graph      *graph.Server
	tokens     *oauth.Server
	shopURL    string
	sender     *webhook.Sender
	routes     *mux.Router // all of them, for tests to walk
	server     *http.Server
	leader     *http.Server // on plain
	connected  atomic.Bool  // consuming from the broker
	consuming  sync.WaitGroup
	working    sync.WaitGroup
	streams    context.CancelFunc // ends open streams
	consumers  context.CancelFunc
	workers    context.CancelFunc
}

// build wires everything and starts nothing.
func (n *node) build(ctx context.Context, observe func(processor.Narration)) error {
	banks := routing.NewDirectory(n.Seed)
	if n.AMQPURL != "" { // else the banks are here, and heard before anybody asks
		banks.Began(n.clock.Now())
	}
	registry := identity.NewRegistry(n.clients...)
	checkoutKey, err := n.store.Secret(ctx, "checkout", n.newKey)
	if err != nil {
		return err
	}
	at := address{n.base, identity.NewCheckout(checkoutKey), banks}
	n.publisher = broker.NewPublisher(n.dial, "processor publisher", broker.DeclareProcessor, n.log)
	n.relay = outbox.New(n.store, n.relayed(), n.log)
	// Receivers compare the timestamp of a signature with their own clock.
	guard := webhook.Allowing(n.inside, webhook.PublicOnly(n.loopback, n.ports))
	n.sender = webhook.NewSender(guard, clock.Real{})
	n.deliverer = webhook.NewDeliverer(n.store, n.sender.Send, n.clock, webhook.Luck, n.log)
	n.feed = feed.New(n.store, n.log)
	if err := n.openSink(); err != nil {
		return err
	}
	n.trail = trail.New(n.store, n.clock, n.log)
	n.processor = processor.New(processor.Config{
		Store: n.store, Banks: banks, Clients: registry, Clock: n.clock, Chance: n.chance, Address: at, Log: n.log,
		Accepts: func(url string) error { return webhook.Acceptable(guard, url) },
		Relay:   n.relay, Delivery: n.deliverer, Streams: streams{n.feed, n.sink}, Publish: n.publisher.Publish,
		Fees: n.money.fees, PayoutAt: n.money.payoutAt, Transit: n.PayoutTransit, Deadline: n.BankTimeout, Observe: observe,
		Audited: n.trail.Committed,
	})
	tokens, err := n.authorizationServer(ctx, registry)
	if err != nil {
		return err
	}
	front := &gate.Gate{
		Base: n.base, Clock: n.clock, Chance: n.chance, Log: n.log, Authenticate: tokens.Authenticate, Merchant: registry.Merchant,
		Limits: gate.NewLimiter(n.limits), Page: refusalPage, Record: n.trail.Record,
	}
	tokens.Gate, n.tokens = front, tokens
	checkout, err := hostedpage.New(hostedpage.Config{
		Processor: n.processor, Gate: front, Tokens: at.tokens, Clients: registry, Clock: n.clock, Chance: n.chance, Log: n.log,
		Key: checkoutKey, Secure: strings.HasPrefix(n.base, "https://"),
	})
	if err != nil {
		return err
	}
	sessions := tokens.Sessions(n.who.asked)
	merchants := api.New(api.Config{Processor: n.processor, Feed: n.feed, Address: at, Clock: n.clock, Ready: n.ready})
	n.seats = feed.NewSeats(feed.SeatsPerMerchant, feed.SeatsInAll)
	n.told = stream.New(stream.Config{Feed: n.feed, Seats: n.seats, Payments: n.processor, Clock: n.clock})
	n.graph = graph.New(graph.Config{
		Processor: n.processor, Feed: n.feed, Seats: n.seats, Address: at, Clock: n.clock, Log: n.log, Authenticate: tokens.Authenticate,
		For: front.For, Admit: front.Limits.Admit,
	})
	board := dashboard.New(dashboard.Config{
		Processor: n.processor, Clients: registry, Address: at, Clock: n.clock, Log: n.log, Base: n.base, Curl: n.curl(), ShopURL: n.shopURL,
		Who: sessions.Who, Gate: front,
	})
	// The router tries its routes in order: those that every payment takes come first.
	n.serve(front, slices.Concat(merchants.Routes(), n.told.Routes(), n.graph.Routes()), checkout, tokens, sessions, inside{sessions.Guard, board})
	return nil
}

func (n *node) authorizationServer(ctx context.Context, clients *identity.Registry) (*oauth.Server, error) {
	return oauth.New(ctx, oauth.Config{
		Issuer: n.base, Store: n.store, Clients: clients, People: identity.NewPeople(n.who.people...), Apps: n.who.apps, Shown: n.who.shown,
		Clock: n.clock, Chance: n.chance, Log: n.log,
	})
}

// relayed is where the outbox goes to.
func (n *node) relayed() outbox.Publisher {
	if event.Format(n.AMQPFormat) == event.Clouds {
		return outbox.AsCloudEvents(n.publisher)
	}
	return n.publisher
}

func (n *node) newKey() ([]byte, error) { return n.chance.Bytes(32), nil }

// gatedRoutes are those behind the gate, of all transports, and the dashboard's.
func gatedRoutes() []gate.Route {
	return slices.Concat(api.Routes(), stream.Routes(), graph.Routes(), dashboard.Routes())
}

// access is what the tables of all transports say, to be shown.
func access() docs.Access {
	a := docs.Access{API: slices.Concat(api.Routes(), stream.Routes(), graph.Routes()), Dashboard: dashboard.Routes()}
	for _, f := range graph.Fields() {
		a.Fields = append(a.Fields, docs.Need{Name: f.Name, Needs: f.Needs})
	}
	return a
}

// mounter is a transport that adds its own routes.
type mounter interface{ Mount(*mux.Router) }

func (n *node) serve(front *gate.Gate, routes []gate.Route, rest ...mounter) {
	// Paths are matched as they are sent: a cleaned path would be answered with a
	// redirect, even for a POST.
	r := mux.NewRouter().SkipClean(true)
	front.Mount(r, routes)
	for _, m := range rest {
		m.Mount(r)
	}
	contract.Mount(r, n.base)
	docs.Mount(r, n.base, access())
	r.PathPrefix(look.Prefix).Handler(look.Handler())
	r.NotFoundHandler = http.HandlerFunc(front.NotFound)
	r.MethodNotAllowedHandler = front.MethodNotAllowed(r)
	n.routes = r
	streams, end := context.WithCancel(context.Background())
	n.streams = end
	n.server = &http.Server{
		Handler: n.strict(front.Guard(r)), BaseContext: func(net.Listener) context.Context { return streams }, TLSConfig: n.encryption.server.Clone(),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 90 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		ErrorLog: slog.NewLogLogger(n.log.Handler(), slog.LevelDebug),
	}
	n.leader = &http.Server{
		Handler: front.Guard(front.Plain()), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second,
		IdleTimeout: 10 * time.Second, MaxHeaderBytes: 32 << 10, ErrorLog: n.server.ErrorLog,
	}
}

// listenAndServe serves until the servers are told to end.
func (n *node) listenAndServe() {
	serve := func(what string, run func() error) {
		n.working.Go(func() {
			if err := run(); !errors.Is(err, http.ErrServerClosed) {
				n.log.Error(what+" ended", "error", err)
			}
		})
	}
	serve("the HTTP server", func() error {
		if n.encryption.server != nil {
			return n.server.ServeTLS(n.bounded(n.listener), "", "")
		}
		return n.server.Serve(n.bounded(n.listener))
	})
	if n.plain != nil {
		serve("the HTTP server that leads to HTTPS", func() error { return n.leader.Serve(n.bounded(n.plain)) })
	}
}

// start sets everything to work.
func (n *node) start() {
	consume, stopConsuming := context.WithCancel(context.Background())
	work, stopWorking := context.WithCancel(context.Background())
	n.consumers, n.workers = stopConsuming, stopWorking
	n.processor.Start()
	n.record(audit.ProcessorStart)
	n.working.Go(func() { n.trail.Run(work) })
	n.working.Go(func() { n.relay.Run(work) })
	n.working.Go(func() { n.grant(work) })
	n.working.Go(func() { n.tokens.Run(work) })
	n.working.Go(func() { n.runSink(work) })
	n.working.Go(func() { n.deliverer.Run(work, 2*time.Second) })
	if pg, ok := n.store.(*postgres.Store); ok {
		n.working.Go(func() { pg.Listen(work, n.processor.Changed, streams{n.feed, n.sink}.Stale) })
	}
	ears := &hearing{banks: n.processor.Banks, clock: n.clock}
	n.consuming.Go(func() { ears.probe(consume, n.dial, n.log) })
	n.consuming.Go(func() {
		broker.Consumer{
			Dial: n.dial, Name: "processor results", Prefetch: 1024, Batch: 256, Log: n.log,
			Declare: broker.Named(broker.ResultsQueue, broker.DeclareProcessor),
			Handle:  n.processor.HandleResults,
			Ready:   func() { n.connected.Store(true) },
			Lost:    func(error) { n.connected.Store(false) },
		}.Run(consume)
	})
	n.consuming.Go(func() {
		broker.Consumer{
			Dial: n.dial, Name: "processor health", Prefetch: 64, Batch: 64, Log: n.log,
			Declare: broker.Own(broker.Health, broker.Everything), Handle: n.processor.HandleHealth,
			Ready: func() { ears.heard(&ears.lost) },
			Lost:  func(error) { ears.silent(&ears.lost, n.clock.Now()) },
		}.Run(consume)
	})
	n.consuming.Go(func() {
		broker.Consumer{
			Dial: n.dial, Name: "processor dead letters", Prefetch: 64, Batch: 64, Log: n.log,
			Declare: broker.Named(broker.DeadLetters, broker.DeclareProcessor), Handle: n.processor.HandleLetters,
		}.Run(consume)
	})
	n.listenAndServe()
}

// stop ends everything in order: no new requests, no new results, then what is
// in hand; what does not get out in time stays in the store.
func (n *node) stop(grace time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	ended := n.seats.Close()
	n.told.Close()
	n.graph.Close()
	n.streams()
	_ = n.server.Shutdown(ctx)
	_ = n.leader.Shutdown(ctx)
	select { // connections that were taken over from the server are not waited for there
	case <-ended:
	case <-ctx.Done():
	}
	n.feed.Close()
	n.consumers()
	n.consuming.Wait()
	n.processor.Close()
	n.record(audit.ProcessorStop)
	n.workers()
	n.working.Wait()
	n.publisher.Close()
	n.sender.Close()
}

// record notes what the processor does by itself.
func (n *node) record(a audit.Action) {
	n.trail.Record(audit.Record{Actor: audit.Actor{Kind: audit.System}, Action: a, Outcome: audit.Allowed})
}

// ready reports what is wrong, by part.
func (n *node) ready(ctx context.Context) map[string]string {
	checks := map[string]string{"broker": "", "database": "", "banks": ""}
	if !n.connected.Load() {
		checks["broker"] = "not connected; trying again"
	}
	if err := n.store.Ping(ctx); err != nil {
		checks["database"] = fault.From(err).Message
	}
	online := 0
	for _, b := range n.processor.Banks.Banks(n.clock.Now()) {
		if b.Online {
			online++
		}
	}
	if online == 0 {
		checks["banks"] = "none has been heard of"
	}
	return checks
}

// awaitReady waits until all parts are there.
func (n *node) awaitReady(ctx context.Context, banks int) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	for {
		heard := len(n.processor.Banks.Banks(n.clock.Now()))
		if heard >= banks && n.connected.Load() {
			return nil
		}
		if err := clock.Sleep(ctx, clock.Real{}, 2*time.Millisecond); err != nil {
			return fmt.Errorf("not ready after 15 seconds: %v, %d of %d banks", n.ready(context.Background()), heard, banks)
		}
	}
}
