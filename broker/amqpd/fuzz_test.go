package amqpd

import (
	"bytes"
	"errors"
	"net"
	"testing"
	"time"
)

// FuzzTable feeds the decoder of field tables. An accepted table must be the
// same after it is encoded and decoded again.
func FuzzTable(f *testing.F) {
	for _, t := range sampleTables {
		var e encoder
		e.table(t)
		f.Add(e.b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d := decoder{b: data}
		first := d.table()
		if d.bad {
			return
		}
		var once, twice encoder
		once.table(first)
		again := decoder{b: once.b}
		second := again.table()
		if again.bad {
			t.Fatalf("own encoding of %v is refused", first)
		}
		twice.table(second)
		if !bytes.Equal(once.b, twice.b) { // by octets, as NaN is not equal to itself
			t.Fatalf("%v became %v", first, second)
		}
	})
}

var sampleTables = []table{
	{},
	{{"a", int32(1)}, {"b", "two"}, {"c", nil}, {"d", true}},
	{{"t", table{{"u", []any{int8(1), uint8(2), int16(3), uint16(4), uint32(5), int64(6)}}}}},
	{{"f", float32(1.5)}, {"g", 2.5}, {"h", decimal{2, 1999}}, {"i", timestamp(1)}, {"j", []byte{0, 255}}},
}

// FuzzFrame feeds a connection past its handshake. For any input, frames must
// stay within their bound, and once the connection is gone and its queues are
// deleted, nothing may be held.
func FuzzFrame(f *testing.F) {
	for _, script := range sampleScripts() {
		f.Add(script)
	}
	f.Fuzz(converse)
}

// FuzzMethod does the same with well-formed frames around arbitrary payloads,
// which reaches further than octets that must first add up to a frame.
func FuzzMethod(f *testing.F) {
	for _, sample := range sampleScripts() {
		var loose []byte
		r := newFrameReader(bytes.NewReader(sample), readBuffer, frameMinMax)
		for fr, err := r.next(); err == nil; fr, err = r.next() {
			loose = append(loose, fr.kind-1, byte(len(fr.payload)))
			loose = append(loose, fr.payload...)
		}
		f.Add(loose)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var e encoder
		for len(data) >= 2 {
			kind, n := data[0], min(int(data[1]), len(data)-2)
			e.frame(1+kind%3, 1, func() { e.b = append(e.b, data[2:2+n]...) })
			data = data[2+n:]
		}
		converse(t, e.b)
	})
}

// converse has a broker read data from a connection.
func converse(t *testing.T, data []byte) {
	s, err := New(Config{MaxMessageSize: 1 << 16})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := newConn(s, deafConn{})
	c.user, c.channelMax = "guest", 16
	c.frames = newFrameReader(bytes.NewReader(data), readBuffer, frameMinMax)
	for {
		fr, err := c.frames.next()
		if len(fr.payload) > frameMinMax-frameOverhead {
			t.Fatalf("payload of %d octets", len(fr.payload))
		}
		if err == nil {
			err = c.handle(fr)
		}
		if f, ok := errors.AsType[*fault](err); ok && f.code != codeFrameError {
			c.shutdown(f)
			err = nil
		}
		if err != nil {
			break
		}
	}
	s.forget(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range s.queues {
		q.delete()
	}
	if s.held != 0 {
		t.Fatalf("%d bytes are held by nobody", s.held)
	}
}

// deafConn is a socket nobody is at the other end of.
type deafConn struct{ net.Conn }

// A connection calls these.
func (deafConn) RemoteAddr() net.Addr        { return pipeAddr{} }
func (deafConn) SetDeadline(time.Time) error { return nil }
func (deafConn) Close() error                { return nil }

// sampleScripts are conversations that reach most methods.
func sampleScripts() [][]byte {
	var all [][]byte
	for _, methods := range [][]func(*script){
		{declareQ, publishQ, consumeQ, ackQ},
		{declareQ, func(s *script) { s.method(txSelect).done() }, publishQ, func(s *script) { s.method(txCommit).done() }},
		{declareX, declareQ, bindQ, publishQ, func(s *script) {
			s.method(queuePurge).short(0).str("q").octet(0).done()
			s.method(queueDelete).short(0).str("q").octet(0).done()
			s.method(exchangeDelete).short(0).str("x").octet(0).done()
		}},
	} {
		s := &script{}
		s.method(channelOpen).str("").done()
		for _, m := range methods {
			m(s)
		}
		all = append(all, s.e.b)
	}
	return all
}

// script writes method frames on channel 1.
type script struct {
	e    encoder
	args encoder
	id   methodID
}

func (s *script) method(id methodID) *script { s.id, s.args = id, encoder{}; return s }
func (s *script) short(v uint16) *script     { s.args.short(v); return s }
func (s *script) octet(v byte) *script       { s.args.octet(v); return s }
func (s *script) longlong(v uint64) *script  { s.args.longlong(v); return s }
func (s *script) str(v string) *script       { s.args.shortstr(v); return s }
func (s *script) table(v table) *script      { s.args.table(v); return s }
func (s *script) done() {
	s.e.frame(frameMethod, 1, func() {
		s.e.long(uint32(s.id))
		s.e.b = append(s.e.b, s.args.b...)
	})
}

func declareQ(s *script) {
	s.method(queueDeclare).short(0).str("q").octet(2).table(table{{"x-queue-type", "quorum"},
		{"x-dead-letter-exchange", ""}, {"x-dead-letter-routing-key", "q"}, {"x-delivery-limit", int32(1)}}).done()
}

func declareX(s *script) {
	s.method(exchangeDeclare).short(0).str("x").str("topic").octet(0).table(nil).done()
}

func bindQ(s *script) {
	s.method(queueBind).short(0).str("q").str("x").str("a.#").octet(0).table(nil).done()
}

func publishQ(s *script) {
	s.method(confirmSelect).octet(0).done()
	s.method(basicPublish).short(0).str("").str("q").octet(1).done()
	s.e.frame(frameHeader, 1, func() {
		s.e.short(classBasic)
		s.e.short(0)
		s.e.longlong(4)
		s.e.short(flagHeaders | flagExpiration | flagDeliveryMode)
		s.e.table(table{{"h", "v"}})
		s.e.octet(2)
		s.e.shortstr("1000")
	})
	s.e.frame(frameBody, 1, func() { s.e.b = append(s.e.b, "body"...) })
}

func consumeQ(s *script) {
	s.method(basicQos).short(0).short(0).short(5).octet(0).done()
	s.method(basicConsume).short(0).str("q").str("tag").octet(0).table(nil).done()
	s.method(basicGet).short(0).str("q").octet(0).done()
}

func ackQ(s *script) {
	s.method(basicReject).longlong(1).octet(1).done()
	s.method(basicNack).longlong(2).octet(3).done()
	s.method(basicAck).longlong(3).octet(0).done()
	s.method(basicCancel).str("tag").octet(0).done()
	s.method(channelClose).short(200).str("bye").short(0).short(0).done()
}
