package shop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/mux"

	"sandbank/chance"
	"sandbank/clock"
	"sandbank/merchant/client"
	"sandbank/web/host"
	"sandbank/web/look"
	"sandbank/webhook"
)

// Config is what a shop is made of. Client, PublicURL and Log are required.
type Config struct {
	Client *client.Client
	// PublicURL is where customers' browsers reach the shop: "http://127.0.0.1:8070".
	PublicURL string
	// WebhookURL is where the processor reaches it; "" is [HookPath] below PublicURL.
	WebhookURL string
	// WebhookSecret is "whsec_" + base64; "" makes one, which lasts as long as the shop.
	WebhookSecret string
	// AllowHosts are further names under which the shop may be asked, besides loopback
	// and those of the URLs above; see [host.Of].
	AllowHosts []string
	// ProcessorURL is where browsers reach the processor: its dashboard, and the
	// checkout. "" is the client's own base.
	ProcessorURL string
	// Life is how long a customer has to pay; 0 leaves it to the processor.
	Life time.Duration
	// ManualCapture has the bank reserve the money only; the shopkeeper takes it in
	// the back office.
	ManualCapture bool
	// Name is the shop's; "" is "Harbor Goods".
	Name   string
	Clock  clock.Simulated // nil is one that follows the computer's
	Chance *chance.Source  // of order numbers; nil is the system's
	Log    *slog.Logger
	// Around is put around all routes, so that somebody can count or trace what they answer; it may be nil.
	Around func(http.Handler) http.Handler
	// Told is called with the type of each webhook, "" of one that was refused; it may be nil.
	Told func(eventType string)
}

// HookPath is where webhooks are received.
const HookPath = "/webhooks/sandbank"

// Shop serves the pages, and follows the payments of its orders.
type Shop struct {
	Config
	key     []byte // of the forms' tokens
	replace bool   // a secret of our own making: endpoints from before do not know it
	orders  *orders
	banks   bankList
	targets targets
	ended   chan struct{} // closed when Run ends
	known   atomic.Bool   // registered for webhooks
	wake    chan struct{} // something is due earlier than thought
	roused  clock.Count   // how often that was said, until the mop-up has looked
	asked   clock.Count   // payments that are asked for
	doubt   chan struct{} // a signature did not fit
	streams chan struct{} // one for each open stream
}

// maxStreams bounds the pages that may listen at the same time.
const maxStreams = 256

// New makes a shop.
func New(c Config) (*Shop, error) {
	if c.Client == nil || c.Log == nil {
		return nil, errors.New("shop: a client and a log are required")
	}
	var err error
	if c.PublicURL, err = origin("public URL", c.PublicURL); err != nil {
		return nil, err
	}
	if c.ProcessorURL == "" {
		c.ProcessorURL = c.Client.Base()
	}
	if c.ProcessorURL, err = origin("processor's URL", c.ProcessorURL); err != nil {
		return nil, err
	}
	if c.WebhookSecret != "" && !webhook.ValidSecret(c.WebhookSecret) {
		return nil, errors.New("shop: the webhook secret must be whsec_ followed by 24 to 64 bytes in base64")
	}
	if c.WebhookURL == "" {
		c.WebhookURL = c.PublicURL + HookPath
	}
	if c.Name == "" {
		c.Name = "Harbor Goods"
	}
	if c.Clock == nil {
		c.Clock = clock.Following{}
	}
	if c.Chance == nil {
		c.Chance = chance.Crypto()
	}
	s := &Shop{
		Config: c, key: chance.Secret(32), orders: newOrders(), ended: make(chan struct{}),
		wake: make(chan struct{}, 1), doubt: make(chan struct{}, 1), streams: make(chan struct{}, maxStreams),
	}
	if s.WebhookSecret == "" {
		s.WebhookSecret, s.replace = webhook.Secret(chance.Secret(32)), true
	}
	s.targets.add(c.ProcessorURL)
	return s, nil
}

