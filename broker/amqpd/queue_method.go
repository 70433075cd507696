package amqpd

func (ch *channel) queueMethod(id methodID, d *decoder) error {
	switch id {
	case queueDeclare:
		return ch.declareQueue(d)
	case queueBind, queueUnbind:
		return ch.bindQueue(id, d)
	case queuePurge:
		return ch.purgeQueue(d)
	case queueDelete:
		return ch.deleteQueue(d)
	}
	return unknownMethod(id)
}

func (ch *channel) declareQueue(d *decoder) error {
	d.short()
	asked := &queue{server: ch.conn.server, name: d.shortstr()}
	bits := d.octet()
	asked.durable, asked.exclusive, asked.autoDelete = bits&2 != 0, bits&4 != 0, bits&8 != 0
	asked.args = d.table()
	if d.bad {
		return nil // the caller complains
	}
	var q *queue
	var err error
	if passive := bits&1 != 0; passive {
		if q, err = ch.findQueue(asked.name); err == nil {
			err = q.lockedFor(ch.conn)
		}
	} else {
		q, err = ch.createQueue(asked)
	}
	if err != nil {
		return err
	}
	q.touch()
	ch.queueName = q.name
	if noWait := bits&16 != 0; !noWait {
		ch.reply(queueDeclareOK, func(e *encoder) {
			e.shortstr(q.name)
			e.long(uint32(q.ready.n))
			e.long(uint32(len(q.consumers)))
		})
	}
	return nil
}

// createQueue adds q, or returns the equal queue that exists.
func (ch *channel) createQueue(q *queue) (*queue, error) {
	s := ch.conn.server
	fresh := q.name == ""
	if fresh {
		q.name = serverName()
	}
	if err := ch.conn.allow(mayConfigure, "queue", q.name); err != nil {
		return nil, err
	}
	if q.exclusive {
		q.owner = ch.conn
	}
	if old := s.queues[q.name]; old != nil {
		return old, old.sameAs(q)
	}
	if !fresh && reserved(q.name) {
		return nil, failf(codeAccessRefused, "queue name '%s' contains reserved prefix 'amq.*'", q.name)
	}
	if err := q.parseArgs(); err != nil {
		return nil, err
	}
	if q.deadLetter != nil {
		if err := ch.conn.allow(mayRead, "queue", q.name); err != nil {
			return nil, err
		}
		if err := ch.conn.allow(mayWrite, "exchange", *q.deadLetter); err != nil {
			return nil, err
		}
	}
	s.queues[q.name] = q
	return q, nil
}

// sameAs returns a fault that names the first property that differs.
func (q *queue) sameAs(asked *queue) error {
	if q.owner != asked.owner {
		return q.lockedFault()
	}
	differ := func(what string, asked, actual any) error {
		return failf(codePreconditionFailed, "inequivalent arg '%s' for queue '%s' in vhost '/': "+
			"received '%v' but current is '%v'", what, q.name, asked, actual)
	}
	if q.durable != asked.durable {
		return differ("durable", asked.durable, q.durable)
	}
	if q.autoDelete != asked.autoDelete {
		return differ("auto_delete", asked.autoDelete, q.autoDelete)
	}
	for _, name := range comparedArgs {
		was, had := q.args.get(name)
		is, has := asked.args.get(name)
		if name == "x-queue-type" { // an absent type means classic
			was, is, had, has = q.queueType(), asked.queueType(), true, true
		}
		if had != has || !sameValue(was, is) {
			return differ(name, describe(is, has), describe(was, had))
		}
	}
	return nil
}

func describe(v any, present bool) any {
	if !present {
		return "none"
	}
	return v
}

func (ch *channel) purgeQueue(d *decoder) error {
	d.short()
	name := d.shortstr()
	noWait := d.octet() != 0
	if d.bad {
		return nil // the caller complains
	}
	q, err := ch.useQueue(name, mayRead)
	if err != nil {
		return err
	}
	n := q.purge()
	if !noWait {
		ch.reply(queuePurgeOK, func(e *encoder) { e.long(uint32(n)) })
	}
	return nil
}

func (ch *channel) deleteQueue(d *decoder) error {
	d.short()
	name := d.shortstr()
	bits := d.octet()
	if d.bad {
		return nil // the caller complains
	}
	if name == "" {
		name = ch.queueName
	}
	if err := ch.conn.allow(mayConfigure, "queue", name); err != nil {
		return err
	}
	n := 0
	if q := ch.conn.server.queues[name]; q != nil { // to delete a queue that does not exist succeeds
		if err := q.mayDelete(ch.conn, bits&1 != 0, bits&2 != 0); err != nil {
			return err
		}
		n = q.ready.n
		q.delete()
	}
	if noWait := bits&4 != 0; !noWait {
		ch.reply(queueDeleteOK, func(e *encoder) { e.long(uint32(n)) })
	}
	return nil
}

func (q *queue) mayDelete(c *conn, ifUnused, ifEmpty bool) error {
	switch err := q.lockedFor(c); {
	case err != nil:
		return err
	case ifUnused && len(q.consumers) > 0:
		return failf(codePreconditionFailed, "queue '%s' in vhost '/' in use", q.name)
	case ifEmpty && q.ready.n > 0:
		return failf(codePreconditionFailed, "queue '%s' in vhost '/' not empty", q.name)
	}
	return nil
}
