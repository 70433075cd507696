// Command webhook registers itself as a webhook endpoint, verifies messages and
// prints a line for each event: its type, the payment's id and the event's id.
//
//	SANDBANK_URL            the processor, by default http://127.0.0.1:8080
//	SANDBANK_CLIENT_ID      the merchant's client
//	SANDBANK_CLIENT_SECRET  its secret
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

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
	base := cmp.Or(os.Getenv("SANDBANK_URL"), "http://127.0.0.1:8080")
	id := cmp.Or(os.Getenv("SANDBANK_CLIENT_ID"), "demo-shop")
	secret := cmp.Or(os.Getenv("SANDBANK_CLIENT_SECRET"), "demo-shop-secret")
	err := patience.Run(*giveUp, os.Stderr, func(w *patience.Watch) error { return receive(w, base, id, secret, *once) })
	if err != nil {
		log.Fatal(err)
	}
}

func receive(w *patience.Watch, base, id, secret string, once bool) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	w.For(patience.Wait{What: "an answer of " + base, Hint: "start a processor, or name another in SANDBANK_URL", Brief: true})
	signing, err := register(base, id, secret, "http://"+listener.Addr().String()+"/hooks")
	if err != nil {
		return err
	}
	verifier, err := webhooks.NewWebhook(signing)
	if err != nil {
		return err
	}
	done := make(chan struct{})
	http.HandleFunc("POST /hooks", func(out http.ResponseWriter, r *http.Request) {
		// The signature is over the bytes as they came: read them before anything parses them.
		body, err := io.ReadAll(http.MaxBytesReader(out, r.Body, 1<<20))
		if err == nil {
			err = verifier.Verify(body, r.Header)
		}
		var e event
		if err == nil {
			err = json.Unmarshal(body, &e)
		}
		if err != nil {
			http.Error(out, err.Error(), http.StatusBadRequest)
			return
		}
		// An event may come twice, and before one that is older: a shop remembers
		// the ids it has dealt with and goes by the sequence.
		fmt.Println(e.Type, e.Data.ID, e.ID)
		w.Heard()
		out.WriteHeader(http.StatusNoContent) // at once: what takes time is done after
		if once && slices.Contains(final, e.Type) {
			close(done)
		}
	})
	fmt.Fprintln(os.Stderr, "listening")
	w.For(patience.Wait{What: "a webhook", Hint: "make a payment, for example with: go run ./cmd/merchant load -n 1"})
	go func() { log.Fatal(http.Serve(listener, nil)) }()
	<-done
	return nil
}

// register asks for webhooks and returns the secret that they will be signed with.
func register(base, id, secret, receiver string) (string, error) {
	form, _ := http.NewRequest(http.MethodPost, base+"/oauth/token", strings.NewReader("grant_type=client_credentials"))
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	form.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret))
	var token struct {
		Access string `json:"access_token"`
	}
	if err := ask(form, &token); err != nil {
		return "", err
	}
	wish, _ := json.Marshal(map[string]string{"url": receiver})
	r, _ := http.NewRequest(http.MethodPost, base+"/v1/webhook-endpoints", bytes.NewReader(wish))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token.Access)
	var endpoint struct {
		Secret string `json:"secret"`
	}
	err := ask(r, &endpoint)
	return endpoint.Secret, err
}

func ask(r *http.Request, into any) error {
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s\n%s", r.Method, r.URL, answer.Status, body)
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}
