package amqpd

import "time"

// The settings of x-overflow.
const (
	overflowDropHead  = "drop-head"
	overflowReject    = "reject-publish"
	overflowRejectDLX = "reject-publish-dlx"
)

// comparedArgs must be the same when a queue is declared again.
var comparedArgs = []string{
	"x-queue-type", "x-message-ttl", "x-expires", "x-dead-letter-exchange", "x-dead-letter-routing-key",
	"x-max-length", "x-max-length-bytes", "x-overflow", "x-delivery-limit", "x-single-active-consumer",
}

// limits are the settings from a queue's arguments. A number is -1 where not
// set.
type limits struct {
	quorum        bool
	singleActive  bool
	ttl, expires  time.Duration
	maxLen        int64
	maxBytes      int64
	overflow      string
	deliveryLimit int64
	deadLetter    *string // the exchange, nil for none
	deadKey       *string // the routing key, nil to keep the message's
}

func (q *queue) queueType() string {
	if t := q.args.text("x-queue-type"); t != "" {
		return t
	}
	return "classic"
}

// parseArgs reads q.args into q.limits. It ignores arguments it does not know,
// as RabbitMQ does, and refuses those that ask for something this broker lacks.
func (q *queue) parseArgs() error {
	a := argReader{q: q}
	switch t := q.queueType(); t {
	case "classic":
	case "quorum":
		q.quorum = true
		a.checkQuorum()
	default:
		return failf(codePreconditionFailed, "queue type '%s' is not supported by this broker", t)
	}
	q.ttl = time.Duration(a.number("x-message-ttl", 0)) * time.Millisecond
	q.expires = time.Duration(a.number("x-expires", 1)) * time.Millisecond
	q.maxLen = a.number("x-max-length", 0)
	q.maxBytes = a.number("x-max-length-bytes", 0)
	q.deliveryLimit = a.number("x-delivery-limit", -1) // -1 means "none", as in RabbitMQ 4
	q.deadLetter = a.text("x-dead-letter-exchange")
	q.deadKey = a.text("x-dead-letter-routing-key")
	q.singleActive = a.flag("x-single-active-consumer")
	q.overflow = overflowDropHead
	if o := a.text("x-overflow"); o != nil {
		q.overflow = *o
	}
	switch q.overflow {
	case overflowDropHead, overflowReject, overflowRejectDLX:
	default:
		a.invalid("x-overflow", q.overflow)
	}
	q.server.narrow(q)
	if q.deadKey != nil && q.deadLetter == nil {
		a.invalid("x-dead-letter-routing-key", "x-dead-letter-exchange is missing")
	}
	if _, ok := q.args.get("x-max-priority"); ok {
		a.invalid("x-max-priority", "priorities are not supported by this broker")
	}
	return a.err
}

// narrow applies the configured bounds for the queue's name.
func (s *Server) narrow(q *queue) {
	for _, b := range s.bounds {
		if b.name.matches(q.name) {
			q.maxLen, q.maxBytes, q.expires = narrower(q.maxLen, b.Messages), narrower(q.maxBytes, b.Bytes), narrower(q.expires, b.Unused)
		}
	}
}

// narrower is the smaller of a limit, -1 for none, and a bound, 0 for none.
func narrower[N int64 | time.Duration](limit, bound N) N {
	if bound == 0 || limit >= 0 && limit < bound {
		return limit
	}
	return bound
}

// argReader keeps the first fault it meets.
type argReader struct {
	q   *queue
	err error
}

func (a *argReader) invalid(name string, why any) {
	if a.err == nil {
		a.err = failf(codePreconditionFailed, "invalid arg '%s' for queue '%s' in vhost '/': %v", name, a.q.name, why)
	}
}

// checkQuorum refuses arguments that a quorum queue cannot have.
func (a *argReader) checkQuorum() {
	for _, p := range []struct {
		bad  bool
		name string
	}{
		{!a.q.durable, "durable"}, {a.q.exclusive, "exclusive-owner"}, {a.q.autoDelete, "auto-delete"},
	} {
		if p.bad && a.err == nil {
			a.err = failf(codePreconditionFailed, "invalid property '%s' for queue '%s' in vhost '/'", p.name, a.q.name)
		}
	}
}

// maxArgument in milliseconds is a hundred years, so that sums do not overflow.
const maxArgument = 100 * 365 * 24 * 3600 * 1000

func (a *argReader) number(name string, least int64) int64 {
	v, ok := a.q.args.get(name)
	if !ok {
		return -1
	}
	n, ok := integer(v)
	switch {
	case !ok:
		a.invalid(name, "not an integer")
	case n < least:
		a.invalid(name, "value is too small")
	case n > maxArgument:
		a.invalid(name, "value is too large")
	}
	return n
}

func (a *argReader) text(name string) *string {
	v, ok := a.q.args.get(name)
	if !ok {
		return nil
	}
	s, ok := v.(string)
	if !ok {
		a.invalid(name, "not a string")
	}
	return &s
}

func (a *argReader) flag(name string) bool {
	v, ok := a.q.args.get(name)
	b, isBool := v.(bool)
	if ok && !isBool {
		a.invalid(name, "not a boolean")
	}
	return b
}

// over reports whether n messages with this many bytes exceed the limits.
func (l *limits) over(n int, bytes int64) bool {
	return l.maxLen >= 0 && int64(n) > l.maxLen || l.maxBytes >= 0 && bytes > l.maxBytes
}

// refuses reports whether the queue has no room for m and is set not to make
// any.
func (q *queue) refuses(m *message) bool {
	return q.overflow != overflowDropHead && q.over(q.ready.n+1, q.ready.bytes+int64(len(m.body)))
}