// origin checks an address and cuts the slash at its end.
func origin(what, s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return "", fmt.Errorf("shop: the %s %q must be http://host:port or https://host", what, s)
	}
	return strings.TrimRight(s, "/"), nil
}

// Mount adds the pages, the drawings and the webhook.
func (s *Shop) Mount(r *mux.Router) {
	r.Handle(HookPath, s.hook())
	r.HandleFunc("/readyz", s.ready).Methods(http.MethodGet)
	r.PathPrefix("/art/").Handler(Art()).Methods(http.MethodGet, http.MethodHead)
	page := func(path string, handle http.HandlerFunc, methods ...string) {
		r.Handle(path, s.safe(handle)).Methods(methods...)
	}
	page("/", s.catalog, http.MethodGet, http.MethodHead)
	page("/buy", s.buy, http.MethodPost)
	page("/orders", s.list, http.MethodGet, http.MethodHead)
	page("/orders/{number}", s.order, http.MethodGet, http.MethodHead)
	page("/orders/{number}/live", s.live, http.MethodGet)
	page("/office", s.office, http.MethodGet, http.MethodHead)
	page(officePath+"{number}", s.officeOrder, http.MethodGet, http.MethodHead)
	for name := range hands {
		page(officePath+"{number}/"+name, s.act(name), http.MethodPost)
	}
}

// ready is for operators: without a registered endpoint the shop sells, but
// gets no webhooks.
func (s *Shop) ready(w http.ResponseWriter, _ *http.Request) {
	if !s.known.Load() {
		http.Error(w, "not registered for webhooks yet", http.StatusServiceUnavailable)
		return
	}
	_, _ = io.WriteString(w, "ok\n")
}

// Handler is the whole shop, with the style sheet and the page for wrong addresses.
func (s *Shop) Handler() http.Handler {
	r := mux.NewRouter().SkipClean(true)
	if s.Around != nil {
		r.Use(s.Around)
	}
	s.Mount(r)
	r.PathPrefix(look.Prefix).Handler(look.Handler())
	r.NotFoundHandler = s.safe(s.notFound)
	r.MethodNotAllowedHandler = s.safe(func(w http.ResponseWriter, _ *http.Request) {
		s.notice(w, http.StatusMethodNotAllowed, "This does not work here", "The address exists, but takes another kind of request.")
	})
	return host.Of(append(slices.Clone(s.AllowHosts), s.PublicURL, s.WebhookURL)...).Guard(misdirected, r)
}

// misdirected answers requests under a name that is not the shop's.
func misdirected(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == HookPath {
		http.Error(w, host.Message(r)+" "+host.Hint, host.Status)
		return
	}
	host.Page(w, r)
}

// safe sets the headers of every page. They name the form's target, and so
// change when the checkout's address becomes known.
func (s *Shop) safe(handle http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		look.Policy{FormTargets: s.targets.list()}.Wrap(handle).ServeHTTP(w, r)
	})
}

// Run registers for webhooks and mops up until ctx ends; then it ends the open
// streams. Call it once.
func (s *Shop) Run(ctx context.Context) {
	var work sync.WaitGroup
	work.Go(func() { s.register(ctx) })
	work.Go(func() { s.mopUp(ctx) })
	<-ctx.Done()
	close(s.ended)
	work.Wait()
}

// targets are the origins that a form may lead to.
type targets struct {
	mu   sync.Mutex
	seen []string
}

// maxTargets bounds what is learned from checkout addresses.
const maxTargets = 4

// add learns the origin of an address and reports whether it was known.
func (t *targets) add(address string) (known bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return false
	}
	at := u.Scheme + "://" + u.Host
	t.mu.Lock()
	defer t.mu.Unlock()
	if slices.Contains(t.seen, at) {
		return true
	}
	if len(t.seen) < maxTargets {
		t.seen = append(t.seen, at)
	}
	return false
}

func (t *targets) list() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.seen)
}

// poke wakes the listener on c; one note is enough.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
