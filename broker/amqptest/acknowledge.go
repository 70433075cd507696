package amqptest

import (
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"
)

var acknowledgeCases = []testCase{
	{"ack multiple", func(p *probe) {
		q, in := p.inHand(5)
		next(p, in)
		next(p, in)
		p.must(next(p, in).Ack(true))
		p.bodies(in, 2)
		p.must(p.ch.Close())
		equal(p, "came back", fmt.Sprint(p.again().drain(q, 2)), "[3 4]")
	}},
	{"tag 0 and multiple is all", func(p *probe) {
		q, in := p.inHand(5)
		p.bodies(in, 5)
		p.must(p.ch.Ack(0, true))
		p.must(p.ch.Close())
		equal(p, "depth", p.again().depth(q), 0)
	}},
	{"acks out of order", func(p *probe) {
		q, in := p.inHand(5)
		var ds []amqp.Delivery
		for range 5 {
			ds = append(ds, next(p, in))
		}
		for _, i := range []int{3, 1, 4} {
			p.must(ds[i].Ack(false))
		}
		p.must(p.ch.Close())
		equal(p, "came back", fmt.Sprint(p.again().drain(q, 2)), "[0 2]")
	}},
	{"an unknown delivery tag: 406", func(p *probe) {
		end := closing(p.ch)
		p.must(p.ch.Ack(42, false))
		p.refused(amqp.PreconditionFailed, next(p, end), "unknown delivery tag 42")
	}},
	{"an ack twice: 406", func(p *probe) {
		_, in := p.inHand(1)
		d := next(p, in)
		end := closing(p.ch)
		p.must(d.Ack(false))
		p.must(d.Ack(false))
		p.refused(amqp.PreconditionFailed, next(p, end), "unknown delivery tag 1")
	}},
	{"an ack on another channel: 406", func(p *probe) {
		_, in := p.inHand(1)
		d := next(p, in)
		other := p.channel(p.conn)
		end := closing(other)
		p.must(other.Ack(d.DeliveryTag, false))
		p.refused(amqp.PreconditionFailed, next(p, end), "unknown delivery tag")
	}},
	{"nack and requeue is redelivered", func(p *probe) {
		_, in := p.inHand(1)
		d := next(p, in)
		equal(p, "redelivered at first", d.Redelivered, false)
		p.must(d.Nack(false, true))
		d = next(p, in)
		equal(p, "redelivered", d.Redelivered, true)
		equal(p, "body", string(d.Body), "0")
	}},
	{"nack multiple and requeue keeps the order", func(p *probe) {
		_, in := p.inHand(5)
		p.bodies(in, 4)
		p.must(next(p, in).Nack(true, true))
		equal(p, "again", fmt.Sprint(p.bodies(in, 5)), "[0 1 2 3 4]")
	}},
	{"a requeued message comes before younger ones", func(p *probe) {
		// Without a delivery limit, older quorum queues put it last.
		q := p.quorum("q", amqp.Table{"x-delivery-limit": int32(10)})
		for i := range 3 {
			p.send("", q, text(fmt.Sprint(i)))
		}
		p.must(p.ch.Qos(1, 0, false))
		in := p.consume(p.ch, q)
		p.must(next(p, in).Nack(false, true))
		for i := range 3 {
			d := next(p, in)
			equal(p, "body", string(d.Body), fmt.Sprint(i))
			p.must(d.Ack(false))
		}
	}},
	{"reject without requeue drops", func(p *probe) {
		q, in := p.inHand(1)
		p.must(next(p, in).Reject(false))
		p.must(p.ch.Close())
		equal(p, "depth", p.again().depth(q), 0)
	}},
	{"reject and requeue counts in x-delivery-count", func(p *probe) {
		_, in := p.inHand(1)
		d := next(p, in)
		equal(p, "count at first", d.Headers["x-delivery-count"], nil)
		for i := range 3 {
			p.must(d.Reject(true))
			d = next(p, in)
			equal(p, "count", d.Headers["x-delivery-count"], any(int64(i+1)))
		}
	}},
	{"recover puts everything back", func(p *probe) {
		_, in := p.inHand(2)
		p.bodies(in, 2)
		//lint:ignore SA1019 deprecated, and still to be answered
		p.must(p.ch.Recover(true))
		equal(p, "redelivered", next(p, in).Redelivered, true)
		equal(p, "redelivered", next(p, in).Redelivered, true)
	}},
	{"recover without requeue is not implemented: 540", func(p *probe) {
		//lint:ignore SA1019 as above
		p.refused(amqp.NotImplemented, p.ch.Recover(false))
	}},
	{"closing the channel puts back what is in hand", func(p *probe) {
		q, in := p.inHand(3)
		p.bodies(in, 3)
		p.must(p.ch.Close())
		equal(p, "came back", fmt.Sprint(p.again().drain(q, 3)), "[0 1 2]")
	}},
	{"a lost connection puts back what is in hand, in order", func(p *probe) {
		q, in := p.inHand(100)
		p.bodies(in, 100)
		p.cut()
		fresh := p.again()
		again := fresh.consume(fresh.ch, q)
		for i := range 100 {
			d := next(p, again)
			equal(p, "body", string(d.Body), fmt.Sprint(i))
			equal(p, "redelivered", d.Redelivered, true)
		}
	}},
}

// inHand returns a consumer of a queue that n messages were sent to.
func (p *probe) inHand(n int) (queue string, in <-chan amqp.Delivery) {
	p.Helper()
	queue = p.quorum("q", nil)
	for i := range n {
		p.send("", queue, text(fmt.Sprint(i)))
	}
	return queue, p.consume(p.ch, queue)
}

// drain receives n messages, acknowledges them and checks that there are no
// more.
func (p *probe) drain(queue string, n int) (out []string) {
	p.Helper()
	for range n {
		out = append(out, string(p.get(queue).Body))
	}
	equal(p, "left", p.depth(queue), 0)
	return out
}
