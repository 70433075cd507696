package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/coder/websocket"
	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"sandbank/identity"
	"sandbank/merchant/client"
	"sandbank/webhook"
)

// listener hears events until its context ends: it calls ready once nothing can
// escape it any more.
type listener func(ctx context.Context, ready func(), hear func(id string, body []byte)) error

// bodyID is the id inside an event's body, for channels that show it nowhere else.
func bodyID(body []byte) string {
	var e struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(body, &e)
	return e.ID
}

func authorized(ctx context.Context, method, url, token string, body io.Reader) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, body)
	if err == nil {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r, err
}

// polling asks GET /v1/events again and again, each time with a long wait.
func (w *world) polling(base, token string) listener {
	return func(ctx context.Context, ready func(), hear func(string, []byte)) error {
		for after, first := int64(0), true; ; first = false {
			r, err := authorized(ctx, http.MethodGet, fmt.Sprintf("%s/v1/events?after=%d", base, after), token, nil)
			if err != nil {
				return err
			}
			if !first {
				r.Header.Set("Prefer", "wait=20")
			}
			answer, err := w.web.Do(r)
			if err != nil {
				return err
			}
			var page struct {
				Data      []json.RawMessage `json:"data"`
				NextAfter int64             `json:"next_after"`
			}
			err = json.NewDecoder(answer.Body).Decode(&page)
			_ = answer.Body.Close()
			if err != nil || answer.StatusCode != http.StatusOK {
				return fmt.Errorf("%s %w", answer.Status, err)
			}
			for _, body := range page.Data {
				hear(bodyID(body), body)
			}
			after = page.NextAfter
			ready()
		}
	}
}

// eventStream reads server-sent events and hands over the id and the data of each.
func (w *world) eventStream(r *http.Request, ready func(), event func(name, id string, data []byte) error) error {
	answer, err := w.web.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return errors.New(answer.Status)
	}
	ready()
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 1<<20)
	var name, id string
	var data []byte
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch field {
		case "event":
			name = value
		case "id":
			id = value
		case "data":
			data = append(data, value...)
		case "":
			if len(data) > 0 {
				if err := event(name, id, data); err != nil {
					return err
				}
			}
			name, data = "", nil
		}
	}
	return lines.Err()
}

func (w *world) serverSent(base, token string) listener {
	return func(ctx context.Context, ready func(), hear func(string, []byte)) error {
		r, err := authorized(ctx, http.MethodGet, base+"/v1/events/stream?after=0", token, nil)
		if err != nil {
			return err
		}
		return w.eventStream(r, func() {}, func(_, id string, data []byte) error {
			if bodyID(data) == "" { // the stream's own word, not an event
				ready()
				return nil
			}
			hear(id, data)
			return nil
		})
	}
}

func (w *world) webSocket(base, token string) listener {
	return func(ctx context.Context, ready func(), hear func(string, []byte)) error {
		conn, _, err := websocket.Dial(ctx, strings.Replace(base, "http", "ws", 1)+"/v1/events/ws?after=0", &websocket.DialOptions{
			Subprotocols: []string{"sandbank.events.v1"}, HTTPClient: w.web, HTTPHeader: http.Header{"Authorization": {"Bearer " + token}},
		})
		if err != nil {
			return err
		}
		defer func() { _ = conn.CloseNow() }()
		for {
			_, body, err := conn.Read(ctx)
			if err != nil {
				return err
			}
			if id := bodyID(body); id != "" {
				hear(id, body)
			} else {
				ready() // the socket's own word, not an event
			}
		}
	}
}

// subscription asks for every event from the first one on.
const subscription = `subscription { events(after: 0) { id body } }`

// heardOverGraphQL hands over what one answer to the subscription brings.
func heardOverGraphQL(payload []byte, hear func(string, []byte)) error {
	var a struct {
		Errors json.RawMessage `json:"errors"`
		Data   struct {
			Events struct{ ID, Body string } `json:"events"`
		} `json:"data"`
	}
	if err := json.Unmarshal(payload, &a); err != nil || a.Errors != nil {
		return fmt.Errorf("%s %w", a.Errors, err)
	}
	hear(a.Data.Events.ID, []byte(a.Data.Events.Body))
	return nil
}

