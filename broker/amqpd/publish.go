package amqpd

import (
	"fmt"
	"strconv"
	"time"
)

// incoming is a publish whose content has not arrived completely.
type incoming struct {
	exchange, key string
	mandatory     bool
	props         []byte // nil until the header arrives
	size          uint64
	body          []byte
}

// publication is a complete message with its destination.
type publication struct {
	msg       *message
	exchange  *exchange
	mandatory bool
}

// publish handles basic.publish; the message follows in other frames.
func (ch *channel) publish(d *decoder) error {
	d.short()
	in := &incoming{exchange: d.shortstr(), key: d.shortstr()}
	bits := d.octet()
	if bits&2 != 0 {
		return failf(codeNotImplemented, "immediate=true")
	}
	in.mandatory = bits&1 != 0
	ch.incoming = in
	return nil
}

// content handles the header and body frames of a message.
func (ch *channel) content(fr frame) error {
	in := ch.incoming
	switch {
	case in == nil || (fr.kind == frameHeader) != (in.props == nil):
		return failf(codeUnexpectedFrame, "frame of type %d was not expected on channel %d", fr.kind, ch.id)
	case fr.kind == frameHeader:
		if err := ch.contentHeader(in, fr.payload); err != nil {
			return err
		}
	case uint64(len(in.body)+len(fr.payload)) > in.size:
		return failf(codeFrameError, "body is longer than the %d octets announced", in.size)
	case fr.owned && len(in.body) == 0:
		in.body = fr.payload
	default:
		in.body = append(in.body, fr.payload...)
	}
	if uint64(len(in.body)) < in.size {
		return nil
	}
	ch.incoming = nil
	return ch.accept(in)
}

func (ch *channel) contentHeader(in *incoming, payload []byte) error {
	d := decoder{b: payload}
	class, _ := d.short(), d.short()
	in.size = d.longlong()
	if d.bad || class != classBasic {
		return failf(codeSyntaxError, "malformed content header")
	}
	if limit := ch.conn.server.cfg.MaxMessageSize; in.size > uint64(limit) {
		return failf(codePreconditionFailed, "message size %d is larger than configured max size %d", in.size, limit)
	}
	in.props = append(make([]byte, 0, len(d.b)), d.b...)
	return nil
}

// accept checks a complete message and routes it, or holds it back in tx mode.
func (ch *channel) accept(in *incoming) error {
	p, ok := parseProperties(in.props)
	if !ok {
		return failf(codeSyntaxError, "malformed properties")
	}
	ttl, err := expiration(p.expiration)
	if err != nil {
		return failf(codePreconditionFailed, "%v", err)
	}
	s := ch.conn.server
	s.mu.Lock()
	defer s.mu.Unlock()
	x, err := ch.mayPublish(in, p.userID)
	if err != nil {
		return err
	}
	ch.conn.published = true
	msg := &message{exchange: x.name, key: in.key, props: in.props, headers: p.headers, body: in.body, ttl: ttl}
	s.hold(msg)
	pub := publication{msg, x, in.mandatory}
	if ch.tx != nil {
		ch.tx.publishes = append(ch.tx.publishes, pub)
		return nil
	}
	ch.confirmed(ch.deliver(pub))
	return nil
}

func (ch *channel) mayPublish(in *incoming, userID string) (*exchange, error) {
	c := ch.conn
	if err := c.allow(mayWrite, "exchange", in.exchange); err != nil {
		return nil, err
	}
	x := c.server.exchanges[in.exchange]
	if x == nil {
		return nil, noExchange(in.exchange)
	}
	if x.internal {
		return nil, failf(codeAccessRefused, "cannot publish to internal exchange '%s' in vhost '/'", x.name)
	}
	if userID != "" && userID != c.user {
		return nil, failf(codePreconditionFailed, "user_id property set to '%s' but authenticated user was '%s'", userID, c.user)
	}
	return x, c.allowTopic(mayWrite, x, in.key)
}

// expiration reads the expiration property; -1 means none.
func expiration(s string) (time.Duration, error) {
	if s == "" {
		return -1, nil
	}
	ms, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("invalid expiration '%s': not a number of milliseconds", s)
	}
	return time.Duration(ms) * time.Millisecond, nil
}

// deliver routes a message to its queues and reports whether all accepted it. A
// mandatory message without a queue is returned before it is confirmed.
func (ch *channel) deliver(p publication) (taken bool) {
	s := ch.conn.server
	taken = true
	targets := s.route(p.exchange, p.msg)
	for _, q := range targets {
		taken = q.offer(p.msg) && taken
	}
	if len(targets) == 0 && p.mandatory {
		m := p.msg
		ch.conn.out.content(ch.id, basicReturn, func(e *encoder) {
			e.short(uint16(codeNoRoute))
			e.shortstr("NO_ROUTE")
			e.shortstr(m.exchange)
			e.shortstr(m.key)
		}, m.props, m.body)
	}
	s.free(p.msg)
	return taken
}

// confirmed records that the next publish in confirm mode was handled.
func (ch *channel) confirmed(taken bool) {
	if !ch.confirm {
		return
	}
	if !taken {
		ch.tell() // the publishes before it were accepted
		ch.accepted++
		ch.told++
		ch.reply(basicNack, func(e *encoder) {
			e.longlong(ch.told)
			e.octet(0)
		})
		return
	}
	if ch.accepted == ch.told {
		ch.conn.unconfirmed = append(ch.conn.unconfirmed, ch)
	}
	ch.accepted++
}

// tell confirms all publishes handled so far.
func (ch *channel) tell() {
	if ch.accepted == ch.told || ch.closing {
		return
	}
	multiple := ch.accepted-ch.told > 1
	ch.told = ch.accepted
	ch.reply(basicAck, func(e *encoder) {
		e.longlong(ch.told)
		e.bit(multiple)
	})
}

// flushConfirms sends the pending confirms.
func (c *conn) flushConfirms() {
	for _, ch := range c.unconfirmed {
		ch.tell()
	}
	c.unconfirmed = c.unconfirmed[:0]
}
