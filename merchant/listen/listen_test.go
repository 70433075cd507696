package listen

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sandbank/clock"
	"sandbank/merchant/client"
	"sandbank/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// happened is an event as the API writes it.
func happened(n int, kind string) string {
	return fmt.Sprintf(`{"id":"evt_%d","type":%q,"sequence":%d,"timestamp":"2026-03-14T14:05:31Z","data":{"id":"pay_%d"}}`, n, kind, n, n)
}

func read(t *testing.T, body string) (e client.Event) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// events serves the events of a merchant over the API, as many as n says.
func events(t *testing.T, n func() int) *client.Client {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth/token", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"access_token":"t","expires_in":3600}`)
	})
	mux.HandleFunc("GET /v1/events", func(w http.ResponseWriter, r *http.Request) {
		after, _ := strconv.Atoi(r.URL.Query().Get("after"))
		limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		var data []string
		for i := after + 1; i <= n() && len(data) < limit; i++ {
			data = append(data, happened(i, "payment.captured"))
		}
		_, _ = fmt.Fprintf(w, `{"data":[%s],"next_after":%d}`, strings.Join(data, ","), after+len(data))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	c, err := client.New(client.Config{Base: server.URL, ID: "demo-shop", Secret: "demo-shop-secret"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestNewest_FindsTheEnd(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 7, 8, 9, 1000, 123_457} {
		asked := 0
		c := events(t, func() int { asked++; return n })
		if got, err := Newest(t.Context(), c); err != nil || got != int64(n) {
			t.Errorf("the newest of %d is %d, %v", n, got, err)
		}
	}
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	c, err := client.New(client.Config{Base: gone.URL, ID: "a", Secret: "b", Patience: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := Newest(t.Context(), c); err == nil {
		t.Error("a processor that is away has a newest event")
	}
}

func TestPoll_TellsEachOnceAndInOrder(t *testing.T) {
	var mu sync.Mutex
	n := 150
	at := clock.NewManual(time.Now())
	p := NewPoll(events(t, func() int { mu.Lock(); defer mu.Unlock(); return n }), 20, time.Second, at)
	want := int64(21)
	next := func() {
		t.Helper()
		list, err := p.Next(t.Context())
		if err != nil || len(list) == 0 {
			t.Fatalf("%d events, %v", len(list), err)
		}
		for _, e := range list {
			if e.Sequence != want || string(e.Body) != happened(int(want), "payment.captured") {
				t.Fatalf("got %s, not number %d", e.Body, want)
			}
			want++
		}
	}
	next()
	next()
	done := make(chan struct{})
	go func() { defer close(done); next() }()
	at.AwaitTimers(1)
	mu.Lock()
	n++
	mu.Unlock()
	at.Advance(time.Second)
	<-done
	if want != 152 {
		t.Errorf("the next would be %d", want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Next(ctx); err == nil {
		t.Error("it goes on after the end")
	}
}

// receiver is a real one, with the verification that merchants use.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	seen   []string
	refuse int // number of refusals before the first success
}

func newReceiver(t *testing.T, secret string, refuse int) *receiver {
	t.Helper()
	r := &receiver{refuse: refuse}
	hook := client.Webhook(secret, func(_ context.Context, e client.Event) error {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.refuse > 0 {
			r.refuse--
			return errors.New("not yet")
		}
		r.seen = append(r.seen, e.ID)
		return nil
	})
	r.Server = httptest.NewServer(hook)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) got() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.seen, " ")
}

func forwarder(t *testing.T, to, secret string) *Forwarder {
	t.Helper()
	f, err := NewForwarder(to, secret, clock.Real{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

func TestForward_SignsWhatAReceiverVerifies(t *testing.T) {
	secret := Secret("demo-shop", "demo-shop-secret")
	r := newReceiver(t, secret, 0)
	e := read(t, happened(7, "payment.captured"))
	if a := forwarder(t, r.URL, secret).Forward(t.Context(), e); !a.Taken() || a.Code != 204 || r.got() != "evt_7" || !strings.Contains(a.String(), "204 No Content in ") {
		t.Errorf("forwarded evt_7: want it taken with 204, got %+v %s", a, r.got())
	}
	if a := forwarder(t, r.URL, webhook.Secret(make([]byte, 32))).Forward(t.Context(), e); a.Code != 401 || a.Taken() {
		t.Errorf("with another secret: %+v", a)
	}
	if a := forwarder(t, "http://127.0.0.1:1/", secret).Forward(t.Context(), e); a.Err == nil || a.Taken() || !strings.Contains(a.String(), "refused") {
		t.Errorf("nobody there: %s", a)
	}
	redirect := httptest.NewServer(http.RedirectHandler(r.URL, http.StatusFound))
	defer redirect.Close()
	if a := forwarder(t, redirect.URL, secret).Forward(t.Context(), e); a.Code != 302 || a.Taken() || r.got() != "evt_7" {
		t.Errorf("a redirect: %+v", a)
	}
	for _, bad := range []string{"", "localhost:3000", "ftp://x/", "http://", "::"} {
		if _, err := NewForwarder(bad, secret, clock.Real{}); err == nil {
			t.Errorf("%q is an address", bad)
		}
	}
	if _, err := NewForwarder(r.URL, "whsec_x", clock.Real{}); err == nil {
		t.Error("any secret will do")
	}
	again := Secret("demo-shop", "demo-shop-secret")
	if again != secret || Secret("a", "b") == Secret("a", "c") || Secret("a", "b") == Secret("b", "b") || !webhook.ValidSecret(secret) {
		t.Error("the secret does not follow from the credentials")
	}
}

// script is a source with fixed answers.
type script chan told

func (s script) Next(ctx context.Context) ([]client.Event, error) {
	select {
	case t := <-s:
		return t.events, t.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// lines is a listener's output, line by line.
type lines chan string

func (l lines) Write(b []byte) (int, error) {
	for _, line := range strings.Split(strings.TrimSuffix(string(b), "\n"), "\n") {
		l <- line
	}
	return len(b), nil
}

// expect waits for a line that has all the words.
func (l lines) expect(t *testing.T, words ...string) {
	t.Helper()
	select {
	case line := <-l:
		for _, w := range words {
			if !strings.Contains(line, w) {
				t.Errorf("%q lacks %q", line, w)
			}
		}
	case <-time.After(5 * time.Minute):
		t.Fatalf("no line with %v", words)
	}
}

// await takes lines until one has the words.
func (l lines) await(t *testing.T, words string) {
	t.Helper()
	late := time.After(5 * time.Minute)
	for {
		select {
		case line := <-l:
			if strings.Contains(line, words) {
				return
			}
		case <-late:
			t.Fatalf("no line with %s", words)
		}
	}
}

// table is a listener at work.
type table struct {
	source   script
	said     lines
	commands chan string
	ended    chan error
	stop     context.CancelFunc
	*Listener
}

func listening(t *testing.T, to string, change func(*Listener)) *table {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	x := &table{source: make(script), said: make(lines, 100), commands: make(chan string), ended: make(chan error, 1), stop: cancel}
	x.Listener = &Listener{
		Source: x.source, Forward: forwarder(t, to, Secret("a", "b")).Forward, Tries: 3, Pause: time.Millisecond,
		Clock: clock.Real{}, Out: x.said, Commands: x.commands,
	}
	if change != nil {
		change(x.Listener)
	}
	go func() { x.ended <- x.Run(ctx) }()
	t.Cleanup(cancel)
	return x
}

func TestListener_ForwardsInOrderAndTriesAgain(t *testing.T) {
	r := newReceiver(t, Secret("a", "b"), 2)
	x := listening(t, r.URL, nil)
	x.source <- told{events: []client.Event{read(t, happened(1, "payment.captured")), read(t, happened(2, "payment.processing")), read(t, happened(3, "payment.declined"))}}
	x.said.expect(t, "#1", "payment.captured", "pay_1", "evt_1", "→ 500")
	x.said.expect(t, "#1", "→ 500")
	x.said.expect(t, "#1", "→ 204")
	x.said.expect(t, "#3", "→ 204") // the step in between was not asked for
	if r.got() != "evt_1 evt_3" {
		t.Errorf("forwarded: %s", r.got())
	}
	x.stop()
	if err := <-x.ended; !errors.Is(err, context.Canceled) || x.Last() != 3 {
		t.Errorf("ended with %v at %d", err, x.Last())
	}
}

func TestListener_PassesOverAndSendsAgain(t *testing.T) {
	r := newReceiver(t, Secret("a", "b"), 3)
	x := listening(t, r.URL, func(l *Listener) { l.Events = []string{"*"} })
	x.commands <- "r"
	x.said.expect(t, "Nothing was forwarded")
	x.source <- told{events: []client.Event{read(t, happened(1, "payment.processing")), read(t, happened(2, "payment.captured"))}}
	for range 3 {
		x.said.expect(t, "#1", "→ 500")
	}
	x.said.expect(t, "passed over after 3 tries", "r evt_1")
	x.said.expect(t, "#2", "→ 204")
	for command, says := range map[string]string{
		"r": "#2", "  r   evt_1 ": "#1", "r evt_9": "merchant resend evt_9", "": "Type r", "x": "Type r", "r a b": "Type r",
	} {
		x.commands <- command
		x.said.expect(t, says)
	}
	if got := r.got(); strings.Count(got, "evt_2") != 2 || strings.Count(got, "evt_1") != 1 {
		t.Errorf("forwarded: %s", got)
	}
	x.commands <- "q"
	if err := <-x.ended; !errors.Is(err, ErrQuit) {
		t.Errorf("ended with %v", err)
	}
}

func TestListener_OutlivesTheProcessor(t *testing.T) {
	r := newReceiver(t, Secret("a", "b"), 0)
	x := listening(t, r.URL, nil)
	close(x.commands) // nobody types
	for range 3 {
		x.source <- told{err: &client.Problem{Status: 503, Title: "busy"}}
	}
	x.source <- told{events: []client.Event{read(t, happened(1, "payment.captured"))}}
	x.said.expect(t, "The processor is away")
	x.said.expect(t, "#1", "→ 204")
	x.source <- told{err: &client.Problem{Status: 401, Title: "no"}}
	if err := <-x.ended; err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("refused credentials: %v", err)
	}
}

// Neither a silent nor an absent processor is waited for without a word, nor an
// absent one for ever.
func TestListener_SaysWhatItWaitsFor(t *testing.T) {
	r, hand := newReceiver(t, Secret("a", "b"), 0), clock.NewManual(time.Now())
	x := listening(t, r.URL, func(l *Listener) { l.Clock, l.Pause, l.Patience = hand, time.Second, 150*time.Second })
	hand.AwaitTimers(1)
	hand.Advance(time.Minute)
	x.said.expect(t, "Nothing has happened for 1m0s", "the result of a payment")
	busy := told{err: &client.Problem{Status: 503, Title: "busy"}}
	for _, says := range []string{"The processor is away", "has been away for 1m0s", "has been away for 2m0s"} {
		x.source <- busy
		x.said.await(t, says)
		hand.AwaitTimers(2) // of the silence, and before the next question
		hand.Advance(time.Minute)
	}
	x.source <- busy
	if err := <-x.ended; err == nil || !strings.Contains(err.Error(), "has been away for 3m0s") || !strings.Contains(err.Error(), "start it") {
		t.Errorf("it ended with %v", err)
	}
}

// It says once a minute, and not more often, that the processor is away.
func TestListener_SaysOnceAMinuteThatTheProcessorIsAway(t *testing.T) {
	said, hand := make(lines, 100), clock.NewManual(time.Now())
	l, gone := &Listener{Clock: hand, Out: said}, absence{}
	for range 121 {
		if err := l.away(&gone, errors.New("busy")); err != nil {
			t.Fatal(err)
		}
		hand.Advance(time.Second)
	}
	said.expect(t, "The processor is away")
	said.expect(t, "has been away for 1m0s")
	said.expect(t, "has been away for 2m0s")
	if len(said) > 0 {
		t.Errorf("and it said %q", <-said)
	}
}

func TestLine_WithoutAnythingToShow(t *testing.T) {
	line := Line(time.Date(2026, 3, 14, 14, 5, 31, 0, time.UTC), client.Event{ID: "evt_1", Type: "x.y"}, Answer{Err: errors.New("no")})
	if !bytes.Contains([]byte(line), []byte("14:05:31")) || !strings.HasSuffix(line, "no answer after 0s: no") {
		t.Error(line)
	}
}
