package processor

import (
	"time"

	"sandbank/broker/wire"
	"sandbank/fault"
	"sandbank/payment/reason"
	"sandbank/sim"
)

// Faults is what goes wrong in the system on purpose, as far as payments show it.
type Faults interface {
	// Slow is by how much a bank is to answer a request later, 0 for not at all. It counts the request.
	Slow(bank string) time.Duration
	// Touching lists the faults that may have touched a payment at a bank since an instant.
	Touching(bank string, since time.Time) []sim.Touch
}

// noFaults are none.
type noFaults struct{}

func (noFaults) Slow(string) time.Duration              { return 0 }
func (noFaults) Touching(string, time.Time) []sim.Touch { return nil }

// FaultsOff refuses a fault where nothing is simulated on purpose.
func (p *Processor) FaultsOff() error {
	if !p.config.SimulateOff {
		return nil
	}
	return fault.New(fault.Forbidden, "simulation_off", "Nothing goes wrong on purpose here: this processor runs with --simulate off.").
		Hinting("Run a processor of your own to make something go wrong.")
}

// slowed has a bank answer a request later, where a fault has it be slow. The bank decides what it
// would have decided.
func (p *Processor) slowed(r wire.Request) wire.Request {
	delay := p.config.Faults.Slow(r.Bank)
	if delay == 0 {
		return r
	}
	order := sim.Order{Source: reason.ByRequest}
	if r.Simulate != nil {
		order = *r.Simulate
	}
	at := r.CreatedAt.Add(delay)
	if order.AnswerAt != nil {
		at = order.AnswerAt.Add(delay)
	}
	order.AnswerAt = &at
	r.Simulate = &order
	return r
}
