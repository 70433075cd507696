package amqptest

import (
	"fmt"
	"sync"

	amqp "github.com/rabbitmq/amqp091-go"
)

var loadCases = []testCase{
	{"ten thousand messages stay in order", inOrder},
	{"a slow consumer is not overrun", slowConsumer},
	{"several publishers and consumers: each message once", manyToMany},
	{"a connection lost now and then: each message at least once", losingConnections},
}

func inOrder(p *probe) {
	const n = 10_000
	q := p.quorum("q", nil)
	out := p.connect()
	p.must(p.ch.Qos(200, 0, false))
	in := p.consume(p.ch, q)
	confirms := out.ch.NotifyPublish(make(chan amqp.Confirmation, n))
	go func() {
		for i := range n {
			if out.ch.PublishWithContext(p.Context(), "", q, false, false, text(fmt.Sprint(i))) != nil {
				return
			}
		}
	}()
	for i := range n {
		d := next(p, in)
		if string(d.Body) != fmt.Sprint(i) {
			p.Fatalf("message %d says %q", i, d.Body)
		}
		if i%50 == 49 {
			p.must(d.Ack(true))
		}
	}
	for range n {
		if !next(p, confirms).Ack {
			p.Fatal("nacked")
		}
	}
	p.eventually("the queue is empty", func() bool { return p.depth(q) == 0 })
}

func slowConsumer(p *probe) {
	const n = 500
	q := p.quorum("q", nil)
	p.must(p.ch.Qos(1, 0, false))
	in := p.consume(p.ch, q)
	out := p.connect()
	for i := range n {
		p.must(out.ch.PublishWithContext(p.Context(), "", q, false, false, text(fmt.Sprint(i))))
	}
	for range n {
		d := next(p, in)
		if len(in) > 0 {
			p.Fatal("a second message in hand")
		}
		p.must(d.Ack(false))
	}
}

func manyToMany(p *probe) {
	const publishers, each = 4, 500
	q := p.quorum("q", nil)
	got := make(chan string, publishers*each)
	for range 3 {
		s := p.connect()
		p.must(s.ch.Qos(20, 0, false))
		in := p.consume(s.ch, q)
		go func() {
			for d := range in {
				got <- string(d.Body)
				_ = d.Ack(false)
			}
		}()
	}
	var wg sync.WaitGroup
	for i := range publishers {
		s := p.connect()
		wg.Go(func() {
			for j := range each {
				_ = s.ch.PublishWithContext(p.Context(), "", q, false, false, text(fmt.Sprint(i, "/", j)))
			}
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for range publishers * each {
		body := next(p, got)
		if seen[body] {
			p.Fatalf("%q twice", body)
		}
		seen[body] = true
	}
}

func losingConnections(p *probe) {
	const n = 200
	q := p.quorum("q", nil)
	for i := range n {
		p.send("", q, text(fmt.Sprint(i)))
	}
	acked := map[string]bool{}
	for len(acked) < n {
		s := p.connect()
		p.must(s.ch.Qos(20, 0, false))
		in := p.consume(s.ch, q)
		for i := range min(40, n-len(acked)) {
			d := next(p, in)
			if i < 30 { // the others are in hand when the connection is lost
				p.must(d.Ack(false))
				acked[string(d.Body)] = true
			}
		}
		s.cut()
	}
}
