// Command graphql subscribes to a merchant's events over GraphQL, by WebSocket with
// graphql-transport-ws, and prints a line for each: its type, the payment's id and
// the event's id.
//
//	SANDBANK_URL            the processor, by default http://127.0.0.1:8080
//	SANDBANK_CLIENT_ID      the merchant's client
//	SANDBANK_CLIENT_SECRET  its secret
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"

	"sandbank/examples/patience"
)

var final = []string{"payment.captured", "payment.declined", "payment.failed", "payment.canceled"}

func main() {
	once := flag.Bool("once", false, "end after the first final event")
	giveUp := patience.Flag()
	flag.Parse()
	last := "" // a real program keeps it, and goes on there after a restart
	err := patience.Run(*giveUp, os.Stderr, func(w *patience.Watch) error {
		for {
			w.For(patience.Wait{What: "an answer of " + base, Hint: "start a processor, or name another in SANDBANK_URL", Brief: true})
			err := listen(w, &last, *once)
			if errors.Is(err, errDone) {
				return nil
			}
			fmt.Fprintln(os.Stderr, "connecting again:", err)
			time.Sleep(2 * time.Second)
		}
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// anEvent is what is waited for once a processor has answered.
var anEvent = patience.Wait{What: "an event", Hint: "make a payment, for example with: go run ./cmd/merchant load -n 1"}

var errDone = errors.New("done")

func setting(name, otherwise string) string { return cmp.Or(os.Getenv(name), otherwise) }

var base = setting("SANDBANK_URL", "http://127.0.0.1:8080")

// web bounds each question; the stream is none.
var web = &http.Client{Timeout: 45 * time.Second}

// token asks for an access token; it is good for 15 minutes.
func token() (string, error) {
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {setting("SANDBANK_CLIENT_ID", "demo-shop")},
		"client_secret": {setting("SANDBANK_CLIENT_SECRET", "demo-shop-secret")},
	}
	answer, err := web.PostForm(base+"/oauth/token", form)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	var got struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil || got.AccessToken == "" {
		return "", fmt.Errorf("no token: %s %v", answer.Status, err)
	}
	return got.AccessToken, nil
}

const subscription = `subscription ($after: ID) { events(after: $after) { id type payment { id } } }`

// message is one of graphql-transport-ws.
type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// result is one result of the subscription.
type result struct {
	Data struct {
		Events struct {
			ID, Type string
			Payment  struct{ ID string }
		}
	}
	Errors json.RawMessage
}

// listen hears events until the connection ends, as it does with its token.
func listen(w *patience.Watch, last *string, once bool) error {
	ctx := context.Background()
	bearer, err := token()
	if err != nil {
		return err
	}
	conn, _, err := websocket.Dial(ctx, base+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		return err
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(1 << 20)
	hello, _ := json.Marshal(map[string]string{"authorization": "Bearer " + bearer})
	if err := wsjson.Write(ctx, conn, message{Type: "connection_init", Payload: hello}); err != nil {
		return err
	}
	for {
		var m message
		if err := wsjson.Read(ctx, conn, &m); err != nil {
			return err
		}
		switch m.Type {
		case "connection_ack":
			variables := map[string]any{"after": nil}
			if *last != "" {
				variables["after"] = *last
			}
			ask, _ := json.Marshal(map[string]any{"query": subscription, "variables": variables})
			w.For(anEvent)
			fmt.Fprintln(os.Stderr, "listening")
			err = wsjson.Write(ctx, conn, message{ID: "events", Type: "subscribe", Payload: ask})
		case "ping":
			err = wsjson.Write(ctx, conn, message{Type: "pong"})
		case "next":
			err = tell(m.Payload, w, last, once)
		case "error", "complete":
			err = fmt.Errorf("%s %s", m.Type, m.Payload)
		}
		if err != nil {
			return err
		}
	}
}

func tell(payload []byte, w *patience.Watch, last *string, once bool) error {
	var r result
	if err := json.Unmarshal(payload, &r); err != nil || r.Errors != nil {
		return fmt.Errorf("%s %v", r.Errors, err)
	}
	e := r.Data.Events
	*last = e.ID
	fmt.Println(e.Type, e.Payment.ID, e.ID)
	w.Heard()
	if once && slices.Contains(final, e.Type) {
		return errDone
	}
	return nil
}
