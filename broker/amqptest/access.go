package amqptest

import (
	"regexp"

	amqp "github.com/rabbitmq/amqp091-go"
)

var accessCases = []testCase{
	{"permissions: what is not allowed is refused with 403", permissions},
	{"topics: a routing key that is not allowed is refused with 403", topics},
	{"alarm: publishers are blocked, consumers go on", alarm},
}

func permissions(p *probe) {
	if p.target.SetUser == nil {
		p.Skip("this target cannot add users")
	}
	q, x := p.quorum("bank", nil), p.exchange("direct", nil)
	p.must(p.target.SetUser(User{Name: "amqptest-bank", Password: "secret",
		Configure: "^$", Write: "^" + regexp.QuoteMeta(x) + "$", Read: "^" + regexp.QuoteMeta(q) + "$"}))
	bank, err := p.dial(func(u *amqp.URI) { u.Username, u.Password = "amqptest-bank", "secret" })
	p.must(err)

	// The permitted operations.
	bank.ch = p.channel(bank.conn)
	p.consume(bank.ch, q)
	p.must(bank.ch.PublishWithContext(p.Context(), x, "k", false, false, text("m")))

	// The refused operations.
	for what, do := range map[string]func(*amqp.Channel) error{
		"declare queue": func(ch *amqp.Channel) error { return declareErr(ch, p.name("new")) },
		"delete queue":  func(ch *amqp.Channel) error { _, err := ch.QueueDelete(q, false, false, false); return err },
		"declare exchange": func(ch *amqp.Channel) error {
			return ch.ExchangeDeclare(p.name("x"), "direct", true, false, false, false, nil)
		},
		"delete exchange": func(ch *amqp.Channel) error { return ch.ExchangeDelete(x, false, false) },
		"bind":            func(ch *amqp.Channel) error { return ch.QueueBind(q, "k", x, false, nil) },
		"consume": func(ch *amqp.Channel) error {
			_, err := ch.Consume(p.name("other"), "", false, false, false, false, nil)
			return err
		},
		"purge": func(ch *amqp.Channel) error { _, err := ch.QueuePurge(p.name("other"), false); return err },
	} {
		err := do(p.channel(bank.conn))
		if err == nil {
			p.Errorf("%s was allowed", what)
			continue
		}
		p.refused(amqp.AccessRefused, err, "ACCESS_REFUSED", "amqptest-bank")
	}
	for _, exchange := range []string{"", "amq.direct"} {
		ch := p.channel(bank.conn)
		end := closing(ch)
		p.must(ch.PublishWithContext(p.Context(), exchange, q, false, false, text("forged")))
		p.refused(amqp.AccessRefused, next(p, end), "amqptest-bank")
	}
	equal(p, "depth", p.depth(q), 0)
}

// topics: the routing keys that a user may bind with and publish with on a
// topic exchange. Another exchange is not narrowed.
func topics(p *probe) {
	if p.target.SetUser == nil {
		p.Skip("this target cannot add users")
	}
	x, other := p.exchange("topic", nil), p.exchange("topic", nil)
	own := "^" + regexp.QuoteMeta(p.prefix)
	p.must(p.target.SetUser(User{Name: "amqptest-topic", Password: "secret", Configure: own, Write: own, Read: own,
		Topics: []Topic{{Exchange: x, Write: `^said\.mine$`, Read: `^[^.#]+\.mine$`}}}))
	s, err := p.dial(func(u *amqp.URI) { u.Username, u.Password = "amqptest-topic", "secret" })
	p.must(err)
	s.ch = p.channel(s.conn)
	q := p.declare(s.ch, queueSpec{name: "q", durable: true})

	for _, key := range []string{"said.mine", "*.mine"} {
		p.must(s.ch.QueueBind(q, key, x, false, nil))
	}
	p.must(s.ch.QueueBind(q, "#", other, false, nil))
	p.must(s.ch.PublishWithContext(p.Context(), x, "said.mine", false, false, text("mine")))
	equal(p, "body", string(p.get(q).Body), "mine")
	for _, key := range []string{"#", "*.*", "*.yours", "said.*", "#.mine", "said.mine.more", ""} {
		err := p.channel(s.conn).QueueBind(q, key, x, false, nil)
		if err == nil {
			p.Errorf("bound with %q", key)
			continue
		}
		p.refused(amqp.AccessRefused, err, "ACCESS_REFUSED", "amqptest-topic")
	}
	for _, key := range []string{"said.yours", "", "heard.mine"} {
		ch := p.channel(s.conn)
		end := closing(ch)
		p.must(ch.PublishWithContext(p.Context(), x, key, false, false, text("forged")))
		p.refused(amqp.AccessRefused, next(p, end), "amqptest-topic")
	}
	equal(p, "depth", p.depth(q), 0)
}

func declareErr(ch *amqp.Channel, name string) error {
	_, err := queueSpec{name: name, durable: true}.declare(ch)
	return err
}

func alarm(p *probe) {
	if p.target.Block == nil {
		p.Skip("this target cannot raise an alarm")
	}
	q := p.quorum("q", nil)
	p.send("", q, text("before"))
	blocked := p.conn.NotifyBlocked(make(chan amqp.Blocking, 4))
	lift := func() { p.must(p.target.Block(false)) }
	p.must(p.target.Block(true))
	defer func() { lift() }()

	c, err := p.ch.PublishWithDeferredConfirmWithContext(p.Context(), "", q, false, false, text("during"))
	p.must(err)
	b := next(p, blocked)
	equal(p, "blocked", b.Active, true)
	if b.Reason == "" {
		p.Error("blocked without a reason")
	}
	late, err := p.ch.PublishWithDeferredConfirmWithContext(p.Context(), "", q, false, false, text("late"))
	p.must(err)

	// A connection that only consumes is served.
	consumer := p.connect()
	in := p.consume(consumer.ch, q)
	p.must(next(p, in).Ack(false))
	p.must(consumer.ch.Close())
	select {
	case <-late.Done():
		p.Error("a publish went through during the alarm")
	default:
	}

	lift()
	lift = func() {}
	equal(p, "blocked", next(p, blocked).Active, false)
	equal(p, "confirmed", p.confirmed(c) && p.confirmed(late), true)
}
