package node

import (
	"context"
	"net/http"
	"slices"
	"time"

	"sandbank/audit"
	"sandbank/broker/wire"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/node/lifecycle"
	"sandbank/sim"
	"sandbank/sim/outage"
	"sandbank/web/gate"
	"sandbank/webhook"
)

// undoing is how long the end of a node takes to undo the faults that are left.
const undoing = 2 * time.Second

// openFaults lets faults begin. They end while the processor still works.
func (n *life) openFaults(context.Context) error {
	n.faults.Start(n.config.Clock, n.chance, actor{n}, n.faultEnded)
	n.parts.Add(lifecycle.Part{
		Name: "faults", Needs: []string{"processor", "relay"}, Run: func(ctx context.Context) { n.faults.Run(ctx, undoing) },
	})
	if n.hand == nil {
		return nil
	}
	if n.hand.Shared {
		n.faults.Share(n.store, n.hand)
	}
	for i, p := range n.hand.Parts {
		n.hand.Parts[i].Look = n.blamed(p.Look)
	}
	n.hand.Parts = append(n.hand.Parts, clock.Part{Name: "faults", Look: n.faults.Look})
	return nil
}

// blamed has a part that is not at rest name the faults that may be why.
func (n *life) blamed(look func() clock.Look) func() clock.Look {
	return func() clock.Look {
		l := look()
		if l.Busy == "" {
			return l
		}
		for _, f := range n.faults.List() {
			l.Busy += "; meanwhile, on purpose, until " + f.EndsAt.Format(time.RFC3339) + ": " + f.Says() + " (" + f.ID + ")"
		}
		return l
	}
}

// faultEnded records the end of a fault that nobody asked for.
func (n *life) faultEnded(f sim.Fault, why outage.Ending) {
	if why == outage.Asked { // that has a record of who asked
		return
	}
	n.trail.Record(audit.Record{Actor: audit.Actor{Kind: audit.System}, Action: audit.FaultEnd, Object: f.ID, Outcome: audit.Allowed})
}

// brokerLine is the processor's connections to the broker for the BIC "", or one bank's.
func (n *life) brokerLine(bic string) *outage.Line {
	return n.faults.Line(
		outage.Meeting{Kinds: []sim.FaultKind{sim.BrokerCut, sim.Partition}, Bank: bic},
		outage.Meeting{Kinds: []sim.FaultKind{sim.BrokerSlow}},
	)
}

// actor brings about the faults that begin and end as a whole.
type actor struct{ n *life }

// Begin implements [outage.Actor].
func (a actor) Begin(ctx context.Context, f sim.Fault) error {
	if f.Bank != "" {
		if _, err := a.n.processor.Bank(f.Bank); err != nil {
			return fault.New(fault.Invalid, "request_invalid", "Some fields are not right.").At("/bank", "no bank of this name has announced itself")
		}
	}
	if err := a.n.calls(ctx, f.Endpoint); err != nil {
		return err
	}
	switch f.Kind {
	case sim.BankOffline:
		return a.n.processor.Steer(ctx, f.Bank, wire.Controls{Command: wire.CommandOffline, Until: &f.EndsAt}, nil)
	case sim.Partition:
		if !a.n.runs(f.Bank) {
			return fault.New(fault.Conflict, "fault_out_of_reach", "The bank %s runs in another process, whose connections cannot be cut from here.", f.Bank).
				At("/bank", "must be a bank of this process").Hinting("Use bank_offline, or end that bank's process.")
		}
	case sim.BrokerBlocked:
		if a.n.broker != nil {
			a.n.broker.Block(true)
		}
	case sim.BankSlow, sim.BrokerCut, sim.BrokerSlow, sim.DatabaseCut, sim.DatabaseRefusing, sim.DatabaseSlow, sim.ReceiverResets, sim.ReceiverHangs, sim.ReceiverFails, sim.StreamsCut:
	}
	return nil
}

// End implements [outage.Actor].
func (a actor) End(ctx context.Context, f sim.Fault) error {
	switch {
	case f.Kind == sim.BankOffline:
		return a.n.processor.Steer(ctx, f.Bank, wire.Controls{Command: wire.CommandOnline}, nil)
	case f.Kind == sim.BrokerBlocked && a.n.broker != nil:
		a.n.broker.Block(false)
	}
	return nil
}

// calls complains about a webhook endpoint that there is not. "" is all of them.
func (n *life) calls(ctx context.Context, endpoint string) error {
	if endpoint == "" {
		return nil
	}
	all, err := n.store.AllEndpoints(ctx)
	if err != nil || slices.ContainsFunc(all, func(e webhook.Endpoint) bool { return e.ID == endpoint }) {
		return err
	}
	return fault.New(fault.Invalid, "request_invalid", "Some fields are not right.").At("/endpoint", "no webhook endpoint has this id").
		Hinting("GET /v1/webhook-endpoints lists a merchant's; leave it out for every endpoint.")
}

// runs reports whether a bank runs in this process.
func (n *life) runs(bic string) bool {
	for _, t := range n.config.Banks.Tempers {
		if t.Identifier == bic {
			return true
		}
	}
	return false
}

// held waits while the broker takes no message. The embedded one says so itself.
func (n *life) held(ctx context.Context) error {
	if n.broker != nil {
		return nil
	}
	return n.faults.Await(ctx, sim.BrokerBlocked)
}

// marks are the faults as the use cases see them.
type marks struct{ board *outage.Board }

// Slow implements [processor.Faults].
func (m marks) Slow(bank string) time.Duration {
	f, struck := m.board.Strike(outage.Meeting{Kinds: []sim.FaultKind{sim.BankSlow}, Bank: bank})
	if !struck {
		return 0
	}
	return f.Slowness()
}

// Touching implements [processor.Faults].
func (m marks) Touching(bank string, since time.Time) []sim.Touch {
	return m.board.Touching(bank, since)
}

// cuttable lets faults cut the streams among the routes.
func (n *life) cuttable(routes []gate.Route) []gate.Route {
	for i, r := range routes {
		if !r.Endless || r.Handle == nil {
			continue
		}
		routes[i].Handle = func(w http.ResponseWriter, q *http.Request, call gate.Call) error {
			gate.Waits(q.Context())
			ctx, closed, err := n.faults.Open(q.Context())
			if err != nil {
				return err
			}
			defer closed()
			return r.Handle(w, q.WithContext(ctx), call)
		}
	}
	return routes
}
