package amqptest

import (
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"
)

var deadLetterCases = []testCase{
	{"rejected", func(p *probe) {
		q, dead := p.withDeadLetters(nil)
		p.send("", q, text("m"))
		p.must(next(p, p.consume(p.ch, q)).Reject(false))
		d := next(p, dead)
		equal(p, "body", string(d.Body), "m")
		equal(p, "routing key", d.RoutingKey, q)
		p.death(d, 0, "rejected", q, 1)
		death := d.Headers["x-death"].([]any)[0].(amqp.Table)
		equal(p, "exchange", death["exchange"], any(""))
		equal(p, "routing keys", fmt.Sprint(death["routing-keys"]), fmt.Sprint([]any{q}))
		equal(p, "first reason", d.Headers["x-first-death-reason"], any("rejected"))
		equal(p, "first queue", d.Headers["x-first-death-queue"], any(q))
		equal(p, "first exchange", d.Headers["x-first-death-exchange"], any(""))
	}},
	{"nacked, several at once, in order", func(p *probe) {
		q, dead := p.withDeadLetters(nil)
		in := p.consume(p.ch, q)
		for i := range 3 {
			p.send("", q, text(fmt.Sprint(i)))
		}
		p.bodies(in, 2)
		p.must(next(p, in).Nack(true, false))
		equal(p, "dead", fmt.Sprint(p.bodies(dead, 3)), "[0 1 2]")
	}},
	{"delivery limit", deliveryLimit},
	{"a lost connection counts towards the delivery limit", func(p *probe) {
		q, dead := p.withDeadLetters(amqp.Table{"x-delivery-limit": int32(1)})
		p.send("", q, text("m"))
		for range 2 {
			s := p.connect()
			next(p, p.consume(s.ch, q))
			s.cut()
		}
		p.death(next(p, dead), 0, "delivery_limit", q, 1)
	}},
	{"queue time to live", func(p *probe) {
		q, dead := p.withDeadLetters(amqp.Table{"x-message-ttl": int32(50)})
		p.send("", q, text("m"))
		d := next(p, dead)
		p.death(d, 0, "expired", q, 1)
		equal(p, "depth", p.depth(q), 0)
	}},
	{"message time to live", func(p *probe) {
		q, dead := p.withDeadLetters(nil)
		m := text("m")
		m.Expiration = "50"
		p.send("", q, m)
		d := next(p, dead)
		p.death(d, 0, "expired", q, 1)
		equal(p, "expiration now", d.Expiration, "")
		equal(p, "expiration then", d.Headers["x-death"].([]any)[0].(amqp.Table)["original-expiration"], any("50"))
	}},
	{"the shorter time to live counts", func(p *probe) {
		q, dead := p.withDeadLetters(amqp.Table{"x-message-ttl": int32(50)})
		m := text("m")
		m.Expiration = "3600000"
		p.send("", q, m)
		p.death(next(p, dead), 0, "expired", q, 1)
	}},
	{"a waiting consumer gets what has no time to live", func(p *probe) {
		q := p.declare(p.ch, queueSpec{name: "q", durable: true})
		in := p.consume(p.ch, q)
		m := text("m")
		m.Expiration = "0"
		p.send("", q, m)
		next(p, in)
	}},
	{"a routing key of its own", func(p *probe) {
		q, dead := p.withDeadLetters(amqp.Table{"x-dead-letter-routing-key": "other"})
		p.send("", q, text("m"))
		p.must(next(p, p.consume(p.ch, q)).Reject(false))
		equal(p, "routing key", next(p, dead).RoutingKey, "other")
	}},
	{"maximum length drops the oldest", func(p *probe) {
		q, dead := p.withDeadLetters(amqp.Table{"x-max-length": int32(2)})
		for i := range 3 {
			p.send("", q, text(fmt.Sprint(i)))
		}
		d := next(p, dead)
		equal(p, "dropped", string(d.Body), "0")
		p.death(d, 0, "maxlen", q, 1)
		equal(p, "kept", fmt.Sprint(p.drain(q, 2)), "[1 2]")
	}},
	{"maximum length in octets", func(p *probe) {
		q := p.declare(p.ch, queueSpec{name: "q", durable: true, args: amqp.Table{"x-max-length-bytes": int32(10)}})
		for _, s := range []string{"four", "five5", "six666"} {
			p.send("", q, text(s))
		}
		equal(p, "kept", fmt.Sprint(p.drain(q, 1)), "[six666]")
	}},
	{"a message that goes round is counted", goRound},
	{"a missing dead-letter exchange loses the message quietly", func(p *probe) {
		q := p.quorum("q", amqp.Table{"x-dead-letter-exchange": p.name("missing")})
		p.send("", q, text("m"))
		p.must(next(p, p.consume(p.ch, q)).Reject(false))
		equal(p, "depth", p.depth(q), 0)
	}},
	{"a cycle without a rejection ends", func(p *probe) {
		q := p.declare(p.ch, queueSpec{name: "q", durable: true, args: amqp.Table{
			"x-message-ttl": int32(20), "x-dead-letter-exchange": "", "x-dead-letter-routing-key": p.name("q")}})
		p.send("", q, text("m"))
		p.eventually("the message is dropped", func() bool { return p.depth(q) == 0 })
	}},
}

// withDeadLetters declares a queue and consumes its dead letters.
func (p *probe) withDeadLetters(args amqp.Table) (queue string, dead <-chan amqp.Delivery) {
	p.Helper()
	x := p.exchange("fanout", nil)
	letters := p.quorum("dead", nil)
	p.bind(letters, "", x, nil)
	all := amqp.Table{"x-dead-letter-exchange": x}
	for k, v := range args {
		all[k] = v
	}
	return p.quorum("q", all), p.consume(p.channel(p.conn), letters)
}

// death checks an entry of x-death.
func (p *probe) death(d amqp.Delivery, at int, reason, queue string, count int64) {
	p.Helper()
	deaths, _ := d.Headers["x-death"].([]any)
	if len(deaths) <= at {
		p.Fatalf("x-death is %v", d.Headers["x-death"])
	}
	death := deaths[at].(amqp.Table)
	equal(p, "reason", death["reason"], any(reason))
	equal(p, "queue", death["queue"], any(queue))
	equal(p, "count", death["count"], any(count))
}

func deliveryLimit(p *probe) {
	q, dead := p.withDeadLetters(amqp.Table{"x-delivery-limit": int32(2)})
	p.send("", q, text("poison"))
	in := p.consume(p.ch, q)
	for range 3 { // the first delivery and two more
		p.must(next(p, in).Reject(true))
	}
	d := next(p, dead)
	equal(p, "body", string(d.Body), "poison")
	p.death(d, 0, "delivery_limit", q, 1)
	equal(p, "deliveries beyond the limit", len(in), 0)
}

// goRound is the usual way to try again later: a rejected message waits in a
// queue with a time to live whose dead letters come back.
func goRound(p *probe) {
	work, retry := p.name("work"), p.name("retry")
	p.quorum("work", amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": retry})
	p.quorum("retry", amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": work,
		"x-message-ttl": int32(20)})
	p.send("", work, text("m"))
	in := p.consume(p.ch, work)
	p.must(next(p, in).Reject(false))
	for n := range int64(3) {
		d := next(p, in)
		p.death(d, 0, "expired", retry, n+1)
		p.death(d, 1, "rejected", work, n+1)
		p.must(d.Reject(false))
	}
}
