package kafka_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"

	"sandbank/event"
	"sandbank/event/feed"
	"sandbank/event/format"
	"sandbank/event/kafka"
	"sandbank/event/sink"
	"sandbank/internal/engine"
	"sandbank/internal/processortest"
	"sandbank/payment"
	"sandbank/processor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const topic = "payment.events"

// cluster is a Kafka in this process that keeps what it has in a folder and can
// go and come back on the same port.
type cluster struct {
	*testing.T
	*kfake.Cluster
	port   int
	folder string
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	_, port, err := net.SplitHostPort(engine.Address(t))
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{T: t, folder: t.TempDir()}
	if c.port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *cluster) begin() {
	c.Helper()
	var err error
	c.Cluster, err = kfake.NewCluster(kfake.Ports(c.port), kfake.SeedTopics(4, topic), kfake.DataDir(c.folder), kfake.SyncWrites())
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(c.Cluster.Close)
}

func (c *cluster) address() string { return "127.0.0.1:" + strconv.Itoa(c.port) }

func (c *cluster) writer(name format.Name) *kafka.Writer {
	c.Helper()
	w, err := kafka.New(kafka.Config{Brokers: []string{c.address()}, Topic: topic, Format: format.Of(name)})
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(w.Close)
	return w
}

// read waits until the topic has records of n different events, and returns all
// records.
func (c *cluster) read(n int) (all []*kgo.Record) {
	c.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.address()), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		c.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(c.Context(), time.Minute)
	defer cancel()
	for seen := map[string]bool{}; len(seen) < n; {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			c.Fatalf("%d of %d events came", len(seen), n)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			all = append(all, r)
			seen[header(r, kafka.HeaderID)] = true
		})
	}
	return all
}

func header(r *kgo.Record, key string) string {
	for _, h := range r.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}

// inOrder checks that the first copies of each payment's events stand in one
// partition, in the order of their sequence.
func inOrder(t *testing.T, records []*kgo.Record) {
	t.Helper()
	seen, last, partition := map[string]bool{}, map[string]int64{}, map[string]int32{}
	for _, r := range records {
		id, key := header(r, kafka.HeaderID), string(r.Key)
		if p, ok := partition[key]; ok && p != r.Partition {
			t.Errorf("payment %s is in partitions %d and %d", key, p, r.Partition)
		}
		partition[key] = r.Partition
		if seen[id] {
			continue
		}
		seen[id] = true
		sequence, err := strconv.ParseInt(header(r, kafka.HeaderSequence), 10, 64)
		if err != nil || sequence <= last[key] {
			t.Errorf("payment %s: %d after %d, %v", key, sequence, last[key], err)
		}
		last[key] = sequence
	}
}

func events(from, n int) (list []event.Event) {
	for i := range n {
		at := from + i
		payment := fmt.Sprintf("pay_%d", at%3)
		list = append(list, event.Event{
			ID: fmt.Sprintf("evt_%d", at), Type: "payment.captured", Merchant: "demo-shop", Payment: payment, Sequence: int64(at),
			At: time.Date(2026, 3, 14, 14, 5, 31, 390e6, time.UTC), Data: []byte(`{"id":"` + payment + `"}`),
		})
	}
	return list
}

func TestWriter_WritesWhatAnEventIs(t *testing.T) {
	c := newCluster(t)
	c.begin()
	want := events(1, 20)
	if n, err := c.writer(format.Plain).Write(t.Context(), want); n != 20 || err != nil {
		t.Fatal(n, err)
	}
	records := c.read(20)
	inOrder(t, records)
	for _, r := range records {
		sequence, _ := strconv.Atoi(header(r, kafka.HeaderSequence))
		e := want[sequence-1]
		if string(r.Key) != e.Payment || string(r.Value) != string(e.Body()) || !r.Timestamp.Equal(e.At) || header(r, kafka.HeaderID) != e.ID ||
			header(r, kafka.HeaderType) != e.Type || header(r, kafka.HeaderMerchant) != e.Merchant || header(r, kafka.HeaderContentType) != "application/json" {
			t.Errorf("%s is not %+v", r.Value, e)
		}
	}
}

func TestWriter_WritesCloudEvents(t *testing.T) {
	c := newCluster(t)
	c.begin()
	if _, err := c.writer(format.Clouds).Write(t.Context(), events(1, 1)); err != nil {
		t.Fatal(err)
	}
	r := c.read(1)[0]
	var e cloudevents.Event
	if err := json.Unmarshal(r.Value, &e); err != nil || e.Validate() != nil {
		t.Fatal(err, e.Validate())
	}
	if e.ID() != "evt_1" || header(r, kafka.HeaderContentType) != event.CloudEventType {
		t.Error(e, r.Headers)
	}
}

// Nobody is there: the write ends with its context. Afterwards the same writer
// writes.
func TestWriter_ComesBack(t *testing.T) {
	c := newCluster(t)
	w := c.writer(format.Plain)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if n, err := w.Write(ctx, events(1, 5)); n != 0 || err == nil {
		t.Errorf("wrote %d to nobody, %v", n, err)
	}
	c.begin()
	if n, err := w.Write(t.Context(), events(1, 5)); n != 5 || err != nil {
		t.Error(n, err)
	}
	c.read(5)
}

