package amqptest

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"reflect"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

var messageCases = []testCase{
	{"empty body", func(p *probe) {
		q := p.quorum("q", nil)
		p.send("", q, amqp.Publishing{Headers: amqp.Table{"h": int32(1)}})
		d := p.get(q)
		equal(p, "length", len(d.Body), 0)
		equal(p, "header", d.Headers["h"], any(int32(1)))
	}},
	{"body of 5 MB", bigBody},
	{"bodies around the frame size", func(p *probe) {
		q := p.quorum("q", nil)
		size := p.conn.Config.FrameSize
		for _, n := range []int{1, size - 9, size - 8, size - 7, size, 2 * (size - 8)} {
			p.send("", q, text(strings.Repeat("x", n)))
			equal(p, "length", len(p.get(q).Body), n)
		}
	}},
	{"any octets in the body", func(p *probe) {
		q := p.quorum("q", nil)
		p.send("", q, text("\x00\xce\xff AMQP \xc3\x28"))
		equal(p, "body", string(p.get(q).Body), "\x00\xce\xff AMQP \xc3\x28")
	}},
	{"headers of all types come back as they were", roundTripHeaders},
	{"all properties come back as they were", roundTripProperties},
	{"a thousand headers", func(p *probe) {
		q := p.quorum("q", nil)
		m := text("m")
		m.Headers = amqp.Table{}
		for i := range 1000 {
			m.Headers[fmt.Sprintf("header-%d", i)] = strings.Repeat("v", i%50)
		}
		p.send("", q, m)
		if got := p.headers(q); !reflect.DeepEqual(got, m.Headers) {
			p.Errorf("%d headers came back, some changed", len(got))
		}
	}},
}

func bigBody(p *probe) {
	q := p.quorum("q", nil)
	body := make([]byte, 5<<20)
	_, _ = rand.Read(body)
	p.send("", q, amqp.Publishing{Body: body, DeliveryMode: amqp.Persistent})
	if !bytes.Equal(p.get(q).Body, body) {
		p.Error("body changed on the way")
	}
}

func roundTripHeaders(p *probe) {
	q := p.quorum("q", nil)
	headers := amqp.Table{
		"bool": true, "int8": int8(-8), "uint8": uint8(200), "int16": int16(-16), "uint16": uint16(65000),
		"int32": int32(-32), "uint32": uint32(4e9), "int64": int64(-1 << 60), "float32": float32(1.5),
		"float64": 2.5, "string": "grüße", "bytes": []byte{0, 1, 255}, "nil": nil,
		"decimal": amqp.Decimal{Scale: 2, Value: 1999}, "time": time.Unix(1_700_000_000, 0),
		"array": []any{int32(1), "two", nil, []any{"deep"}}, "table": amqp.Table{"deep": amqp.Table{"er": "x"}},
		"": "the empty name", strings.Repeat("n", 128): "a long name",
	}
	m := text("m")
	m.Headers = headers
	p.send("", q, m)
	got := p.headers(q)
	for name, want := range headers {
		if !reflect.DeepEqual(got[name], want) {
			p.Errorf("%s: got %#v, want %#v", name, got[name], want)
		}
	}
	equal(p, "headers", len(got), len(headers))
}

func roundTripProperties(p *probe) {
	q := p.quorum("q", nil)
	m := amqp.Publishing{
		ContentType: "application/json", ContentEncoding: "identity", DeliveryMode: amqp.Persistent, Priority: 7,
		CorrelationId: "corr", ReplyTo: "reply", Expiration: "3600000", MessageId: "id",
		Timestamp: time.Unix(1_700_000_000, 0), Type: "type", AppId: "app", Body: []byte("{}"),
	}
	p.send("", q, m)
	d := p.get(q)
	equal(p, "content type", d.ContentType, m.ContentType)
	equal(p, "content encoding", d.ContentEncoding, m.ContentEncoding)
	equal(p, "delivery mode", d.DeliveryMode, m.DeliveryMode)
	equal(p, "priority", d.Priority, m.Priority)
	equal(p, "correlation id", d.CorrelationId, m.CorrelationId)
	equal(p, "reply to", d.ReplyTo, m.ReplyTo)
	equal(p, "expiration", d.Expiration, m.Expiration)
	equal(p, "message id", d.MessageId, m.MessageId)
	equal(p, "timestamp", d.Timestamp.Unix(), m.Timestamp.Unix())
	equal(p, "type", d.Type, m.Type)
	equal(p, "app id", d.AppId, m.AppId)
}

// headers fetches a message's, but for the count some brokers always add.
func (p *probe) headers(queue string) amqp.Table {
	p.Helper()
	h := p.get(queue).Headers
	delete(h, "x-delivery-count")
	return h
}
