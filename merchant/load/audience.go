package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Way is how a listener listens.
type Way string

// The ways.
const (
	OverSSE       Way = "sse"
	OverWebSocket Way = "websocket"
	OverGraphQL   Way = "graphql"
)

// Seat is one listener: a merchant and a channel.
type Seat struct {
	Way        Way
	Base       string // the processor
	ID, Secret string // of the merchant's client
}

// Ear is one listener of one merchant's events, from the first one on. It checks
// the promise: every event once, in order, across all reconnects; where its
// connection ends it connects again at its position.
type Ear struct {
	Seat
	http  *http.Client
	token *pass

	opened   chan struct{} // closed with the first connection
	mu       sync.Mutex
	last     int64 // sequence of the last event heard
	sum      uint64
	cuts     int
	lags     []time.Duration
	faults   []string
	progress chan struct{} // closed with the next event
}

// Heard is how far an ear has come.
type Heard struct {
	Last   int64    // sequence of the last event
	Sum    uint64   // of all bodies so far; the same for all ears of a merchant
	Cuts   int      // connections that ended
	Faults []string // promises that were broken
}

// Audience is many ears.
type Audience struct {
	http   *http.Client
	passes map[string]*pass
	ears   []*Ear
	all    sync.WaitGroup
	end    context.CancelFunc
	ctx    context.Context
}

// NewAudience makes an empty one. Close ends it.
func NewAudience(ctx context.Context) *Audience {
	a := &Audience{http: &http.Client{Transport: &http.Transport{DisableCompression: true}}, passes: map[string]*pass{}}
	a.ctx, a.end = context.WithCancel(ctx)
	return a
}

// Listen adds an ear. It belongs to one goroutine, as all of Audience does.
func (a *Audience) Listen(at Seat) *Ear {
	p := a.passes[at.Base+" "+at.ID] // each processor issues its own
	if p == nil {
		p = &pass{http: a.http, id: at.ID, secret: at.Secret}
		a.passes[at.Base+" "+at.ID] = p
	}
	ear := &Ear{Seat: at, http: a.http, token: p, progress: make(chan struct{}), opened: make(chan struct{})}
	a.ears = append(a.ears, ear)
	a.all.Go(func() { ear.run(a.ctx) })
	return ear
}

// Ears lists all of them.
func (a *Audience) Ears() []*Ear { return a.ears }

// Close ends all ears.
func (a *Audience) Close() {
	a.end()
	a.all.Wait()
	a.http.CloseIdleConnections()
}

// Lags are how long events took from their commit's instant to the ears, sorted.
func (a *Audience) Lags() (all []time.Duration) {
	for _, e := range a.ears {
		e.mu.Lock()
		all = append(all, e.lags...)
		e.mu.Unlock()
	}
	slices.Sort(all)
	return all
}

// Heard tells how far it is.
func (e *Ear) Heard() Heard {
	e.mu.Lock()
	defer e.mu.Unlock()
	return Heard{e.last, e.sum, e.cuts, slices.Clone(e.faults)}
}

// Await waits until the ear has heard the event of a sequence number.
func (e *Ear) Await(ctx context.Context, sequence int64) error {
	for {
		e.mu.Lock()
		last, progress := e.last, e.progress
		e.mu.Unlock()
		if last >= sequence {
			return nil
		}
		select {
		case <-progress:
		case <-ctx.Done():
			return fmt.Errorf("%s at %s heard up to %d of %d: %w", e.Way, e.Base, last, sequence, ctx.Err())
		}
	}
}

// AwaitOpen waits until every ear listens.
func (a *Audience) AwaitOpen(ctx context.Context) error {
	for _, e := range a.ears {
		select {
		case <-e.opened:
		case <-ctx.Done():
			return fmt.Errorf("%s at %s does not listen: %w", e.Way, e.Base, ctx.Err())
		}
	}
	return nil
}

// open notes that the ear listens.
func (e *Ear) open() {
	e.mu.Lock()
	defer e.mu.Unlock()
	select {
	case <-e.opened:
	default:
		close(e.opened)
	}
}

// run listens until ctx ends, over as many connections as it takes.
func (e *Ear) run(ctx context.Context) {
	for ctx.Err() == nil {
		bearer, err := e.token.get(ctx, e.Base)
		if err == nil {
			err = map[Way]func(context.Context, string) error{
				OverSSE: e.overSSE, OverWebSocket: e.overWebSocket, OverGraphQL: e.overGraphQL,
			}[e.Way](ctx, bearer)
		}
		if ctx.Err() != nil {
			return
		}
		e.cut(err)
		if sleep(ctx, 200*time.Millisecond) != nil {
			return
		}
	}
}

// cut notes the end of a connection. A refusal for good is a fault.
func (e *Ear) cut(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.cuts++
	if errors.Is(err, errRefused) {
		e.faults = append(e.faults, err.Error())
	}
}

var errRefused = errors.New("load: the stream was refused")

// take holds one event's body to what is promised.
func (e *Ear) take(body []byte) error {
	now := time.Now()
	var got struct {
		Sequence  int64     `json:"sequence"`
		Timestamp time.Time `json:"timestamp"`
	}
	// The needed members stand before the payment. A thousand listeners share a
	// machine with the processor, and decoding less leaves it more.
	head, _, _ := bytes.Cut(body, []byte(`,"data":`))
	if err := json.Unmarshal(append(slices.Clip(head), '}'), &got); err != nil {
		return err
	}
	h := fnv.New64a()
	_, _ = h.Write(body)
	e.mu.Lock()
	defer e.mu.Unlock()
	if got.Sequence != e.last+1 && len(e.faults) < 10 {
		e.faults = append(e.faults, fmt.Sprintf("sequence %d after %d", got.Sequence, e.last))
	}
	e.last, e.sum = got.Sequence, e.sum*31+h.Sum64()
	e.lags = append(e.lags, now.Sub(got.Timestamp))
	close(e.progress)
	e.progress = make(chan struct{})
	return nil
}

// reset notes that the place was unknown, which may never be here.
func (e *Ear) reset(why string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.faults = append(e.faults, "reset: "+why)
}

func (e *Ear) after() int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.last
}

// Token asks a processor for an access token.
func Token(ctx context.Context, base, id, secret string) (string, error) {
	return (&pass{http: http.DefaultClient, id: id, secret: secret}).get(ctx, base)
}

// pass is one merchant's access token, shared by its ears.
type pass struct {
	http       *http.Client
	id, secret string

	mu    sync.Mutex
	value string
	until time.Time
}

func (p *pass) get(ctx context.Context, base string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Now().Before(p.until) {
		return p.value, nil
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {p.id}, "client_secret": {p.secret}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/oauth/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := p.http.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	var got struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, 64<<10)).Decode(&got); err != nil || got.AccessToken == "" {
		return "", fmt.Errorf("no token: %s", answer.Status)
	}
	p.value, p.until = got.AccessToken, time.Now().Add(time.Duration(got.ExpiresIn)*time.Second*4/5)
	return p.value, nil
}
