package stream_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"sandbank/web/stream"
)

// socket is a client's end.
type socket struct {
	*house
	conn *websocket.Conn
}

func (h *house) dial(query string, header ...string) *socket {
	h.Helper()
	sent := http.Header{"Authorization": {"Bearer demo-shop"}}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		sent.Set(name, value)
	}
	conn, answer, err := websocket.Dial(h.Context(), h.url+"/v1/events/ws"+query, &websocket.DialOptions{
		Subprotocols: []string{"other", stream.Subprotocol}, HTTPHeader: sent, HTTPClient: &http.Client{Transport: &http.Transport{}},
	})
	if err != nil {
		h.Fatalf("%v: %+v", err, answer)
	}
	h.Cleanup(func() { _ = conn.CloseNow() })
	if conn.Subprotocol() != stream.Subprotocol {
		h.Errorf("speaks %q", conn.Subprotocol())
	}
	conn.SetReadLimit(1 << 20)
	return &socket{h, conn}
}

func (k *socket) read() string {
	k.Helper()
	kind, body, err := k.conn.Read(k.Context())
	if err != nil || kind != websocket.MessageText {
		k.Fatalf("%v %v", kind, err)
	}
	return string(body)
}

func (k *socket) notice(want string) (n stream.Notice) {
	k.Helper()
	if err := json.Unmarshal([]byte(k.read()), &n); err != nil || n.Type != want {
		k.Fatalf("%+v, %v, want %q", n, err, want)
	}
	return n
}

func (k *socket) events(n int) (bodies []string) {
	k.Helper()
	for range n {
		bodies = append(bodies, k.read())
	}
	return bodies
}

// closed reads until the server closes, and returns the code.
func (k *socket) closed() websocket.StatusCode {
	k.Helper()
	ctx, cancel := context.WithTimeout(k.Context(), 5*time.Minute)
	defer cancel()
	for {
		if _, _, err := k.conn.Read(ctx); err != nil {
			return websocket.CloseStatus(err)
		}
	}
}

func TestWebSocket_FramesAreTheWebhooksBodies(t *testing.T) {
	h, r := newHouse(t)
	captured(r)
	k, later := h.dial("?after=0"), h.dial("?last_event_id="+idOf(bodiesOf(r, "demo-shop")[0]))
	k.notice("ready")
	later.notice("ready")
	for range 5 {
		captured(r)
	}
	want := bodiesOf(r, "demo-shop")
	if got := k.events(12); !slices.Equal(got, want) {
		t.Errorf("heard\n%s\nwant\n%s", got, want)
	}
	if got := later.events(11); !slices.Equal(got, want[1:]) {
		t.Errorf("heard\n%s\nwant\n%s", got, want[1:])
	}
	if n := h.dial("?after=99").notice("reset"); n.LastSequence != 12 || n.Reason == "" {
		t.Errorf("dialed at sequence 99 of 12: want a reset that says why, got %+v", n)
	}
}

func TestWebSocket_RefusesOtherHandshakes(t *testing.T) {
	h, _, _ := newShelf(t, stream.Config{})
	good := []string{"Upgrade: websocket", "Connection: keep-alive, Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="}
	with := func(line string) []string { return append(slices.Clone(good), line) }
	h.refused("/v1/events/ws", 426, "websocket_expected")
	h.refused("/v1/events/ws", 426, "websocket_expected", with("Sec-WebSocket-Version: 8")...)
	h.refused("/v1/events/ws", 400, "subprotocol_unknown", with("Sec-WebSocket-Protocol: graphql-ws, mqtt")...)
	h.refused("/v1/events/ws", 403, "origin_foreign", with("Origin: https://evil.example")...)
	h.refused("/v1/events/ws", 403, "origin_foreign", with("Origin: null")...)
	if answer := h.get("/v1/events/ws", with("Sec-WebSocket-Key: short")...); answer.StatusCode != http.StatusBadRequest {
		t.Errorf("a key that is none: %s", answer.Status)
	}
	if answer := h.get("/v1/events/ws", good...); answer.StatusCode != http.StatusSwitchingProtocols {
		t.Errorf("without a subprotocol: %s", answer.Status)
	}
}

func TestWebSocket_ClosesWithAReason(t *testing.T) {
	h, _, _ := newShelf(t, stream.Config{})
	k := h.dial("")
	k.notice("ready")
	if err := k.conn.Write(t.Context(), websocket.MessageText, []byte(`{"type":"hello"}`)); err != nil {
		t.Fatal(err)
	}
	if got := k.closed(); got != stream.CloseSpoke {
		t.Errorf("a client that talks: %d", got)
	}
	k = h.dial("")
	if err := k.conn.Write(t.Context(), websocket.MessageBinary, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	if got := k.closed(); got != websocket.StatusMessageTooBig {
		t.Errorf("a giant frame: %d", got)
	}
	k = h.dial("", "Authorization: Bearer demo-shop-for-a-minute")
	k.notice("ready")
	awaitSeats(t, h, 1)
	h.clock.AwaitTimers(1)
	h.clock.Advance(time.Minute)
	if got := k.closed(); got != stream.CloseExpired {
		t.Errorf("an expired token: %d", got)
	}
	k = h.dial("")
	k.notice("ready")
	h.watch.revoke("demo-shop")
	if got := k.closed(); got != stream.CloseRevoked {
		t.Errorf("a revoked token: %d", got)
	}
	k = h.dial("")
	k.notice("ready")
	h.Close()
	if got := k.closed(); got != stream.CloseStopping {
		t.Errorf("at the end: %d", got)
	}
}

// A frame that says it has 4 EB is cut off at the bound, and no frame that is none
// keeps its seat.
func TestWebSocket_BelievesNoGiantFrame(t *testing.T) {
	h, _, _ := newShelf(t, stream.Config{})
	for name, head := range map[string]string{
		"4 EB":               "\x82\xff\x40\x00\x00\x00\x00\x00\x00\x00mask" + strings.Repeat("x", 4096),
		"a negative length":  "\x82\xff\xff\xff\xff\xff\xff\xff\xff\xffmask",
		"without a mask":     "\x81\x05hello",
		"a reserved bit":     "\xf1\x85maskhello",
		"an unknown opcode":  "\x83\x85maskhello",
		"a giant ping":       "\x89\xfe\xff\xffmask" + strings.Repeat("x", 1000),
		"a continuation":     "\x80\x85maskhello",
		"text that is not":   "\x81\x82\x00\x00\x00\x00\xff\xfe",
		"frames without end": strings.Repeat("\x01\x81mask.", 2000),
	} {
		conn := stalled(t, h, "/v1/events/ws", handshake)
		awaitSeats(t, h, 1)
		_, _ = io.WriteString(conn, head) // it may be cut off in the middle
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Minute))
		if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: still open", name)
		}
		_ = conn.Close()
		awaitSeats(t, h, 0)
	}
}

// A client whose network is gone without a word is found out by a ping.
func TestWebSocket_PingsFindWhoIsGone(t *testing.T) {
	h, _, _ := newShelf(t, stream.Config{Patience: stall})
	gone := stalled(t, h, "/v1/events/ws", handshake) // answers no ping
	awaitSeats(t, h, 1)
	k := h.dial("")
	k.notice("ready")
	answered := k.conn.CloseRead(t.Context()) // answers pings
	h.clock.AwaitTimers(2)
	h.clock.Advance(15 * time.Second)
	awaitSeats(t, h, 1)
	if answered.Err() != nil {
		t.Error("one who answers was dropped")
	}
	_ = gone.Close()
}
