package examples_test

import (
	"cmp"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// mute takes connections and says nothing, as a program of another kind may.
func mute(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var taking sync.WaitGroup
	taking.Go(func() {
		var kept []net.Conn
		for {
			conn, err := l.Accept()
			if err != nil {
				break
			}
			kept = append(kept, conn)
		}
		for _, conn := range kept {
			_ = conn.Close()
		}
	})
	t.Cleanup(func() { _ = l.Close(); taking.Wait() })
	return l.Addr().String()
}

// Where the other side takes the connection and says nothing, each example says
// what it waits for and how to get on, and ends.
func TestExamples_SayWhatTheyWaitFor(t *testing.T) {
	folder, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	addr := mute(t)
	s := &stage{T: t, folder: folder, base: "http://" + addr}
	s.environ = append(os.Environ(), "SANDBANK_URL=http://"+addr, "SANDBANK_AMQP_URL=amqp://"+addr+"/", "SANDBANK_MQTT_URL=mqtt://"+addr,
		"SANDBANK_STOMP_ADDR="+addr, "SANDBANK_KAFKA_BROKERS="+addr)
	setting := map[string]string{
		"amqp": "SANDBANK_AMQP_URL", "mqtt": "SANDBANK_MQTT_URL", "stomp": "SANDBANK_STOMP_ADDR", "kafka": "SANDBANK_KAFKA_BROKERS",
		"bank-node": "SANDBANK_AMQP_URL",
	}
	asked := map[*process]string{} // with the setting that each has to name
	for _, channel := range []string{"amqp", "mqtt", "stomp", "kafka", "sse", "websocket", "graphql", "polling", "webhook", "bank-node"} {
		named := cmp.Or(setting[channel], "SANDBANK_URL")
		asked[s.node(channel, "--once", "--give-up", "4")] = named
		if channel != "bank-node" {
			asked[s.run(exec.Command(filepath.Join(folder, channel), "--once", "--give-up", "4"))] = named
		}
	}
	for p, named := range asked {
		s.givesUp(p, "waiting for an answer of ", "gave up waiting for an answer of ", named)
	}
}

// Where no event comes, a listener says how to get one, and ends.
func TestExamples_SayThatNoEventComes(t *testing.T) {
	s := newStage(t, "--no-shop")
	s.ready()
	var examples []*process
	for _, channel := range []string{"sse", "websocket", "graphql", "polling", "webhook"} {
		examples = append(examples, s.node(channel, "--give-up", "20"), s.run(exec.Command(filepath.Join(s.folder, channel), "--give-up", "20")))
	}
	for _, p := range examples {
		s.givesUp(p, "listening", "gave up waiting for a", "make a payment")
	}
}

// givesUp waits until an example has failed, and looks for what it has to say.
func (s *stage) givesUp(p *process, wants ...string) {
	s.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		s.Fatalf("%s has not ended; it said:\n%s", p.name, p.err.String())
	}
	said := p.err.String()
	for _, want := range wants {
		if p.failed == nil || !strings.Contains(said, want) {
			s.Errorf("%s: want it to fail and say %q, got %v:\n%s", p.name, want, p.failed, said)
		}
	}
}
