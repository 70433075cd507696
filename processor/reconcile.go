package processor

import (
	"context"
	"slices"

	"sandbank/settlement"
)

// Reconcile compares every bank's debt by this book with the bank's own figure.
// It reads changing data in several steps: a difference that seems unexplained
// is read again before it is reported.
func (p *Processor) Reconcile(ctx context.Context) (list []settlement.Position, err error) {
	for range 3 {
		e, err := p.evidence(ctx)
		if err != nil {
			return nil, err
		}
		list = settlement.Reconcile(e)
		if !slices.ContainsFunc(list, func(p settlement.Position) bool { return !p.Explained() }) {
			break
		}
	}
	return list, nil
}

const page = 500

func (p *Processor) evidence(ctx context.Context) (e settlement.Evidence, err error) {
	if e.Latest, err = p.latest(ctx); err != nil {
		return e, err
	}
	for _, status := range []settlement.BreakStatus{settlement.BreakOpen, settlement.BreakWrittenOff} {
		err := p.eachRecord(ctx, RecordFilter{Kind: BreakRecord, Status: string(status)}, func(r Record) (bool, error) {
			k, err := Decode[settlement.Break](r)
			e.Breaks = append(e.Breaks, k)
			return true, err
		})
		if err != nil {
			return e, err
		}
	}
	for _, s := range e.Latest {
		sum, err := p.store.OpenAfter(ctx, s.Bank, s.Currency, s.CoversUntil)
		if err != nil {
			return e, err
		}
		e.Later = append(e.Later, sum)
	}
	e.Balances, err = p.store.Balances(ctx)
	return e, err
}

// latest are the last matched settlements of each bank and currency.
func (p *Processor) latest(ctx context.Context) ([]settlement.Settlement, error) {
	last := map[string]settlement.Settlement{}
	err := p.eachRecord(ctx, RecordFilter{Kind: SettlementRecord}, func(r Record) (bool, error) {
		s, err := Decode[settlement.Settlement](r)
		key := s.Bank + " " + string(s.Currency)
		if before, ok := last[key]; err == nil && s.Status != settlement.Received && (!ok || s.Sequence > before.Sequence) {
			last[key] = s
		}
		return true, err
	})
	list := make([]settlement.Settlement, 0, len(last))
	for _, s := range last {
		list = append(list, s)
	}
	return list, err
}

// eachRecord hands over records, newest first, as long as use wants more.
func (p *Processor) eachRecord(ctx context.Context, f RecordFilter, use func(Record) (more bool, err error)) error {
	for f.Limit = page; ; {
		list, err := p.store.Records(ctx, f)
		if err != nil {
			return err
		}
		for _, r := range list {
			if more, err := use(r); err != nil || !more {
				return err
			}
		}
		if len(list) < f.Limit {
			return nil
		}
		f.Before = list[len(list)-1].ID
	}
}

// BreaksOf lists the breaks that a settlement left, oldest first.
func (p *Processor) BreaksOf(ctx context.Context, s settlement.Settlement) (list []settlement.Break, err error) {
	err = p.eachRecord(ctx, RecordFilter{Kind: BreakRecord, Settlement: s.ID}, func(r Record) (bool, error) {
		k, err := Decode[settlement.Break](r)
		list = append(list, k)
		return true, err
	})
	slices.Reverse(list)
	return list, err
}
