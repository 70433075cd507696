package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/gorilla/mux"
	"go.uber.org/goleak"

	"sandbank/audit"
	"sandbank/chance"
	"sandbank/event/feed"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/internal/processortest"
	"sandbank/payment"
	"sandbank/sim"
	"sandbank/sim/outage"
	"sandbank/web/gate"
	"sandbank/web/graph"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house serves GraphQL over HTTP. A token is the name of a merchant, a
// development client or a role; one that ends in "-for-a-minute" expires after a
// minute.
type house struct {
	*processortest.Rig
	t     *testing.T
	graph *graph.Server
	seats *feed.Seats
	url   string

	resets  int
	records []audit.Record // that no commit has taken along
}

// lives counts resets.
type lives struct{ h *house }

func (l lives) Reset(context.Context) error { l.h.resets++; return nil }

// idle does nothing about faults.
type idle struct{}

func (idle) Begin(context.Context, sim.Fault) error { return nil }
func (idle) End(context.Context, sim.Fault) error   { return nil }

var clients = identity.NewRegistry(identity.Development()...)

func newHouse(t *testing.T, configure func(*graph.Config)) *house {
	t.Helper()
	h := &house{Rig: processortest.New(t, nil), t: t, seats: feed.NewSeats(100, 200)}
	log := slog.New(slog.NewTextHandler(h.Log, nil))
	c := graph.Config{
		Processor: h.Processor, Feed: h.Feed, Seats: h.seats, Address: h.Config.Address, Clock: h.Computer, Log: log, Authenticate: h.authenticate,
	}
	if configure != nil {
		configure(&c)
	}
	front := &gate.Gate{
		Base: processortest.Base, Clock: h.Clock, Chance: chance.Crypto(), Log: log, Authenticate: h.authenticate, Merchant: clients.Merchant,
		Record: func(r audit.Record) { h.records = append(h.records, r) },
	}
	c.For, c.Gate, c.Simulated = front.For, front, h.Clock
	c.Faults, c.Lives = outage.New(log), lives{h}
	c.Faults.Start(h.Clock, chance.Crypto(), idle{}, func(sim.Fault, outage.Ending) {})
	h.seats, h.graph = c.Seats, graph.New(c)
	m := mux.NewRouter()
	front.Mount(m, h.graph.Routes())
	server := httptest.NewServer(m)
	h.url = server.URL
	t.Cleanup(func() {
		h.graph.Close()
		<-h.seats.Close()
		server.Close()
	})
	return h
}

func (h *house) authenticate(token string) (identity.Principal, error) {
	name, limited := strings.CutSuffix(token, "-for-a-minute")
	p := identity.Principal{Client: name, Role: identity.Role(name)}
	if c, known := clients.Client(name); known {
		p.Role, p.Merchant = c.Role, c.Merchant
	} else if !p.Role.Valid() || p.Role.OfMerchant() {
		return identity.Principal{}, fault.New(fault.Unauthenticated, "token_invalid", "The access token is not valid.")
	}
	if limited {
		p.Until = h.Clock.Now().Add(time.Minute)
	}
	return p, nil
}

// captured pays one payment, which makes two events.
func (h *house) captured() payment.Payment {
	p, q := h.Paid()
	h.Say(processortest.Answer(q, payment.OutcomeApproved))
	return p
}

// answer is the answer to an operation.
type answer struct {
	Data   map[string]any `json:"data"`
	Errors []problem      `json:"errors"`
}

type problem struct {
	Message    string         `json:"message"`
	Path       []any          `json:"path"`
	Extensions map[string]any `json:"extensions"`
}

func (a answer) code() any {
	if len(a.Errors) == 0 {
		return nil
	}
	return a.Errors[0].Extensions["code"]
}

