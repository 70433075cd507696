package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sandbank/identity"
	"sandbank/internal/engine"
	"sandbank/payment"
)

// One payment that nobody finishes and one that is captured, listened to on
// every channel at once: of the first nothing is heard anywhere, of the second
// the same events, with the same ids and the same bodies, byte for byte.
func TestChannels_Agree(t *testing.T) {
	t.Parallel()
	t.Run("embedded", func(t *testing.T) {
		w := bareWorld(t)
		amqp := w.address()
		kafka := w.kafka()
		_, base := w.plain("--no-shop", "--amqp-addr", amqp, "--kafka-brokers", kafka)
		w.agree("amqp://"+amqp+"/", kafka, base)
	})
	t.Run("two processors", func(t *testing.T) {
		w := newWorldOn(t, engine.RabbitMQOptions{Management: true}, "SANDNL2A")
		admin := strings.Replace(w.rabbit.ManagementURL(), "http://", "http://guest:guest@", 1)
		kafka := w.kafka()
		_, first := w.processor("--amqp-admin-url", admin, "--kafka-brokers", kafka)
		_, second := w.processor("--kafka-brokers", kafka, "--public-url", first) // a token of one is good at the other
		w.bank("SANDNL2A")
		w.agree("amqp://"+w.rabbit.Address()+"/", kafka, first, second)
	})
}

// agree listens on every channel of every processor and compares.
func (w *world) agree(amqpURL, kafka string, bases ...string) {
	for _, base := range bases {
		w.awaitReady(base)
	}
	ctx, cancel := context.WithCancel(w.Context())
	ears := &ears{events: map[string][]told{}}
	var listening sync.WaitGroup
	defer func() { cancel(); listening.Wait() }()
	token := w.token(bases[0])
	listen := func(channel string, run func(ctx context.Context, ready func(), hear func(id string, body []byte)) error) {
		ready := make(chan struct{})
		listening.Go(func() {
			err := run(ctx, sync.OnceFunc(func() { close(ready) }), func(id string, body []byte) { ears.hear(channel, id, body) })
			if ctx.Err() == nil {
				w.Errorf("%s ended: %v", channel, err)
			}
		})
		select {
		case <-ready:
		case <-time.After(patience):
			w.Fatalf("%s does not begin", channel)
		}
	}
	for _, base := range bases {
		at := " at " + base
		listen("polling"+at, w.polling(base, token))
		listen("server-sent events"+at, w.serverSent(base, token))
		listen("WebSocket"+at, w.webSocket(base, token))
		listen("GraphQL over WebSocket"+at, w.graphQLSocket(base, token))
		listen("GraphQL over server-sent events"+at, w.graphQLStream(base, token))
	}
	listen("AMQP", merchantQueue(amqpURL))
	listen("Kafka", topic(kafka))
	listen("webhook", w.webhook(w.merchant(bases[0]), ""))
	listen("webhook of CloudEvents", w.webhook(w.merchant(bases[0]), "cloudevents"))

	left := wish("walks away", "SANDNL2A")
	left.ExpiresInSeconds = 1
	abandoned := w.create(w.merchant(bases[0]), left)
	w.sees(bases[0], abandoned.ID, payment.Abandoned)
	if n := ears.count(); n != 0 {
		w.Errorf("of an abandoned payment %d events were heard: %+v", n, ears.events)
	}
	// No later event overtakes an event on its way: each channel is in order, so
	// the first event shows that there was none before it.
	done := w.buy(w.merchant(bases[len(bases)-1]), "completes", "SANDNL2A")
	w.sees(bases[0], done.ID, payment.Captured)
	const events, channels = 2, 5 // processing and captured
	want := len(bases)*channels + 4
	w.await("every channel has told of it", func(context.Context) error {
		if n := ears.count(); n < want*events {
			return fmt.Errorf("%d events were heard: %s", n, ears)
		}
		return nil
	})
	ears.compare(w, want, abandoned.ID, done.ID)
}

// sees waits until the API of a processor shows a status.
func (w *world) sees(base, id string, as payment.Status) {
	w.Helper()
	c := w.merchant(base)
	w.await(id+" is "+string(as), func(ctx context.Context) error {
		p, err := c.Payment(ctx, id)
		if err == nil && payment.Status(p.Status) != as {
			err = fmt.Errorf("it is %s", p.Status)
		}
		return err
	})
}

// told is one event as a channel brought it.
type told struct {
	id   string // as the channel itself names the event
	body string
}

// ears keep the events heard, by channel, in order.
type ears struct {
	mu     sync.Mutex
	events map[string][]told
}

func (e *ears) hear(channel, id string, body []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.events[channel] = append(e.events[channel], told{id, string(body)})
}

func (e *ears) count() (n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, list := range e.events {
		n += len(list)
	}
	return n
}

func (e *ears) String() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var b strings.Builder
	for _, channel := range slices.Sorted(maps.Keys(e.events)) {
		fmt.Fprintf(&b, "%s: %d; ", channel, len(e.events[channel]))
	}
	return b.String()
}

func (e *ears) compare(w *world, channels int, silent, loud string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.events) != channels {
		w.Errorf("%d channels were heard, want %d", len(e.events), channels)
	}
	reference := e.events["AMQP"]
	for channel, list := range e.events {
		if strings.HasPrefix(channel, "webhook") || channel == "Kafka" { // at least once
			list = once(list)
		}
		if len(list) != len(reference) {
			w.Errorf("%s told %d events, AMQP %d", channel, len(list), len(reference))
			continue
		}
		for i, heard := range list {
			same := heard == reference[i]
			if channel == "webhook of CloudEvents" {
				same = sameAsCloudEvent(heard, reference[i])
			}
			if !same || !strings.Contains(heard.body, loud) || strings.Contains(heard.body, silent) {
				w.Errorf("%s told\n%s %s\nand AMQP\n%s %s", channel, heard.id, heard.body, reference[i].id, reference[i].body)
			}
		}
	}
}

// once drops repeats and puts events into their order.
func once(list []told) []told {
	slices.SortFunc(list, func(a, b told) int { return strings.Compare(a.id, b.id) })
	return slices.Compact(list)
}

// sameAsCloudEvent compares a CloudEvent with the event that it wraps.
func sameAsCloudEvent(cloud, plain told) bool {
	var c struct {
		ID      string          `json:"id"`
		Subject string          `json:"subject"`
		Data    json.RawMessage `json:"data"`
	}
	var p struct {
		ID   string          `json:"id"`
		Data json.RawMessage `json:"data"`
	}
	return json.Unmarshal([]byte(cloud.body), &c) == nil && json.Unmarshal([]byte(plain.body), &p) == nil &&
		c.ID == p.ID && cloud.id == plain.id && string(c.Data) == string(p.Data) && strings.Contains(string(p.Data), c.Subject)
}

// token is an access token of the demo shop's.
func (w *world) token(base string) string {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), http.MethodPost, base+"/oauth/token", strings.NewReader("grant_type=client_credentials"))
	if err != nil {
		w.Fatal(err)
	}
	r.SetBasicAuth(identity.DemoShop.ID, identity.DemoShop.Secret.Reveal())
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := w.web.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var got struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil || got.Token == "" {
		w.Fatalf("%s: no token: %v", answer.Status, err)
	}
	return got.Token
}
