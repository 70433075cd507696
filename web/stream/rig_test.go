package stream_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/mux"
	"github.com/tmaxmax/go-sse"
	"go.uber.org/goleak"

	"sandbank/chance"
	"sandbank/clock"
	"sandbank/event"
	"sandbank/event/feed"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/internal/processortest"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/web/gate"
	"sandbank/web/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house serves streams over HTTP. A token is the merchant's name; one that ends
// in "-for-a-minute" is good for a minute.
type house struct {
	*testing.T
	*stream.Server
	url    string
	clock  *clock.Manual
	watch  watch
	seats  *feed.Seats
	server *httptest.Server
}

func serve(t *testing.T, c stream.Config, at *clock.Manual) *house {
	t.Helper()
	if c.Seats == nil {
		c.Seats = feed.NewSeats(100, 200)
	}
	c.Clock = at
	h := &house{T: t, clock: at, seats: c.Seats}
	c.Watch = h.watch.over
	h.Server = stream.New(c)
	front := &gate.Gate{Base: processortest.Base, Clock: at, Chance: chance.Crypto(), Log: slog.New(slog.DiscardHandler), Authenticate: h.authenticate}
	m := mux.NewRouter()
	front.Mount(m, h.Routes())
	h.server = httptest.NewServer(m)
	h.url = h.server.URL
	t.Cleanup(func() {
		h.Close()
		<-h.seats.Close()
		h.server.Close()
	})
	return h
}

// watch takes tokens back.
type watch struct {
	mu   sync.Mutex
	open map[*string]func()
}

func (w *watch) over(token string, ended func()) (stop func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open == nil {
		w.open = map[*string]func(){}
	}
	w.open[&token] = ended
	return func() { w.mu.Lock(); defer w.mu.Unlock(); delete(w.open, &token) }
}

// revoke ends the streams of a token, and reports their number.
func (w *watch) revoke(token string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for of, ended := range w.open {
		if *of == token {
			ended()
			n++
		}
	}
	return n
}

func (h *house) authenticate(token string) (identity.Principal, error) {
	name, limited := strings.CutSuffix(token, "-for-a-minute")
	if name != "demo-shop" && name != "other-shop" {
		return identity.Principal{}, fault.New(fault.Unauthenticated, "token_invalid", "no")
	}
	p := identity.Principal{Client: name, Role: identity.RoleMerchant, Merchant: identity.Merchant{ID: name}}
	if limited {
		p.Until = h.clock.Now().Add(time.Minute)
	}
	return p, nil
}

// newHouse streams the events of a processor.
func newHouse(t *testing.T) (*house, *processortest.Rig) {
	t.Helper()
	r := processortest.New(t, nil)
	return serve(t, stream.Config{Feed: r.Feed, Payments: r.Processor}, r.Clock), r
}

// shelf is a log of events in memory, big ones on demand; it needs no processor,
// so that nothing but streams has timers.
type shelf struct {
	mu     sync.Mutex
	events map[string][]event.Event
	broken error
}

func newShelf(t *testing.T, c stream.Config) (*house, *shelf, *feed.Feed) {
	t.Helper()
	s := &shelf{events: map[string][]event.Event{}}
	f := feed.New(s, slog.New(slog.DiscardHandler))
	c.Feed, c.Payments = f, nobodys{}
	h := serve(t, c, clock.NewManual(processortest.Start))
	t.Cleanup(f.Close)
	return h, s, f
}

type nobodys struct{}

func (nobodys) OwnPayment(_ context.Context, _, id string) (payment.Payment, error) {
	return payment.Payment{}, processor.NoPayment(id)
}

// put commits n events of about size bytes.
func (s *shelf) put(merchant string, n, size int) (list []event.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		q := int64(len(s.events[merchant]) + 1)
		e := event.Event{
			ID: chance.Crypto().ID("evt", processortest.Start), Type: "payment.captured", Merchant: merchant, Payment: "pay_1", Sequence: q,
			At: processortest.Start, Data: json.RawMessage(`"` + strings.Repeat("x", size) + `"`),
		}
		s.events[merchant], list = append(s.events[merchant], e), append(list, e)
	}
	return list
}

