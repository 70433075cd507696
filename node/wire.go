package node

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"sandbank/audit"
	"sandbank/audit/trail"
	"sandbank/broker"
	"sandbank/broker/outbox"
	"sandbank/clock"
	"sandbank/event/feed"
	"sandbank/event/format"
	"sandbank/identity"
	"sandbank/node/lifecycle"
	"sandbank/processor"
	"sandbank/processor/archive"
	"sandbank/processor/routing"
	"sandbank/webhook"
)

// wire makes the use cases and the services around them, and names the needs of each.
func (n *life) wire(ctx context.Context) error {
	c := n.config
	n.tracer = c.Tracer.In(c.Clock.Now)
	n.directory = routing.NewDirectory(c.Seed, clock.Real{})
	if !c.AMQP.embedded() { // an embedded broker begins with the node: nobody else's bank is there yet
		n.directory.Began()
	}
	for _, t := range c.Banks.Tempers {
		n.directory.Expect(t.Identifier)
	}
	n.ears = newHearing(n.directory, clock.Real{})
	if !c.AMQP.embedded() {
		n.ears.callLasts = callLasts
	}
	n.clients = identity.NewRegistry(c.People.Clients...)
	if err := n.openGuests(ctx); err != nil {
		return err
	}
	n.publisher = broker.NewPublisher(n.dial, "processor publisher", broker.DeclareProcessor, n.log)
	n.publisher.Held, n.publisher.Tracer = n.held, n.tracer
	written, known := format.Find(c.AMQP.Format)
	if !known || !written.Whole {
		return &FieldError{Field: "AMQP.Format", Value: strconv.Quote(string(c.AMQP.Format)), Err: fmt.Errorf("must be one of %v", format.Whole())}
	}
	n.looker = broker.NewLooker(n.dial)
	n.relay = outbox.New(n.outbox(), outbox.As(written, n.publisher), n.log)
	if n.guard = c.HTTP.Receivers; n.guard == nil {
		n.guard = webhook.Allowing(c.HTTP.Webhooks, webhook.PublicOnly(c.HTTP.Loopback(), n.ports))
	}
	// Receivers compare the timestamp of a signature with their own clock.
	n.sender = webhook.NewSender(n.guard, clock.Real{})
	n.sender.Through(func(next http.RoundTripper) http.RoundTripper { return n.faults.Receiver(next, webhook.EndpointOf) })
	n.deliverer = webhook.NewDeliverer(n.hooks(), n.counted(n.traced(n.sender.Send)), c.Clock, clock.Real{}, webhook.Spreader(c.Seed), n.log)
	n.deliverer.InOrder = n.turns.Held
	n.deliverer.Told = c.ObserveHooks
	n.streams.Feed = feed.New(n.store, n.log)
	n.trail = trail.New(n.store, c.Clock, n.log)
	sinks, err := n.openSinks()
	if err != nil {
		return err
	}
	payoutAt := time.Duration(-1)
	if c.Money.PayoutAt != nil {
		payoutAt = *c.Money.PayoutAt
	}
	keep, err := n.keeping()
	if err != nil {
		return err
	}
	n.processor = processor.New(watched{n.store, n.writes, n.meters, n.tracer}, processor.Config{
		Banks: n.directory, Clients: n.clients, Clock: c.Clock, Computer: clock.Real{}, Chance: n.chance, Address: n.address(), Log: n.log,
		Accepts: func(url string) error { return webhook.Acceptable(n.guard, url) },
		Relay:   n.relay, Lease: outbox.Lease, Delivery: n.deliverer, Streams: n.streams, Publish: n.publisher.Publish, Broker: n.lookAtBroker,
		Keep: keep, Fees: *c.Money.Fees, PayoutAt: payoutAt, Transit: c.Money.Transit, Deadline: c.Banks.Timeout, Observe: c.Observe,
		Audited: n.trail.Committed, Rested: n.rested, SimulateOff: c.SimulateOff, Loopback: c.HTTP.Loopback(), Faults: marks{n.faults}, Hold: c.Hold, Turns: n.turns, Tracer: n.tracer,
		Dialects: n.dialects(), ForeignSilence: c.Dialects.Silence,
	})
	n.workParts(sinks)
	n.consumerParts()
	return nil
}

