package processor

import (
	"sandbank/broker"
	"sandbank/payment"
	"sandbank/telemetry/trace"
)

// joined begins the span of a bank's message, and has what follows from the message be under it. The payment's own
// trace goes on where the bank says none or another: a foreign bank need not know of traces.
func (p *Processor) joined(c *command, m said, pay payment.Payment) payment.Payment {
	if p.config.Tracer == nil || pay.Trace == "" {
		return pay
	}
	if c.span == (trace.Span{}) { // a commit that is tried again decides again
		parent := m.trace.Under(pay.Trace)
		c.span = p.config.Tracer.StartAt(m.began, parent, trace.Consumer, "process "+broker.ResultsQueue)
		if m.trace.Trace() != parent.Trace() {
			c.span.Link(m.trace)
		}
		c.span.Text("messaging.system", "rabbitmq")
		c.span.Text("messaging.operation.type", "process")
		c.span.Text("messaging.destination.name", broker.ResultsQueue)
		c.span.Text("sandbank.payment.id", pay.ID)
		c.span.Text("sandbank.bank", m.from)
	}
	pay.Trace = c.span.Context()
	return pay
}

// ended ends the span of a bank's message with what became of it.
func ended(s trace.Span, h Handled) {
	switch {
	case h.Err != nil:
		s.Failed(h.Err.Error())
	case h.Reject:
		s.Failed(h.Note)
	}
	s.End()
}
