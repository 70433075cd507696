package processor

import (
	"context"
	"slices"

	"sandbank/broker"
	"sandbank/fault"
)

// Messages is where messages are at one moment: what waits to be sent, what the broker holds, and what
// nobody could use.
type Messages struct {
	broker.Picture
	// Outbox counts messages that are committed and not yet confirmed by the broker, of all processors.
	Outbox int `json:"outbox"`
	// DeadLetters counts those that are kept for people to look at. They have left their queue.
	DeadLetters int `json:"dead_letters"`
}

// Messages asks the broker what it holds. A broker that does not answer is [fault.Unavailable].
func (p *Processor) Messages(ctx context.Context) (m Messages, err error) {
	if p.config.Broker == nil {
		return m, noBroker(nil)
	}
	var banks []string
	for _, b := range p.Banks() {
		banks = append(banks, b.Identifier)
	}
	slices.Sort(banks)
	if m.Picture, err = p.config.Broker(ctx, broker.Known(banks...)); err != nil {
		return m, noBroker(err)
	}
	if m.Outbox, err = p.store.Backlog(ctx); err != nil {
		return m, err
	}
	_, m.DeadLetters, err = p.store.Letters(ctx, 1)
	return m, err
}

func noBroker(err error) error {
	return fault.New(fault.Unavailable, "broker_unavailable", "The broker does not say now what it holds.").
		Hinting("Try again in a moment; /readyz says whether the broker can be reached.").Because(err)
}
