package amqptest

import (
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"
)

var publishCases = []testCase{
	{"confirm", func(p *probe) {
		q := p.quorum("q", nil)
		p.send("", q, text("m"))
		equal(p, "depth", p.depth(q), 1)
	}},
	{"unroutable is confirmed", func(p *probe) { p.send("", p.name("nowhere"), text("m")) }},
	{"confirms come in order, one for each", confirmMany},
	{"mandatory and unroutable: returned, then confirmed", returnUnroutable},
	{"mandatory and routed: confirmed, not returned", func(p *probe) {
		q := p.quorum("q", nil)
		returns := p.ch.NotifyReturn(make(chan amqp.Return, 1))
		c, err := p.ch.PublishWithDeferredConfirmWithContext(p.Context(), "", q, true, false, text("m"))
		p.must(err)
		equal(p, "acked", p.confirmed(c), true)
		equal(p, "returns", len(returns), 0)
	}},
	{"missing exchange closes the channel with 404", func(p *probe) {
		end := closing(p.ch)
		x := p.name("missing")
		p.must(p.ch.PublishWithContext(p.Context(), x, "k", false, false, text("m")))
		p.refused(amqp.NotFound, next(p, end), "NOT_FOUND", "no exchange", x)
	}},
	{"internal exchange refuses with 403", func(p *probe) {
		x := p.name("internal")
		p.must(p.ch.ExchangeDeclare(x, "fanout", true, false, true, false, nil))
		p.afterwards(func(ch *amqp.Channel) { _ = ch.ExchangeDelete(x, false, false) })
		end := closing(p.ch)
		p.must(p.ch.PublishWithContext(p.Context(), x, "k", false, false, text("m")))
		p.refused(amqp.AccessRefused, next(p, end), x)
	}},
	{"immediate is not implemented: 540", func(p *probe) {
		end := closing(p.ch)
		p.must(p.ch.PublishWithContext(p.Context(), "", "q", false, true, text("m")))
		p.refused(amqp.NotImplemented, next(p, end), "immediate")
	}},
	{"one's own user id is accepted", func(p *probe) {
		q := p.quorum("q", nil)
		m := text("m")
		m.UserId = p.conn.Config.SASL[0].(*amqp.PlainAuth).Username
		p.send("", q, m)
		equal(p, "user id", p.get(q).UserId, m.UserId)
	}},
	{"a forged user id is refused: 406", func(p *probe) {
		q := p.quorum("q", nil)
		end := closing(p.ch)
		m := text("m")
		m.UserId = "somebody-else"
		p.must(p.ch.PublishWithContext(p.Context(), "", q, false, false, m))
		p.refused(amqp.PreconditionFailed, next(p, end), "user_id", "somebody-else")
		equal(p, "depth", p.again().depth(q), 0)
	}},
	{"an expiration that is no number is refused: 406", func(p *probe) {
		end := closing(p.ch)
		m := text("m")
		m.Expiration = "soon"
		p.must(p.ch.PublishWithContext(p.Context(), "", p.quorum("q", nil), false, false, m))
		p.refused(amqp.PreconditionFailed, next(p, end), "expiration")
	}},
	{"a full queue set to reject nacks", rejectPublish},
	{"transaction: commit and rollback", transact},
}

// again is the probe on a new channel, for after one was closed on it.
func (p *probe) again() *probe {
	p.Helper()
	fresh := *p
	fresh.session = p.connect()
	return &fresh
}

func confirmMany(p *probe) {
	const n = 1000
	q := p.quorum("q", nil)
	confirms := p.ch.NotifyPublish(make(chan amqp.Confirmation, n))
	for i := range n {
		p.must(p.ch.PublishWithContext(p.Context(), "", q, false, false, text(fmt.Sprint(i))))
	}
	for i := range n {
		c := next(p, confirms)
		if !c.Ack || c.DeliveryTag != uint64(i+1) {
			p.Fatalf("confirm %d is %+v", i+1, c)
		}
	}
	equal(p, "depth", p.depth(q), n)
}

func returnUnroutable(p *probe) {
	returns := p.ch.NotifyReturn(make(chan amqp.Return, 1))
	confirms := p.ch.NotifyPublish(make(chan amqp.Confirmation, 1))
	m := text("come back")
	m.MessageId = "id-1"
	m.Headers = amqp.Table{"h": "v"}
	p.must(p.ch.PublishWithContext(p.Context(), "amq.direct", p.name("nowhere"), true, false, m))
	c := next(p, confirms)
	equal(p, "ack", c.Ack, true)
	if len(returns) != 1 {
		p.Fatal("confirmed before it was returned")
	}
	r := next(p, returns)
	equal(p, "code", r.ReplyCode, amqp.NoRoute)
	equal(p, "text", r.ReplyText, "NO_ROUTE")
	equal(p, "exchange", r.Exchange, "amq.direct")
	equal(p, "key", r.RoutingKey, p.name("nowhere"))
	equal(p, "body", string(r.Body), "come back")
	equal(p, "message id", r.MessageId, "id-1")
	equal(p, "header", r.Headers["h"], any("v"))
}

// rejectPublish uses a classic queue: the limit of a quorum queue is a soft one,
// which lets a few more in.
func rejectPublish(p *probe) {
	q := p.declare(p.ch, queueSpec{name: "q", durable: true,
		args: amqp.Table{"x-max-length": int32(2), "x-overflow": "reject-publish"}})
	var acked int
	for range 10 {
		c, err := p.ch.PublishWithDeferredConfirmWithContext(p.Context(), "", q, false, false, text("m"))
		p.must(err)
		if p.confirmed(c) {
			acked++
		}
	}
	equal(p, "acked", acked, 2)
	equal(p, "depth", p.depth(q), 2)
}

func transact(p *probe) {
	q := p.declare(p.ch, queueSpec{name: "q", exclusive: true})
	ch, err := p.conn.Channel()
	p.must(err)
	p.must(ch.Tx())
	p.must(ch.PublishWithContext(p.Context(), "", q, false, false, text("dropped")))
	p.must(ch.TxRollback())
	p.must(ch.PublishWithContext(p.Context(), "", q, false, false, text("kept")))
	p.must(ch.TxCommit())
	d, ok, err := ch.Get(q, false)
	p.must(err)
	equal(p, "got", ok, true)
	equal(p, "body", string(d.Body), "kept")
	p.must(d.Ack(false))
	p.must(ch.TxCommit())
	p.refused(amqp.PreconditionFailed, ch.Confirm(false), "tx")
	equal(p, "depth", p.depth(q), 0)
}
