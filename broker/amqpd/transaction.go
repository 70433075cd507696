package amqpd

// transaction holds back the publishes and acknowledgements of a channel in tx
// mode. A commit is atomic because it runs under one lock.
type transaction struct {
	publishes []publication
	acks      []acknowledgement
}

// commit carries out everything that was held back: first the publishes, then
// the acknowledgements.
func (ch *channel) commit() error {
	tx := ch.tx
	ch.tx = &transaction{}
	for _, p := range tx.publishes {
		ch.deliver(p)
	}
	for _, a := range tx.acks {
		if err := ch.apply(a); err != nil {
			return err
		}
	}
	ch.reply(txCommitOK, nil)
	return nil
}

// dropTransaction forgets the held-back actions, if the channel is in tx mode.
func (ch *channel) dropTransaction() {
	if ch.tx == nil {
		return
	}
	for _, p := range ch.tx.publishes {
		ch.conn.server.free(p.msg)
	}
	ch.tx = &transaction{}
}
