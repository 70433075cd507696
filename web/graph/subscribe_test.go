package graph_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/tmaxmax/go-sse"

	"sandbank/event/feed"
	"sandbank/fault"
	"sandbank/internal/processortest"
	"sandbank/payment"
	"sandbank/web/graph"
)

const (
	everything = `subscription ($after: ID) { events(after: $after) { id body } }`
	ofPayment  = `subscription ($id: ID!) { payment(id: $id) { id status attemptsLeft } }`
)

// hear reads the bodies of n events.
func (k *socket) hear(id string, n int) (bodies []string) {
	k.t.Helper()
	for range n {
		a := k.next(id)
		body, ok := at(a.Data, "events", "body").(string)
		if !ok {
			k.t.Fatalf("waited for %d events on %q, got an answer without a body: %+v", n, id, a)
		}
		bodies = append(bodies, body)
	}
	return bodies
}

func (h *house) bodies() (list []string) {
	h.t.Helper()
	events, err := h.Disk.Events(h.t.Context(), "demo-shop", 0, 1000)
	h.OK(err)
	for _, e := range events {
		list = append(list, string(e.Body()))
	}
	return list
}

func TestSubscription_EventsAreThoseOfOtherChannels(t *testing.T) {
	h := newHouse(t, nil)
	h.captured()
	k := h.hello("demo-shop")
	k.subscribe("a", everything, map[string]any{"after": 0})
	if got := k.hear("a", 2); !slices.Equal(got, h.bodies()) {
		t.Errorf("heard %s", got)
	}
	for range 5 {
		h.captured()
	}
	heard := k.hear("a", 10)
	if want := h.bodies()[2:]; !slices.Equal(heard, want) {
		t.Errorf("heard\n%s\nwant\n%s", heard, want)
	}
	_ = k.conn.CloseNow() // cut; what is made meanwhile is heard as well
	h.captured()
	k = h.hello("demo-shop")
	k.subscribe("b", everything, map[string]any{"after": heard[9][len(`{"id":"`):][:40]})
	if got, want := k.hear("b", 2), h.bodies()[12:]; !slices.Equal(got, want) {
		t.Errorf("after the cut heard\n%s\nwant\n%s", got, want)
	}
	k.send(frame{ID: "b", Type: "complete"})
	k.subscribe("c", everything, map[string]any{"after": "evt_01890a5d-ac96-774b-bcce-b302099a8057"})
	f := k.read()
	for f.ID == "b" { // its own complete
		f = k.read()
	}
	if !strings.Contains(string(f.Payload), `"event_not_found"`) || !strings.Contains(string(f.Payload), `"lastSequence":14`) {
		t.Errorf("a foreign place: %+v %s", f, f.Payload)
	}
}

func TestSubscription_PaymentIsASnapshotAndThenEveryChange(t *testing.T) {
	h := newHouse(t, nil)
	p := h.Made()
	k := h.hello("demo-shop")
	status := func(want string, left float64) {
		t.Helper()
		a := k.next("p")
		if at(a.Data, "payment", "id") != p.ID || at(a.Data, "payment", "status") != want || at(a.Data, "payment", "attemptsLeft") != left {
			t.Errorf("heard %+v, want %s", a, want)
		}
	}
	k.subscribe("p", ofPayment, map[string]any{"id": p.ID})
	status("created", 3)
	_, q := h.Try(p.ID)
	status("processing", 2)
	h.captured() // another one's news are not heard
	h.Say(processortest.Answer(q, payment.OutcomeDeclined))
	status("created", 2)
	_, q = h.Try(p.ID)
	status("processing", 1)
	h.Say(processortest.Answer(q, payment.OutcomeApproved))
	status("captured", 1)
	k.subscribe("q", ofPayment, map[string]any{"id": "pay_1"})
	if f := k.read(); f.ID != "q" || !strings.Contains(string(f.Payload), "payment_not_found") {
		t.Errorf("subscribed to an unknown payment: want payment_not_found, got %+v %s", f, f.Payload)
	}
	other := h.hello("other-shop")
	other.subscribe("p", ofPayment, map[string]any{"id": p.ID})
	if f := other.read(); !strings.Contains(string(f.Payload), "payment_not_found") {
		t.Errorf("another's payment: %+v %s", f, f.Payload)
	}
}

