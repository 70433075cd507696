// Command stomp listens to a merchant's events over STOMP and prints a line for
// each: its type, the payment's id and the event's id. It needs RabbitMQ with its
// STOMP plugin.
//
//	SANDBANK_STOMP_ADDR     the broker, by default 127.0.0.1:61613
//	SANDBANK_CLIENT_ID      the merchant's client, also its user
//	SANDBANK_CLIENT_SECRET  its secret, also the password
package main

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"slices"

	"github.com/go-stomp/stomp/v3"

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
	addr := cmp.Or(os.Getenv("SANDBANK_STOMP_ADDR"), "127.0.0.1:61613")
	merchant := cmp.Or(os.Getenv("SANDBANK_CLIENT_ID"), "demo-shop")
	secret := cmp.Or(os.Getenv("SANDBANK_CLIENT_SECRET"), "demo-shop-secret")
	err := patience.Run(*giveUp, os.Stderr, func(w *patience.Watch) error { return listen(w, addr, merchant, secret, *once) })
	if err != nil {
		log.Fatal(err)
	}
}

func listen(w *patience.Watch, addr, merchant, secret string, once bool) error {
	w.For(patience.Wait{What: "an answer of the broker", Hint: "start RabbitMQ with its STOMP plugin, or name another in SANDBANK_STOMP_ADDR", Brief: true})
	conn, err := stomp.Dial("tcp", addr, stomp.ConnOpt.Login(merchant, secret), stomp.ConnOpt.Host("/"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.MustDisconnect() }()
	// The queue behind the subscription has to have a name with the merchant's prefix. It is
	// durable, so that what happens while this program is away is there when it is back.
	header := stomp.SubscribeOpt.Header
	events, err := conn.Subscribe("/exchange/payment.events/*.*."+merchant, stomp.AckClientIndividual,
		header("x-queue-name", "merchant."+merchant+".example-stomp-go"), header("durable", "true"), header("auto-delete", "false"))
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "listening")
	w.For(patience.Wait{What: "an event of " + merchant, Hint: "make a payment, for example with: go run ./cmd/merchant load -n 1"})
	for m := range events.C {
		if m.Err != nil {
			return m.Err
		}
		var e event
		if err := json.Unmarshal(m.Body, &e); err != nil {
			return err
		}
		fmt.Println(e.Type, e.Data.ID, e.ID)
		w.Heard()
		// An event may come twice: a shop remembers the ids it has dealt with.
		if err := conn.Ack(m); err != nil {
			return err
		}
		if once && slices.Contains(final, e.Type) {
			return nil
		}
	}
	return fmt.Errorf("the connection ended; a real program connects again")
}
