package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"

	"sandbank/event"
	"sandbank/event/feed"
	"sandbank/event/kafka"
	"sandbank/event/sink"
)

// streams tells those who read the log of events here: listeners, and the sink
// where there is one.
type streams struct {
	*feed.Feed
	sink *sink.Sink // nil for none
}

// Committed implements processor.Streams.
func (s streams) Committed(events []event.Event) {
	s.Feed.Committed(events)
	if s.sink != nil {
		s.sink.Wake()
	}
}

// Stale tells that another processor committed. That one writes what it
// committed; this one helps.
func (s streams) Stale(merchant string) {
	s.Feed.Stale(merchant)
	if s.sink != nil {
		s.sink.Wake()
	}
}

// openSink makes the sink to Kafka where it is asked for. A topic has cursors of
// its own: another topic is written from the first event on.
func (n *node) openSink() error {
	if len(n.KafkaBrokers) == 0 {
		return nil
	}
	writer, err := kafka.New(kafka.Config{Brokers: n.KafkaBrokers, Topic: n.KafkaTopic, Format: event.Format(n.KafkaFormat)})
	if err != nil {
		return err
	}
	n.toKafka, n.sink = writer, sink.New("kafka/"+n.KafkaTopic, rand.Text(), n.store, writer, n.clock, n.log)
	return nil
}

// runSink writes to Kafka until ctx ends.
func (n *node) runSink(ctx context.Context) {
	if n.sink != nil {
		n.sink.Run(ctx)
	}
	if n.toKafka != nil {
		n.toKafka.Close()
	}
}

// checkKafka reports what is wrong with Kafka's flags.
func (c runCommand) checkKafka() error {
	var faults []error
	for _, address := range c.KafkaBrokers {
		if host, port, err := net.SplitHostPort(address); err != nil || host == "" || port == "" {
			faults = append(faults, fmt.Errorf("--kafka-brokers %q: write each as host:port, with commas between them", address))
		}
	}
	if c.KafkaTopic == "" {
		faults = append(faults, errors.New("--kafka-topic: a topic needs a name"))
	}
	return errors.Join(faults...)
}
