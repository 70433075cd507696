package amqptest

import (
	"fmt"
	"slices"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"
)

var routingCases = []testCase{
	{"default exchange routes by queue name", func(p *probe) {
		q := p.quorum("q", nil)
		p.send("", q, text("hello"))
		d := p.get(q)
		equal(p, "body", string(d.Body), "hello")
		equal(p, "exchange", d.Exchange, "")
		equal(p, "routing key", d.RoutingKey, q)
	}},
	{"direct exchange routes by equal key", routeDirect},
	{"fanout exchange ignores the key", func(p *probe) {
		x := p.exchange("fanout", nil)
		a, b := p.quorum("a", nil), p.quorum("b", nil)
		p.bind(a, "one", x, nil)
		p.bind(b, "two", x, nil)
		p.send(x, "three", text("m"))
		p.get(a)
		p.get(b)
	}},
	{"topic exchange wildcards", routeTopic},
	{"headers exchange", routeHeaders},
	{"several matching bindings deliver once", func(p *probe) {
		x := p.exchange("topic", nil)
		q := p.quorum("q", nil)
		for _, key := range []string{"#", "a.*", "a.b"} {
			p.bind(q, key, x, nil)
		}
		p.send(x, "a.b", text("m"))
		p.get(q)
		equal(p, "messages left", p.depth(q), 0)
	}},
	{"exchange to exchange", func(p *probe) {
		from, to := p.exchange("direct", nil), p.exchange("fanout", nil)
		q := p.quorum("q", nil)
		p.bind(q, "", to, nil)
		p.must(p.ch.ExchangeBind(to, "k", from, false, nil))
		p.send(from, "k", text("m"))
		equal(p, "exchange", p.get(q).Exchange, from)
		p.must(p.ch.ExchangeUnbind(to, "k", from, false, nil))
		p.send(from, "k", text("m"))
		equal(p, "messages after unbind", p.depth(q), 0)
	}},
	{"alternate exchange takes what is unroutable", func(p *probe) {
		other := p.exchange("fanout", nil)
		x := p.exchange("direct", amqp.Table{"alternate-exchange": other})
		routed, stray := p.quorum("routed", nil), p.quorum("stray", nil)
		p.bind(routed, "known", x, nil)
		p.bind(stray, "", other, nil)
		p.send(x, "known", text("1"))
		p.send(x, "unknown", text("2"))
		equal(p, "routed", string(p.get(routed).Body), "1")
		equal(p, "stray", string(p.get(stray).Body), "2")
	}},
	{"unbind stops routing", func(p *probe) {
		x := p.exchange("direct", nil)
		q := p.quorum("q", nil)
		p.bind(q, "k", x, nil)
		p.bind(q, "k", x, nil) // once more changes nothing
		p.must(p.ch.QueueUnbind(q, "k", x, nil))
		p.send(x, "k", text("m"))
		equal(p, "messages", p.depth(q), 0)
	}},
	{"routing key of 255 octets", func(p *probe) {
		x := p.exchange("direct", nil)
		q := p.quorum("q", nil)
		key := strings.Repeat("k", 255)
		p.bind(q, key, x, nil)
		p.send(x, key, text("m"))
		equal(p, "routing key", p.get(q).RoutingKey, key)
	}},
}

func routeDirect(p *probe) {
	x := p.exchange("direct", nil)
	a, b := p.quorum("a", nil), p.quorum("b", nil)
	p.bind(a, "one", x, nil)
	p.bind(b, "one", x, nil)
	p.bind(b, "two", x, nil)
	for _, key := range []string{"one", "two", "On", "one.", ""} {
		p.send(x, key, text(key))
	}
	equal(p, "a", string(p.get(a).Body), "one")
	equal(p, "b", string(p.get(b).Body), "one")
	equal(p, "b", string(p.get(b).Body), "two")
	equal(p, "left", p.depth(a)+p.depth(b), 0)
}

