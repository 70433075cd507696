package check

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/tmaxmax/go-sse"

	"sandbank/event/feed"
	"sandbank/web/contract"
	"sandbank/web/graph"
	"sandbank/web/stream"
)

// upgrade asks for a WebSocket.
var upgrade = []string{"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}

// streams holds what is answered and told over streams to both documents.
func (h *house) streams() {
	h.t.Helper()
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
		h.t.Errorf("a notice on the WebSocket: want a reset as described, got %s: %v", body, err)
	}
	r, _ := http.NewRequestWithContext(h.t.Context(), http.MethodGet, h.url+path, nil)
	resp.Body = http.NoBody
	if err := CheckResponse(r, resp, nil); err != nil {
		h.t.Error(err)
	}
	h.asked["GET /v1/events/ws 101"] = true
	return func() { _ = conn.CloseNow() }
}

// graphql holds what is answered over GraphQL to the document.
func (h *house) graphql() {
	h.t.Helper()
	h.call("GET", "/graphql/schema.graphql", "")
	for query, code := range map[string]string{
		"{ lastSequence }": "", `{ payment(id: \"pay_1\") { id } }`: "payment_not_found", "{ payments(limit: 0) { nextCursor } }": "query_invalid",
	} {
		got := h.want(200, "", "POST", "/graphql", `{"query": "`+query+`"}`)
		if list, _ := got["errors"].([]any); (code != "") != (len(list) == 1) {
			h.t.Errorf("asked over GraphQL for %s: want code %q, got %v", query, code, got)
		}
	}
	// A client of JSON looks into the body; a client of the specification's own type looks at
	// the status.
	h.want(200, "", "POST", "/graphql", `{"query": "{ nothing }"}`)
	h.want(400, "", "POST", "/graphql", `{"query": "{ nothing }"}`, "Accept", "application/graphql-response+json")
	h.want(400, "json_invalid", "POST", "/graphql", `{}`)
	h.want(413, "body_too_large", "POST", "/graphql", `{"query": "`+strings.Repeat("x", 70_000)+`"}`)
	h.want(415, "content_type", "POST", "/graphql", `{}`, "Content-Type", "text/plain")
	ours := append(upgrade, "Sec-WebSocket-Protocol", graph.Subprotocol)
	h.want(426, "websocket_expected", "GET", "/graphql", "")
	h.want(400, "subprotocol_unknown", "GET", "/graphql", "", upgrade...)
	h.want(403, "origin_foreign", "GET", "/graphql", "", append(ours, "Origin", "https://evil.example")...)
	h.want(401, "token_invalid", "GET", "/graphql", "", append(ours, "Authorization", "Bearer x")...)
	h.graphqlStreams(ours)
}

// graphqlStreams opens as many as there can be, and one more.
func (h *house) graphqlStreams(upgrade []string) {
	h.t.Helper()
	r, _ := http.NewRequestWithContext(h.t.Context(), http.MethodGet, h.url+"/graphql", nil)
	for range 2 {
		conn, resp, err := websocket.Dial(h.t.Context(), h.url+"/graphql", &websocket.DialOptions{
			HTTPHeader: http.Header{"Authorization": {"Bearer " + h.token}}, Subprotocols: []string{graph.Subprotocol},
		})
		if err != nil {
			h.t.Fatal(err)
		}
		defer func() { _ = conn.CloseNow() }()
		resp.Body = http.NoBody
		if err := CheckResponse(r, resp, nil); err != nil {
			h.t.Error(err)
		}
	}
	h.asked["GET /graphql 101"] = true
	h.want(429, "too_many_streams", "GET", "/graphql", "", upgrade...)
	h.want(429, "too_many_streams", "POST", "/graphql", `{"query": "subscription { events { id } }"}`, "Accept", "text/event-stream")
}

// The document lists the code's close codes.
func TestStreams_CloseCodesAreDescribed(t *testing.T) {
	t.Parallel()
	text := at(t, tree(t, contract.OpenAPI()), "paths", "/v1/events/ws", "get", "description").(string)
	for _, code := range []websocket.StatusCode{stream.CloseStopping, stream.CloseSpoke, websocket.StatusMessageTooBig, stream.CloseLater, stream.CloseExpired} {
		if !bytes.Contains([]byte(text), []byte("| "+strconv.Itoa(int(code))+" |")) {
			t.Errorf("%d is not described", code)
		}
	}
}

// So are the bounds.
func TestStreams_BoundsAreDescribed(t *testing.T) {
	t.Parallel()
	text := at(t, tree(t, contract.OpenAPI()), "paths", "/v1/events/stream", "get", "description").(string)
	want := fmt.Sprintf("There can be %d streams of one merchant, and %d in all.", feed.SeatsPerMerchant, feed.SeatsInAll)
	if !strings.Contains(strings.ReplaceAll(text, "\n", " "), want) {
		t.Errorf("the description does not say %q", want)
	}
}
