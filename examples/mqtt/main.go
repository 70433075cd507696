// Command mqtt listens to a merchant's events over MQTT and prints a line for
// each: its type, the payment's id and the event's id. It needs RabbitMQ with its
// MQTT plugin, set to the exchange payment.events (mqtt.exchange).
//
//	SANDBANK_MQTT_URL       the broker, by default mqtt://127.0.0.1:1883
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

	mqtt "github.com/eclipse/paho.mqtt.golang"

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
	url := cmp.Or(os.Getenv("SANDBANK_MQTT_URL"), "mqtt://127.0.0.1:1883")
	merchant := cmp.Or(os.Getenv("SANDBANK_CLIENT_ID"), "demo-shop")
	secret := cmp.Or(os.Getenv("SANDBANK_CLIENT_SECRET"), "demo-shop-secret")
	err := patience.Run(*giveUp, os.Stderr, func(w *patience.Watch) error { return listen(w, url, merchant, secret, *once) })
	if err != nil {
		log.Fatal(err)
	}
}

func listen(w *patience.Watch, url, merchant, secret string, once bool) error {
	w.For(patience.Wait{What: "an answer of the broker", Hint: "start RabbitMQ with its MQTT plugin, or name another in SANDBANK_MQTT_URL", Brief: true})
	done, failed := make(chan struct{}, 1), make(chan error, 1)
	options := mqtt.NewClientOptions().AddBroker(url).SetUsername(merchant).SetPassword(secret)
	// The client's id has to begin with the merchant's and a dot. The session is kept, so that
	// what happens while this program is away is there when it is back.
	options.SetClientID(merchant + ".example-go").SetCleanSession(false)
	options.SetOnConnectHandler(func(c mqtt.Client) {
		// The routing key with slashes: payment/captured/demo-shop. Another merchant's is refused.
		subscribed := c.Subscribe("+/+/"+merchant, 1, func(_ mqtt.Client, m mqtt.Message) {
			var e event
			if err := json.Unmarshal(m.Payload(), &e); err != nil {
				failed <- err
				return
			}
			// Acknowledged on return. An event may come twice: a shop remembers the ids.
			fmt.Println(e.Type, e.Data.ID, e.ID)
			w.Heard()
			if once && slices.Contains(final, e.Type) {
				done <- struct{}{}
			}
		})
		if subscribed.Wait(); subscribed.Error() != nil {
			failed <- subscribed.Error()
			return
		}
		fmt.Fprintln(os.Stderr, "listening")
		w.For(patience.Wait{What: "an event of " + merchant, Hint: "make a payment, for example with: go run ./cmd/merchant load -n 1"})
	})
	client := mqtt.NewClient(options)
	if t := client.Connect(); t.Wait() && t.Error() != nil {
		return t.Error()
	}
	defer client.Disconnect(250)
	select {
	case <-done:
		return nil
	case err := <-failed:
		return err
	}
}
