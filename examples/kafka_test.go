package examples_test

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
)

// A processor with everything embedded writes to Kafka as well: to a fake cluster
// in this process, which speaks Kafka's protocol.
func TestExamples_OverKafka(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, "payment.events"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	brokers := strings.Join(cluster.ListenAddrs(), ",")
	s := newStage(t, "--kafka-brokers", brokers, "--amqp-addr", "127.0.0.1:0", "--no-shop", "--banks", "SANDNL2A")
	s.environ = append(s.environ, "SANDBANK_KAFKA_BROKERS="+brokers)
	s.ready()
	inGo, inNode := s.inGo("kafka"), s.inNode("kafka")
	s.pay()
	a, b := s.heard(inGo), s.heard(inNode)
	if words := strings.Fields(a); a != b || len(words) != 3 || words[0] != "payment.captured" {
		t.Errorf("in Go %q, in Node %q", a, b)
	}
}
