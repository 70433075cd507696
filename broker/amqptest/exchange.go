package amqptest

import (
	amqp "github.com/rabbitmq/amqp091-go"
)

var exchangeCases = []testCase{
	{"those every broker has", func(p *probe) {
		for name, kind := range map[string]string{"amq.direct": "direct", "amq.fanout": "fanout",
			"amq.topic": "topic", "amq.headers": "headers", "amq.match": "headers"} {
			p.must(p.ch.ExchangeDeclare(name, kind, true, false, false, false, nil))
		}
	}},
	{"passive declare of a missing exchange: 404", func(p *probe) {
		err := p.ch.ExchangeDeclarePassive(p.name("missing"), "direct", true, false, false, false, nil)
		p.refused(amqp.NotFound, err, "no exchange", p.name("missing"))
	}},
	{"another type: 406", func(p *probe) {
		x := p.exchange("direct", nil)
		err := p.ch.ExchangeDeclare(x, "topic", true, false, false, false, nil)
		p.refused(amqp.PreconditionFailed, err, "inequivalent arg 'type'", x)
	}},
	{"other durability: 406", func(p *probe) {
		x := p.exchange("direct", nil)
		err := p.ch.ExchangeDeclare(x, "direct", false, false, false, false, nil)
		p.refused(amqp.PreconditionFailed, err, "inequivalent arg 'durable'", x)
	}},
	{"an unknown type: 503", func(p *probe) {
		err := p.ch.ExchangeDeclare(p.name("x"), "sandwich", true, false, false, false, nil)
		p.refused(amqp.CommandInvalid, err, "sandwich")
	}},
	{"a reserved name: 403", func(p *probe) {
		p.refused(amqp.AccessRefused, p.ch.ExchangeDeclare("amq.mine", "direct", true, false, false, false, nil), "amq.")
	}},
	{"the default exchange cannot be declared or deleted: 403", func(p *probe) {
		for _, declare := range []func(string, string, bool, bool, bool, bool, amqp.Table) error{
			p.channel(p.conn).ExchangeDeclare, p.channel(p.conn).ExchangeDeclarePassive} {
			p.refused(amqp.AccessRefused, declare("", "direct", true, false, false, false, nil), "default exchange")
		}
		p.refused(amqp.AccessRefused, p.ch.ExchangeDelete("", false, false), "default exchange")
	}},
	{"delete if unused: 406", func(p *probe) {
		x := p.exchange("direct", nil)
		p.bind(p.quorum("q", nil), "k", x, nil)
		p.refused(amqp.PreconditionFailed, p.ch.ExchangeDelete(x, true, false), "in use", x)
	}},
	{"deleting a missing exchange is no error", func(p *probe) {
		p.must(p.ch.ExchangeDelete(p.name("missing"), false, false))
	}},
	{"deleting takes the bindings along", func(p *probe) {
		x := p.exchange("direct", nil)
		q := p.quorum("q", nil)
		p.bind(q, "k", x, nil)
		p.must(p.ch.ExchangeDelete(x, false, false))
		p.must(p.ch.ExchangeDeclare(x, "direct", true, false, false, false, nil))
		p.send(x, "k", text("m"))
		equal(p, "depth", p.depth(q), 0)
	}},
	{"an auto-delete exchange goes with its last binding", func(p *probe) {
		x := p.name("x")
		p.must(p.ch.ExchangeDeclare(x, "direct", true, true, false, false, nil))
		q := p.quorum("q", nil)
		p.bind(q, "k", x, nil)
		p.must(p.ch.QueueUnbind(q, "k", x, nil))
		err := p.ch.ExchangeDeclarePassive(x, "direct", true, true, false, false, nil)
		p.refused(amqp.NotFound, err, x)
	}},
}
