package sandbanktest

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"sandbank/identity"
	"sandbank/merchant/client"
	"sandbank/node"
	"sandbank/scenario/embedded"
)

// Sandbank is a running Sandbank. Its methods end the test where they cannot do what they are asked
// for, and are for the test's own goroutine.
type Sandbank struct {
	URL      string         // base of the public interface, without a slash at its end
	ID       string         // the merchant's client id
	Secret   string         // and its secret
	AMQP     string         // URL of the broker, without credentials of a merchant
	Client   *client.Client // calls as the merchant
	Operator *client.Client // calls as the operator, who steers what is simulated
	Clock    *Clock

	t     testing.TB
	node  *node.Node
	hooks *httptest.Server
	log   *record

	mu   sync.Mutex
	told []client.Event // webhooks, as they came
}

// Option changes what a Sandbank is made of.
type Option func(*embedded.Config)

// Seed sets the seed of all that is left to chance; it is 1 otherwise.
func Seed(seed uint64) Option { return func(c *embedded.Config) { c.Seed = seed } }

// At sets when simulated time begins; it is 9:00 UTC on Monday, 7 January 2030, otherwise.
func At(start time.Time) Option { return func(c *embedded.Config) { c.Start = start } }

// Log has the processor's own log, for which there is nobody otherwise.
func Log(l *slog.Logger) Option { return func(c *embedded.Config) { c.Log = l } }

// Configured changes whatever else a node may be made of.
func Configured(change func(*node.Config)) Option {
	return func(c *embedded.Config) { c.More = change }
}

// usualStart is a Monday morning.
var usualStart = time.Date(2030, 1, 7, 9, 0, 0, 0, time.UTC)

// endTimeout is how long the end may take, in the computer's time.
const endTimeout = 30 * time.Second

// Start starts a Sandbank that ends with the test.
func Start(t testing.TB, options ...Option) *Sandbank {
	t.Helper()
	c := embedded.Config{Seed: 1, Start: usualStart}
	for _, o := range options {
		o(&c)
	}
	n, err := embedded.Start(t.Context(), c)
	if err != nil {
		t.Fatal("a Sandbank cannot be started: ", err)
	}
	sb := &Sandbank{URL: n.URL(), ID: identity.DemoShop.ID, Secret: identity.DemoShop.Secret.Reveal(), AMQP: "amqp://" + n.AMQPAddr() + "/", t: t, node: n, log: &record{began: c.Start}}
	sb.Clock = &Clock{sb: sb}
	sb.Client, sb.Operator = sb.as(identity.DemoShop), sb.as(identity.DemoOperator)
	sb.Clock.now = c.Start
	sb.receive()
	t.Cleanup(sb.end)
	return sb
}

// patience bounds a request: a test must not fail because the computer has other work.
const patience = 5 * time.Minute

// as is a client of the interface.
func (sb *Sandbank) as(who identity.Client) *client.Client {
	sb.t.Helper()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	c, err := client.New(client.Config{Base: sb.URL, ID: who.ID, Secret: who.Secret, Patience: -1, Timeout: patience, HTTP: &http.Client{Transport: &recorder{sb: sb, who: who.ID, next: transport}}})
	if err != nil {
		sb.t.Fatal(err)
	}
	sb.t.Cleanup(transport.CloseIdleConnections)
	return c
}

// receive has the merchant told by webhook of everything.
func (sb *Sandbank) receive() {
	sb.t.Helper()
	var secret string
	sb.hooks = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		client.Webhook(secret, func(_ context.Context, e client.Event) error {
			sb.mu.Lock()
			defer sb.mu.Unlock()
			sb.told = append(sb.told, e)
			sb.log.hear(e)
			return nil
		}).ServeHTTP(w, r)
	}))
	e, err := sb.Client.CreateEndpoint(sb.t.Context(), client.NewEndpoint{URL: sb.hooks.URL, Events: []string{"*"}, Description: "the test"})
	if err != nil {
		sb.t.Fatal("the test's endpoint: ", err)
	}
	secret = e.Secret
}

// end ends everything, and shows what happened where the test failed.
func (sb *Sandbank) end() {
	ctx, cancel := context.WithTimeout(context.Background(), endTimeout)
	defer cancel()
	if sb.t.Failed() {
		sb.t.Log(sb.log.String())
	}
	if err := sb.node.Close(ctx); err != nil {
		sb.t.Error("the Sandbank did not end well: ", err)
	}
	sb.hooks.Close()
}
