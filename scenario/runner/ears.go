package runner

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/scenario"
)

// ear listens on one channel.
type ear struct {
	channel scenario.Channel
	end     context.CancelFunc
	done    chan struct{}

	mu     sync.Mutex
	came   []heard
	failed error         // why it hears nothing more; nil while it listens
	news   chan struct{} // closed with the next event, or the end
}

// pour reads a channel until it ends; open is called once it listens.
type pour func(ctx context.Context, open func(), take func([]byte)) error

// openTimeout is how long a stream may take to open, in the computer's time.
const openTimeout = 20 * time.Second

// listen opens the channels of which something is expected, but for webhooks and polling.
func (p *play) listen(ctx context.Context) (map[scenario.Channel]*ear, error) {
	ears := map[scenario.Channel]*ear{}
	ways := map[scenario.Channel]pour{scenario.SSE: p.overSSE, scenario.WebSocket: p.overWebSocket, scenario.GraphQL: p.overGraphQL, scenario.AMQP: p.overAMQP}
	for _, c := range p.scenario.Channels() {
		way, is := ways[c]
		if !is {
			continue
		}
		if c == scenario.AMQP && p.stage.AMQP == "" {
			return ears, fmt.Errorf("the scenario listens over AMQP, and it is not known where the broker is: say so, as with --amqp-url amqp://127.0.0.1:5672/")
		}
		e, err := newEar(ctx, c, way)
		ears[c] = e
		if err != nil {
			return ears, err
		}
	}
	return ears, nil
}

// newEar starts listening, and waits until the channel is open.
func newEar(ctx context.Context, c scenario.Channel, way pour) (*ear, error) {
	hearing, end := context.WithCancel(context.WithoutCancel(ctx))
	e := &ear{channel: c, end: end, done: make(chan struct{}), news: make(chan struct{})}
	opened := make(chan struct{})
	once := sync.OnceFunc(func() { close(opened) })
	go func() {
		defer close(e.done)
		err := way(hearing, once, e.take)
		e.mu.Lock()
		defer e.mu.Unlock()
		e.failed = fmt.Errorf("%s ended: %w", c, err)
		close(e.news)
		e.news = make(chan struct{})
	}()
	waiting, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	select {
	case <-opened:
		return e, nil
	case <-e.done:
		return e, e.failed
	case <-waiting.Done():
		return e, fmt.Errorf("%s does not open: %w", c, waiting.Err())
	}
}

func (e *ear) close() {
	e.end()
	<-e.done
}

func (e *ear) take(body []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.came = append(e.came, readEvent(body))
	close(e.news)
	e.news = make(chan struct{})
}

// await waits until something about a payment was heard.
func (e *ear) await(ctx context.Context, payment string) error {
	for {
		e.mu.Lock()
		news, failed, there := e.news, e.failed, false
		for _, h := range e.came {
			there = there || h.about == payment
		}
		e.mu.Unlock()
		if there || failed != nil {
			return failed
		}
		select {
		case <-news:
		case <-ctx.Done():
			return fmt.Errorf("%s brings nothing: %w", e.channel, ctx.Err())
		}
	}
}

func (e *ear) all() []heard {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]heard(nil), e.came...)
}

