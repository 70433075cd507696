package processor

import (
	"context"

	"sandbank/chance"
	"sandbank/event"
	"sandbank/fault"
)

// Events reads events.
type Events interface {
	// Events lists one merchant's events after a sequence number, oldest first.
	Events(ctx context.Context, merchant string, after int64, limit int) ([]event.Event, error)
	// LastSequence is the number of a merchant's newest event, 0 for none.
	LastSequence(ctx context.Context, merchant string) (int64, error)
	// SequenceOf is the number of one of the merchant's events.
	SequenceOf(ctx context.Context, merchant, id string) (int64, error)
	// LatestEvents lists events, newest first.
	LatestEvents(ctx context.Context, f EventFilter) ([]event.Event, error)
}

// NoEvent is the error for an event that does not exist or is not the caller's.
func NoEvent(id string) error {
	return fault.New(fault.NotFound, "event_not_found", "There is no event %q.", id)
}

// Event is one of a merchant's events.
func (p *Processor) Event(ctx context.Context, merchant, id string) (event.Event, error) {
	if !chance.ValidID("evt", id) {
		return event.Event{}, NoEvent(id)
	}
	sequence, err := p.store.SequenceOf(ctx, merchant, id)
	if err != nil {
		return event.Event{}, err
	}
	list, err := p.store.Events(ctx, merchant, sequence-1, 1)
	if err == nil && (len(list) == 0 || list[0].ID != id) {
		err = NoEvent(id)
	}
	if err != nil {
		return event.Event{}, err
	}
	return list[0], nil
}

// LatestEvents lists events, newest first; a type of "" stands for all.
func (p *Processor) LatestEvents(ctx context.Context, in Reach, kind string, w Window) (Page[event.Event], error) {
	merchant, ok := in.filter()
	if !ok {
		return Page[event.Event]{}, nil
	}
	found, err := paged(w, func(e event.Event) string { return e.ID }, func(limit int) ([]event.Event, error) {
		return p.store.LatestEvents(ctx, EventFilter{Merchant: merchant, Type: kind, Before: w.Cursor, Limit: limit})
	})
	return lastSays(ctx, p.store, found, err)
}
