package processor

import (
	"fmt"

	"sandbank/clock"
	"sandbank/payment"
	"sandbank/settlement"
)

// Look reports the processor's work in hand at the present simulated time.
func (p *Processor) Look() clock.Look {
	l := p.due.look(p.now())
	if n := p.batch.commands.Open(); n > 0 {
		l.Busy = fmt.Sprintf("%d commands are not committed yet", n)
	}
	if n := p.heard.Open(); n > 0 {
		l.Busy = fmt.Sprintf("%d results are not applied yet", n)
	}
	l.Begun += p.batch.commands.Begun() + p.applied.Begun() // without heard: a bank's being at rest is no work
	return l
}

// Happened counts what this processor has committed since it began, by kind: the types of events,
// and what nobody is told of.
func (p *Processor) Happened() map[string]int { return p.happened.All() }

func (p *Processor) count(w *Work) {
	for _, e := range w.Events {
		p.happened.Add(e.Type)
	}
	for _, pay := range w.Updated {
		if pay.Status == payment.Abandoned {
			p.happened.Add("payment.abandoned")
		}
	}
	for _, r := range w.Records {
		if r.Kind == SettlementRecord && r.Status != string(settlement.Received) {
			p.happened.Add("settlement." + r.Status)
		}
	}
}
