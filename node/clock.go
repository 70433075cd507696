package node

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"sandbank/bank"
	"sandbank/broker"
	"sandbank/broker/amqpd"
	"sandbank/clock"
	"sandbank/clock/atrest"
	"sandbank/clock/steer"
)

// openClock makes simulated time what is kept of it, unless the configuration brings a clock.
func (n *Node) openClock(ctx context.Context) error {
	if n.config.Clock != nil {
		return nil
	}
	s, err := steer.Load(ctx, n.store)
	if err != nil {
		return err
	}
	n.config.Clock = clock.NewSteered(s)
	return nil
}

// openHand makes the hand that steers simulated time. A clock that the configuration brought may be
// one that cannot be steered.
func (n *Node) openHand(context.Context) error {
	c, ok := n.config.Clock.(*clock.Steered)
	if !ok {
		return nil
	}
	config := steer.Config{Clock: c, Keeper: n.store, Parts: n.timed(), Happened: n.happened}
	if !n.config.AMQP.embedded() {
		config.Refuse = errors.New("this processor's banks are elsewhere")
	}
	n.hand = steer.New(config)
	return nil
}

// happened counts what has happened here.
func (n *Node) happened() map[string]int {
	all := n.processor.Happened()
	maps.Copy(all, n.deliverer.Happened())
	return all
}

// timed are the parts that have to be at rest before time goes on.
func (n *Node) timed() []atrest.Part {
	parts := []atrest.Part{
		{Name: "the processor", Look: n.processor.Look},
		{Name: "the outbox", Look: n.relay.Look},
		{Name: "webhooks", Look: n.deliverer.Look},
	}
	if n.banks != nil {
		for _, b := range n.banks.Banks {
			parts = append(parts, atrest.Part{Name: "the bank " + b.Identifier, Look: b.Look})
		}
	}
	if n.broker != nil {
		parts = append(parts, atrest.Part{Name: "the broker", Look: n.onTheWay})
	}
	return parts
}

// onTheWay says what the embedded broker has that neither a bank nor the processor has taken up. A
// foreign bank's hand is not seen: only what it has not been given counts.
func (n *Node) onTheWay() atrest.Look {
	own := map[string]*bank.Bank{}
	if n.banks != nil {
		for _, b := range n.banks.Banks {
			own[broker.BankQueue(b.Identifier)] = b
		}
	}
	for _, q := range n.broker.Queues() {
		b := own[q.Name]
		switch {
		case q.Name == broker.ResultsQueue && q.Depth+q.Unacked > 0:
			return atrest.Look{Busy: fmt.Sprintf("%d results are not applied yet", q.Depth+q.Unacked)}
		case b != nil && q.Depth+q.Unacked != b.Hand(), b == nil && isBankQueue(q) && q.Depth > 0:
			return atrest.Look{Busy: fmt.Sprintf("requests are on their way through %s", q.Name)}
		}
	}
	return atrest.Look{}
}

// isBankQueue reports whether somebody takes requests from a queue.
func isBankQueue(q amqpd.QueueInfo) bool {
	return len(q.Name) > len(broker.BankQueue("")) && q.Name[:len(broker.BankQueue(""))] == broker.BankQueue("") && q.Consumers > 0
}
