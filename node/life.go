package node

import (
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
	"sandbank/identity/guest"
	"sandbank/node/lifecycle"
	"sandbank/processor"
	"sandbank/processor/routing"
	"sandbank/scenario/lesson"
	"sandbank/scenario/run"
	"sandbank/sim/outage"
	"sandbank/store/sqlite"
	"sandbank/telemetry/trace"
	"sandbank/web/api"
	"sandbank/web/dashboard"
	"sandbank/web/gate"
	"sandbank/web/graph"
	"sandbank/web/oauth"
	"sandbank/web/stream"
	"sandbank/webhook"
)

// life is a processor from its beginning to its end, or to the next time that everything begins anew,
// with all that it is made of but the place where it stands.
type life struct {
	place
	config Config
	log    *slog.Logger
	parts  *lifecycle.Group
	lives  api.Lives // the node, which begins the next life

	left         *estate      // of the life before
	pageAddr     string       // of the banks' page; "" for none
	shopListener net.Listener // nil for no shop
	shopURL      string

	broker    *amqpd.Server // embedded; nil for none
	amqpAddr  net.Addr      // nil for none
	amqpsAddr net.Addr      // nil for none
	own       ownUsers      // of the embedded broker
	dial      broker.Dialer
	store     Store
	writes    *writes // whether the store takes them
	clients   *identity.Registry
	guests    *guest.Book
	directory *routing.Directory
	ears      *hearing
	banks     *BankHouse  // nil for none here
	hand      *steer.Hand // on simulated time; nil where it cannot be steered
	faults    *outage.Board

	tracer       *trace.Tracer // nil for none
	publisher    *broker.Publisher
	looker       *broker.Looker
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
	limiter      *gate.Limiter
	checkoutKey  []byte
	chance       *chance.Source // of what may be repeated
	turns        *turn.Table    // of who decides next; nil where no run is to be repeated
	plays        *run.Board     // of scenarios
	lessons      *lesson.Board
	board        *dashboard.Dashboard
	routes       *mux.Router
	handler      http.Handler    // of all routes, with what is before them
	redirected   http.Handler    // of plain HTTP, which leads to HTTPS
	foreign      http.Handler    // of Stripe's API; nil for none
	foreignPaths *mux.Router     // of the same
	ending       context.Context // ends with the streams
	endStreams   context.CancelFunc
	connected    atomic.Bool // results are consumed from the broker
	leaving      atomic.Bool // it is about to end, see Leave
}

// born opens a life's parts and puts them together, after the place has been taken.
func born(ctx context.Context, at place, c Config, from *estate, lives api.Lives) (*life, error) {
	n := &life{place: at, config: c, log: c.Log, parts: lifecycle.New(), lives: lives, left: from}
	n.ending, n.endStreams = context.WithCancel(context.Background())
	n.faults = outage.New(n.log)
	for _, step := range []func(context.Context) error{
		n.listenShop, n.openStore, n.openClock, n.openBroker, n.openChance, n.openTurns, n.wire, n.openBanks, n.openHand, n.openFaults, n.wireHTTP, n.openShop,
	} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, n.parts.Stop(context.WithoutCancel(ctx)))
		}
	}
	return n, nil
}

// ports are the node's own, where no webhook goes. The shop's is not among them.
func (n *life) ports() (list []uint16) {
	if list = []uint16{portOf(n.listener.Addr())}; n.plain != nil {
		list = append(list, portOf(n.plain.Addr()))
	}
	if n.stripe != nil {
		list = append(list, portOf(n.stripe.Addr()))
	}
	for _, at := range []net.Addr{n.amqpAddr, n.amqpsAddr} {
		if at != nil {
			list = append(list, portOf(at))
		}
	}
	return list
}

func (n *life) openStore(ctx context.Context) (err error) {
	if n.left.database != nil {
		n.store, err = sqlite.OpenImage(ctx, n.left.database, n.faults.Database())
	} else {
		n.store, err = openStore(ctx, n.config.Store, n.faults.Database())
	}
	if err != nil {
		return err
	}
	n.parts.Add(lifecycle.Part{Name: "store", Close: n.closeStore})
	if err := n.left.inherited(ctx, n.store); err != nil {
		return err
	}
	n.writes = &writes{store: n.store, log: n.log, now: clock.Real{}.Now}
	if n.config.AMQP.embedded() { // which begins empty
		if err := n.store.Resend(ctx); err != nil {
			return err
		}
	}
	if n.checkoutKey, err = n.store.Secret(ctx, checkoutKeyName, func() ([]byte, error) { return chance.Secret(32), nil }); err != nil {
		return fmt.Errorf("the checkout's key: %w", err)
	}
	return nil
}

func (n *life) closeStore() error {
	var err error
	if n.config.Ended != nil {
		err = n.config.Ended(n.store)
	}
	return errors.Join(err, n.store.Close())
}
