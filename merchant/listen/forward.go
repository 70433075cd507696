package listen

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"sandbank/clock"
	"sandbank/merchant/client"
	"sandbank/webhook"
)

// Forwarder posts events to one address, signed as webhooks are.
type Forwarder struct {
	to     string
	secret string
	clock  clock.Computer
	http   *http.Client
}

// NewForwarder makes a forwarder to a URL that signs with a secret.
func NewForwarder(to, secret string, c clock.Computer) (*Forwarder, error) {
	u, err := url.Parse(to)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
		return nil, fmt.Errorf("%q is no address to forward to; write it as http://localhost:3000/hooks", to)
	}
	if !webhook.ValidSecret(secret) {
		return nil, errors.New("the signing secret must be whsec_ and 24 to 64 bytes in base64")
	}
	return &Forwarder{to: to, secret: secret, clock: c, http: &http.Client{
		Timeout:       webhook.Timeout,
		Transport:     &http.Transport{MaxIdleConnsPerHost: 1},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Close drops idle connections.
func (f *Forwarder) Close() { f.http.CloseIdleConnections() }

// Answer is the result of forwarding an event once.
type Answer struct {
	Code int // HTTP status, 0 without an answer
	Took time.Duration
	Err  error  // why there was none
	Body string // the beginning of the answer
}

// Taken reports whether the receiver accepted the event.
func (a Answer) Taken() bool { return a.Code >= 200 && a.Code < 300 }

func (a Answer) String() string {
	took := a.Took.Round(time.Millisecond)
	if a.Err != nil {
		return fmt.Sprintf("no answer after %s: %v", took, a.Err)
	}
	return fmt.Sprintf("%d %s in %s", a.Code, http.StatusText(a.Code), took)
}

// maxShown is how many bytes of an answer's body are read.
const maxShown = 200

// Forward posts an event.
func (f *Forwarder) Forward(ctx context.Context, e client.Event) (a Answer) {
	r, err := f.request(ctx, e)
	if err != nil {
		return Answer{Err: err}
	}
	began := time.Now()
	response, err := f.http.Do(r)
	a.Took = time.Since(began)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err // the address is known
		}
		a.Err = err
		return a
	}
	defer func() { _ = response.Body.Close() }()
	body, _ := io.ReadAll(io.LimitReader(response.Body, maxShown))
	a.Code, a.Body = response.StatusCode, string(body)
	return a
}

func (f *Forwarder) request(ctx context.Context, e client.Event) (*http.Request, error) {
	at := f.clock.Now()
	signature, err := webhook.Sign(f.secret, e.ID, at, e.Body)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, f.to, bytes.NewReader(e.Body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", webhook.BodyFull.ContentType())
	r.Header.Set("User-Agent", webhook.UserAgent)
	r.Header.Set(webhook.HeaderID, e.ID)
	r.Header.Set(webhook.HeaderTimestamp, strconv.FormatInt(at.Unix(), 10))
	r.Header.Set(webhook.HeaderSignature, signature)
	// The event is verified in the way the receiver will do it, with the printed
	// secret.
	return r, webhook.Verify(f.secret, r.Header, e.Body, at)
}
