package processor

import (
	"context"

	"sandbank/chance"
	"sandbank/event"
	"sandbank/fault"
	"sandbank/payment"
)

// OwnPayment finds a payment of the merchant's own.
func (p *Processor) OwnPayment(ctx context.Context, merchant, id string) (payment.Payment, error) {
	if !chance.ValidID("pay", id) {
		return payment.Payment{}, NoPayment(id)
	}
	pay, err := p.Store.Payment(ctx, id)
	if err == nil && pay.Merchant != merchant {
		return payment.Payment{}, NoPayment(id)
	}
	return pay, err
}

// NoEvent is the error for an event that does not exist or is not the caller's.
func NoEvent(id string) error {
	return fault.New(fault.NotFound, "event_not_found", "There is no event %q.", id)
}

// Event is one of a merchant's events.
func (p *Processor) Event(ctx context.Context, merchant, id string) (event.Event, error) {
	sequence, err := p.Store.SequenceOf(ctx, merchant, id)
	if err != nil {
		return event.Event{}, err
	}
	list, err := p.Store.Events(ctx, merchant, sequence-1, 1)
	if err == nil && (len(list) == 0 || list[0].ID != id) {
		err = NoEvent(id)
	}
	if err != nil {
		return event.Event{}, err
	}
	return list[0], nil
}

// NoRecord is the error for a record that does not exist or is not the caller's.
func NoRecord(kind RecordKind, id string) error {
	code := "record_not_found"
	switch kind {
	case DisputeRecord:
		code = "dispute_not_found"
	case SettlementRecord, BatchRecord:
		code = "settlement_not_found"
	case BreakRecord:
		code = "break_not_found"
	case PayoutRecord:
		code = "payout_not_found"
	case HoldRecord:
		code = "hold_not_found"
	case PaydayRecord: // nobody asks for it by name
	}
	return fault.New(fault.NotFound, code, "There is no %s %q.", kind, id)
}