func TestSubscription_SilentAboutAbandonment(t *testing.T) {
	h := newHouse(t, nil)
	p := h.Made()
	k := h.hello("demo-shop")
	k.subscribe("p", ofPayment, map[string]any{"id": p.ID})
	if a := k.next("p"); at(a.Data, "payment", "status") != "created" {
		t.Errorf("subscribed to a fresh payment: want a snapshot with created, got %+v", a)
	}
	k.subscribe("a", everything, nil)
	k.subscribe("ready", `{ lastSequence }`, nil)
	awaitFrame(t, k, "ready")
	h.Elapse(16*time.Minute, p.ID, payment.Abandoned)
	h.ObserveBank(processortest.Health("SANDNL2A"))
	h.captured()
	for range 2 {
		if f := k.read(); f.ID != "a" || strings.Contains(string(f.Payload), p.ID) {
			t.Errorf("heard %+v %s", f, f.Payload)
		}
	}
	if a := h.ask(`query ($id: ID!) { payment(id: $id) { status reason { code } } }`, map[string]any{"id": p.ID}); at(a.Data, "payment", "status") != "abandoned" {
		t.Errorf("a query shows %+v", a)
	}
}

// awaitFrame reads both frames of a query that is sent after a subscription.
func awaitFrame(t *testing.T, k *socket, id string) {
	t.Helper()
	for range 2 {
		if f := k.read(); f.ID != id {
			t.Fatalf("waited for a frame of %q, got %+v %s", id, f, f.Payload)
		}
	}
}

func TestSubscription_OverServerSentEvents(t *testing.T) {
	h := newHouse(t, nil)
	h.captured()
	resp := h.post(request(everything, map[string]any{"after": "1"}), "Accept: text/event-stream")
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("subscribed over server-sent events: want 200 and an event stream, got %s %v", resp.Status, resp.Header)
	}
	go func() {
		for range 4 {
			h.captured()
		}
	}()
	var heard []string
	for e, err := range sse.Read(resp.Body, nil) {
		var a answer
		if err == nil && e.Type == "next" {
			err = json.Unmarshal([]byte(e.Data), &a)
		}
		if err != nil {
			t.Fatal(err)
		}
		if heard = append(heard, at(a.Data, "events", "body").(string)); len(heard) == 9 {
			break
		}
	}
	if want := h.bodies()[1:]; !slices.Equal(heard, want) {
		t.Errorf("heard\n%s\nwant\n%s", heard, want)
	}
	body, _ := io.ReadAll(h.post(request(`{ lastSequence }`, nil), "Accept: text/event-stream").Body)
	if !strings.Contains(string(body), `{"data":{"lastSequence":10}}`) || !strings.Contains(string(body), "event: complete") {
		t.Errorf("a query: %s", body)
	}
	// A client that names all it knows gets JSON for its queries.
	if a := h.ask(`{ lastSequence }`, nil, "Accept: application/json, text/event-stream"); at(a.Data, "lastSequence") != 10.0 {
		t.Errorf("asked for JSON and event streams alike: want the last sequence as JSON, got %+v", a)
	}
}

func TestSocket_TakesATokenEitherWay(t *testing.T) {
	h := newHouse(t, nil)
	k := h.dial("Authorization: Bearer demo-shop")
	k.send(frame{Type: "connection_init"})
	if f := k.read(); f.Type != "connection_ack" {
		t.Errorf("a token in the header: want connection_ack, got %+v", f)
	}
	k = h.dial()
	k.send(frame{Type: "connection_init", Payload: json.RawMessage(`{"Authorization":"bearer other-shop"}`)})
	if f := k.read(); f.Type != "connection_ack" {
		t.Errorf("a token in the first frame: want connection_ack, got %+v", f)
	}
	for _, payload := range []string{`{}`, `{"authorization":"Bearer x"}`, `{"authorization":7}`, `{"authorization":"demo-shop"}`} {
		k := h.dial()
		k.send(frame{Type: "connection_init", Payload: json.RawMessage(payload)})
		if code, why := k.closed(); code != graph.CloseForbidden || !strings.Contains(why, "token_") {
			t.Errorf("connection_init with %s: want close code %d about the token, got %d %s", payload, graph.CloseForbidden, code, why)
		}
	}
	k = h.dial()
	k.subscribe("a", everything, nil)
	if code, why := k.closed(); code < 1002 {
		t.Errorf("without a first message: %d %s", code, why)
	}
	k = h.hello("demo-shop")
	if err := k.conn.Write(t.Context(), websocket.MessageText, []byte(`{"type":"subscribe","id":"a","payload":{"query":"`+strings.Repeat("x", 70_000))); err != nil {
		t.Log(err)
	}
	if code, _ := k.closed(); code != websocket.StatusMessageTooBig && code != -1 {
		t.Errorf("a giant frame: %d", code)
	}
}

