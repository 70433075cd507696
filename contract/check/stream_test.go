package check

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"testing"

	"github.com/coder/websocket"
	"github.com/tmaxmax/go-sse"

	"sandbank/contract"
	"sandbank/stream"
)

// streams holds what is answered and told over streams to both documents.
func (h *house) streams() {
	h.t.Helper()
	upgrade := []string{"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}
	for path, headers := range map[string][]string{"/v1/events/stream": nil, "/v1/events/ws": upgrade} {
		with := func(more ...string) []string { return append(append([]string(nil), headers...), more...) }
		h.want(400, "query_invalid", "GET", path+"?after=x", "", headers...)
		h.want(400, "query_invalid", "GET", path+"?types=paid", "", headers...)
		h.want(404, "payment_not_found", "GET", path+"?payment=pay_1", "", headers...)
		h.want(401, "token_invalid", "GET", path, "", with("Authorization", "Bearer x")...)
	}
	h.want(426, "websocket_expected", "GET", "/v1/events/ws", "")
	h.want(400, "subprotocol_unknown", "GET", "/v1/events/ws", "", append(upgrade, "Sec-WebSocket-Protocol", "mqtt")...)
	h.want(403, "origin_foreign", "GET", "/v1/events/ws", "", append(upgrade, "Origin", "https://evil.example")...)
	endStream, endSocket := h.hearStream("/v1/events/stream?after=0&types=payment.captured"), h.hearSocket("/v1/events/ws?after=999")
	h.want(429, "too_many_streams", "GET", "/v1/events/stream", "")
	h.want(429, "too_many_streams", "GET", "/v1/events/ws", "", upgrade...)
	endStream()
	endSocket()
}

// hearStream hears one notice and one event over server-sent events.
func (h *house) hearStream(path string) (end func()) {
	h.t.Helper()
	ctx, cancel := context.WithCancel(h.t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url+path, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+h.token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	var heard []string
	for e, err := range sse.Read(resp.Body, nil) {
		name := "event"
		if e.Type != "" {
			name = "notice"
		}
		if err != nil {
			h.t.Fatal(err)
		}
		if err := CheckMessage(name, []byte(e.Data)); err != nil {
			h.t.Error(err)
		}
		if heard = append(heard, name); len(heard) == 2 {
			break
		}
	}
	if err := CheckResponse(r, resp, []byte("retry: 2000\n\n")); err != nil || len(heard) != 2 || heard[1] != "event" {
		h.t.Errorf("heard %v: %v", heard, err)
	}
	h.asked["GET /v1/events/stream 200"] = true
	return func() { cancel(); _ = resp.Body.Close() }
}

// hearSocket hears a reset over WebSocket.
func (h *house) hearSocket(path string) (end func()) {
	h.t.Helper()
	header := http.Header{"Authorization": {"Bearer " + h.token}}
	conn, resp, err := websocket.Dial(h.t.Context(), h.url+path, &websocket.DialOptions{HTTPHeader: header, Subprotocols: []string{stream.Subprotocol}})
	if err != nil {
		h.t.Fatal(err)
	}
	_, body, err := conn.Read(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	if err := CheckMessage("notice", body); err != nil || !bytes.Contains(body, []byte("reset")) {
		h.t.Errorf("%s: %v", body, err)
	}
	r, _ := http.NewRequestWithContext(h.t.Context(), http.MethodGet, h.url+path, nil)
	resp.Body = http.NoBody
	if err := CheckResponse(r, resp, nil); err != nil {
		h.t.Error(err)
	}
	h.asked["GET /v1/events/ws 101"] = true
	return func() { _ = conn.CloseNow() }
}

// The close codes that the document lists are those of the code.
func TestStreams_CloseCodesAreDescribed(t *testing.T) {
	t.Parallel()
	text := at(t, tree(t, contract.OpenAPI()), "paths", "/v1/events/ws", "get", "description").(string)
	for _, code := range []websocket.StatusCode{stream.CloseStopping, stream.CloseSpoke, websocket.StatusMessageTooBig, stream.CloseLater, stream.CloseExpired} {
		if !bytes.Contains([]byte(text), []byte("| "+strconv.Itoa(int(code))+" |")) {
			t.Errorf("%d is not described", code)
		}
	}
}
