package check

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/bank"
	"sandbank/broker"
	"sandbank/broker/amqpd"
	"sandbank/broker/wire"
	"sandbank/clock"
	"sandbank/event/format"
	"sandbank/event/kafka"
	"sandbank/web/contract"
)

// brokerFor starts a broker of its own for a test.
func brokerFor(t *testing.T) broker.Dialer {
	t.Helper()
	s, err := amqpd.New(amqpd.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return broker.InProcess("amqp://guest:guest@localhost/", func(ctx context.Context) (net.Conn, error) { return s.Dial(ctx) })
}

func channelOn(t *testing.T, dial broker.Dialer) *amqp.Channel {
	t.Helper()
	conn, err := dial(t.Context(), "test")
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

// declareDocument declares the topology of asyncapi.yaml, as a reader of the
// document alone would, with the given bank in place of {bank}.
func declareDocument(ch *amqp.Channel, channels map[string]any) error {
	named := func(v any) string { return strings.ReplaceAll(v.(string), "{bank}", bic) }
	member := func(node any, name string) map[string]any {
		m, _ := node.(map[string]any)[name].(map[string]any)
		return m
	}
	for _, kind := range []string{"exchange", "queue"} { // a queue is bound to an exchange that is there
		for _, c := range channels {
			binding := member(member(c, "bindings"), "amqp")
			what := member(binding, kind)
			if what == nil {
				continue
			}
			durable, autoDelete := what["durable"].(bool), what["autoDelete"].(bool)
			if kind == "exchange" {
				if err := ch.ExchangeDeclare(named(what["name"]), what["type"].(string), durable, autoDelete, false, false, nil); err != nil {
					return err
				}
				continue
			}
			args := amqp.Table{}
			for name, value := range member(binding, "x-arguments") {
				if number, ok := value.(float64); ok {
					value = int32(number)
				}
				args[name] = value
			}
			if _, err := ch.QueueDeclare(named(what["name"]), durable, autoDelete, what["exclusive"].(bool), false, args); err != nil {
				return err
			}
			to := member(binding, "x-bound-to")
			if err := ch.QueueBind(named(what["name"]), named(to["routingKey"]), to["exchange"].(string), false, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// Declaring twice is refused unless all arguments are the same, so both sides
// declare on one broker, each once before and once after the other.
func TestTopology_DocumentAndBrokerAgree(t *testing.T) {
	t.Parallel()
	channels := at(t, tree(t, contract.AsyncAPI()), "channels").(map[string]any)
	ours := func(ch *amqp.Channel) error {
		if err := broker.DeclareProcessor(ch); err != nil {
			return err
		}
		return broker.DeclareBank(bic)(ch)
	}
	theirs := func(ch *amqp.Channel) error { return declareDocument(ch, channels) }
	for name, order := range map[string][]func(*amqp.Channel) error{
		"document after code": {ours, theirs}, "code after document": {theirs, ours},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ch := channelOn(t, brokerFor(t))
			for _, declare := range order {
				if err := declare(ch); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestTopology_NamesAreThoseOfTheCode(t *testing.T) {
	t.Parallel()
	want := map[string]bool{
		broker.Requests: true, broker.Results: true, broker.Health: true, broker.Events: true, broker.DeadLetters: true,
		broker.ResultsQueue: true, broker.BankQueue("{bank}"): true,
		broker.MerchantQueue("{merchant}", "{name}"): true,
	}
	got := map[string]bool{}
	for _, c := range at(t, tree(t, contract.AsyncAPI()), "channels").(map[string]any) {
		bindings, _ := c.(map[string]any)["bindings"].(map[string]any)
		binding, _ := bindings["amqp"].(map[string]any) // what is spoken over HTTP has none
		for _, kind := range []string{"exchange", "queue"} {
			if what, ok := binding[kind].(map[string]any); ok {
				got[what["name"].(string)] = true
			}
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("described are %v, declared %v", got, want)
	}
	text := at(t, tree(t, contract.AsyncAPI()), "info", "description").(string)
	for _, fact := range []string{
		fmt.Sprintf("`x-delivery-limit: %d`", broker.DeliveryLimit), fmt.Sprintf("After %d deliveries", broker.DeliveryLimit),
		fmt.Sprintf("%d KiB at most", wire.MaxBody>>10), "misses three",
		fmt.Sprintf("a settlement has %d MiB and %d lines at most", wire.MaxSettlement>>20, wire.MaxLines),
		fmt.Sprintf("past %d messages or %d MiB", broker.MerchantBounds.Messages, broker.MerchantBounds.Bytes>>20),
		fmt.Sprintf("for %d days", int(broker.MerchantBounds.Unused.Hours()/24)),
		"`" + broker.MerchantKey("demo-shop") + "`", "`" + broker.MerchantQueue("demo-shop", "orders") + "`",
	} {
		if !strings.Contains(text, fact) {
			t.Errorf("the description does not say %q", fact)
		}
	}
	if maxSettlement != wire.MaxSettlement {
		t.Errorf("settlements are bounded by %d and checked by %d", wire.MaxSettlement, maxSettlement)
	}
	if maxBody != wire.MaxBody {
		t.Errorf("bodies are bounded by %d and checked by %d", wire.MaxBody, maxBody)
	}
}

// A Kafka record fits the document.
func TestKafka_DocumentAndCodeAgree(t *testing.T) {
	t.Parallel()
	doc := tree(t, contract.AsyncAPI())
	want := []string{kafka.HeaderContentType, kafka.HeaderID, kafka.HeaderType, kafka.HeaderMerchant, kafka.HeaderSequence}
	slices.Sort(want)
	for name, written := range map[string]format.Name{"kafkaevent": format.Plain, "kafkacloudevent": format.Clouds} {
		if got := names(doc, "components", "messages", name, "headers", "properties"); !slices.Equal(got, want) {
			t.Errorf("%s: described are %v, written %v", name, got, want)
		}
		if got, want := at(t, doc, "components", "messages", name, "contentType"), format.Of(written).MediaType; got != want {
			t.Errorf("%s: described as %v, written as %s", name, got, want)
		}
	}
}

// A bank of ours is asked by a client that knows only the document; properties
// and bodies of its answers fit the document.
func TestBank_OverAMQPIsAsDescribed(t *testing.T) {
	t.Parallel()
	dial := brokerFor(t)
	ch := channelOn(t, dial)
	if err := declareDocument(ch, at(t, tree(t, contract.AsyncAPI()), "channels").(map[string]any)); err != nil {
		t.Fatal(err)
	}
	signs, err := broker.Own("bank.health", "#")(ch)
	if err != nil {
		t.Fatal(err)
	}
	life, err1 := ch.Consume(signs, "", true, false, false, false, nil)
	answers, err2 := ch.Consume("processor.results", "", true, false, false, false, nil)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	ctx, stop := context.WithCancel(t.Context())
	b := bank.New(bank.Seven()[0], bank.Config{Dial: dial, Clock: clock.Following{}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	done := make(chan struct{})
	go func() { defer close(done); b.Run(ctx) }()
	defer func() { stop(); <-done }()
	<-b.Ready()
	r := sampleRequest()
	err = ch.PublishWithContext(ctx, "bank.requests", bic, true, false, amqp.Publishing{
		ContentType: "application/json", DeliveryMode: amqp.Persistent, MessageId: r.ID, Type: "authorize",
		CorrelationId: r.Payment, ReplyTo: bic, Timestamp: r.CreatedAt, Body: wire.Encode(r),
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, from := range map[string]<-chan amqp.Delivery{"health": life, "result": answers} {
		select {
		case d := <-from:
			if err := CheckMessage(name, d.Body); err != nil {
				t.Error(err)
			}
			if d.Type != name || d.ContentType != "application/json" || d.MessageId == "" || d.DeliveryMode != amqp.Persistent || d.Timestamp.IsZero() {
				t.Errorf("%s: the properties are not as described: %+v", name, d)
			}
			if name == "result" && d.CorrelationId != r.ID || name == "health" && d.Headers["bank"] != bic {
				t.Errorf("%s: correlation or header are not as described: %q, %v", name, d.CorrelationId, d.Headers)
			}
		case <-time.After(5 * time.Minute):
			t.Fatalf("no %s came", name)
		}
	}
}

// The validators are for tests: no package that the programs link imports them.
func TestValidators_StayOutOfThePrograms(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "sandbank/web/contract", "sandbank/cmd/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, module := range []string{"getkin/kin-openapi", "santhosh-tekuri/jsonschema"} {
		if strings.Contains(string(out), module) {
			t.Errorf("a program would carry %s", module)
		}
	}
}
