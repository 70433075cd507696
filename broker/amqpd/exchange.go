package amqpd

import (
	"slices"
)

// The kinds of exchange.
const (
	kindDirect  = "direct"
	kindFanout  = "fanout"
	kindTopic   = "topic"
	kindHeaders = "headers"
)

// exchange routes messages to the queues and exchanges bound to it.
type exchange struct {
	name, kind                    string
	durable, autoDelete, internal bool
	args                          table
	alternate                     string // the exchange for messages that no binding takes
	bindings                      []*binding
	byKey                         map[string][]*binding // bindings of a direct exchange
	incoming                      []*binding            // bindings from other exchanges to this one
	seen                          uint64                // the last routing that passed here
}

// predeclare makes the exchanges that every broker has.
func (s *Server) predeclare() {
	for name, kind := range map[string]string{
		"": kindDirect, "amq.direct": kindDirect, "amq.fanout": kindFanout, "amq.topic": kindTopic,
		"amq.headers": kindHeaders, "amq.match": kindHeaders,
	} {
		s.exchanges[name] = newExchange(name, kind)
		s.exchanges[name].durable = true
	}
}

func newExchange(name, kind string) *exchange {
	return &exchange{name: name, kind: kind, byKey: map[string][]*binding{}}
}

func noExchange(name string) *fault {
	return failf(codeNotFound, "no exchange '%s' in vhost '/'", name)
}

func (ch *channel) exchangeMethod(id methodID, d *decoder) error {
	switch id {
	case exchangeDeclare:
		return ch.declareExchange(d)
	case exchangeDelete:
		return ch.deleteExchange(d)
	case exchangeBind, exchangeUnbind:
		return ch.bindExchange(id, d)
	}
	return unknownMethod(id)
}

func (ch *channel) declareExchange(d *decoder) error {
	d.short()
	x := newExchange(d.shortstr(), d.shortstr())
	bits := d.octet()
	x.durable, x.autoDelete, x.internal = bits&2 != 0, bits&4 != 0, bits&8 != 0
	x.args = d.table()
	x.alternate = x.args.text("alternate-exchange")
	if d.bad {
		return nil // the caller complains
	}
	if x.name == "" {
		return defaultExchangeFault()
	}
	s := ch.conn.server
	var err error
	if passive := bits&1 != 0; passive {
		if s.exchanges[x.name] == nil {
			err = noExchange(x.name)
		}
	} else {
		err = ch.createExchange(x)
	}
	if err != nil {
		return err
	}
	if noWait := bits&16 != 0; !noWait {
		ch.reply(exchangeDeclareOK, nil)
	}
	return nil
}

// createExchange adds x unless an equal exchange exists.
func (ch *channel) createExchange(x *exchange) error {
	if !slices.Contains([]string{kindDirect, kindFanout, kindTopic, kindHeaders}, x.kind) {
		return failf(codeCommandInvalid, "unknown exchange type '%s'", x.kind)
	}
	if err := ch.conn.allow(mayConfigure, "exchange", x.name); err != nil {
		return err
	}
	s := ch.conn.server
	if old := s.exchanges[x.name]; old != nil {
		return old.sameAs(x)
	}
	if reserved(x.name) {
		return failf(codeAccessRefused, "exchange name '%s' contains reserved prefix 'amq.*'", x.name)
	}
	if x.alternate != "" {
		if err := ch.conn.allow(mayRead, "exchange", x.name); err != nil {
			return err
		}
		if err := ch.conn.allow(mayWrite, "exchange", x.alternate); err != nil {
			return err
		}
	}
	s.exchanges[x.name] = x
	return nil
}

// sameAs returns a fault that names the first property that differs.
func (x *exchange) sameAs(asked *exchange) error {
	for _, p := range []struct {
		what          string
		asked, actual any
	}{
		{"type", asked.kind, x.kind},
		{"durable", asked.durable, x.durable},
		{"auto_delete", asked.autoDelete, x.autoDelete},
		{"internal", asked.internal, x.internal},
		{"alternate-exchange", asked.alternate, x.alternate},
	} {
		if p.asked != p.actual {
			return failf(codePreconditionFailed, "inequivalent arg '%s' for exchange '%s' in vhost '/': "+
				"received '%v' but current is '%v'", p.what, x.name, p.asked, p.actual)
		}
	}
	return nil
}

func (ch *channel) deleteExchange(d *decoder) error {
	d.short()
	name := d.shortstr()
	bits := d.octet()
	if d.bad {
		return nil // the caller complains
	}
	s := ch.conn.server
	if name == "" {
		return defaultExchangeFault()
	}
	if reserved(name) {
		return failf(codeAccessRefused, "operation not permitted on exchange '%s'", name)
	}
	if err := ch.conn.allow(mayConfigure, "exchange", name); err != nil {
		return err
	}
	if x := s.exchanges[name]; x != nil { // to delete an exchange that does not exist succeeds
		if ifUnused := bits&1 != 0; ifUnused && len(x.bindings) > 0 {
			return failf(codePreconditionFailed, "exchange '%s' in vhost '/' in use", name)
		}
		s.removeExchange(x)
	}
	if noWait := bits&2 != 0; !noWait {
		ch.reply(exchangeDeleteOK, nil)
	}
	return nil
}

func (s *Server) removeExchange(x *exchange) {
	delete(s.exchanges, x.name)
	for _, b := range slices.Concat(x.bindings, x.incoming) {
		s.unbind(b)
	}
}
