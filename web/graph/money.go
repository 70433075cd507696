package graph

import (
	"context"

	"sandbank/chance"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/settlement"
	"sandbank/web/graph/generated"
	"sandbank/web/graph/model"
)

// SignedMoney implements [generated.ResolverRoot].
func (r root) SignedMoney() generated.SignedMoneyResolver { return nets{} }

type nets struct{}

func (nets) Currency(_ context.Context, n *money.Net) (string, error) {
	return string(n.Currency()), nil
}

func (q queries) Disputes(ctx context.Context, status *payment.DisputeStatus, cursor *string, limit int) (*model.DisputePage, error) {
	f := processor.RecordFilter{Kind: processor.DisputeRecord, Status: string(valueOf(status))}
	list, next, err := listed(ctx, q, f, "dp", cursor, limit, processor.Decode[payment.DisputeResource])
	if err != nil {
		return nil, err
	}
	return &model.DisputePage{Data: list, NextCursor: next}, nil
}

func (q queries) Payouts(ctx context.Context, status *settlement.PayoutStatus, cursor *string, limit int) (*model.PayoutPage, error) {
	f := processor.RecordFilter{Kind: processor.PayoutRecord, Status: string(valueOf(status))}
	list, next, err := listed(ctx, q, f, "po", cursor, limit, func(r processor.Record) (settlement.PayoutResource, error) {
		p, err := processor.Decode[settlement.Payout](r)
		return p.Resource(q.Processor.Address.Payout(p.ID)), err
	})
	if err != nil {
		return nil, err
	}
	return &model.PayoutPage{Data: list, NextCursor: next}, nil
}

// listed reads a page of the merchant's own records.
func listed[T any](ctx context.Context, q queries, f processor.RecordFilter, prefix string, cursor *string, limit int, show func(processor.Record) (T, error)) (page []T, next *string, err error) {
	problem := invalid()
	checkLimit(problem, limit)
	f.Merchant, f.Before, f.Limit = lineOf(ctx).merchant(), valueOf(cursor), limit+1 // one more tells whether there is a next page
	if f.Before != "" && !chance.ValidID(prefix, f.Before) {
		problem.At("cursor", "must be the nextCursor of an earlier page")
	}
	if len(problem.Fields) > 0 {
		return nil, nil, problem
	}
	list, err := q.Processor.Store.Records(ctx, f)
	if err != nil {
		return nil, nil, err
	}
	if len(list) == f.Limit {
		list = list[:limit]
		next = &list[limit-1].ID
	}
	page = make([]T, 0, len(list))
	for _, r := range list {
		shown, err := show(r)
		if err != nil {
			return nil, nil, err
		}
		page = append(page, shown)
	}
	return page, next, nil
}