func (h *house) post(body string, header ...string) *http.Response {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.url+"/graphql", strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer demo-shop")
	r.Header.Set("Content-Type", "application/json")
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

func request(query string, variables map[string]any) string {
	b, _ := json.Marshal(map[string]any{"query": query, "variables": variables})
	return string(b)
}

// ask runs a query.
func (h *house) ask(query string, variables map[string]any, header ...string) (a answer) {
	h.t.Helper()
	resp := h.post(request(query, variables), header...)
	body, err := io.ReadAll(resp.Body)
	if err == nil {
		err = json.Unmarshal(body, &a)
	}
	if err != nil {
		h.t.Fatalf("%s: %v\n%s", resp.Status, err, body)
	}
	return a
}

// at walks down the members of an answer.
func at(node any, path ...string) any {
	for _, step := range path {
		m, _ := node.(map[string]any)
		node = m[step]
	}
	return node
}

// socket is a client of graphql-transport-ws, as its protocol has it.
type socket struct {
	*house
	conn *websocket.Conn
}

type frame struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

func (h *house) dial(header ...string) *socket {
	h.t.Helper()
	sent := http.Header{}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		sent.Set(name, value)
	}
	conn, resp, err := websocket.Dial(h.t.Context(), h.url+"/graphql", &websocket.DialOptions{
		Subprotocols: []string{"graphql-ws", graph.Subprotocol}, HTTPHeader: sent, HTTPClient: &http.Client{Transport: &http.Transport{}},
	})
	if err != nil {
		h.t.Fatalf("dialed a WebSocket: %v, answered with %+v", err, resp)
	}
	h.t.Cleanup(func() { _ = conn.CloseNow() })
	if conn.Subprotocol() != graph.Subprotocol {
		h.t.Errorf("speaks %q", conn.Subprotocol())
	}
	conn.SetReadLimit(1 << 20)
	return &socket{h, conn}
}

func (k *socket) send(f frame) {
	k.t.Helper()
	b, _ := json.Marshal(f)
	if err := k.conn.Write(k.t.Context(), websocket.MessageText, b); err != nil {
		k.t.Fatal(err)
	}
}

// read returns the next frame that is no ping.
func (k *socket) read() (f frame) {
	k.t.Helper()
	for {
		_, b, err := k.conn.Read(k.t.Context())
		if err == nil {
			f = frame{}
			err = json.Unmarshal(b, &f)
		}
		if err != nil {
			k.t.Fatal(err)
		}
		if f.Type != "ping" {
			return f
		}
		k.send(frame{Type: "pong"})
	}
}

// hello opens the connection with a token in the first message.
func (h *house) hello(token string) *socket {
	h.t.Helper()
	k := h.dial()
	k.send(frame{Type: "connection_init", Payload: json.RawMessage(`{"authorization":"Bearer ` + token + `"}`)})
	if f := k.read(); f.Type != "connection_ack" {
		h.t.Fatalf("opened a connection with the token %q: want connection_ack, got %+v", token, f)
	}
	return k
}

func (k *socket) subscribe(id, query string, variables map[string]any) {
	k.t.Helper()
	k.send(frame{ID: id, Type: "subscribe", Payload: json.RawMessage(request(query, variables))})
}

// next reads the next result of an operation.
func (k *socket) next(id string) (a answer) {
	k.t.Helper()
	f := k.read()
	if f.Type != "next" || f.ID != id {
		k.t.Fatalf("waited for the next of %q, got %+v %s", id, f, f.Payload)
	}
	if err := json.NewDecoder(bytes.NewReader(f.Payload)).Decode(&a); err != nil {
		k.t.Fatal(err)
	}
	return a
}

// refused is what an operation is refused with: in a frame, or by the server's close where that comes first.
func (k *socket) refused() string {
	k.t.Helper()
	_, b, err := k.conn.Read(k.t.Context())
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// closed reads until the server closes.
func (k *socket) closed() (websocket.StatusCode, string) {
	k.t.Helper()
	ctx, cancel := context.WithTimeout(k.t.Context(), 5*time.Minute)
	defer cancel()
	for {
		if _, _, err := k.conn.Read(ctx); err != nil {
			return websocket.CloseStatus(err), err.Error()
		}
	}
}
