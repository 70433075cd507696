package load

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"sandbank/event"
	"sandbank/merchant/client"
	"sandbank/webhook"
)

// heard are the events that a run needs: every result, and the declines after
// which a customer tries again.
var heard = []string{
	event.PaymentAuthorized, event.PaymentCaptured, event.PaymentDeclined, event.PaymentFailed,
	event.PaymentCanceled, event.PaymentVoided, event.AttemptDeclined,
}

// receiver takes the webhooks of one run, with a secret and an endpoint of its own.
type receiver struct {
	book     *book
	secret   string
	url      string
	endpoint string // its id at the processor
	server   *http.Server
	serving  chan struct{}
}

// listen starts to receive. close ends it.
func listen(ctx context.Context, o Options, b *book) (*receiver, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("webhooks cannot be received at %s: %w; name a free address", o.Listen, err)
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // documented never to fail
	path := "/load/" + rand.Text()
	rc := &receiver{book: b, secret: webhook.Secret(key), serving: make(chan struct{})}
	rc.url = orElse(o.ReceiverURL, "http://"+l.Addr().String()) + path
	mux := http.NewServeMux()
	mux.Handle(path, client.Receiver{
		Secrets: []string{rc.secret}, Handle: rc.take,
		Refused: func(*http.Request, error) { b.refused() },
	})
	rc.server = &http.Server{
		Handler: mux, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute,
		// A processor that is killed on purpose breaks connections: no news.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	go func() {
		defer close(rc.serving)
		_ = rc.server.Serve(l) // ends with close
	}()
	return rc, nil
}

// take notes an event. Only what is counted is decoded.
func (rc *receiver) take(_ context.Context, e client.Event) error {
	var p struct {
		Reference string        `json:"reference"`
		Status    client.Status `json:"status"`
	}
	if err := json.Unmarshal(e.Data, &p); err != nil {
		return err
	}
	rc.book.told(e, p.Reference, p.Status, time.Now())
	return nil
}

// register asks the processor to send webhooks here.
func (rc *receiver) register(ctx context.Context, c *client.Client) error {
	made, err := c.CreateEndpoint(ctx, client.NewEndpoint{URL: rc.url, Events: heard, Secret: rc.secret})
	if client.Code(err) == "too_many_endpoints" {
		return fmt.Errorf("%w Runs that were killed may have left some behind", err)
	}
	rc.endpoint = made.ID
	return err
}

const (
	farewell = 10 * time.Second
	pause    = 250 * time.Millisecond
)

// unregister takes the endpoint away, also while the processor restarts.
func (rc *receiver) unregister(ctx context.Context, c *client.Client) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	for {
		err := c.DeleteEndpoint(ctx, rc.endpoint)
		if p, ok := errors.AsType[*client.Problem](err); ok && p.Status == http.StatusNotFound {
			return nil // an earlier try, or a reset, has done it
		}
		if !client.Temporary(err) || sleep(ctx, pause) != nil {
			return err
		}
	}
}

func (rc *receiver) close() {
	// A sender may hold connections that it has not used yet, which count as busy.
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if rc.server.Shutdown(ctx) != nil {
		_ = rc.server.Close()
	}
	<-rc.serving
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
