package node

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"

	"github.com/gorilla/mux"

	"sandbank/audit/trail"
	"sandbank/broker"
	"sandbank/broker/amqpd"
	"sandbank/broker/outbox"
	"sandbank/chance"
	"sandbank/clock"
	"sandbank/clock/steer"
	"sandbank/clock/turn"
	"sandbank/event/feed"
	"sandbank/identity"
	"sandbank/node/lifecycle"
	"sandbank/processor"
	"sandbank/processor/routing"
	"sandbank/sim/outage"
	"sandbank/web/gate"
	"sandbank/web/graph"
	"sandbank/web/oauth"
	"sandbank/web/stream"
	"sandbank/webhook"
)

// Node is one processor with all that it is made of.
type Node struct {
	config Config
	log    *slog.Logger
	parts  *lifecycle.Group

	listener     net.Listener
	plain        net.Listener // leads from HTTP to HTTPS; nil for none
	shopListener net.Listener // nil for no shop
	shopURL      string
	base         string // URL
	encryption   encryption

	broker    *amqpd.Server // embedded; nil for none
	amqpAddr  net.Addr      // nil for none
	amqpsAddr net.Addr      // nil for none
	own       ownUsers      // of the embedded broker
	dial      broker.Dialer
	store     Store
	writes    *writes // whether the store takes them
	clients   *identity.Registry
	directory *routing.Directory
	ears      *hearing
	banks     *BankHouse  // nil for none here
	hand      *steer.Hand // on simulated time; nil where it cannot be steered
	faults    *outage.Board

	publisher    *broker.Publisher
	relay        *outbox.Relay
	guard        webhook.Guard
	sender       *webhook.Sender
	deliverer    *webhook.Deliverer
	streams      streams
	trail        *trail.Trail
	processor    *processor.Processor
	seats        *feed.Seats
	streamServer *stream.Server
	graph        *graph.Server
	tokens       *oauth.Server
	front        *gate.Gate
	checkoutKey  []byte
	chance       *chance.Source // of repeatable values
	turns        *turn.Table    // of who decides next; nil where no run is to be repeated
	routes       *mux.Router
	server       *http.Server
	redirect     *http.Server // on plain
	connected    atomic.Bool  // results are consumed from the broker
	stirred      bell         // rings when readiness may have changed
}

// New opens a node's parts and puts them together. It listens at once, so that all addresses
// are known, and serves nothing before Start. The caller calls Close, also if Start fails or
// is never called.
func New(ctx context.Context, c Config) (*Node, error) {
	c = c.withDefaults()
	c.Log = slog.New(Calm(c.Log.Handler()))
	n := &Node{config: c, log: c.Log, parts: lifecycle.New(), stirred: newBell()}
	n.faults = outage.New(n.log)
	for _, step := range []func(context.Context) error{n.listen, n.openBroker, n.openStore, n.openClock, n.openChance, n.openTurns, n.wire, n.openBanks, n.openHand, n.openFaults, n.wireHTTP, n.openShop} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, n.Close(context.WithoutCancel(ctx)))
		}
	}
	return n, nil
}

// Start sets everything to work and returns. See [Node.Await].
func (n *Node) Start(ctx context.Context) error { return n.parts.Start(ctx) }

// Close ends everything: no new requests, no new results, then the work in hand; unfinished work
// stays in the store. It gives up waiting when ctx ends, and may be called again.
func (n *Node) Close(ctx context.Context) error { return n.parts.Stop(ctx) }

// listen takes the listeners of HTTP.
func (n *Node) listen(context.Context) (err error) {
	c := n.config.HTTP
	n.encryption = newEncryption(c.TLS)
	if n.listener, err = listen("HTTP.Addr", c.Addr); err != nil {
		return err
	}
	n.parts.Add(lifecycle.Part{Name: "listener", Close: closed(n.listener)})
	n.base = cmp.Or(c.PublicURL, n.encryption.scheme()+n.listener.Addr().String())
	if c.RedirectAddr != "" {
		if n.plain, err = listen("HTTP.RedirectAddr", c.RedirectAddr); err != nil {
			return err
		}
		n.parts.Add(lifecycle.Part{Name: "plain listener", Close: closed(n.plain)})
	}
	n.listenShop()
	return nil
}

// ports are the node's own, where no webhook goes. The shop's is not among them.
func (n *Node) ports() (list []uint16) {
	if list = []uint16{portOf(n.listener.Addr())}; n.plain != nil {
		list = append(list, portOf(n.plain.Addr()))
	}
	for _, at := range []net.Addr{n.amqpAddr, n.amqpsAddr} {
		if at != nil {
			list = append(list, portOf(at))
		}
	}
	return list
}

func (n *Node) openStore(ctx context.Context) (err error) {
	if n.store, err = openStore(ctx, n.config.Store, n.faults.Database()); err != nil {
		return err
	}
	n.parts.Add(lifecycle.Part{Name: "store", Close: n.closeStore})
	n.writes = &writes{store: n.store, log: n.log, now: clock.Real{}.Now}
	if n.config.AMQP.embedded() { // which begins empty
		if err := n.store.Resend(ctx); err != nil {
			return err
		}
	}
	if n.checkoutKey, err = n.store.Secret(ctx, "checkout", func() ([]byte, error) { return chance.Secret(32), nil }); err != nil {
		return fmt.Errorf("the checkout's key: %w", err)
	}
	return nil
}

func (n *Node) closeStore() error {
	var err error
	if n.config.Ended != nil {
		err = n.config.Ended(n.store)
	}
	return errors.Join(err, n.store.Close())
}
