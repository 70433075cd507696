package amqptest

import (
	"fmt"
	"sync"

	amqp "github.com/rabbitmq/amqp091-go"
)

var connectionCases = []testCase{
	{"a wrong password: 403", func(p *probe) {
		_, err := p.dial(func(u *amqp.URI) { u.Password = "wrong" })
		p.refused(amqp.AccessRefused, err)
	}},
	{"an unknown user: 403", func(p *probe) {
		_, err := p.dial(func(u *amqp.URI) { u.Username = "nobody" })
		p.refused(amqp.AccessRefused, err)
	}},
	{"an unknown virtual host: 530", func(p *probe) {
		_, err := p.dial(func(u *amqp.URI) { u.Vhost = "elsewhere" })
		if err == nil {
			p.Fatal("connected")
		}
	}},
	{"AMQPLAIN", func(p *probe) {
		uri, err := amqp.ParseURI(p.target.URL)
		p.must(err)
		conn, err := amqp.DialConfig(p.target.URL, amqp.Config{
			Dial: p.target.Dial,
			SASL: []amqp.Authentication{&amqp.AMQPlainAuth{Username: uri.Username, Password: uri.Password}},
		})
		p.must(err)
		p.must(conn.Close())
	}},
	{"a channel's error leaves the connection alone", func(p *probe) {
		other := p.channel(p.conn)
		_, err := p.ch.QueueDeclarePassive(p.name("missing"), false, false, false, false, nil)
		p.refused(amqp.NotFound, err)
		_, err = queueSpec{exclusive: true}.declare(other)
		p.must(err)
		_, err = queueSpec{exclusive: true}.declare(p.channel(p.conn))
		p.must(err)
	}},
	{"a connection's error closes all its channels", func(p *probe) {
		ends := []<-chan *amqp.Error{closing(p.ch), closing(p.channel(p.conn))}
		whole := p.conn.NotifyClose(make(chan *amqp.Error, 1))
		err := p.ch.ExchangeDeclare(p.name("x"), "sandwich", true, false, false, false, nil)
		p.refused(amqp.CommandInvalid, err)
		for _, end := range append(ends, whole) {
			p.refused(amqp.CommandInvalid, next(p, end))
		}
	}},
	{"channels work side by side", func(p *probe) {
		var wg sync.WaitGroup
		for i := range 20 {
			ch := p.channel(p.conn)
			q := p.declare(ch, queueSpec{name: fmt.Sprint("q", i), exclusive: true})
			wg.Go(func() {
				for range 50 {
					c, err := ch.PublishWithDeferredConfirmWithContext(p.Context(), "", q, false, false, text(q))
					if err != nil || !c.Wait() {
						p.Errorf("publish: %v", err)
						return
					}
				}
			})
		}
		wg.Wait()
		for i := range 20 {
			equal(p, "depth", p.depth(p.name(fmt.Sprint("q", i))), 50)
		}
	}},
	{"a smaller frame size is kept to", func(p *probe) {
		conn, err := amqp.DialConfig(p.target.URL, amqp.Config{Dial: p.target.Dial, FrameSize: 4096})
		p.must(err)
		defer conn.Close()
		ch := p.channel(conn)
		q := p.declare(ch, queueSpec{name: "q", exclusive: true})
		small := *p
		small.session = &session{conn: conn, ch: ch}
		small.send("", q, amqp.Publishing{Body: make([]byte, 100_000)})
		equal(p, "length", len(small.get(q).Body), 100_000)
	}},
}