func (s *shelf) Events(_ context.Context, merchant string, after int64, limit int) ([]event.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.events[merchant][min(int(after), len(s.events[merchant])):]
	return slices.Clone(list[:min(limit, len(list))]), s.broken
}

func (s *shelf) LastSequence(_ context.Context, merchant string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int64(len(s.events[merchant])), s.broken
}

func (*shelf) Floor(context.Context, string) (int64, error) { return 0, nil }

func (s *shelf) SequenceOf(_ context.Context, merchant, id string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events[merchant] {
		if e.ID == id {
			return e.Sequence, nil
		}
	}
	return 0, processor.NoEvent(id)
}

// get asks for a stream; header lines are "Name: value".
func (h *house) get(path string, header ...string) *http.Response {
	h.Helper()
	r, err := http.NewRequestWithContext(h.Context(), http.MethodGet, h.url+path, nil)
	if err != nil {
		h.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer demo-shop")
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

// refused asks for a stream and expects a refusal.
func (h *house) refused(path string, status int, code string, header ...string) gate.Problem {
	h.Helper()
	answer := h.get(path, header...)
	var p gate.Problem
	body, _ := io.ReadAll(answer.Body)
	if err := json.Unmarshal(body, &p); err != nil || answer.StatusCode != status || p.Code != code {
		h.Errorf("%s %v: %s %s, want %d %s", path, header, answer.Status, body, status, code)
	}
	return p
}

// ear is an open stream, read by a parser that is not ours.
type ear struct {
	*house
	answer *http.Response
	next   func() (sse.Event, error, bool)
}

func (h *house) hear(query string, header ...string) *ear {
	h.Helper()
	answer := h.get("/v1/events/stream"+query, header...)
	if got := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusOK || got != "text/event-stream" {
		h.Fatalf("%s: %s %s", query, answer.Status, got)
	}
	next, stop := iter.Pull2(sse.Read(answer.Body, &sse.ReadConfig{MaxEventSize: 1 << 20}))
	h.Cleanup(func() { _ = answer.Body.Close(); stop() })
	return &ear{h, answer, next}
}

// cut ends the connection as a lost network would.
func (e *ear) cut() { _ = e.answer.Body.Close() }

// notice reads a notice of the stream.
func (e *ear) notice(want string) (n stream.Notice) {
	e.Helper()
	got, err, ok := e.next()
	if !ok || err != nil || got.Type != want {
		e.Fatalf("heard %+v, %v, want %q", got, err, want)
	}
	if err := json.Unmarshal([]byte(got.Data), &n); err != nil || n.Type != want || got.LastEventID != fmt.Sprint(n.LastSequence) {
		e.Fatalf("%+v: %v", got, err)
	}
	return n
}

// events reads n events, each unnamed, with its own id.
func (e *ear) events(n int) (bodies []string) {
	e.Helper()
	for range n {
		got, err, ok := e.next()
		if !ok || err != nil || got.Type != "" {
			e.Fatalf("after %d events heard %+v, %v", len(bodies), got, err)
		}
		var body struct{ ID string }
		if err := json.Unmarshal([]byte(got.Data), &body); err != nil || body.ID != got.LastEventID {
			e.Fatalf("the id is %s in %s: %v", got.LastEventID, got.Data, err)
		}
		bodies = append(bodies, got.Data)
	}
	return bodies
}

// ended reads to the end of the stream, which must be clean, and without an event.
func (e *ear) ended() {
	e.Helper()
	if got, err, ok := e.next(); ok {
		e.Fatalf("heard %+v, %v, want the end", got, err)
	}
}

// bodiesOf are all of a merchant's events, as a webhook carries them.
func bodiesOf(r *processortest.Rig, merchant string) (list []string) {
	r.T.Helper()
	events, err := r.Disk.Events(r.T.Context(), merchant, 0, 1000)
	r.OK(err)
	for _, e := range events {
		list = append(list, string(e.Body()))
	}
	return list
}
