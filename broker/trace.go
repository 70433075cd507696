package broker

import (
	"maps"
	"slices"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/telemetry/trace"
)

// traced begins a span for each message that has a trace, and puts it into the message's headers. The spans end
// with the messages' fates. Where several go at once, a span of their own links them.
func traced(t *trace.Tracer, messages []Message) (out []Message, ended func([]Fate)) {
	if t == nil || !slices.ContainsFunc(messages, func(m Message) bool { return m.Trace != "" }) {
		return messages, func([]Fate) {}
	}
	began := t.Now()
	out = slices.Clone(messages) // the caller may publish its own again
	spans := make([]trace.Span, len(messages))
	together := batchOf(t, messages)
	for i, m := range messages {
		if m.Trace == "" {
			continue
		}
		s := t.StartAt(began, m.Trace, trace.Producer, "publish "+m.Exchange, together.Context())
		s.Text("messaging.system", "rabbitmq")
		s.Text("messaging.operation.type", "send")
		s.Text("messaging.destination.name", m.Exchange)
		s.Text("messaging.rabbitmq.destination.routing_key", m.Key)
		s.Text("messaging.message.id", m.ID)
		s.Text("sandbank.message.type", m.Type)
		s.Text("messaging.message.conversation_id", m.Correlation)
		out[i].Headers, spans[i] = withTrace(m.Headers, s.Context()), s
	}
	return out, func(fates []Fate) {
		for i, s := range spans {
			switch fates[i] {
			case Confirmed:
			case Returned:
				s.Failed("no queue takes it")
			case Refused:
				s.Failed("a listener's queue is full")
			case Unknown:
				s.Failed("not confirmed")
			}
			s.End()
		}
		together.End()
	}
}

// batchOf begins the span of messages that are published together; none for a single one.
func batchOf(t *trace.Tracer, messages []Message) trace.Span {
	var links []trace.Context
	for _, m := range messages {
		if m.Trace.Sampled() {
			links = append(links, m.Trace)
		}
	}
	if len(links) < 2 {
		return trace.Span{}
	}
	s := t.StartAt(t.Now(), "", trace.Internal, "publish batch", links...)
	s.Number("messaging.batch.message_count", len(messages))
	return s
}

// withTrace are headers with a place in a trace.
func withTrace(headers amqp.Table, at trace.Context) amqp.Table {
	headers = maps.Clone(headers)
	if headers == nil {
		headers = amqp.Table{}
	}
	headers[trace.HeaderParent] = at.Parent()
	if state := at.State(); state != "" {
		headers[trace.HeaderState] = state
	}
	return headers
}
