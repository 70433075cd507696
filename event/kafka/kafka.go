// Package kafka writes events to a topic of Kafka. It is the writer of a sink;
// package sink decides which events to write, and when to try again.
package kafka

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"sandbank/event"
	"sandbank/event/format"
)

// The headers of a record.
const (
	HeaderID          = "event-id"
	HeaderType        = "event-type"
	HeaderMerchant    = "merchant"
	HeaderSequence    = "sequence"
	HeaderContentType = "content-type"
)

// Config says where and how events are written.
type Config struct {
	Brokers []string // host:port
	Topic   string
	Format  format.Format // the zero value is that of plain events
}

// Writer writes to one topic. Close it after use.
type Writer struct {
	Config
	client *kgo.Client
}

// New makes a writer. It connects when it first writes.
func New(c Config) (*Writer, error) {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(c.Brokers...), kgo.ClientID("sandbank"), kgo.DefaultProduceTopic(c.Topic),
		kgo.RequiredAcks(kgo.AllISRAcks()),
		// A write that takes too long must end, so that another processor may
		// take over. The events are then written again, and may be there twice.
		kgo.AllowIdempotentProduceCancellation(),
		kgo.AllowAutoTopicCreation(),
		// Common clients cannot read the library's default, snappy, without an
		// extra package.
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.ProducerLinger(0), kgo.DialTimeout(5*time.Second),
	)
	if err != nil {
		return nil, fmt.Errorf("kafka: %w", err)
	}
	if c.Format.Write == nil {
		c.Format = format.Of(format.Plain)
	}
	return &Writer{c, client}, nil
}

// Close ends the connections.
func (w *Writer) Close() { w.client.Close() }

// Write implements sink.Writer. The key is the payment's id: all of a payment is
// in one partition, in order.
func (w *Writer) Write(ctx context.Context, events []event.Event) (written int, err error) {
	failed := make([]error, len(events))
	var wait sync.WaitGroup
	wait.Add(len(events))
	for i, e := range events {
		w.client.Produce(ctx, w.record(e), func(_ *kgo.Record, err error) { failed[i] = err; wait.Done() })
	}
	wait.Wait()
	for i, err := range failed {
		if err != nil {
			return i, fmt.Errorf("kafka: event %s: %w", events[i].ID, err)
		}
	}
	return len(events), nil
}

func (w *Writer) record(e event.Event) *kgo.Record {
	header := func(key, value string) kgo.RecordHeader { return kgo.RecordHeader{Key: key, Value: []byte(value)} }
	return &kgo.Record{
		Key: []byte(e.Subject()), Value: w.Format.Write(e), Timestamp: e.At,
		Headers: []kgo.RecordHeader{
			header(HeaderID, e.ID), header(HeaderType, e.Type), header(HeaderMerchant, e.Merchant),
			header(HeaderSequence, strconv.FormatInt(e.Sequence, 10)), header(HeaderContentType, w.Format.MediaType),
		},
	}
}