// graphQLStream subscribes in the distinct connections mode of graphql-sse.
func (w *world) graphQLStream(base, token string) listener {
	return func(ctx context.Context, ready func(), hear func(string, []byte)) error {
		query, err := json.Marshal(map[string]string{"query": subscription})
		if err != nil {
			return err
		}
		r, err := authorized(ctx, http.MethodPost, base+"/graphql", token, bytes.NewReader(query))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "text/event-stream")
		return w.eventStream(r, ready, func(name, _ string, data []byte) error {
			if name != "next" {
				return nil
			}
			return heardOverGraphQL(data, hear)
		})
	}
}

// graphQLSocket subscribes over graphql-transport-ws.
func (w *world) graphQLSocket(base, token string) listener {
	return func(ctx context.Context, ready func(), hear func(string, []byte)) error {
		conn, _, err := websocket.Dial(ctx, strings.Replace(base, "http", "ws", 1)+"/graphql", &websocket.DialOptions{
			Subprotocols: []string{"graphql-transport-ws"}, HTTPClient: w.web,
		})
		if err != nil {
			return err
		}
		defer func() { _ = conn.CloseNow() }()
		say := func(message any) {
			b, _ := json.Marshal(message)
			err = errors.Join(err, conn.Write(ctx, websocket.MessageText, b))
		}
		say(map[string]any{"type": "connection_init", "payload": map[string]string{"authorization": "Bearer " + token}})
		for {
			_, b, failed := conn.Read(ctx)
			if err = errors.Join(err, failed); err != nil {
				return err
			}
			var m struct {
				Type    string          `json:"type"`
				Payload json.RawMessage `json:"payload"`
			}
			if err := json.Unmarshal(b, &m); err != nil {
				return err
			}
			switch m.Type {
			case "connection_ack":
				say(map[string]any{"type": "subscribe", "id": "1", "payload": map[string]string{"query": subscription}})
				ready()
			case "next":
				err = heardOverGraphQL(m.Payload, hear)
			case "ping":
				say(map[string]string{"type": "pong"})
			default:
				return fmt.Errorf("%s", b)
			}
		}
	}
}

// merchantQueue listens as the merchant's own AMQP user.
func merchantQueue(address string) listener {
	return func(ctx context.Context, ready func(), hear func(string, []byte)) error {
		at, err := url.Parse(address)
		if err != nil {
			return err
		}
		at.User = url.UserPassword(identity.DemoShop.ID, identity.DemoShop.Secret.Reveal())
		conn, err := amqp.Dial(at.String())
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close() }()
		ch, err := conn.Channel()
		if err != nil {
			return err
		}
		merchant := identity.DemoShop.Merchant.ID
		q, err := ch.QueueDeclare("merchant."+merchant+".agree", false, true, true, false, nil)
		if err != nil {
			return err
		}
		if err := ch.QueueBind(q.Name, "*.*."+merchant, "payment.events", false, nil); err != nil {
			return err
		}
		deliveries, err := ch.ConsumeWithContext(ctx, q.Name, "", true, true, false, false, nil)
		if err != nil {
			return err
		}
		ready()
		for d := range deliveries {
			hear(d.MessageId, d.Body)
		}
		return errors.New("the connection ended")
	}
}

// webhook receives webhooks with the given kind of body, "" for the default.
func (w *world) webhook(c *client.Client, kind string) listener {
	return func(ctx context.Context, ready func(), hear func(string, []byte)) error {
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err == nil {
				hear(r.Header.Get(webhook.HeaderID), body)
			}
		}))
		defer server.Close()
		if _, err := c.CreateEndpoint(ctx, client.NewEndpoint{URL: server.URL, Events: []string{"*"}, Body: kind}); err != nil {
			return err
		}
		ready()
		<-ctx.Done()
		return ctx.Err()
	}
}

// kafka starts a cluster that is one in all but its disks, and returns its address.
func (w *world) kafka() string {
	w.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, "payment.events"))
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(cluster.Close)
	return cluster.ListenAddrs()[0]
}

// topic reads a Kafka's topic from its beginning.
func topic(address string) listener {
	return func(ctx context.Context, ready func(), hear func(string, []byte)) error {
		c, err := kgo.NewClient(kgo.SeedBrokers(address), kgo.ConsumeTopics("payment.events"),
			kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
		if err != nil {
			return err
		}
		defer c.Close()
		for ready(); ; {
			fetched := c.PollFetches(ctx)
			if err := fetched.Err(); err != nil {
				return err
			}
			fetched.EachRecord(func(r *kgo.Record) { hear(bodyID(r.Value), r.Value) })
		}
	}
}
