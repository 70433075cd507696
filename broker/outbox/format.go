package outbox

import (
	"context"
	"slices"
	"strings"

	"sandbank/broker"
	"sandbank/event"
	"sandbank/event/format"
)

// As makes the relay publish events in a format, such as CloudEvents in the
// structured mode, since there is no CloudEvents binding for AMQP 0-9-1. Requests
// to banks stay as they are. The conversion happens when publishing, so that the
// outbox holds nothing twice, and a processor with plain events pays nothing.
func As(f format.Format, p Publisher) Publisher {
	if f.Name == format.Plain {
		return p
	}
	return formatted{p, f}
}

type formatted struct {
	Publisher
	format format.Format
}

// Publish implements [Publisher].
func (c formatted) Publish(ctx context.Context, messages []broker.Message) ([]broker.Fate, error) {
	out := slices.Clone(messages) // the relay may publish its own messages again
	for i := range out {
		if m := &out[i]; m.Exchange == broker.Events {
			e, err := event.Parse(m.Body)
			if err != nil {
				return nil, err
			}
			e.Payment, e.Merchant = m.Correlation, strings.TrimPrefix(m.Key, m.Type+".")
			m.Body, m.ContentType = c.format.Write(e), c.format.MediaType
		}
	}
	return c.Publisher.Publish(ctx, out)
}
