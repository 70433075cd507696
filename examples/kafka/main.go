// Command kafka reads a merchant's events from a topic of Kafka and prints a line
// for each: its type, the payment's id and the event's id. It needs a processor
// that runs with --kafka-brokers. All merchants are in one topic: this is for
// operators of the processor, and has no credentials of a merchant.
//
//	SANDBANK_KAFKA_BROKERS  host:port,…, by default 127.0.0.1:9092
//	SANDBANK_KAFKA_TOPIC    by default payment.events
//	SANDBANK_CLIENT_ID      the merchant to print, by default demo-shop
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

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
	brokers := strings.Split(cmp.Or(os.Getenv("SANDBANK_KAFKA_BROKERS"), "127.0.0.1:9092"), ",")
	topic := cmp.Or(os.Getenv("SANDBANK_KAFKA_TOPIC"), "payment.events")
	merchant := cmp.Or(os.Getenv("SANDBANK_CLIENT_ID"), "demo-shop")
	err := patience.Run(*giveUp, os.Stderr, func(w *patience.Watch) error {
		return listen(context.Background(), w, brokers, topic, merchant, *once)
	})
	if err != nil {
		log.Fatal(err)
	}
}

func listen(ctx context.Context, w *patience.Watch, brokers []string, topic, merchant string, once bool) error {
	// A group remembers how far it has read; the first time it begins at the beginning.
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ConsumeTopics(topic), kgo.ConsumerGroup("example-go-"+merchant),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit())
	if err != nil {
		return err
	}
	defer client.Close()
	w.For(patience.Wait{What: "an answer of " + strings.Join(brokers, ","), Hint: "start Kafka, or name another in SANDBANK_KAFKA_BROKERS", Brief: true})
	// A client that finds no broker would look for one for ever, in silence.
	reach, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := client.Ping(reach); err != nil {
		return fmt.Errorf("%s cannot be reached within 30 s: %w; name another in SANDBANK_KAFKA_BROKERS", strings.Join(brokers, ","), err)
	}
	fmt.Fprintln(os.Stderr, "listening")
	w.For(patience.Wait{What: "an event of " + merchant, Hint: "is the processor running with --kafka-brokers? make a payment, for example with: go run ./cmd/merchant load -n 1"})
	for {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return err
		}
		ended := false
		for _, r := range fetches.Records() {
			if header(r, "merchant") != merchant || ended {
				continue
			}
			var e event
			if err := json.Unmarshal(r.Value, &e); err != nil {
				return err
			}
			// An event may come twice, under one id. The events of one payment come in order.
			fmt.Println(e.Type, e.Data.ID, e.ID)
			w.Heard()
			ended = once && slices.Contains(final, e.Type)
		}
		if err := client.CommitUncommittedOffsets(ctx); err != nil || ended {
			return err
		}
	}
}

func header(r *kgo.Record, key string) string {
	for _, h := range r.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}