// topicRoutes lists, for each pattern, the keys it takes of topicKeys.
var topicRoutes = map[string][]string{
	"":        {""},
	"a":       {"a"},
	"a.b":     {"a.b"},
	"*":       {"a", "b"},
	"#":       {"", "a", "b", "a.b", "a.", ".a", "a..b", "a.b.c", "a.x.b", "a.x.y.b", "."},
	"a.*":     {"a.b", "a."},
	"*.a":     {".a"},
	"*.*":     {"a.b", "a.", ".a", "."},
	"a.#":     {"a", "a.b", "a.", "a..b", "a.b.c", "a.x.b", "a.x.y.b"},
	"#.b":     {"b", "a.b", "a..b", "a.x.b", "a.x.y.b"},
	"a.#.b":   {"a.b", "a..b", "a.x.b", "a.x.y.b"},
	"a.*.b":   {"a..b", "a.x.b"},
	"#.x.#":   {"a.x.b", "a.x.y.b"},
	"#.#":     {"", "a", "b", "a.b", "a.", ".a", "a..b", "a.b.c", "a.x.b", "a.x.y.b", "."},
	"#.*":     {"a", "b", "a.b", "a.", ".a", "a..b", "a.b.c", "a.x.b", "a.x.y.b", "."},
	"*.#.*":   {"a.b", "a.", ".a", "a..b", "a.b.c", "a.x.b", "a.x.y.b", "."},
	"a.#.*.b": {"a..b", "a.x.b", "a.x.y.b"},
	"a*":      nil, // a wildcard is a whole word
}

var topicKeys = []string{"", "a", "b", "a.b", "a.", ".a", "a..b", "a.b.c", "a.x.b", "a.x.y.b", "."}

func routeTopic(p *probe) {
	x := p.exchange("topic", nil)
	queues := map[string]string{}
	for pattern := range topicRoutes {
		queues[pattern] = p.declare(p.ch, queueSpec{name: fmt.Sprintf("topic %q", pattern), exclusive: true})
		p.bind(queues[pattern], pattern, x, nil)
	}
	for _, key := range topicKeys {
		p.send(x, key, text(key))
	}
	for pattern, want := range topicRoutes {
		var got []string
		for p.depth(queues[pattern]) > 0 {
			got = append(got, string(p.get(queues[pattern]).Body))
		}
		if !slices.Equal(got, want) {
			p.Errorf("pattern %q takes %q, want %q", pattern, got, want)
		}
	}
}

func routeHeaders(p *probe) {
	x := p.exchange("headers", nil)
	bindings := map[string]amqp.Table{
		"all":     {"x-match": "all", "bank": "A", "amount": int32(5)},
		"any":     {"x-match": "any", "bank": "A", "amount": int32(5)},
		"default": {"bank": "A"},
		"present": {"x-match": "all", "bank": nil},
		"none":    {"x-match": "all"},
	}
	for name, args := range bindings {
		p.bind(p.quorum(name, nil), "", x, args)
	}
	for _, c := range []struct {
		headers amqp.Table
		want    []string
	}{
		{amqp.Table{"bank": "A", "amount": int32(5)}, []string{"all", "any", "default", "none", "present"}},
		{amqp.Table{"bank": "A", "more": true}, []string{"any", "default", "none", "present"}},
		{amqp.Table{"bank": "B", "amount": int32(5)}, []string{"any", "none", "present"}},
		{amqp.Table{"bank": "B"}, []string{"none", "present"}},
		{nil, []string{"none"}},
	} {
		m := text("m")
		m.Headers = c.headers
		p.send(x, "", m)
		for name := range bindings {
			want := 0
			if slices.Contains(c.want, name) {
				want = 1
			}
			equal(p, fmt.Sprintf("%v to %q", c.headers, name), p.purge(p.name(name)), want)
		}
	}
}

// purge empties a queue and says how many messages there were.
func (p *probe) purge(queue string) int {
	p.Helper()
	n, err := p.ch.QueuePurge(queue, false)
	p.must(err)
	return n
}
