package processor

import (
	"context"
	"slices"

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
	// LatestEvents lists the newest events of all merchants, newest first.
	LatestEvents(ctx context.Context, limit int) ([]event.Event, error)
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

// LatestEvents lists the newest events, newest first.
func (p *Processor) LatestEvents(ctx context.Context, in Reach, limit int) ([]event.Event, error) {
	merchant, ok := in.filter()
	switch {
	case !ok:
		return nil, nil
	case merchant == "":
		return p.store.LatestEvents(ctx, limit)
	}
	last, err := p.store.LastSequence(ctx, merchant)
	if err != nil {
		return nil, err
	}
	list, err := p.store.Events(ctx, merchant, max(0, last-int64(limit)), limit)
	slices.Reverse(list)
	return list, err
}
