package outbox

import (
	"context"
	"slices"
	"strings"

	"sandbank/broker"
	"sandbank/event"
)

// AsCloudEvents has events leave as CloudEvents, in the structured mode: AMQP
// 0-9-1 has no binding of its own. What goes to banks stays as it is. It works on
// what was committed, so that the outbox holds nothing twice and costs nothing
// where this is not asked for.
func AsCloudEvents(p Publisher) Publisher { return clouds{p} }

type clouds struct{ Publisher }

// Publish implements [Publisher].
func (c clouds) Publish(ctx context.Context, messages []broker.Message) ([]broker.Fate, error) {
	out := slices.Clone(messages) // the relay may publish its own again
	for i := range out {
		if m := &out[i]; m.Exchange == broker.Events {
			e, err := event.Parse(m.Body)
			if err != nil {
				return nil, err
			}
			e.Payment, e.Merchant = m.Correlation, strings.TrimPrefix(m.Key, m.Type+".")
			m.Body, m.ContentType = e.CloudEvent(), event.CloudEventType
		}
	}
	return c.Publisher.Publish(ctx, out)
}
