package amqpd

// transaction holds back what a channel in tx mode publishes and
// acknowledges. A commit is atomic because it runs under one lock.
type transaction struct {
	publishes []publication
	settles   []settlement
}

// commit does all that was held back, in the order of its kinds: publishes,
// then acknowledgements.
func (ch *channel) commit() error {
	tx := ch.tx
	ch.tx = &transaction{}
	for _, p := range tx.publishes {
		ch.deliver(p)
	}
	for _, s := range tx.settles {
		if err := ch.settle(s); err != nil {
			return err
		}
	}
	ch.reply(txCommitOK, nil)
	return nil
}

// dropTransaction forgets what was held back, if the channel is in tx mode.
func (ch *channel) dropTransaction() {
	if ch.tx == nil {
		return
	}
	for _, p := range ch.tx.publishes {
		ch.conn.server.free(p.msg)
	}
	ch.tx = &transaction{}
}
