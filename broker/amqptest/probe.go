package amqptest

import (
	"crypto/rand"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// patience is how long an answer may take on a busy machine.
const patience = 20 * time.Second

// probe is a case's connection with one channel in confirm mode, and names of
// its own.
type probe struct {
	*testing.T
	target Target
	prefix string
	*session
}

// session is a connection of the probe's.
type session struct {
	conn   *amqp.Connection
	ch     *amqp.Channel
	socket net.Conn
}

func newProbe(t *testing.T, target Target) *probe {
	t.Helper()
	p := &probe{T: t, target: target, prefix: "amqptest." + rand.Text()[:8] + "."}
	p.session = p.connect()
	return p
}

// name makes a name that no other case uses.
func (p *probe) name(s string) string { return p.prefix + s }

// dial connects with the URL as changed by edit.
func (p *probe) dial(edit func(*amqp.URI)) (*session, error) {
	p.Helper()
	uri, err := amqp.ParseURI(p.target.URL)
	if err != nil {
		p.Fatal(err)
	}
	if edit != nil {
		edit(&uri)
	}
	dial := p.target.Dial
	if dial == nil {
		dial = amqp.DefaultDial(patience)
	}
	s := &session{}
	s.conn, err = amqp.DialConfig(uri.String(), amqp.Config{
		Dial: func(network, addr string) (net.Conn, error) {
			var err error
			s.socket, err = dial(network, addr)
			return s.socket, err
		},
	})
	if err != nil {
		return nil, err
	}
	p.Cleanup(func() { s.conn.Close() })
	return s, nil
}

// connect opens another connection.
func (p *probe) connect() *session {
	p.Helper()
	s, err := p.dial(nil)
	if err != nil {
		p.Fatalf("connect: %v", err)
	}
	s.ch = p.channel(s.conn)
	return s
}

// cut breaks the connection as a failing network would.
func (s *session) cut() { _ = s.socket.Close() }

// channel opens another channel, in confirm mode.
func (p *probe) channel(conn *amqp.Connection) *amqp.Channel {
	p.Helper()
	ch, err := conn.Channel()
	if err != nil {
		p.Fatalf("channel: %v", err)
	}
	p.must(ch.Confirm(false))
	return ch
}

func (p *probe) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// quorum declares the kind of queue the program uses.
func (p *probe) quorum(name string, args amqp.Table) string {
	p.Helper()
	all := amqp.Table{amqp.QueueTypeArg: amqp.QueueTypeQuorum}
	for k, v := range args {
		all[k] = v
	}
	return p.declare(p.ch, queueSpec{name: name, durable: true, args: all})
}

// queueSpec spells out the flags of queue.declare.
type queueSpec struct {
	name                           string
	durable, autoDelete, exclusive bool
	args                           amqp.Table
}

func (q queueSpec) declare(ch *amqp.Channel) (amqp.Queue, error) {
	return ch.QueueDeclare(q.name, q.durable, q.autoDelete, q.exclusive, false, q.args)
}

// declare makes a queue that is removed after the case.
func (p *probe) declare(ch *amqp.Channel, spec queueSpec) string {
	p.Helper()
	if spec.name != "" {
		spec.name = p.name(spec.name)
	}
	q, err := spec.declare(ch)
	if err != nil {
		p.Fatalf("declare %s: %v", spec.name, err)
	}
	p.afterwards(func(ch *amqp.Channel) { _, _ = ch.QueueDelete(q.Name, false, false, false) })
	return q.Name
}

// exchange makes an exchange that is removed after the case.
func (p *probe) exchange(kind string, args amqp.Table) string {
	p.Helper()
	name := p.name(kind + rand.Text()[:4])
	p.must(p.ch.ExchangeDeclare(name, kind, true, false, false, false, args))
	p.afterwards(func(ch *amqp.Channel) { _ = ch.ExchangeDelete(name, false, false) })
	return name
}

// afterwards cleans up on a connection of its own, as the case's may be gone.
func (p *probe) afterwards(f func(*amqp.Channel)) {
	p.Cleanup(func() {
		s, err := p.dial(nil)
		if err != nil {
			p.Errorf("clean up: %v", err)
			return
		}
		defer s.conn.Close()
		if ch, err := s.conn.Channel(); err == nil {
			f(ch)
		}
	})
}

func (p *probe) bind(queue, key, exchange string, args amqp.Table) {
	p.Helper()
	p.must(p.ch.QueueBind(queue, key, exchange, false, args))
}

// send publishes and waits until the broker has taken the message.
func (p *probe) send(exchange, key string, m amqp.Publishing) {
	p.Helper()
	c, err := p.ch.PublishWithDeferredConfirmWithContext(p.Context(), exchange, key, false, false, m)
	p.must(err)
	if !p.confirmed(c) {
		p.Fatalf("publish to %q %q: nacked", exchange, key)
	}
}

// confirmed waits for the broker's word on a publish.
func (p *probe) confirmed(c *amqp.DeferredConfirmation) bool {
	p.Helper()
	select {
	case <-c.Done():
		return c.Acked()
	case <-time.After(patience):
		p.Fatal("no confirm")
		return false
	}
}

// text is a persistent message.
func text(s string) amqp.Publishing {
	return amqp.Publishing{Body: []byte(s), DeliveryMode: amqp.Persistent}
}

// consume subscribes with manual acknowledgement.
func (p *probe) consume(ch *amqp.Channel, queue string) <-chan amqp.Delivery {
	p.Helper()
	in, err := ch.Consume(queue, "", false, false, false, false, nil)
	p.must(err)
	return in
}

// next is the next value of a channel that must bring one.
func next[T any](p *probe, c <-chan T) T {
	p.Helper()
	select {
	case v, ok := <-c:
		if !ok {
			p.Fatalf("channel of %T closed", v)
		}
		return v
	case <-time.After(patience):
		var zero T
		p.Fatalf("no %T within %v", zero, patience)
		return zero
	}
}

// bodies receives n deliveries and returns their bodies.
func (p *probe) bodies(in <-chan amqp.Delivery, n int) (out []string) {
	p.Helper()
	for range n {
		out = append(out, string(next(p, in).Body))
	}
	return out
}

// depth is the number of ready messages.
func (p *probe) depth(queue string) int {
	p.Helper()
	q, err := p.ch.QueueDeclarePassive(queue, false, false, false, false, nil)
	p.must(err)
	return q.Messages
}

// eventually asks again until ok, for effects in the broker's own time.
func (p *probe) eventually(what string, ok func() bool) {
	p.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !ok(); <-tick.C {
		if time.Now().After(end) {
			p.Fatalf("did not happen: %s", what)
		}
	}
}

// get fetches the message that must be in the queue.
func (p *probe) get(queue string) (d amqp.Delivery) {
	p.Helper()
	p.eventually("message in "+queue, func() (ok bool) {
		var err error
		d, ok, err = p.ch.Get(queue, true)
		p.must(err)
		return ok
	})
	return d
}

// refused checks that err, or else the error the channel closes with, has the
// code and mentions each word.
func (p *probe) refused(code int, err error, words ...string) {
	p.Helper()
	var e *amqp.Error
	if !errors.As(err, &e) || e.Code != code {
		p.Fatalf("error is %v, want code %d", err, code)
	}
	for _, w := range words {
		if !strings.Contains(e.Reason, w) {
			p.Errorf("reason %q does not mention %q", e.Reason, w)
		}
	}
}

// closing watches a channel for the error it closes with. The result must be
// taken before the error is provoked.
func closing(ch *amqp.Channel) <-chan *amqp.Error {
	return ch.NotifyClose(make(chan *amqp.Error, 1))
}

func equal[T comparable](p *probe, what string, got, want T) {
	p.Helper()
	if got != want {
		p.Errorf("%s: got %v, want %v", what, got, want)
	}
}
