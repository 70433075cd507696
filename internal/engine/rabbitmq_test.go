package engine_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/internal/engine"
)

// open returns a channel on a fresh connection that the test closes.
func open(t testing.TB, url string) *amqp.Channel {
	t.Helper()
	conn, err := amqp.Dial(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

// declare makes a quorum queue and waits until it has a leader: on RabbitMQ 3.10 a queue killed
// within a second of its declaration can come back without one.
func declare(t *testing.T, ch *amqp.Channel, name string) {
	t.Helper()
	if _, err := ch.QueueDeclare(name, true, false, false, false, amqp.Table{"x-queue-type": "quorum"}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1500 * time.Millisecond)
}

// publish sends a persistent message and waits for the broker's confirm.
func publish(t *testing.T, ch *amqp.Channel, queue, body string) {
	t.Helper()
	if err := ch.Confirm(false); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	confirm, err := ch.PublishWithDeferredConfirmWithContext(ctx, "", queue, true, false,
		amqp.Publishing{DeliveryMode: amqp.Persistent, Body: []byte(body)})
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := confirm.WaitContext(ctx); !ok || err != nil {
		t.Fatalf("not confirmed: %v %v", ok, err)
	}
}

// receive waits for the next message of a queue.
func receive(t *testing.T, ch *amqp.Channel, queue string) string {
	t.Helper()
	deliveries, err := ch.Consume(queue, "", true, false, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case d, ok := <-deliveries:
		if !ok {
			t.Fatal("the broker closed the channel")
		}
		return string(d.Body)
	case <-time.After(5 * time.Minute):
		t.Fatal("no message came back")
		return ""
	}
}

// One broker's whole life, since each start costs seconds of processor time.
func TestRabbitMQ_Lives(t *testing.T) {
	t.Parallel()
	broker, err := engine.StartRabbitMQ(t.Context(), engine.RabbitMQOptions{Management: true})
	if err != nil {
		t.Fatal(err)
	}
	room := broker.Room()
	if len(inRoom(t, room)) == 0 {
		t.Error("found no process of a running broker: the search itself is broken")
	}
	t.Cleanup(func() { _ = broker.Stop() })
	for _, stage := range []struct {
		name string
		show func(*testing.T, *engine.RabbitMQ)
	}{
		{"its management API answers", managementAnswers},
		{"keeps a confirmed message when it is killed", keepsConfirmedMessage},
		{"tells its clients when it is shut down", shutdownTellsClients},
	} {
		t.Run(stage.name, func(t *testing.T) { stage.show(t, broker) })
	}
	if err := broker.Stop(); err != nil {
		t.Fatal(err)
	}
	mustBeGone(t, room)
	if err := broker.Stop(); err != nil {
		t.Fatalf("stopping twice: %v", err)
	}
}

func keepsConfirmedMessage(t *testing.T, broker *engine.RabbitMQ) {
	url := broker.URL()
	ch := open(t, url)
	declare(t, ch, "durable")
	publish(t, ch, "durable", "survivor")

	if err := broker.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := amqp.Dial(url); err == nil {
		t.Fatal("the killed broker still answers")
	}
	if err := broker.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if broker.URL() != url {
		t.Fatalf("restarted at %s, not at %s", broker.URL(), url)
	}
	if got := receive(t, open(t, url), "durable"); got != "survivor" {
		t.Fatalf("got %q", got)
	}
}

func shutdownTellsClients(t *testing.T, broker *engine.RabbitMQ) {
	heard := &recorder{}
	conn, err := amqp.DialConfig(broker.URL(), amqp.Config{Dial: heard.dial})
	if err != nil {
		t.Fatal(err)
	}
	closed := conn.NotifyClose(make(chan *amqp.Error, 1))
	if err := broker.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Where the client's answer meets a closed socket, the client reports that
	// instead of the broker's reason: so the test reads the bytes that arrived.
	// Method 10.50 is connection.close, and its first field is the code.
	reason := <-closed
	forced := binary.BigEndian.AppendUint16([]byte{0, 10, 0, 50}, amqp.ConnectionForced)
	if !bytes.Contains(heard.all(), forced) {
		t.Fatalf("closed with %v, and CONNECTION_FORCED never arrived", reason)
	}
}

// recorder keeps what arrives on a connection.
type recorder struct {
	net.Conn
	mu sync.Mutex
	b  []byte
}

func (r *recorder) dial(network, address string) (net.Conn, error) {
	var err error
	r.Conn, err = net.Dial(network, address)
	return r, err
}

// Read implements [net.Conn].
func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.b = append(r.b, p[:n]...)
	return n, err
}

func (r *recorder) all() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return bytes.Clone(r.b)
}

