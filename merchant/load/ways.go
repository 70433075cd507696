package load

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// maxFrame bounds one event, in bytes.
const maxFrame = 1 << 20

// refusedFor tells a refusal that lasts from one that passes.
func refusedFor(status int) error {
	if status >= 500 || status == http.StatusUnauthorized {
		return fmt.Errorf("%d", status)
	}
	return fmt.Errorf("%w: %d", errRefused, status)
}

func (e *Ear) overSSE(ctx context.Context, bearer string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, e.Base+"/v1/events/stream?after="+strconv.FormatInt(e.after(), 10), nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+bearer)
	answer, err := e.http.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return refusedFor(answer.StatusCode)
	}
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(make([]byte, 0, 4096), maxFrame)
	name := ""
	for lines.Scan() {
		field, value, _ := bytes.Cut(lines.Bytes(), []byte(": "))
		switch {
		case len(lines.Bytes()) == 0:
			name = ""
		case string(field) == "event":
			name = string(value)
		case string(field) != "data":
		case name == "ready":
			e.open()
		case name == "reset":
			e.reset(string(value))
		case name == "revoked": // the end follows
		default:
			if err := e.take(value); err != nil {
				return err
			}
		}
	}
	return errors.Join(lines.Err(), errors.New("the stream ended"))
}

func (e *Ear) dial(ctx context.Context, path, subprotocol, bearer string) (*websocket.Conn, error) {
	conn, answer, err := websocket.Dial(ctx, e.Base+path, &websocket.DialOptions{
		HTTPClient: e.http, HTTPHeader: http.Header{"Authorization": {"Bearer " + bearer}}, Subprotocols: []string{subprotocol},
	})
	if err != nil {
		if answer != nil {
			return nil, refusedFor(answer.StatusCode)
		}
		return nil, err
	}
	conn.SetReadLimit(maxFrame)
	return conn, nil
}

func (e *Ear) overWebSocket(ctx context.Context, bearer string) error {
	conn, err := e.dial(ctx, "/v1/events/ws?after="+strconv.FormatInt(e.after(), 10), "sandbank.events.v1", bearer)
	if err != nil {
		return err
	}
	defer func() { _ = conn.CloseNow() }()
	for {
		_, frame, err := conn.Read(ctx)
		switch {
		case err != nil:
			return err
		case bytes.HasPrefix(frame, []byte(`{"type":"ready"`)):
			e.open()
		case bytes.HasPrefix(frame, []byte(`{"type":"reset"`)):
			e.reset(string(frame))
		default:
			if err := e.take(frame); err != nil {
				return err
			}
		}
	}
}

// envelope is one message of graphql-transport-ws.
type envelope struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

func (e *Ear) overGraphQL(ctx context.Context, bearer string) error {
	conn, err := e.dial(ctx, "/graphql", "graphql-transport-ws", bearer)
	if err != nil {
		return err
	}
	defer func() { _ = conn.CloseNow() }()
	if err := wsjson.Write(ctx, conn, envelope{Type: "connection_init"}); err != nil {
		return err
	}
	for {
		var m envelope
		if err := wsjson.Read(ctx, conn, &m); err != nil {
			return err
		}
		switch m.Type {
		case "connection_ack":
			ask := fmt.Sprintf(`{"query": "subscription { events(after: %d) { body } }"}`, e.after())
			e.open()
			err = wsjson.Write(ctx, conn, envelope{ID: "1", Type: "subscribe", Payload: json.RawMessage(ask)})
		case "ping":
			err = wsjson.Write(ctx, conn, envelope{Type: "pong"})
		case "next":
			err = e.takeNext(m.Payload)
		default:
			err = fmt.Errorf("%s %s", m.Type, m.Payload)
		}
		if err != nil {
			return err
		}
	}
}

func (e *Ear) takeNext(payload []byte) error {
	var got struct {
		Data struct {
			Events struct{ Body string }
		}
		Errors []struct{ Message string }
	}
	if err := json.Unmarshal(payload, &got); err != nil {
		return err
	}
	if len(got.Errors) > 0 {
		if strings.Contains(string(payload), "event_not_found") {
			e.reset(got.Errors[0].Message)
		}
		return errors.New(got.Errors[0].Message)
	}
	return e.take([]byte(got.Data.Events.Body))
}
