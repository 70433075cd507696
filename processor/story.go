package processor

import (
	"context"

	"sandbank/fault"
	"sandbank/payment"
	"sandbank/settlement"
	"sandbank/sim"
)

// Story is a payment with everything that is recorded about it, as far as the merchant's account.
type Story struct {
	Payment payment.Payment
	Timeline
	Items       []settlement.Item                // by id
	Settlements map[string]settlement.Settlement // of the items, by id
	Payouts     map[string]settlement.Payout     // of the items, by id
	Breaks      []settlement.Break               // about this payment, newest first
	Held        []sim.Held                       // what is held of it on purpose, or was, by place
}

// Story finds a payment with everything that is recorded about it. Settlements and breaks belong to no
// merchant: a caller shows of them what its viewer may see.
func (p *Processor) Story(ctx context.Context, in Reach, id string) (s Story, err error) {
	if s.Payment, s.Timeline, err = p.Timeline(ctx, in, id); err != nil {
		return s, err
	}
	if s.Held, err = p.HeldEver(ctx, id); err != nil {
		return s, err
	}
	ids := LeavingOf(s.Payment).Items
	if len(ids) == 0 {
		return s, nil
	}
	if s.Items, err = p.store.Items(ctx, ItemFilter{IDs: ids, Limit: len(ids)}); err != nil {
		return s, err
	}
	s.Settlements, s.Payouts = map[string]settlement.Settlement{}, map[string]settlement.Payout{}
	for _, i := range s.Items {
		if err := storyRecord(ctx, p, s.Settlements, SettlementRecord, i.Settlement); err != nil {
			return s, err
		}
		if err := storyRecord(ctx, p, s.Payouts, PayoutRecord, i.Payout); err != nil {
			return s, err
		}
	}
	list, err := p.store.Records(ctx, RecordFilter{Kind: BreakRecord, Payment: id, Limit: maxStoryBreaks})
	for _, r := range list {
		k, err := Decode[settlement.Break](r)
		if err != nil {
			return s, err
		}
		s.Breaks = append(s.Breaks, k)
	}
	return s, err
}

// maxStoryBreaks bounds the breaks that are read of one payment.
const maxStoryBreaks = 50

// storyRecord reads a record into a map, once. One that was let go meanwhile is left out.
func storyRecord[T any](ctx context.Context, p *Processor, into map[string]T, kind RecordKind, id string) error {
	if _, known := into[id]; known || id == "" {
		return nil
	}
	r, err := p.store.RecordOf(ctx, kind, id)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err == nil {
		into[id], err = Decode[T](r)
	}
	return err
}
