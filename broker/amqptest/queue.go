package amqptest

import (
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"
)

var queueCases = []testCase{
	{"declaring again changes nothing", func(p *probe) {
		q := p.quorum("q", nil)
		p.send("", q, text("m"))
		p.quorum("q", nil)
		equal(p, "depth", p.depth(q), 1)
	}},
	{"a server-made name", func(p *probe) {
		a := p.declare(p.ch, queueSpec{exclusive: true})
		b := p.declare(p.ch, queueSpec{exclusive: true})
		if !strings.HasPrefix(a, "amq.gen-") || a == b {
			p.Errorf("names are %q and %q", a, b)
		}
	}},
	{"an empty name is the queue declared last", func(p *probe) {
		q := p.declare(p.ch, queueSpec{exclusive: true})
		p.bind("", "k", "amq.direct", nil)
		p.send("", q, text("m"))
		p.get("")
	}},
	{"passive declare of a missing queue: 404", func(p *probe) {
		_, err := p.ch.QueueDeclarePassive(p.name("missing"), false, false, false, false, nil)
		p.refused(amqp.NotFound, err, "NOT_FOUND", "no queue", p.name("missing"))
	}},
	{"passive declare counts messages and consumers", func(p *probe) {
		q := p.quorum("q", nil)
		p.must(p.ch.Qos(1, 0, false))
		next := p.consume(p.ch, q)
		p.send("", q, text("1"))
		p.send("", q, text("2"))
		<-next
		p.eventually("one message, one consumer", func() bool {
			info, err := p.ch.QueueDeclarePassive(q, false, false, false, false, nil)
			p.must(err)
			return info.Messages == 1 && info.Consumers == 1
		})
	}},
	{"other durability: 406", func(p *probe) {
		q := p.declare(p.ch, queueSpec{name: "q", durable: true})
		_, err := queueSpec{name: q}.declare(p.ch)
		p.refused(amqp.PreconditionFailed, err, "inequivalent arg 'durable'", q)
	}},
	{"other arguments: 406", func(p *probe) {
		q := p.declare(p.ch, queueSpec{name: "q", durable: true, args: amqp.Table{"x-message-ttl": int32(1000)}})
		for _, args := range []amqp.Table{nil, {"x-message-ttl": int32(2000)}} {
			_, err := queueSpec{name: q, durable: true, args: args}.declare(p.channel(p.conn))
			p.refused(amqp.PreconditionFailed, err, "inequivalent arg 'x-message-ttl'", q)
		}
		// The same number in another width is the same.
		_, err := queueSpec{name: q, durable: true, args: amqp.Table{"x-message-ttl": int64(1000)}}.declare(p.ch)
		p.must(err)
	}},
	{"other type: 406", func(p *probe) {
		q := p.quorum("q", nil)
		_, err := queueSpec{name: q, durable: true}.declare(p.ch)
		p.refused(amqp.PreconditionFailed, err, "inequivalent arg 'x-queue-type'", q)
	}},
	{"a time to live that is none: 406", func(p *probe) {
		for _, ttl := range []any{int32(-1), "soon"} {
			_, err := queueSpec{name: p.name("q"), durable: true, args: amqp.Table{"x-message-ttl": ttl}}.
				declare(p.channel(p.conn))
			p.refused(amqp.PreconditionFailed, err, "x-message-ttl")
		}
	}},
	{"an unknown queue type: 406", func(p *probe) {
		_, err := queueSpec{name: p.name("q"), durable: true, args: amqp.Table{"x-queue-type": "sandwich"}}.declare(p.ch)
		p.refused(amqp.PreconditionFailed, err)
	}},
	{"a quorum queue must be durable: 406", func(p *probe) {
		_, err := queueSpec{name: p.name("q"), args: amqp.Table{"x-queue-type": "quorum"}}.declare(p.ch)
		p.refused(amqp.PreconditionFailed, err, "durable")
	}},
	{"a reserved name: 403", func(p *probe) {
		_, err := queueSpec{name: "amq.mine", durable: true}.declare(p.ch)
		p.refused(amqp.AccessRefused, err, "amq.")
	}},
	{"an exclusive queue is locked to others: 405", exclusiveQueue},
	{"an exclusive queue goes with its connection", func(p *probe) {
		s := p.connect()
		q := p.declare(s.ch, queueSpec{name: "q", exclusive: true})
		s.cut()
		p.eventually("the queue is gone", func() bool { return p.missing(q) })
	}},
	{"an auto-delete queue goes with its last consumer", func(p *probe) {
		q := p.declare(p.ch, queueSpec{name: "q", autoDelete: true})
		for _, tag := range []string{"one", "two"} {
			_, err := p.ch.Consume(q, tag, false, false, false, false, nil)
			p.must(err)
		}
		p.must(p.ch.Cancel("one", false))
		equal(p, "gone with the first", p.missing(q), false)
		p.must(p.ch.Cancel("two", false))
		p.eventually("the queue is gone", func() bool { return p.missing(q) })
	}},
	{"an unused queue expires", expires},
	{"purge", func(p *probe) {
		q := p.quorum("q", nil)
		p.send("", q, text("1"))
		p.send("", q, text("2"))
		p.eventually("two messages", func() bool { return p.depth(q) == 2 })
		equal(p, "purged", p.purge(q), 2)
		equal(p, "depth", p.depth(q), 0)
	}},
	{"delete if unused, if empty: 406", func(p *probe) {
		q := p.declare(p.ch, queueSpec{name: "q", durable: true})
		p.send("", q, text("m"))
		_, err := p.channel(p.conn).QueueDelete(q, false, true, false)
		p.refused(amqp.PreconditionFailed, err, "not empty", q)
		p.consume(p.ch, q)
		_, err = p.channel(p.conn).QueueDelete(q, true, false, false)
		p.refused(amqp.PreconditionFailed, err, "in use", q)
	}},
	{"delete counts the messages, and a missing queue is no error", func(p *probe) {
		q := p.declare(p.ch, queueSpec{name: "q", durable: true})
		p.send("", q, text("m"))
		for _, want := range []int{1, 0} {
			n, err := p.ch.QueueDelete(q, false, false, false)
			p.must(err)
			equal(p, "messages", n, want)
		}
	}},
	{"binding to a missing exchange: 404", func(p *probe) {
		err := p.ch.QueueBind(p.quorum("q", nil), "k", p.name("missing"), false, nil)
		p.refused(amqp.NotFound, err, "no exchange", p.name("missing"))
	}},
	{"binding to the default exchange: 403", func(p *probe) {
		p.refused(amqp.AccessRefused, p.ch.QueueBind(p.quorum("q", nil), "k", "", false, nil), "default exchange")
	}},
}