func (p *play) overSSE(ctx context.Context, open func(), take func([]byte)) error {
	r, err := p.api.prepare(ctx, request{method: http.MethodGet, path: "/v1/events/stream", by: "merchant"})
	if err != nil {
		return err
	}
	streams := &http.Client{Transport: p.api.http.Transport} // without a timeout
	got, err := streams.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = got.Body.Close() }()
	if got.StatusCode != http.StatusOK {
		return fmt.Errorf("the stream is refused with %d", got.StatusCode)
	}
	lines, name := bufio.NewScanner(got.Body), ""
	lines.Buffer(make([]byte, 0, 4096), maxEvent)
	for lines.Scan() {
		field, value, _ := bytes.Cut(lines.Bytes(), []byte(": "))
		switch {
		case len(lines.Bytes()) == 0:
			name = ""
		case string(field) == "event":
			name = string(value)
		case string(field) == "data" && name == "ready":
			open()
		case string(field) == "data" && name == "":
			take(value)
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return errEnded
}

// errEnded is a stream that its other side ended.
var errEnded = fmt.Errorf("the other side ended it")

func (p *play) dial(ctx context.Context, path, protocol string) (*websocket.Conn, error) {
	conn, _, err := websocket.Dial(ctx, p.stage.Base+path, &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: p.api.http.Transport}, Subprotocols: []string{protocol},
		HTTPHeader: http.Header{"Authorization": {"Bearer " + p.api.tokens[p.stage.Base+"merchant"]}},
	})
	if err == nil {
		conn.SetReadLimit(maxEvent)
	}
	return conn, err
}

func (p *play) overWebSocket(ctx context.Context, open func(), take func([]byte)) error {
	conn, err := p.dial(ctx, "/v1/events/ws", "sandbank.events.v1")
	if err != nil {
		return err
	}
	defer func() { _ = conn.CloseNow() }()
	for {
		_, frame, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		switch textAt(decoded(frame), "type") {
		case "ready", "reset":
			open()
		default:
			take(frame)
		}
	}
}

// envelope is one message of graphql-transport-ws.
type envelope struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

func (p *play) overGraphQL(ctx context.Context, open func(), take func([]byte)) error {
	place, err := p.api.must(ctx, request{method: http.MethodPost, path: "/graphql", by: "merchant", body: map[string]any{"query": "{ lastSequence }"}})
	if err != nil {
		return err
	}
	conn, err := p.dial(ctx, "/graphql", "graphql-transport-ws")
	if err != nil {
		return err
	}
	defer func() { _ = conn.CloseNow() }()
	if err := wsjson.Write(ctx, conn, envelope{Type: "connection_init"}); err != nil {
		return err
	}
	for {
		var m envelope
		if err := wsjson.Read(ctx, conn, &m); err != nil {
			return err
		}
		switch m.Type {
		case "connection_ack":
			query, err := json.Marshal(map[string]string{"query": fmt.Sprintf("subscription { events(after: %s) { body } }", textAt(place.tree, "data.lastSequence"))})
			if err != nil {
				return err
			}
			if err := wsjson.Write(ctx, conn, envelope{ID: "1", Type: "subscribe", Payload: query}); err != nil {
				return err
			}
			open()
		case "ping":
			if err := wsjson.Write(ctx, conn, envelope{Type: "pong"}); err != nil {
				return err
			}
		case "next":
			take([]byte(textAt(decoded(m.Payload), "data.events.body")))
		default:
			return fmt.Errorf("%s %s", m.Type, m.Payload)
		}
	}
}

func (p *play) overAMQP(ctx context.Context, open func(), take func([]byte)) error {
	id := p.stage.Merchant.ID
	conn, err := amqp.DialConfig(p.stage.AMQP, amqp.Config{
		SASL:            []amqp.Authentication{&amqp.PlainAuth{Username: id, Password: p.stage.Merchant.Secret.Reveal()}},
		TLSClientConfig: p.stage.Trust,
	})
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer func() { stop(); _ = conn.Close() }()
	ch, err := conn.Channel()
	if err != nil {
		return err
	}
	q, err := ch.QueueDeclare("merchant."+id+".scenario."+p.endpoint, false, true, true, false, nil)
	if err == nil {
		err = ch.QueueBind(q.Name, "*.*."+id, "payment.events", false, nil)
	}
	if err != nil {
		return err
	}
	deliveries, err := ch.Consume(q.Name, "", true, true, false, false, nil)
	if err != nil {
		return err
	}
	open()
	for d := range deliveries {
		take(d.Body)
	}
	return errEnded
}