func TestSocket_RefusesOtherHandshakes(t *testing.T) {
	h := newHouse(t, nil)
	for name, c := range map[string]struct {
		header []string
		status int
	}{
		"a plain GET":    {nil, 426},
		"no subprotocol": {[]string{"Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"}, 400},
		"the old one":    {[]string{"Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: graphql-ws"}, 400},
		"a foreign page": {[]string{"Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: graphql-transport-ws", "Origin: https://evil.example"}, 403},
		"a bad token":    {[]string{"Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: graphql-transport-ws", "Authorization: Bearer x"}, 401},
	} {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/graphql", nil)
		for _, line := range c.header {
			name, value, _ := strings.Cut(line, ": ")
			r.Header.Set(name, value)
		}
		resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != c.status {
			t.Errorf("%s: %s, want %d", name, resp.Status, c.status)
		}
	}
}

func TestSubscription_EndsWithItsTokenAndWithTheServer(t *testing.T) {
	h := newHouse(t, nil)
	k := h.hello("demo-shop-for-a-minute")
	k.subscribe("a", everything, nil)
	k.subscribe("q", `{ lastSequence }`, nil)
	awaitFrame(t, k, "q")
	h.Computer.AwaitTimers(2) // the sweep's and the subscription's
	h.Computer.Advance(time.Minute)
	if code, why := k.closed(); code != graph.CloseForbidden || !strings.Contains(why, "expired") {
		t.Errorf("an expired token: %d %s", code, why)
	}
	k = h.hello("demo-shop-for-a-minute")
	h.Computer.Advance(2 * time.Minute)
	k.subscribe("a", `{ lastSequence }`, nil)
	if said := k.refused(); !strings.Contains(said, "token_invalid") {
		t.Errorf("after its token: %s", said)
	}
	k = h.hello("demo-shop")
	k.subscribe("a", everything, nil)
	resp := h.post(request(everything, nil), "Accept: text/event-stream")
	h.graph.Close()
	if code, _ := k.closed(); code != graph.CloseStopping {
		t.Errorf("at the end: %d", code)
	}
	// The stream ends without "complete": a client takes it for a cut, and comes back.
	if body, _ := io.ReadAll(resp.Body); strings.Contains(string(body), "complete") {
		t.Errorf("at the end: %s", body)
	}
}

// The subscriptions of a revoked token end at once, in whichever way the token
// was shown.
func TestSubscription_EndsWhenItsTokenIsRevoked(t *testing.T) {
	var mu sync.Mutex
	watched := map[string][]func(){}
	h := newHouse(t, func(c *graph.Config) {
		c.Watch = func(token string, ended func()) func() {
			mu.Lock()
			defer mu.Unlock()
			watched[token] = append(watched[token], ended)
			return func() {}
		}
	})
	k, other := h.hello("demo-shop"), h.hello("other-shop")
	for _, one := range []*socket{k, other} {
		one.subscribe("a", everything, nil)
		one.subscribe("q", `{ lastSequence }`, nil)
		awaitFrame(t, one, "q")
	}
	idle := h.hello("demo-shop")
	resp := h.post(request(everything, nil), "Accept: text/event-stream")
	mu.Lock()
	if len(watched["demo-shop"]) != 3 {
		t.Errorf("watched are %d lines", len(watched["demo-shop"]))
	}
	for _, ended := range watched["demo-shop"] {
		ended()
	}
	mu.Unlock()
	for what, one := range map[string]*socket{"with subscriptions": k, "without": idle} {
		if code, why := one.closed(); code != graph.CloseRevoked || !strings.Contains(why, "revoked") {
			t.Errorf("revoked the token of a connection %s: want close code %d, got %d %s", what, graph.CloseRevoked, code, why)
		}
	}
	if body, err := io.ReadAll(resp.Body); err != nil || strings.Contains(string(body), "complete") {
		t.Errorf("over server-sent events: %v %s", err, body)
	}
	other.subscribe("q", `{ lastSequence }`, nil)
	awaitFrame(t, other, "q")
}

