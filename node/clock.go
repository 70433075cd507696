package node

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"sandbank/bank"
	"sandbank/broker"
	"sandbank/broker/amqpd"
	"sandbank/broker/wire"
	"sandbank/clock"
	"sandbank/clock/steer"
	"sandbank/node/lifecycle"
	"sandbank/processor"
	"sandbank/processor/routing"
	"sandbank/sim"
)

// openClock makes simulated time of the stored state, unless the configuration brings a
// clock.
func (n *life) openClock(ctx context.Context) error {
	if n.config.Clock != nil {
		return nil
	}
	if at := n.config.FreezeAt; !at.IsZero() {
		frozen := clock.State{Version: 1, At: at.UTC().Truncate(time.Microsecond), Since: clock.Real{}.Now()}
		if err := steer.Begin(ctx, n.store, frozen); err != nil {
			return err
		}
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
func (n *life) openHand(context.Context) error {
	c, ok := n.config.Clock.(*clock.Steered)
	if !ok {
		return nil
	}
	n.hand = steer.New(steer.Config{
		Clock: c, Keeper: n.store, Parts: n.timed(), Elsewhere: carrier{n}, Shared: n.config.Store.URL != "", Happened: n.happened,
		Arrive: n.resultsArrive,
	})
	n.directory.Steer(func() int64 { return c.State().Version })
	n.parts.Add(lifecycle.Part{Name: "clock", Needs: []string{"store", "processor"}, Run: n.hand.Run})
	return nil
}

// arrival bounds the wait for what the broker has sent here; a broker that answers does so in milliseconds.
const arrival = 30 * time.Second

// resultsArrive has the results applied that the broker has sent to this processor.
func (n *life) resultsArrive(ctx context.Context) error {
	ctx, end := context.WithTimeout(ctx, arrival)
	defer end()
	done := make(chan error, 1)
	select {
	case n.drains <- done:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// carrier carries the clock to the banks of other processes, over AMQP.
type carrier struct{ n *life }

// Tell implements [steer.Elsewhere]. A command to a bank goes through the bank's own queue,
// behind all earlier requests.
func (c carrier) Tell(ctx context.Context, s clock.State, ask string) (told []string, err error) {
	for _, b := range c.n.directory.Banks() {
		if b.Online && b.Version != nil && !c.n.looksAt(b.Identifier) {
			told = append(told, b.Identifier)
		}
	}
	return told, c.n.tellClock(ctx, s, ask, told...)
}

// There implements [steer.Elsewhere].
func (c carrier) There(bic string) bool {
	b, known := c.n.directory.Find(bic)
	return known && b.Online
}

// tellClock tells banks what time it is.
func (n *life) tellClock(ctx context.Context, s clock.State, ask string, banks ...string) error {
	var list []broker.Message
	now := s.Time(clock.Real{}.Now())
	for _, bic := range banks {
		r := wire.Request{
			Type: wire.Control, ID: fmt.Sprintf("clk_%d_%s_%s", s.Version, bic, ask), Bank: bic, CreatedAt: now,
			Controls: &wire.Controls{Command: wire.CommandClock, Clock: &wire.Clock{Version: s.Version, Now: now, Rate: s.Pace(), Ask: ask}},
		}
		list = append(list, processor.BankMessage(processor.Message{ID: r.ID, Bank: bic, Kind: string(r.Type), Body: wire.Encode(r), At: now}))
	}
	if len(list) == 0 {
		return nil
	}
	_, err := n.publisher.Publish(ctx, list)
	return err
}

// catchUp tells banks what time it is that go by an older clock, since they could not be told, and those that
// have just begun, which ask.
func (n *life) catchUp(ctx context.Context) {
	if n.hand == nil {
		return
	}
	s := n.hand.Clock.State()
	var behind []string
	for _, b := range n.directory.Banks() {
		if (b.Online && b.Clock == routing.Behind || b.AsksTime) && !n.looksAt(b.Identifier) {
			behind = append(behind, b.Identifier)
		}
	}
	if err := n.tellClock(ctx, s, "", behind...); err != nil && ctx.Err() == nil {
		n.log.Warn("banks could not be told what time it is", "banks", behind, "error", err)
	}
}

// looksAt reports whether a bank is one that this process can look at, with all that is on its way.
func (n *life) looksAt(bic string) bool {
	return n.broker != nil && n.banks != nil && slices.ContainsFunc(n.banks.Banks, func(b *bank.Bank) bool { return b.Identifier == bic })
}

// kept hears of a document that another processor changed.
func (n *life) kept(document string) {
	if n.hand != nil {
		n.hand.Heard(document)
	}
	n.faults.Heard(document)
}

// happened counts the changes of this process.
func (n *life) happened() map[string]int {
	all := n.processor.Happened()
	maps.Copy(all, n.deliverer.Happened())
	return all
}

// Parts that are told apart from others.
const (
	theProcessor = "the processor"
	theBroker    = "the broker"
	webhooks     = "webhooks"
)

// timed are the parts that have to be at rest before time goes on.
func (n *life) timed() []clock.Part {
	parts := []clock.Part{
		{Name: theProcessor, Look: n.processor.Look},
		{Name: "the outbox", Look: n.relay.Look},
		{Name: webhooks, Look: n.deliverer.Look},
	}
	if n.banks != nil && n.broker != nil {
		for _, b := range n.banks.Banks {
			parts = append(parts, clock.Part{Name: "the bank " + b.Identifier, Look: b.Look})
		}
	}
	if n.broker != nil {
		parts = append(parts, clock.Part{Name: theBroker, Look: n.onTheWay})
	}
	if n.banks != nil && n.broker != nil {
		parts = append(parts, clock.Part{Name: "the banks' signs of life", Look: n.unheard})
	}
	return parts
}

// unheard says which bank of this process has gone away or come back, and has not been heard of since. While a fault or
// the broker keeps signs of life from coming, nobody waits for them.
func (n *life) unheard() (l clock.Look) {
	if n.ears.deaf() || slices.ContainsFunc(n.faults.List(), func(f sim.Fault) bool {
		return f.Kind == sim.BrokerCut || f.Kind == sim.BrokerBlocked || f.Kind == sim.Partition
	}) {
		return l
	}
	for _, b := range n.banks.Banks {
		if heard, known := n.directory.Find(b.Identifier); known && heard.Online != b.Online() {
			l.Busy = fmt.Sprintf("%s has gone away or come back, and was not heard since", b.Identifier)
		}
	}
	return l
}

// onTheWay says what the embedded broker has that neither a bank nor the processor has taken up.
func (n *life) onTheWay() clock.Look {
	if n.broker.Behind() {
		return clock.Look{Busy: "messages are about to expire"}
	}
	if l := n.resultsOnTheWay(); l.Busy != "" {
		return l
	}
	return n.requestsOnTheWay()
}

// requestsOnTheWay says what no bank has taken up. A foreign bank's hand is not seen: only what it has
// not been given counts.
func (n *life) requestsOnTheWay() clock.Look {
	own := map[string]*bank.Bank{}
	if n.banks != nil {
		for _, b := range n.banks.Banks {
			own[broker.BankQueue(b.Identifier)] = b
		}
	}
	for _, q := range n.broker.Queues() {
		b := own[q.Name]
		if b != nil && q.Depth+q.Unacked != b.Hand() || b == nil && isBankQueue(q) && q.Depth > 0 {
			return clock.Look{Busy: fmt.Sprintf("requests are on their way through %s", q.Name)}
		}
	}
	return clock.Look{}
}

// isBankQueue reports whether a queue is a bank's for its requests.
func isBankQueue(q amqpd.QueueInfo) bool {
	return len(q.Name) > len(broker.BankQueue("")) && q.Name[:len(broker.BankQueue(""))] == broker.BankQueue("") && q.Consumers > 0
}

// rested takes a bank's word that it is at rest.
func (n *life) rested(r wire.Rest) {
	if n.hand == nil {
		return
	}
	var next time.Time
	if r.NextDueAt != nil {
		next = *r.NextDueAt
	}
	n.hand.Rested(context.Background(), r.Bank, r.Ask, next)
}
