package amqpd

// The reasons for dead-lettering, as x-death names them.
const (
	reasonRejected      = "rejected"
	reasonExpired       = "expired"
	reasonMaxLen        = "maxlen"
	reasonDeliveryLimit = "delivery_limit"
)

// discard ends an entry that was not acknowledged: the message goes to the
// queue's dead-letter exchange, if it names one that exists, and is dropped
// otherwise.
func (q *queue) discard(e *entry, reason string) {
	s := q.server
	defer s.free(e.msg)
	if q.deadLetter == nil || q.deleted {
		return
	}
	x := s.exchanges[*q.deadLetter]
	if x == nil {
		return
	}
	dead := q.deadMessage(e, reason)
	s.hold(dead)
	defer s.free(dead)
	deaths := deathsOf(dead.headers)
	for _, target := range s.route(x, dead) {
		if reason == reasonRejected || !cycle(deaths, target.name) {
			target.offer(dead)
		}
	}
}

// deadMessage returns the message in the form that goes to the dead-letter
// exchange, with its history in x-death. It loses its own time to live, because
// it must not expire again.
func (q *queue) deadMessage(e *entry, reason string) *message {
	m := e.msg
	key := m.key
	if q.deadKey != nil {
		key = *q.deadKey
	}
	p, _ := parseProperties(m.props)
	headers := m.headers
	if q.quorum && e.returns > 0 {
		headers = headers.with("x-delivery-count", int64(e.returns))
	}
	headers = headers.with("x-death", q.addDeath(deathsOf(m.headers), m, p.expiration, reason))
	if _, ok := headers.get("x-first-death-reason"); !ok {
		headers = headers.with("x-first-death-reason", reason).
			with("x-first-death-queue", q.name).
			with("x-first-death-exchange", m.exchange)
	}
	return &message{
		exchange: *q.deadLetter, key: key, headers: headers, body: m.body, ttl: -1,
		props: replaceProperties(m.props, headers, true),
	}
}

// deathsOf returns the entries of x-death, the latest first.
func deathsOf(headers table) []any {
	v, _ := headers.get("x-death")
	deaths, _ := v.([]any)
	return deaths
}

// addDeath puts this death first. If x-death has an entry for the same queue and
// reason, its count goes up.
func (q *queue) addDeath(deaths []any, m *message, expiration, reason string) []any {
	death := table{
		{"count", int64(1)},
		{"reason", reason},
		{"queue", q.name},
		{"time", timestamp(q.server.cfg.Clock.Now().Unix())},
		{"exchange", m.exchange},
		{"routing-keys", []any{m.key}},
	}
	if expiration != "" {
		death = append(death, field{"original-expiration", expiration})
	}
	out := []any{death}
	for _, d := range deaths {
		t, ok := d.(table)
		if !ok || t.text("queue") != q.name || t.text("reason") != reason {
			out = append(out, d)
			continue
		}
		count, _ := t.get("count")
		n, _ := integer(count)
		out[0] = t.with("count", n+1)
	}
	return out
}

// cycle reports whether a message would return to a queue without a rejection on
// the way, and so would circulate for ever.
func cycle(deaths []any, queue string) bool {
	for _, d := range deaths {
		t, _ := d.(table)
		if t.text("reason") == reasonRejected {
			return false
		}
		if t.text("queue") == queue {
			return true
		}
	}
	return false
}
