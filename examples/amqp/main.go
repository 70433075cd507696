// Command amqp listens to a merchant's events over AMQP 0-9-1 and prints a line
// for each: its type, the payment's id and the event's id.
//
//	SANDBANK_AMQP_URL       the broker, by default amqp://127.0.0.1:5672/
//	SANDBANK_CLIENT_ID      the merchant's client, also its AMQP user
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

	amqp "github.com/rabbitmq/amqp091-go"

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
	url := cmp.Or(os.Getenv("SANDBANK_AMQP_URL"), "amqp://127.0.0.1:5672/")
	merchant := cmp.Or(os.Getenv("SANDBANK_CLIENT_ID"), "demo-shop")
	secret := cmp.Or(os.Getenv("SANDBANK_CLIENT_SECRET"), "demo-shop-secret")
	err := patience.Run(*giveUp, os.Stderr, func(w *patience.Watch) error { return listen(w, url, merchant, secret, *once) })
	if err != nil {
		log.Fatal(err)
	}
}

func listen(w *patience.Watch, url, merchant, secret string, once bool) error {
	w.For(patience.Wait{What: "an answer of the broker", Hint: "start a processor with --amqp-addr 127.0.0.1:5672, or name another in SANDBANK_AMQP_URL", Brief: true})
	// Credentials given here take precedence over those of the URL.
	conn, err := amqp.DialConfig(url, amqp.Config{SASL: []amqp.Authentication{&amqp.PlainAuth{Username: merchant, Password: secret}}})
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	ch, err := conn.Channel()
	if err != nil {
		return err
	}
	// Durable, so that what happens while this program is away is there when it is back.
	// The name has to begin with the merchant's prefix.
	q, err := ch.QueueDeclare("merchant."+merchant+".example-go", true, false, false, false, nil)
	if err != nil {
		return err
	}
	// Two words for the type of event, then the merchant. Another merchant's is refused.
	if err := ch.QueueBind(q.Name, "*.*."+merchant, "payment.events", false, nil); err != nil {
		return err
	}
	deliveries, err := ch.Consume(q.Name, "", false, false, false, false, nil)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "listening")
	w.For(patience.Wait{What: "an event of " + merchant, Hint: "make a payment, for example with: go run ./cmd/merchant load -n 1"})
	for d := range deliveries {
		var e event
		if err := json.Unmarshal(d.Body, &e); err != nil {
			return err
		}
		fmt.Println(e.Type, e.Data.ID, e.ID)
		w.Heard()
		// An event may come twice: a shop remembers the ids it has dealt with.
		if err := d.Ack(false); err != nil {
			return err
		}
		if once && slices.Contains(final, e.Type) {
			return nil
		}
	}
	return fmt.Errorf("the connection ended; a real program connects again")
}