// Kafka takes a record and never answers: the write ends with its context all the
// same, or the lease would run out over it. Written again, everything is there.
func TestWriter_EndsWithoutAnAnswer(t *testing.T) {
	c := newCluster(t)
	c.begin()
	w := c.writer(format.Plain)
	if _, err := w.Write(t.Context(), events(1, 1)); err != nil {
		t.Fatal(err)
	}
	asked, release := make(chan struct{}), make(chan struct{})
	first := sync.OnceFunc(func() { close(asked) }) // of the brokers
	c.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		first()
		<-release
		return nil, nil, false
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	n, err := w.Write(ctx, events(2, 3))
	if n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d written, %v", n, err)
	}
	close(release)
	if n, err := w.Write(t.Context(), events(2, 3)); n != 3 || err != nil {
		t.Errorf("%d written, %v", n, err)
	}
	inOrder(t, c.read(4))
}

// A refused record is counted, and so is everything behind it in its partition.
func TestWriter_CountsUpToTheFirstThatFailed(t *testing.T) {
	c := newCluster(t)
	c.begin()
	w := c.writer(format.Plain)
	if _, err := w.Write(t.Context(), events(1, 1)); err != nil {
		t.Fatal(err)
	}
	c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: topic, Err: kerr.MessageTooLarge, Count: -1})
	if n, err := w.Write(t.Context(), events(2, 3)); n != 0 || err == nil {
		t.Error(n, err)
	}
}

// rig is a processor with a sink at work on its store.
type rig struct {
	*processortest.Rig
	c     *cluster
	sinks []*sink.Sink
}

// waking tells a sink of what is committed, as the commands wire it.
type waking struct {
	*feed.Feed
	wake func()
}

func (w waking) Committed(events []event.Event) { w.Feed.Committed(events); w.wake() }

func newRig(t *testing.T, c *cluster) *rig {
	r := &rig{c: c}
	r.Rig = processortest.New(t, func(config *processor.Config) {
		config.Streams = waking{config.Streams.(*feed.Feed), func() {
			for _, s := range r.sinks {
				s.Wake()
			}
		}}
	})
	return r
}

// sink sets a sink to work, with a connection of its own; the function ends it.
func (r *rig) sink(owner string) (end func()) {
	r.T.Helper()
	s := sink.New("kafka", owner, r.Disk, r.c.writer(format.Plain), r.Computer, slog.New(slog.DiscardHandler))
	r.sinks = append(r.sinks, s)
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { s.Run(ctx) })
	end = sync.OnceFunc(func() { cancel(); done.Wait() })
	r.T.Cleanup(end)
	return end
}

// captured makes payments that go all the way, two events each.
func (r *rig) captured(n int) (ids []string) {
	r.T.Helper()
	for range n {
		p, q := r.Paid()
		r.Say(processortest.Answer(q, payment.OutcomeApproved))
		ids = append(ids, p.ID)
	}
	return ids
}

func TestSink_WritesPaymentsAndNothingOfAbandonedOnes(t *testing.T) {
	c := newCluster(t)
	c.begin()
	r := newRig(t, c)
	r.sink("one")
	quiet := r.Made()
	r.Elapse(15*time.Minute, quiet.ID, payment.Abandoned)
	ids := r.captured(3)
	records := c.read(6)
	inOrder(t, records)
	for _, record := range records {
		if !slices.Contains(ids, string(record.Key)) {
			t.Errorf("a record of %s: %s", record.Key, record.Value)
		}
	}
	if len(records) != 6 {
		t.Errorf("%d records", len(records))
	}
}

// Kafka is away from the start, and again in between; the processor goes on, and
// everything is there in the end.
func TestSink_KafkaAwayForAWhile(t *testing.T) {
	c := newCluster(t)
	r := newRig(t, c)
	r.sink("one")
	r.captured(5)
	c.begin()
	inOrder(t, c.read(10))
	c.Close()
	r.captured(5)
	c.begin()
	inOrder(t, c.read(20))
}

// Kafka writes and the answer is lost: the records are there twice, under the
// same ids.
func TestSink_LostAnswers(t *testing.T) {
	c := newCluster(t)
	c.begin()
	r := newRig(t, c)
	lost := c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: topic, Err: kerr.RequestTimedOut, Count: 3})
	r.sink("one")
	r.captured(10)
	inOrder(t, c.read(20))
	if lost.Hits() == 0 {
		t.Error("no answer was lost")
	}
}

// Processors come and go, two at a time, one of them without a word: nothing is
// lost.
func TestSink_ProcessorsRestart(t *testing.T) {
	c := newCluster(t)
	c.begin()
	r := newRig(t, c)
	// One that died with its lease in hand, having written what it did not note.
	dead := sink.Claim{Sink: "kafka", Owner: "dead", Now: r.Computer.Now(), Until: r.Computer.Now().Add(15 * time.Second), Limit: 3}
	r.captured(4)
	taken, err := r.Disk.ClaimEvents(t.Context(), dead)
	if err != nil || len(taken) != 3 {
		t.Fatal(len(taken), err)
	}
	if _, err := c.writer(format.Plain).Write(t.Context(), taken); err != nil {
		t.Fatal(err)
	}
	end := r.sink("one")
	r.sink("two")
	r.captured(4)
	r.Computer.Advance(15 * time.Second) // the lease of the dead
	r.captured(4)
	inOrder(t, c.read(24))
	end()
	r.captured(4)
	r.sink("three")
	r.captured(4)
	records := c.read(40)
	inOrder(t, records)
	copies := map[string]int{}
	for _, record := range records {
		copies[header(record, kafka.HeaderID)]++
	}
	if copies[taken[0].ID] != 2 || len(copies) != 40 {
		t.Errorf("%d events; the first is there %d times", len(copies), copies[taken[0].ID])
	}
}
