package outbox

import (
	"context"
	"slices"
	"strings"

	"sandbank/broker"
	"sandbank/event"
)

// AsCloudEvents makes the relay publish events as CloudEvents, in the structured
// mode, since there is no CloudEvents binding for AMQP 0-9-1. Requests to banks
// stay as they are. The conversion happens when publishing, so that the outbox
// holds nothing twice, and a processor without this option pays nothing for it.
func AsCloudEvents(p Publisher) Publisher { return clouds{p} }

type clouds struct{ Publisher }

// Publish implements [Publisher].
func (c clouds) Publish(ctx context.Context, messages []broker.Message) ([]broker.Fate, error) {
	out := slices.Clone(messages) // the relay may publish its own messages again
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
