package amqpd

import (
	"slices"
	"strings"
)

// binding leads from an exchange to a queue or to another exchange.
type binding struct {
	source *exchange
	key    string
	args   table
	words  []string  // the words of the key, for a topic exchange
	queue  *queue    // the destination is this queue or
	target *exchange // this exchange
}

func (ch *channel) bindQueue(id methodID, d *decoder) error {
	d.short()
	name, source, key := d.shortstr(), d.shortstr(), d.shortstr()
	noWait := id == queueBind && d.octet() != 0
	args := d.table()
	if d.bad {
		return nil // the caller complains
	}
	q, err := ch.useQueue(name, mayWrite)
	if err != nil {
		return err
	}
	b := &binding{key: key, args: args, queue: q}
	if err := ch.changeBinding(id == queueBind, b, source); err != nil {
		return err
	}
	switch {
	case id == queueUnbind:
		ch.reply(queueUnbindOK, nil)
	case !noWait:
		ch.reply(queueBindOK, nil)
	}
	return nil
}

func (ch *channel) bindExchange(id methodID, d *decoder) error {
	d.short()
	target, source, key := d.shortstr(), d.shortstr(), d.shortstr()
	noWait := d.octet() != 0
	args := d.table()
	if d.bad {
		return nil // the caller complains
	}
	if target == "" {
		return defaultExchangeFault()
	}
	if err := ch.conn.allow(mayWrite, "exchange", target); err != nil {
		return err
	}
	x := ch.conn.server.exchanges[target]
	if x == nil {
		return noExchange(target)
	}
	b := &binding{key: key, args: args, target: x}
	if err := ch.changeBinding(id == exchangeBind, b, source); err != nil {
		return err
	}
	switch {
	case noWait:
	case id == exchangeBind:
		ch.reply(exchangeBindOK, nil)
	default:
		ch.reply(exchangeUnbindOK, nil)
	}
	return nil
}

func defaultExchangeFault() error {
	return failf(codeAccessRefused, "operation not permitted on the default exchange")
}

// changeBinding adds b to the source exchange, or removes the binding equal to
// b.
func (ch *channel) changeBinding(add bool, b *binding, source string) error {
	s := ch.conn.server
	if source == "" {
		return defaultExchangeFault()
	}
	if err := ch.conn.allow(mayRead, "exchange", source); err != nil {
		return err
	}
	if b.source = s.exchanges[source]; b.source == nil {
		return noExchange(source)
	}
	if err := ch.conn.allowTopic(mayRead, b.source, b.key); err != nil {
		return err
	}
	if b.source.kind == kindHeaders {
		if err := checkMatch(b.args); err != nil {
			return err
		}
	}
	at := slices.IndexFunc(b.source.bindings, b.equal)
	switch {
	case add && at < 0:
		b.attach()
	case !add && at >= 0:
		s.unbind(b.source.bindings[at])
	}
	return nil
}

func (b *binding) equal(o *binding) bool {
	return b.key == o.key && b.queue == o.queue && b.target == o.target && sameArgs(b.args, o.args)
}

func sameArgs(a, b table) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(f field) bool {
		v, ok := b.get(f.name)
		return !ok || !sameValue(f.value, v)
	})
}

func (b *binding) attach() {
	x := b.source
	x.bindings = append(x.bindings, b)
	switch x.kind {
	case kindDirect:
		x.byKey[b.key] = append(x.byKey[b.key], b)
	case kindTopic:
		if b.key != "" { // the empty key has no words
			b.words = strings.Split(b.key, ".")
		}
	}
	if b.queue != nil {
		b.queue.bindings = append(b.queue.bindings, b)
	} else {
		b.target.incoming = append(b.target.incoming, b)
	}
}

// unbind removes a binding; an auto-delete exchange is deleted with its last
// one.
func (s *Server) unbind(b *binding) {
	is := func(o *binding) bool { return o == b }
	x := b.source
	x.bindings = slices.DeleteFunc(x.bindings, is)
	if same := slices.DeleteFunc(x.byKey[b.key], is); len(same) > 0 {
		x.byKey[b.key] = same
	} else {
		delete(x.byKey, b.key)
	}
	if b.queue != nil {
		b.queue.bindings = slices.DeleteFunc(b.queue.bindings, is)
	} else {
		b.target.incoming = slices.DeleteFunc(b.target.incoming, is)
	}
	if x.autoDelete && len(x.bindings) == 0 && s.exchanges[x.name] == x {
		s.removeExchange(x)
	}
}
