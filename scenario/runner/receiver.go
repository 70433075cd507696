package runner

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"sandbank/clock"
	"sandbank/scenario"
	"sandbank/webhook"
)

// heard is one event as a channel brought it.
type heard struct {
	id, kind string // of the event
	about    string // the payment's id; "" for none
	sequence string
	at       time.Time // of arrival, in simulated time; of webhooks alone
	turn     int       // how many steps were done by then; likewise
	forged   bool      // the signature does not fit
	status   int       // what a webhook was answered
}

// receiver is the merchant's endpoint. It takes what is signed rightly, as every endpoint should.
type receiver struct {
	listener net.Listener
	clock    func(context.Context) time.Time // tells simulated time
	server   *http.Server
	done     chan struct{}

	mu     sync.Mutex
	secret string
	rule   scenario.Receive
	came   []heard
	turn   int // steps that are done, with what follows from them
}

// newReceiver is one that listens where it is told to, or, if that is nil, on a free port of loopback.
func newReceiver(l net.Listener, tell func(context.Context) time.Time) (_ *receiver, err error) {
	if l == nil {
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return nil, err
		}
	}
	rc := &receiver{listener: l, clock: tell, done: make(chan struct{}), rule: scenario.Receive{Status: http.StatusOK}}
	rc.server = &http.Server{Handler: rc, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(rc.done)
		if err := rc.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			_ = l.Close()
		}
	}()
	return rc, nil
}

func (rc *receiver) url() string { return "http://" + rc.listener.Addr().String() + "/webhooks" }

func (rc *receiver) close() {
	_ = rc.server.Close() // its listener is closed as well, whatever becomes of connections
	<-rc.done
}

// trust has the signatures held to a secret.
func (rc *receiver) trust(secret string) {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	rc.secret = secret
}

// obey answers by a rule from now on.
func (rc *receiver) obey(rule scenario.Receive) {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	rc.rule = rule
}

// stepped notes that a step is done: what follows from it came before what follows from the next.
func (rc *receiver) stepped() {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	rc.turn++
}

// all is what came so far. What follows from one step at one instant comes in any order, so it stands in that of
// its sequence.
func (rc *receiver) all() []heard { return rc.after(0) }

// after is what came after the first n.
func (rc *receiver) after(n int) []heard {
	rc.mu.Lock()
	list := append([]heard(nil), rc.came[n:]...)
	rc.mu.Unlock()
	slices.SortStableFunc(list, func(a, b heard) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.turn, b.turn), cmp.Compare(len(a.sequence), len(b.sequence)), cmp.Compare(a.sequence, b.sequence), cmp.Compare(b.status, a.status))
	})
	return list
}

// maxEvent bounds a webhook, in bytes.
const maxEvent = 1 << 20

// ServeHTTP implements [http.Handler].
func (rc *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxEvent))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	h := readEvent(body)
	h.at = rc.clock(r.Context()) // it stands still until this is answered
	rc.mu.Lock()
	h.turn, h.status = rc.turn, http.StatusUnauthorized
	var headers map[string]string
	if h.forged = webhook.Verify(rc.secret, r.Header, body, clock.Real{}.Now()) != nil; !h.forged {
		h.status, headers = rc.rule.Status, rc.rule.Headers
		if rc.rule.Times--; rc.rule.Times == 0 {
			rc.rule = scenario.Receive{Status: http.StatusOK}
		}
	}
	rc.came = append(rc.came, h)
	rc.mu.Unlock()
	for name, value := range headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(h.status)
}

// readEvent is what an event's body says of itself.
func readEvent(body []byte) heard {
	tree := decoded(body)
	h := heard{id: textAt(tree, "id"), kind: textAt(tree, "type"), sequence: textAt(tree, "sequence"), about: textAt(tree, "data.id")}
	if of := textAt(tree, "data.payment"); of != "" {
		h.about = of // of a thin body, or of what stands beside a payment
	}
	return h
}
