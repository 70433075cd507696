package e2e_test

import (
	"context"
	"net"
	"strconv"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"sandbank/event"
	"sandbank/event/kafka"
)

const eventTopic = "payment.events"

// fakeKafka is a cluster that keeps its data in a folder, so that it can go and
// come back at the same address.
func fakeKafka(w *world, port int, folder string) *kfake.Cluster {
	w.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.Ports(port), kfake.SeedTopics(3, eventTopic), kfake.DataDir(folder), kfake.SyncWrites())
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(c.Close)
	return c
}

// Two processors write to one Kafka. It goes away under load, and so does one of
// them, with kill -9: payments go on meanwhile, every event is in the topic in
// the end, and the first copies of each payment's are in order.
func TestKafka_AwayWhileAProcessorIsKilled(t *testing.T) {
	t.Parallel()
	w := newGuest(t)
	_, text, err := net.SplitHostPort(w.address())
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	folder, brokers := t.TempDir(), "127.0.0.1:"+text
	cluster := fakeKafka(w, port, folder)
	one, first := w.processor("--kafka-brokers", brokers)
	w.awaitUp(first)
	_, second := w.processor("--kafka-brokers", brokers)
	w.bank("SANDNL2A")
	w.awaitReady(first)
	w.awaitReady(second)

	report := w.load(600, map[int]func(){
		150: func() { one.kill(); one.start() },
		300: cluster.Close,
	}, first, second)
	w.nothingLost(report)
	w.settled() // although Kafka is away
	fakeKafka(w, port, folder)

	told, err := w.open().Events(t.Context(), "demo-shop", 0, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	missing := map[string]event.Event{}
	for _, e := range told {
		missing[e.ID] = e
	}
	copies, last := 0, map[string]int64{}
	w.read(brokers, func(r *kgo.Record) (more bool) {
		e, ok := missing[headerOf(r, kafka.HeaderID)]
		if copies++; !ok { // again
			return true
		}
		if delete(missing, e.ID); string(r.Value) != string(e.Body()) || string(r.Key) != e.Payment || e.Sequence < last[e.Payment] {
			t.Errorf("%s after %d: %s", r.Key, last[e.Payment], r.Value)
		}
		last[e.Payment] = e.Sequence
		return len(missing) > 0
	})
	t.Logf("%d events, %d records", len(told), copies)
}

// read hands over the topic's records until it is told to stop.
func (w *world) read(brokers string, each func(*kgo.Record) (more bool)) {
	w.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers), kgo.ConsumeTopics(eventTopic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		w.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	for more := true; more; {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			w.Fatal("not every event is in the topic")
		}
		for _, r := range fetches.Records() {
			if more {
				more = each(r)
			}
		}
	}
}

func headerOf(r *kgo.Record, key string) string {
	for _, h := range r.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}
