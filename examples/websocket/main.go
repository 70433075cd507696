// Command websocket listens to a merchant's events over WebSocket and prints a line
// for each: its type, the payment's id and the event's id.
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
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"

	"sandbank/examples/patience"
)

// event is what an example needs of an event.
type event struct {
	ID   string `json:"id"`
	Type string `json:"type"`
	Data struct {
		ID string `json:"id"`
	} `json:"data"`
}

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

// notice is a message of the stream itself; its type has no dot.
type notice struct {
	LastSequence int64 `json:"last_sequence"`
}

// listen hears events until the connection ends, as it does with its token.
func listen(w *patience.Watch, last *string, once bool) error {
	ctx := context.Background()
	bearer, err := token()
	if err != nil {
		return err
	}
	address := base + "/v1/events/ws"
	if *last != "" {
		address += "?after=" + *last
	}
	conn, _, err := websocket.Dial(ctx, address, &websocket.DialOptions{
		HTTPHeader: http.Header{"Authorization": {"Bearer " + bearer}}, Subprotocols: []string{"sandbank.events.v1"},
	})
	if err != nil {
		return err
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(1 << 20)
	for {
		_, frame, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		var e event
		if err := json.Unmarshal(frame, &e); err != nil {
			return err
		}
		if !strings.Contains(e.Type, ".") { // "ready", or "reset" where the place is unknown
			var n notice
			if err := json.Unmarshal(frame, &n); err != nil {
				return err
			}
			*last = strconv.FormatInt(n.LastSequence, 10)
			w.For(anEvent)
			fmt.Fprintln(os.Stderr, "listening:", string(frame))
			continue
		}
		*last = e.ID
		fmt.Println(e.Type, e.Data.ID, e.ID)
		w.Heard()
		if once && slices.Contains(final, e.Type) {
			return errDone
		}
	}
}