// missing asks for the queue on a channel of its own, as the answer may close it.
func (p *probe) missing(queue string) bool {
	p.Helper()
	ch := p.channel(p.conn)
	defer ch.Close()
	_, err := ch.QueueDeclarePassive(queue, false, false, false, false, nil)
	return err != nil
}

// expires tells by returned messages when the queue is gone, as asking for it
// would be using it. It is a classic queue, since a message on its way to a
// quorum queue that is just being deleted can take a channel down on 3.10.
func expires(p *probe) {
	q := p.declare(p.ch, queueSpec{name: "q", durable: true, args: amqp.Table{"x-expires": int32(200)}})
	returns := p.ch.NotifyReturn(make(chan amqp.Return, 1))
	p.eventually("the queue is gone", func() bool {
		c, err := p.ch.PublishWithDeferredConfirmWithContext(p.Context(), "", q, true, false, text("m"))
		p.must(err)
		p.confirmed(c)
		return len(returns) == 1
	})
}

func exclusiveQueue(p *probe) {
	q := p.declare(p.ch, queueSpec{name: "q", exclusive: true})
	other := p.connect()
	_, err := queueSpec{name: q, exclusive: true}.declare(p.channel(other.conn))
	p.refused(amqp.ResourceLocked, err, "RESOURCE_LOCKED", q)
	_, err = p.channel(other.conn).Consume(q, "", false, false, false, false, nil)
	p.refused(amqp.ResourceLocked, err, q)
	_, _, err = p.channel(other.conn).Get(q, true)
	p.refused(amqp.ResourceLocked, err, q)
	_, err = p.channel(other.conn).QueueDelete(q, false, false, false)
	p.refused(amqp.ResourceLocked, err, q)
	p.send("", q, text("publishing is not owning"))
	p.get(q)
}