// keeping says which payments stay, that the sinks have to have written what goes, and where it is kept.
func (n *life) keeping() (k processor.Keeping, err error) {
	k.Payments, k.Age = n.config.Store.keeps(), n.config.Store.KeepFor
	if folder := n.config.Store.Archive; folder != "" {
		if k.Archive, err = archive.Open(folder); err != nil {
			return k, &FieldError{Field: "Store.Archive", Value: fmt.Sprintf("%q", folder), Err: err}
		}
	}
	for _, s := range n.config.Sinks {
		k.Sinks = append(k.Sinks, s.Name)
	}
	return k, nil
}

// address makes the links of the node's resources.
func (n *life) address() address {
	return address{n.base, identity.NewCheckout(n.checkoutKey), n.directory}
}

// workParts are the processor and the parts that handle its commits. They need the processor
// no longer than it makes any, and finish their work after it has ended.
func (n *life) workParts(sinks []string) {
	n.parts.Add(
		lifecycle.Part{Name: "publisher", Needs: []string{"broker"}, Close: func() error { n.publisher.Close(); return nil }},
		lifecycle.Part{Name: "looker", Needs: []string{"broker"}, Close: func() error { n.looker.Close(); return nil }},
		lifecycle.Part{Name: "sender", Close: func() error { n.sender.Close(); return nil }},
		lifecycle.Part{Name: "trail", Needs: []string{"store"}, Run: n.trail.Run},
		lifecycle.Part{Name: "relay", Needs: []string{"store", "publisher"}, Run: n.relay.Run},
		lifecycle.Part{Name: "deliverer", Needs: []string{"store", "sender"}, Run: func(ctx context.Context) { n.deliverer.Run(ctx, 2*time.Second) }},
		lifecycle.Part{Name: "feed", Needs: []string{"store"}, Close: func() error { n.streams.Close(); return nil }},
		lifecycle.Part{
			Name: "processor", Needs: slices.Concat([]string{"store", "publisher", "looker", "trail", "relay", "deliverer", "feed"}, sinks),
			Start: func(context.Context) error { n.processor.Start(); n.record(audit.ProcessorStart); return nil },
			Stop:  func(context.Context) { n.processor.Close(); n.record(audit.ProcessorStop) },
		},
	)
	if n.config.AMQP.Admin != nil {
		n.parts.Add(lifecycle.Part{Name: "broker users", Run: n.grant})
	}
	n.parts.Add(lifecycle.Part{
		Name: "news of other processors", Needs: []string{"processor"},
		Run: func(ctx context.Context) {
			n.store.Listen(ctx, processor.Ears{Changed: n.processor.Changed, Told: n.streams.Stale, Kept: n.kept})
		},
	})
}

// consumerParts are the consumers of AMQP.
func (n *life) consumerParts() {
	ring := n.stirred.ring
	consumers := []broker.Consumer{
		{
			Name: "results", Prefetch: 1024, Batch: 256, Gather: n.allResults, Drains: n.drains,
			Declare: broker.Named(broker.ResultsQueue, broker.DeclareProcessor), Handle: n.processor.HandleResults,
			Ready: func() { n.connected.Store(true); ring() },
			Lost:  func(error) { n.connected.Store(false) },
		},
		{
			Name: "health", Prefetch: 64, Batch: 64,
			Declare: broker.Own(broker.Health, broker.Everything),
			Handle: func(ctx context.Context, list []broker.Delivery) {
				n.processor.HandleHealth(ctx, list)
				n.catchUp(ctx)
				ring()
			},
			Ready: n.ears.connected,
			Lost:  func(error) { n.ears.silent(&n.ears.lost, clock.Real{}.Now()) },
		},
		{
			Name: "dead letters", Prefetch: 64, Batch: 64,
			Declare: broker.Named(broker.DeadLetters, broker.DeclareProcessor), Handle: n.processor.HandleLetters,
		},
	}
	for _, c := range consumers {
		name := c.Name
		c.Dial, c.Log, c.Name = n.dial, n.log, "processor "+name
		n.parts.Add(lifecycle.Part{Name: name, Needs: []string{"broker", "processor"}, Run: c.Run})
	}
	n.parts.Add(lifecycle.Part{
		Name: "probe", Needs: []string{"broker"}, Run: func(ctx context.Context) { n.ears.probe(ctx, n.dial, n.log) },
	})
}

// record keeps an audit record of the processor's own acts.
func (n *life) record(a audit.Action) {
	n.trail.Record(audit.Record{Actor: audit.Actor{Kind: audit.System}, Action: a, Outcome: audit.Allowed})
}