func TestRabbitMQ_CtlAddsUserWithoutRights(t *testing.T) {
	t.Parallel()
	broker := engine.SharedRabbitMQ(t)
	if _, err := broker.Ctl(t.Context(), "add_user", "stranger", "secret"); err != nil {
		t.Fatal(err)
	}
	_, err := amqp.Dial(broker.UserURL("stranger", "secret", ""))
	var refused *amqp.Error
	if !errors.As(err, &refused) || refused.Code != amqp.NotAllowed {
		t.Fatalf("got %v, want the virtual host refused", err)
	}
	if _, err := broker.Ctl(t.Context(), "no_such_command"); err == nil {
		t.Fatal("an unknown command succeeded")
	}
	if _, err := broker.Ctl(t.Context(), "add_user", "stranger", "another"); err == nil {
		t.Fatal("a user could be added twice")
	}
}

// What the node is told directly has the outcome that rabbitmqctl's own command has.
func TestRabbitMQ_ToldDirectlyIsAsByRabbitmqctl(t *testing.T) {
	t.Parallel()
	broker := engine.SharedRabbitMQ(t)
	for _, c := range []struct {
		changes [][]string // of NAME, in the host or as the user NAME
		list    []string
	}{
		{[][]string{{"add_vhost", "NAME"}}, []string{"list_vhosts"}},
		{[][]string{{"add_user", "NAME", "a \"secret\" é"}}, []string{"authenticate_user", "NAME", "a \"secret\" é"}},
		{[][]string{{"set_permissions", "--vhost", "NAME", "NAME", "^c\\.", `a"b`, ".*"}}, []string{"list_user_permissions", "NAME"}},
		{[][]string{{"set_topic_permissions", "--vhost", "NAME", "NAME", "amq.topic", "^w", "^r"}}, []string{"list_user_topic_permissions", "NAME"}},
		{[][]string{{"clear_permissions", "--vhost", "NAME", "NAME"}}, []string{"list_user_permissions", "NAME"}},
		{[][]string{{"delete_user", "NAME"}}, []string{"list_users"}},
	} {
		said := make(map[string]string)
		for name, do := range map[string]func(...string) (string, error){
			"told": func(a ...string) (string, error) {
				if !engine.IsTold(a...) {
					t.Errorf("%v is left to rabbitmqctl", a)
				}
				return broker.Ctl(t.Context(), a...)
			},
			"ctl": func(a ...string) (string, error) { return broker.ByCtl(t.Context(), a...) },
		} {
			as := func(args []string) []string {
				named := slices.Clone(args)
				for i, a := range named {
					named[i] = strings.ReplaceAll(a, "NAME", name+"-x")
				}
				return named
			}
			for _, change := range c.changes {
				if _, err := do(as(change)...); err != nil {
					t.Fatalf("%s: %v: %v", name, change, err)
				}
			}
			out, err := broker.ByCtl(t.Context(), as(c.list)...)
			if err != nil {
				t.Fatalf("%s: %v: %v", name, c.list, err)
			}
			for line := range strings.Lines(out) {
				if strings.Contains(line, name+"-x") || len(c.list) > 1 {
					said[name] += strings.ReplaceAll(line, name+"-x", "NAME")
				}
			}
		}
		if said["told"] != said["ctl"] {
			t.Errorf("%v: told directly, %v says\n%safter rabbitmqctl\n%s", c.changes, c.list, said["told"], said["ctl"])
		}
	}
}

func managementAnswers(t *testing.T, broker *engine.RabbitMQ) {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, broker.ManagementURL()+"/api/overview", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth("guest", "guest")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("status %d", response.StatusCode)
	}
}

func TestVirtualHost_IsSeparate(t *testing.T) {
	t.Parallel()
	one, other := open(t, engine.VirtualHost(t)), open(t, engine.VirtualHost(t))
	declare(t, one, "mine")
	_, err := other.QueueDeclarePassive("mine", true, false, false, false, nil)
	if err == nil || !strings.Contains(err.Error(), "NOT_FOUND") {
		t.Fatalf("got %v, want no such queue in the other virtual host", err)
	}
}

func TestRabbitMQ_AddVirtualHost(t *testing.T) {
	t.Parallel()
	url, err := engine.SharedRabbitMQ(t).AddVirtualHost(t.Context(), "by-hand")
	if err != nil {
		t.Fatal(err)
	}
	declare(t, open(t, url), "mine")
}
