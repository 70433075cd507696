package main

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"sandbank/event/format"
	"sandbank/event/kafka"
	"sandbank/node"
)

// sinks are Kafka, where it is asked for. A topic has cursors of its own: another topic is written
// from the first event on.
func (c runCommand) sinks() ([]node.Sink, error) {
	var faults []error
	for _, address := range c.KafkaBrokers {
		if host, port, err := net.SplitHostPort(address); err != nil || host == "" || port == "" {
			faults = append(faults, fmt.Errorf("--kafka-brokers %q: write each as host:port, with commas between them", address))
		}
	}
	if c.KafkaTopic == "" {
		faults = append(faults, errors.New("--kafka-topic: a topic needs a name"))
	}
	if len(faults) > 0 || len(c.KafkaBrokers) == 0 {
		return nil, errors.Join(faults...)
	}
	return []node.Sink{{
		Name: "kafka/" + c.KafkaTopic, Where: "Kafka       " + strings.Join(c.KafkaBrokers, ", ") + ", topic " + c.KafkaTopic,
		Open: func() (node.Writer, error) {
			return kafka.New(kafka.Config{Brokers: c.KafkaBrokers, Topic: c.KafkaTopic, Format: format.Of(format.Name(c.KafkaFormat))})
		},
	}}, nil
}
