package bank

import (
	"sandbank/broker"
	"sandbank/broker/wire"
	"sandbank/telemetry/trace"
)

// span begins the span of a request; the zero value where nobody traces it. It ends when the answer is
// published, or when the bank has decided to give none.
func (b *Bank) span(d broker.Delivery, r wire.Request) trace.Span {
	if b.Tracer == nil {
		return trace.Span{}
	}
	of := d.Trace()
	if of == "" {
		return trace.Span{}
	}
	s := b.Tracer.Start(of, trace.Consumer, "process "+broker.BankQueue(b.Identifier))
	s.Text("messaging.system", "rabbitmq")
	s.Text("messaging.operation.type", "process")
	s.Text("messaging.destination.name", broker.BankQueue(b.Identifier))
	s.Text("messaging.message.id", r.ID)
	s.Text("sandbank.message.type", string(r.Type))
	s.Text("sandbank.payment.id", r.Payment)
	s.Text("sandbank.bank", b.Identifier)
	return s
}

// mostTraces is how many requests' traces are remembered while the customer is on the bank's page. The
// processor knows the payment's trace, too, so that nothing breaks without.
const mostTraces = 10_000

// remember keeps the trace of a request whose result is to come. The caller holds the lock.
func (b *Bank) remember(request string, at trace.Context) {
	if at == "" {
		return
	}
	if b.traces == nil || len(b.traces) >= mostTraces {
		b.traces = map[string]trace.Context{}
	}
	b.traces[request] = at
}
