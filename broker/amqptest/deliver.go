package amqptest

import (
	"fmt"
	"slices"

	amqp "github.com/rabbitmq/amqp091-go"
)

var deliverCases = []testCase{
	{"get: message, count, empty", func(p *probe) {
		q := p.quorum("q", nil)
		p.send("", q, text("1"))
		p.send("", q, text("2"))
		p.eventually("two messages", func() bool { return p.depth(q) == 2 })
		d, ok, err := p.ch.Get(q, false)
		p.must(err)
		equal(p, "got", ok, true)
		equal(p, "messages left", d.MessageCount, uint32(1))
		equal(p, "redelivered", d.Redelivered, false)
		p.get(q)
		_, ok, err = p.ch.Get(q, false)
		p.must(err)
		equal(p, "got from an empty queue", ok, false)
	}},
	{"consume with automatic acknowledgement", func(p *probe) {
		q := p.quorum("q", nil)
		in, err := p.ch.Consume(q, "", true, false, false, false, nil)
		p.must(err)
		p.send("", q, text("m"))
		next(p, in)
		p.must(p.ch.Close())
		equal(p, "depth", p.again().depth(q), 0)
	}},
	{"prefetch bounds what is in hand", prefetch},
	{"prefetch is each consumer's own", func(p *probe) {
		q := p.quorum("q", nil)
		p.must(p.ch.Qos(5, 0, false))
		a, b := p.consume(p.ch, q), p.consume(p.ch, q)
		for i := range 10 {
			p.send("", q, text(fmt.Sprint(i)))
		}
		got := append(p.bodies(a, 5), p.bodies(b, 5)...)
		slices.Sort(got)
		equal(p, "each message once", fmt.Sprint(got), "[0 1 2 3 4 5 6 7 8 9]")
	}},
	{"consumers take turns", func(p *probe) {
		q := p.declare(p.ch, queueSpec{name: "q", exclusive: true})
		a, b := p.consume(p.ch, q), p.consume(p.ch, q)
		for i := range 6 {
			p.send("", q, text(fmt.Sprint(i)))
		}
		p.bodies(a, 3)
		p.bodies(b, 3)
	}},
	{"prefetch size is not implemented: 540", func(p *probe) {
		p.refused(amqp.NotImplemented, p.ch.Qos(1, 1000, false), "prefetch_size")
	}},
	{"cancel stops deliveries and keeps what is in hand", cancel},
	{"deleting the queue cancels its consumers", func(p *probe) {
		q := p.quorum("q", nil)
		cancels := p.ch.NotifyCancel(make(chan string, 1))
		in, err := p.ch.Consume(q, "tag", false, false, false, false, nil)
		p.must(err)
		_, err = p.connect().ch.QueueDelete(q, false, false, false)
		p.must(err)
		equal(p, "cancelled", next(p, cancels), "tag")
		if _, open := <-in; open {
			p.Error("a delivery from a deleted queue")
		}
	}},
	{"a consumer tag twice: 530", func(p *probe) {
		q := p.quorum("q", nil)
		_, err := p.ch.Consume(q, "tag", false, false, false, false, nil)
		p.must(err)
		// The client library would not send it twice from one channel object.
		end := closing(p.ch)
		_, err = p.ch.Consume(q, "tag", false, false, false, false, nil)
		if err == nil {
			err = next(p, end)
		}
		p.refused(amqp.NotAllowed, err, "tag")
	}},
	{"an exclusive consumer keeps others out: 403", func(p *probe) {
		q := p.declare(p.ch, queueSpec{name: "q", durable: true})
		_, err := p.ch.Consume(q, "", false, true, false, false, nil)
		p.must(err)
		_, err = p.connect().ch.Consume(q, "", false, false, false, false, nil)
		p.refused(amqp.AccessRefused, err, "exclusive", q)
	}},
	{"consuming from a missing queue: 404", func(p *probe) {
		_, err := p.ch.Consume(p.name("missing"), "", false, false, false, false, nil)
		p.refused(amqp.NotFound, err, "no queue", p.name("missing"))
	}},
	{"priority does not overtake", func(p *probe) {
		q := p.declare(p.ch, queueSpec{name: "q", durable: true})
		for i := range 5 {
			m := text(fmt.Sprint(i))
			m.Priority = uint8(i)
			p.send("", q, m)
		}
		equal(p, "order", fmt.Sprint(p.bodies(p.consume(p.ch, q), 5)), "[0 1 2 3 4]")
	}},
	{"flow off is not implemented: 540", func(p *probe) {
		p.refused(amqp.NotImplemented, p.ch.Flow(false))
	}},
}

func prefetch(p *probe) {
	q := p.quorum("q", nil)
	for i := range 10 {
		p.send("", q, text(fmt.Sprint(i)))
	}
	p.must(p.ch.Qos(3, 0, false))
	in := p.consume(p.ch, q)
	p.bodies(in, 2)
	third := next(p, in)
	p.eventually("seven are left", func() bool { return p.depth(q) == 7 })
	equal(p, "deliveries beyond the prefetch", len(in), 0)
	p.must(third.Ack(true))
	equal(p, "then", fmt.Sprint(p.bodies(in, 3)), "[3 4 5]")
	p.eventually("four are left", func() bool { return p.depth(q) == 4 })
}

func cancel(p *probe) {
	q := p.quorum("q", nil)
	p.must(p.ch.Qos(1, 0, false))
	in, err := p.ch.Consume(q, "tag", false, false, false, false, nil)
	p.must(err)
	p.send("", q, text("1"))
	p.send("", q, text("2"))
	first := next(p, in)
	p.must(p.ch.Cancel("tag", false))
	p.must(first.Ack(false))
	if d, open := <-in; open {
		p.Errorf("delivery %q after cancel-ok", d.Body)
	}
	equal(p, "the second", string(p.get(q).Body), "2")
}