func TestSubscription_AreBounded(t *testing.T) {
	h := newHouse(t, func(c *graph.Config) { c.Seats = feed.NewSeats(2, 3) })
	k := h.hello("demo-shop")
	for range 100 {
		k.subscribe("x"+time.Now().String(), ofPaymentsOnly, nil)
	}
	k.subscribe("q", `{ lastSequence }`, nil)
	awaitFrame(t, k, "q")
	h.hello("demo-shop")
	if resp := h.post(request(everything, nil), "Accept: text/event-stream"); resp.StatusCode != http.StatusTooManyRequests {
		t.Errorf("a third stream: %s", resp.Status)
	}
	refused := 0
	for range 2 { // two at once, so that one is past the bound in any order
		k.subscribe("y", ofPaymentsOnly, nil)
		if f := k.read(); strings.Contains(string(f.Payload), "too_many_streams") {
			refused++
			break
		}
	}
	if refused == 0 {
		t.Error("any number of subscriptions on one connection")
	}
}

const ofPaymentsOnly = `subscription { events(types: ["payment.voided"]) { id } }`

// A reader that takes nothing is dropped, while the others hear everything.
func TestSubscription_DropsAStalledReader(t *testing.T) {
	h := newHouse(t, func(c *graph.Config) { c.Patience = 3 * time.Second })
	k := h.hello("demo-shop")
	k.subscribe("a", everything, nil)
	k.subscribe("q", `{ lastSequence }`, nil)
	awaitFrame(t, k, "q")
	stall := func(text string) {
		t.Helper()
		conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		_ = conn.(*net.TCPConn).SetReadBuffer(4096)
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
	}
	big := `subscription { events(after: 0) { ` + aliases(400, "body") + ` } }`
	body := request(big, nil)
	stall("POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer demo-shop\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: " +
		strconv.Itoa(len(body)) + "\r\n\r\n" + body)
	h.awaitSeats(2)
	for range 10 { // each 1 MB to the stalled reader
		h.captured()
		k.hear("a", 2)
	}
	h.awaitSeats(1)
	h.captured()
	k.hear("a", 2)
}

func (h *house) awaitSeats(want int) {
	h.t.Helper()
	for give := time.Now().Add(5 * time.Minute); h.seats.Taken() != want; time.Sleep(time.Millisecond) {
		if time.Now().After(give) {
			h.t.Fatalf("%d seats are taken, want %d", h.seats.Taken(), want)
		}
	}
}

// Each operation over a WebSocket counts for the client's limit; the connection
// goes on.
func TestSocket_OperationsAreLimited(t *testing.T) {
	asked := 0
	h := newHouse(t, func(c *graph.Config) {
		c.Admit = func(client string) error {
			if asked++; client != "demo-shop" || asked > 2 {
				return fault.New(fault.RateLimited, "rate_limited", "%s asks too much.", client)
			}
			return nil
		}
	})
	k := h.hello("demo-shop")
	for i, id := range []string{"a", "b", "c"} {
		k.subscribe(id, `{ lastSequence }`, nil)
		a := k.next(id)
		if refused := len(a.Errors) == 1 && a.Errors[0].Extensions["code"] == "rate_limited"; refused != (i == 2) {
			t.Errorf("operation %d: %+v", i+1, a)
		}
		if f := k.read(); f.Type != "complete" {
			t.Errorf("operation %d: %+v", i+1, f)
		}
	}
	// A request is counted at the gate, and not here again.
	if resp := h.post(request(`{ lastSequence }`, nil)); resp.StatusCode != http.StatusOK || asked != 3 {
		t.Errorf("%s, asked %d times", resp.Status, asked)
	}
}
